//! `.zkey` and `.wtns` (iden3's formats, as snarkjs 0.7.6 writes them) into arkworks' types. The files are the bench's
//! own: lengths and curve membership are checked so that a mix-up is an error, not so that an enemy is.

use ark_bn254::{Bn254, Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};
use ark_groth16::{ProvingKey, VerifyingKey};
use ark_relations::r1cs::{ConstraintMatrices, Matrix};
use rayon::prelude::*;
use std::collections::HashMap;

type Result<T> = std::result::Result<T, String>;

pub struct Circuit {
    pub proving_key: ProvingKey<Bn254>,
    pub matrices: ConstraintMatrices<Fr>,
    /// The constant one and the public signals.
    pub inputs: usize,
}

const G1_BYTES: usize = 64;
const G2_BYTES: usize = 128;
/// matrix, row, signal (4 bytes each) and a value of 32.
const COEFFICIENT_BYTES: usize = 44;

pub fn read_circuit(bytes: &[u8]) -> Result<Circuit> {
    let sections = sections_of(bytes, b"zkey")?;
    let section = |id: u32| sections.get(&id).copied().ok_or(format!("no section {id}"));
    let mut header = section(2)?;
    // n8q, q, n8r, r: both fields of BN254, or no point below is on its curve.
    take(&mut header, 4 + 32 + 4 + 32)?;
    let [wires, public, domain] =
        [u32_of(&mut header)?, u32_of(&mut header)?, u32_of(&mut header)?];
    let (alpha_g1, beta_g1) =
        (g1(take(&mut header, G1_BYTES)?)?, g1(take(&mut header, G1_BYTES)?)?);
    let (beta_g2, gamma_g2) =
        (g2(take(&mut header, G2_BYTES)?)?, g2(take(&mut header, G2_BYTES)?)?);
    let (delta_g1, delta_g2) =
        (g1(take(&mut header, G1_BYTES)?)?, g2(take(&mut header, G2_BYTES)?)?);

    let inputs = public + 1;
    let proving_key = ProvingKey {
        vk: VerifyingKey {
            alpha_g1,
            beta_g2,
            gamma_g2,
            delta_g2,
            gamma_abc_g1: points(section(3)?, inputs, G1_BYTES, g1)?,
        },
        beta_g1,
        delta_g1,
        a_query: points(section(5)?, wires, G1_BYTES, g1)?,
        b_g1_query: points(section(6)?, wires, G1_BYTES, g1)?,
        b_g2_query: points(section(7)?, wires, G2_BYTES, g2)?,
        h_query: points(section(9)?, domain, G1_BYTES, g1)?,
        l_query: points(section(8)?, wires - inputs, G1_BYTES, g1)?,
    };
    let (a, b) = read_coefficients(section(4)?, domain)?;
    let count = |matrix: &Matrix<Fr>| matrix.iter().map(Vec::len).sum();
    let matrices = ConstraintMatrices {
        num_instance_variables: inputs,
        num_witness_variables: wires - inputs,
        num_constraints: domain,
        a_num_non_zero: count(&a),
        b_num_non_zero: count(&b),
        c_num_non_zero: 0,
        a,
        b,
        c: Vec::new(),
    };
    Ok(Circuit { proving_key, matrices, inputs })
}

pub fn read_witness(bytes: &[u8]) -> Result<Vec<Fr>> {
    let sections = sections_of(bytes, b"wtns")?;
    let values = sections.get(&2).ok_or("the witness has no values")?;
    values
        .par_chunks(32)
        .map(|value| Fr::from_bigint(limbs(value)?).ok_or("a value is not below r".into()))
        .collect()
}

fn read_coefficients(mut bytes: &[u8], rows: usize) -> Result<(Matrix<Fr>, Matrix<Fr>)> {
    let count = u32_of(&mut bytes)?;
    if bytes.len() != count * COEFFICIENT_BYTES {
        return Err("the coefficients are not as many as their number says".into());
    }
    let mut matrices = [vec![Vec::new(); rows], vec![Vec::new(); rows]];
    for mut coefficient in bytes.chunks_exact(COEFFICIENT_BYTES) {
        let [matrix, row, wire] =
            [u32_of(&mut coefficient)?, u32_of(&mut coefficient)?, u32_of(&mut coefficient)?];
        // Stored times R twice: once is Montgomery's form, and reading the element away takes the other.
        let value = Fr::new_unchecked(Fr::new_unchecked(limbs(coefficient)?).into_bigint());
        let row = matrices.get_mut(matrix).and_then(|matrix| matrix.get_mut(row));
        row.ok_or("a coefficient lies outside")?.push((value, wire));
    }
    Ok(matrices.into())
}

fn points<P: Send>(
    bytes: &[u8],
    count: usize,
    size: usize,
    point: impl Fn(&[u8]) -> Result<P> + Send + Sync,
) -> Result<Vec<P>> {
    if bytes.len() != count * size {
        return Err(format!("a section has {} bytes, expected {}", bytes.len(), count * size));
    }
    bytes.par_chunks(size).map(point).collect()
}

fn g1(bytes: &[u8]) -> Result<G1Affine> {
    let (x, y) = (fq(&bytes[..32])?, fq(&bytes[32..])?);
    on_curve(if x == y && x == Fq::from(0) {
        G1Affine::zero()
    } else {
        G1Affine::new_unchecked(x, y)
    })
}

fn on_curve(point: G1Affine) -> Result<G1Affine> {
    if point.is_on_curve() { Ok(point) } else { Err("a point of G1 is not on its curve".into()) }
}

fn g2(bytes: &[u8]) -> Result<G2Affine> {
    let part = |i: usize| fq(&bytes[32 * i..32 * (i + 1)]);
    let (x, y) = (Fq2::new(part(0)?, part(1)?), Fq2::new(part(2)?, part(3)?));
    let zero = Fq2::new(Fq::from(0), Fq::from(0));
    let point =
        if x == zero && y == zero { G2Affine::zero() } else { G2Affine::new_unchecked(x, y) };
    if point.is_on_curve() { Ok(point) } else { Err("a point of G2 is not on its curve".into()) }
}

/// In Montgomery's form with R = 2^256, which is arkworks' own.
fn fq(bytes: &[u8]) -> Result<Fq> {
    Ok(Fq::new_unchecked(limbs(bytes)?))
}

fn limbs(bytes: &[u8]) -> Result<BigInt<4>> {
    let mut limbs = [0; 4];
    if bytes.len() != 32 {
        return Err("a number is not 32 bytes long".into());
    }
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("8 bytes"));
    }
    Ok(BigInt(limbs))
}

/// Magic, version, number of sections; then id (4), length (8) and payload of each.
fn sections_of<'a>(bytes: &'a [u8], magic: &[u8; 4]) -> Result<HashMap<u32, &'a [u8]>> {
    let mut rest = bytes;
    if take(&mut rest, 4)? != magic {
        return Err(format!("not a {} file", String::from_utf8_lossy(magic)));
    }
    take(&mut rest, 4)?;
    let count = u32_of(&mut rest)?;
    let mut sections = HashMap::new();
    for _ in 0..count {
        let id = u32_of(&mut rest)? as u32;
        let length = u64::from_le_bytes(take(&mut rest, 8)?.try_into().expect("8 bytes"));
        sections.insert(id, take(&mut rest, usize::try_from(length).map_err(|_| "too long")?)?);
    }
    Ok(sections)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or("the file is cut off")?;
    *bytes = rest;
    Ok(taken)
}

fn u32_of(bytes: &mut &[u8]) -> Result<usize> {
    Ok(u32::from_le_bytes(take(bytes, 4)?.try_into().expect("4 bytes")) as usize)
}
