//! The sections of a `.zkey` as bytes, in the order in which snarkjs writes them.

use super::columns::Circuit;
use crate::curve::Affine;
use crate::error::Result;
use crate::field::{FqModulus, Fr, FrModulus, Modulus};
use crate::files::{ContainerWriter, PointBytes, R1cs, ZkeyHeader};
use rayon::prelude::*;

pub const PROTOCOL: u32 = 1;
pub const HEADER: u32 = 2;
pub const IC: u32 = 3;
pub const COEFFICIENTS: u32 = 4;
pub const A: u32 = 5;
pub const B1: u32 = 6;
pub const B2: u32 = 7;
pub const C: u32 = 8;
pub const H: u32 = 9;
pub const CONTRIBUTIONS: u32 = 10;
/// How many there are.
pub const COUNT: u32 = 10;

/// Section 1: 1 is Groth16.
pub const GROTH16: [u8; 4] = 1u32.to_le_bytes();
/// u32 matrix, row and signal, then the value.
pub const COEFFICIENT_BYTES: usize = 12 + 32;
/// Points that are turned into bytes at a time: a few MiB.
const BATCH: usize = 1 << 15;

pub fn header(header: &ZkeyHeader) -> Vec<u8> {
    let mut bytes = Vec::new();
    for modulus in [FqModulus::P, FrModulus::P] {
        bytes.extend(32u32.to_le_bytes());
        bytes.extend(modulus.map(u64::to_le_bytes).as_flattened());
    }
    for count in [header.n_vars, header.n_public, header.domain_size] {
        bytes.extend(u32::try_from(count).expect("as files count").to_le_bytes());
    }
    bytes.extend(points_to_bytes(&[header.alpha1, header.beta1]));
    bytes.extend(points_to_bytes(&[header.beta2, header.gamma2]));
    bytes.extend(points_to_bytes(&[header.delta1]));
    bytes.extend(points_to_bytes(&[header.delta2]));
    bytes
}

pub fn write_points<C: PointBytes>(
    file: &mut ContainerWriter,
    id: u32,
    points: &[Affine<C>],
) -> Result<()> {
    file.begin(id, Some((points.len() * C::BYTES) as u64))?;
    for batch in points.chunks(BATCH) {
        file.write(&points_to_bytes(batch))?;
    }
    file.end()
}

pub fn points_to_bytes<C: PointBytes>(points: &[Affine<C>]) -> Vec<u8> {
    let mut bytes = vec![0; points.len() * C::BYTES];
    bytes
        .par_chunks_exact_mut(C::BYTES)
        .with_min_len(256)
        .zip(points)
        .for_each(|(bytes, point)| C::write(point, bytes));
    bytes
}

/// The entries of section 4: of each row the terms of A, then those of B, and last the rows that bind public signals.
pub fn coefficients<'a>(
    r1cs: &R1cs<'a>,
) -> impl Iterator<Item = [u8; COEFFICIENT_BYTES]> + use<'a> {
    let n_constraints = r1cs.n_constraints as u32;
    let bindings =
        (0..=r1cs.n_public() as u32).map(move |i| (0, n_constraints + i, i, Fr::from(1u64)));
    let rows = r1cs.constraints().zip(0u32..).flat_map(|(constraint, row)| {
        [(0, constraint.a), (1, constraint.b)].into_iter().flat_map(move |(matrix, terms)| {
            terms.terms().map(move |(signal, value)| (matrix, row, signal, value))
        })
    });
    rows.chain(bindings).map(|(matrix, row, signal, value): (u32, u32, u32, Fr)| {
        let mut entry = [0; COEFFICIENT_BYTES];
        for (bytes, word) in entry.as_chunks_mut::<4>().0.iter_mut().zip([matrix, row, signal]) {
            *bytes = word.to_le_bytes();
        }
        let value_r2 = value * Fr::from_montgomery(FrModulus::R2);
        entry[12..].copy_from_slice(&value_r2.to_montgomery_bytes());
        entry
    })
}

pub fn write_coefficients(
    file: &mut ContainerWriter,
    r1cs: &R1cs<'_>,
    circuit: &Circuit,
) -> Result<()> {
    let count = circuit.a.n_terms() + circuit.b.n_terms();
    file.begin(COEFFICIENTS, Some((4 + count * COEFFICIENT_BYTES) as u64))?;
    file.write(&u32::try_from(count).expect("as files count").to_le_bytes())?;
    for entry in coefficients(r1cs) {
        file.write(&entry)?;
    }
    file.end()
}
