//! `.zkey`: the proving key of one circuit for Groth16, as snarkjs 0.7.6 writes it (docs/protocol.md, "Files").

use super::binfile::{Container, Format};
use super::cursor::Cursor;
use super::points::{Fault, PointBytes, check_points};
use crate::curve::{G1, G1Affine, G2, G2Affine};
use crate::error::Result;
use crate::field::{FqModulus, Fr, FrModulus, Modulus};
use rayon::prelude::*;

pub static ZKEY: Format = Format {
    magic: b"zkey",
    version: 1,
    sections: &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    code: "ZKEY_MALFORMED",
};

/// Section 1: which proof system.
const GROTH16: u32 = 1;
/// Fr has roots of unity of order 2^28 and no higher.
const MAX_POWER: u32 = 28;
/// u32 matrix, row and signal, then the value.
const COEFFICIENT_BYTES: usize = 12 + 32;
/// The hash of the circuit, before the contributions.
const CIRCUIT_HASH_BYTES: usize = 64;
/// delta after it, g1_s, g1_sx, g2_spx, transcript, type; then u32 length and the parameters.
const CONTRIBUTION_BYTES: usize = 3 * 64 + 128 + 64 + 4;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZkeyHeader {
    /// Wires, the constant 1 included.
    pub n_vars: usize,
    pub n_public: usize,
    /// 2^power: at least as many as there are rows.
    pub domain_size: usize,
    pub power: u32,
    pub alpha1: G1Affine,
    pub beta1: G1Affine,
    pub beta2: G2Affine,
    pub gamma2: G2Affine,
    pub delta1: G1Affine,
    pub delta2: G2Affine,
}

/// A key whose structure is sound: the header decoded, its points checked, and every section as long as the header
/// says. The points of the sections and the coefficients are checked by `check_points`.
#[derive(Clone, Debug)]
pub struct Zkey<'a> {
    pub header: ZkeyHeader,
    /// n_public + 1 points of G1.
    pub ic: &'a [u8],
    /// What `coefficients` decodes.
    pub coefficients: &'a [u8],
    /// n_vars points of G1.
    pub a: &'a [u8],
    /// n_vars points of G1.
    pub b1: &'a [u8],
    /// n_vars points of G2.
    pub b2: &'a [u8],
    /// n_vars − n_public − 1 points of G1, for the signal n_public + 1 and those after it.
    pub c: &'a [u8],
    /// domain_size points of G1.
    pub h: &'a [u8],
    /// 64 bytes that name the circuit, u32 count, contributions: as long as their lengths say.
    pub contributions: &'a [u8],
}

/// One entry of the matrices A and B.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coefficient {
    /// 0 for A, 1 for B.
    pub matrix: u32,
    pub row: u32,
    pub signal: u32,
    /// The coefficient times R, in Montgomery form: its Montgomery product with the limbs of a plain number w is
    /// coefficient · w in Montgomery form.
    pub value_r2: Fr,
}

impl Coefficient {
    pub fn coefficient(&self) -> Fr {
        Fr::from_montgomery(self.value_r2.to_plain())
    }
}

impl<'a> Zkey<'a> {
    /// # Errors
    /// `ZKEY_MALFORMED`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let file = Container::parse(bytes, &ZKEY)?;
        let mut protocol = file.cursor(1)?;
        let system = protocol.u32("the proof system")?;
        if system != GROTH16 {
            return Err(protocol.malformed("the proof system", "1 (Groth16)", system));
        }
        protocol.end()?;
        let header = read_header(file.cursor(2)?)?;
        let points = |id, count: usize, bytes: usize| {
            let length = (count as u64).saturating_mul(bytes as u64);
            file.section_of(id, length)
        };
        let mut coefficients = file.cursor(4)?;
        let count = coefficients.u32("the number of coefficients")?;
        let length = u64::from(count) * COEFFICIENT_BYTES as u64;
        if coefficients.left() as u64 != length {
            let expected = format!("{count} of {COEFFICIENT_BYTES} bytes");
            let got = format!("{} bytes", coefficients.left());
            return Err(coefficients.malformed("the coefficients", expected, got));
        }
        let contributions = file.section(10)?;
        check_contributions(file.cursor(10)?)?;
        Ok(Self {
            ic: points(3, header.n_public + 1, G1::BYTES)?,
            coefficients: coefficients.take(coefficients.left(), "the coefficients")?,
            a: points(5, header.n_vars, G1::BYTES)?,
            b1: points(6, header.n_vars, G1::BYTES)?,
            b2: points(7, header.n_vars, G2::BYTES)?,
            c: points(8, header.n_vars - header.n_public - 1, G1::BYTES)?,
            h: points(9, header.domain_size, G1::BYTES)?,
            contributions,
            header,
        })
    }

    pub fn n_coefficients(&self) -> usize {
        self.coefficients.len() / COEFFICIENT_BYTES
    }

    /// Number i of them.
    ///
    /// # Errors
    /// `ZKEY_MALFORMED` for an index that is not there or a value that is not below r.
    ///
    /// # Panics
    /// When there are not as many.
    pub fn coefficient(&self, i: usize) -> Result<Coefficient> {
        let entry = &self.coefficients[i * COEFFICIENT_BYTES..][..COEFFICIENT_BYTES];
        let word = |at: usize| u32::from_le_bytes(entry[at..at + 4].try_into().expect("4 bytes"));
        let value: &[u8; 32] = entry[12..].try_into().expect("32 bytes");
        let (matrix, row, signal) = (word(0), word(4), word(8));
        let ZkeyHeader { n_vars, domain_size, .. } = self.header;
        let malformed = |what, expected, got: &dyn std::fmt::Display| {
            ZKEY.malformed(format!("section 4, {what} of coefficient {i}"), expected, got)
        };
        if matrix > 1 {
            return Err(malformed("the matrix", "0 or 1".to_string(), &matrix));
        }
        if row as usize >= domain_size {
            return Err(malformed("the row", format!("one below {domain_size}"), &row));
        }
        if signal as usize >= n_vars {
            return Err(malformed("the signal", format!("one below {n_vars}"), &signal));
        }
        let value_r2 = Fr::from_montgomery_bytes(value)
            .ok_or_else(|| malformed("the value", "one below r".to_string(), &"another"))?;
        Ok(Coefficient { matrix, row, signal, value_r2 })
    }

    /// All of them, in the order of the file.
    pub fn coefficients(&self) -> impl ExactSizeIterator<Item = Result<Coefficient>> + '_ {
        (0..self.n_coefficients()).map(|i| self.coefficient(i))
    }

    /// Is every point of every section one of its group (or infinity), and every coefficient sound? In the current
    /// rayon pool.
    ///
    /// # Errors
    /// `ZKEY_MALFORMED`.
    pub fn check_points(&self) -> Result<()> {
        let refuse = |id: u32| {
            move |(i, fault): (usize, Fault)| {
                ZKEY.malformed(format!("section {id}, point {i}"), "a point of the group", fault)
            }
        };
        for (id, section) in [(3, self.ic), (5, self.a), (6, self.b1), (8, self.c), (9, self.h)] {
            check_points::<G1>(section).map_err(refuse(id))?;
        }
        check_points::<G2>(self.b2).map_err(refuse(7))?;
        let unsound = (0..self.n_coefficients())
            .into_par_iter()
            .find_map_first(|i| self.coefficient(i).err());
        unsound.map_or(Ok(()), Err)
    }
}

fn read_header(mut section: Cursor<'_>) -> Result<ZkeyHeader> {
    section.modulus(FqModulus::P, "q")?;
    section.modulus(FrModulus::P, "r")?;
    let n_vars = section.u32("the number of wires")?;
    let n_public = section.u32("the number of public signals")?;
    let domain_size = section.u32("the size of the domain")?;
    if !domain_size.is_power_of_two() || domain_size.ilog2() > MAX_POWER {
        let expected = format!("a power of two up to 2^{MAX_POWER}");
        return Err(section.malformed("the size of the domain", expected, domain_size));
    }
    // One wire is the constant 1, and each public signal has a row of its own, the constant too.
    if n_public >= n_vars || n_public >= domain_size {
        let expected = format!("fewer than {}", n_vars.min(domain_size));
        return Err(section.malformed("the number of public signals", expected, n_public));
    }
    let header = ZkeyHeader {
        n_vars: n_vars as usize,
        n_public: n_public as usize,
        domain_size: domain_size as usize,
        power: domain_size.ilog2(),
        alpha1: section.point::<G1>("alpha1")?,
        beta1: section.point::<G1>("beta1")?,
        beta2: section.point::<G2>("beta2")?,
        gamma2: section.point::<G2>("gamma2")?,
        delta1: section.point::<G1>("delta1")?,
        delta2: section.point::<G2>("delta2")?,
    };
    section.end()?;
    Ok(header)
}

/// Their lengths; what they say is for whoever verifies the ceremony.
fn check_contributions(mut section: Cursor<'_>) -> Result<()> {
    section.take(CIRCUIT_HASH_BYTES, "the hash of the circuit")?;
    let count = section.u32("the number of contributions")?;
    for i in 1..=count {
        let what = format!("contribution {i}");
        section.take(CONTRIBUTION_BYTES, &what)?;
        let parameters = section.u32(&what)?;
        section.take(parameters as usize, &what)?;
    }
    section.end()
}
