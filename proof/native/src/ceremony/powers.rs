//! Powers of tau in memory, and as a `.ptau` file: 384 bytes for each of 2^power rows; twice as many again, and more, in
//! a file that is prepared.

use super::blake2b::{Blake2b, Digest};
use super::encoding::{write_compressed, write_uncompressed};
use super::record::Record;
use super::{Encode, Meter};
use crate::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use crate::error::{Error, Result};
use crate::field::{FqModulus, Modulus};
use crate::files::{ContainerWriter, PTAU, PointBytes, Ptau, check_points, point_at};
use crate::verify::{Code, Rejection};
use rayon::prelude::*;
use std::ops::RangeInclusive;
use std::path::Path;

/// A basis for 2^28 rows would need a root of unity of order 2^29, which Fr does not have.
pub const POWERS: RangeInclusive<u32> = 1..=27;

/// Points that are encoded before they are written: half a megabyte.
const POINTS_PER_WRITE: usize = 1 << 12;

pub struct Powers {
    pub power: u32,
    /// [tau^i]₁ for 2^(power+1) − 1 powers.
    pub tau_g1: Vec<G1Affine>,
    /// For 2^power powers, as the two that follow.
    pub tau_g2: Vec<G2Affine>,
    pub alpha_tau_g1: Vec<G1Affine>,
    pub beta_tau_g1: Vec<G1Affine>,
    pub beta_g2: G2Affine,
}

impl Powers {
    /// Every secret is 1: nobody has contributed.
    pub fn trivial(power: u32) -> Self {
        let (g1, g2, n) = (G1::generator(), G2::generator(), 1usize << power);
        Self {
            power,
            tau_g1: vec![g1; 2 * n - 1],
            tau_g2: vec![g2; n],
            alpha_tau_g1: vec![g1; n],
            beta_tau_g1: vec![g1; n],
            beta_g2: g2,
        }
    }

    /// Points of both groups, checked; that they are powers is not.
    pub fn read(file: &Ptau<'_>) -> std::result::Result<Self, Rejection> {
        let beta_g2 = points_of::<G2>(file.beta_g2, 6)?[0];
        Ok(Self {
            power: file.power,
            tau_g1: points_of(file.tau_g1, 2)?,
            tau_g2: points_of(file.tau_g2, 3)?,
            alpha_tau_g1: points_of(file.alpha_tau_g1, 4)?,
            beta_tau_g1: points_of(file.beta_tau_g1, 5)?,
            beta_g2,
        })
    }

    /// The hash that the next contributor starts from.
    ///
    /// @param response the hash of the last contribution
    pub fn challenge(&self, response: &Digest) -> Digest {
        let mut hash = Blake2b::new();
        hash.update(response);
        hash_uncompressed(&mut hash, &self.tau_g1);
        hash_uncompressed(&mut hash, &self.tau_g2);
        hash_uncompressed(&mut hash, &self.alpha_tau_g1);
        hash_uncompressed(&mut hash, &self.beta_tau_g1);
        hash_uncompressed(&mut hash, &[self.beta_g2]);
        hash.digest()
    }

    /// The hash of a contribution up to the contributor's public keys.
    ///
    /// @param challenge what the contributor started from
    pub fn response(&self, challenge: &Digest) -> Blake2b {
        let mut hash = Blake2b::new();
        hash.update(challenge);
        hash_compressed(&mut hash, &self.tau_g1);
        hash_compressed(&mut hash, &self.tau_g2);
        hash_compressed(&mut hash, &self.alpha_tau_g1);
        hash_compressed(&mut hash, &self.beta_tau_g1);
        hash_compressed(&mut hash, &[self.beta_g2]);
        hash
    }
}

/// The challenge of the first contributor: every point is a generator.
///
/// # Errors
/// `CANCELLED`: 2^28 rows are 100 GB to hash, two minutes or more.
pub fn first_challenge(power: u32, meter: &mut Meter<'_>) -> Result<Digest> {
    let (g1, g2, n) = (G1::generator(), G2::generator(), 1u64 << power);
    let mut hash = Blake2b::new();
    hash.update(&Blake2b::new().digest());
    hash_repeated(&mut hash, &g1, 2 * n - 1, meter)?;
    hash_repeated(&mut hash, &g2, n, meter)?;
    hash_repeated(&mut hash, &g1, n, meter)?;
    hash_repeated(&mut hash, &g1, n, meter)?;
    hash_repeated(&mut hash, &g2, 1, meter)?;
    Ok(hash.digest())
}

fn hash_repeated<C: Encode>(
    hash: &mut Blake2b,
    point: &Affine<C>,
    count: u64,
    meter: &mut Meter<'_>,
) -> Result<()> {
    let mut block = vec![0; POINTS_PER_WRITE * C::BYTES];
    for bytes in block.chunks_exact_mut(C::BYTES) {
        write_uncompressed(point, bytes);
    }
    let mut left = count;
    while left > 0 {
        let now = left.min(POINTS_PER_WRITE as u64);
        hash.update(&block[..now as usize * C::BYTES]);
        left -= now;
        meter.advance(0)?;
    }
    Ok(())
}

fn hash_uncompressed<C: Encode>(hash: &mut Blake2b, points: &[Affine<C>]) {
    let mut bytes = vec![0; POINTS_PER_WRITE * C::BYTES];
    for points in points.chunks(POINTS_PER_WRITE) {
        let bytes = &mut bytes[..points.len() * C::BYTES];
        let places = bytes.par_chunks_exact_mut(C::BYTES);
        places.zip(points).for_each(|(bytes, point)| write_uncompressed(point, bytes));
        hash.update(bytes);
    }
}

fn hash_compressed<C: Encode>(hash: &mut Blake2b, points: &[Affine<C>]) {
    // As many at a time as snarkjs hashes: what the hash has left in its buffer, and a beacon's record holds, depends on it.
    let at_a_time = (1 << 20) / C::BYTES;
    for points in points.chunks(at_a_time) {
        let mut bytes = vec![0; points.len() * C::BASE_BYTES];
        let places = bytes.par_chunks_exact_mut(C::BASE_BYTES);
        places.zip(points).for_each(|(bytes, point)| write_compressed(point, bytes));
        hash.update(&bytes);
    }
}

/// The points of a section, each in its group and none at infinity.
pub fn points_of<C: PointBytes>(
    section: &[u8],
    id: u32,
) -> std::result::Result<Vec<Affine<C>>, Rejection> {
    let at = |i: usize| format!("section {id}, point {i}");
    check_points::<C>(section).map_err(|(i, fault)| Rejection::new(fault.into(), at(i)))?;
    let count = section.len() / C::BYTES;
    let points: Vec<Affine<C>> = (0..count).into_par_iter().map(|i| point_at(section, i)).collect();
    match points.iter().position(Affine::is_infinity) {
        Some(i) => Err(Rejection::new(Code::NotOnCurve, at(i))),
        None => Ok(points),
    }
}

/// Writes a `.ptau` section by section.
pub struct PowersWriter {
    file: ContainerWriter,
}

impl PowersWriter {
    /// @param is_prepared whether the four Lagrange sections will follow
    pub fn create(path: &Path, is_prepared: bool) -> Result<Self> {
        Ok(Self { file: ContainerWriter::create(path, &PTAU, if is_prepared { 11 } else { 7 })? })
    }

    /// Sections 1 to 7.
    pub fn powers(
        &mut self,
        powers: &Powers,
        ceremony_power: u32,
        records: &[Record],
    ) -> Result<()> {
        self.header(powers.power, ceremony_power)?;
        self.points(2, &powers.tau_g1)?;
        self.points(3, &powers.tau_g2)?;
        self.points(4, &powers.alpha_tau_g1)?;
        self.points(5, &powers.beta_tau_g1)?;
        self.points(6, &[powers.beta_g2])?;
        let mut bytes = (records.len() as u32).to_le_bytes().to_vec();
        for record in records {
            record.write(&mut bytes);
        }
        self.file.section(7, &bytes)
    }

    fn header(&mut self, power: u32, ceremony_power: u32) -> Result<()> {
        let mut header = 32u32.to_le_bytes().to_vec();
        header.extend(FqModulus::P.map(u64::to_le_bytes).as_flattened());
        header.extend(power.to_le_bytes());
        header.extend(ceremony_power.to_le_bytes());
        self.file.section(1, &header)
    }

    pub fn points<C: PointBytes>(&mut self, id: u32, points: &[Affine<C>]) -> Result<()> {
        self.file.begin(id, Some((points.len() * C::BYTES) as u64))?;
        self.more_points(points)?;
        self.file.end()
    }

    /// A section whose length is not known before its end.
    pub fn begin(&mut self, id: u32) -> Result<()> {
        self.file.begin(id, None)
    }

    pub fn more_points<C: PointBytes>(&mut self, points: &[Affine<C>]) -> Result<()> {
        let mut bytes = vec![0; POINTS_PER_WRITE.min(points.len()) * C::BYTES];
        for points in points.chunks(POINTS_PER_WRITE) {
            let bytes = &mut bytes[..points.len() * C::BYTES];
            for (bytes, point) in bytes.chunks_exact_mut(C::BYTES).zip(points) {
                C::write(point, bytes);
            }
            self.file.write(bytes)?;
        }
        Ok(())
    }

    pub fn end(&mut self) -> Result<()> {
        self.file.end()
    }

    pub fn finish(self) -> Result<()> {
        self.file.finish()
    }
}

/// # Errors
/// `PTAU_POWER` outside `POWERS`.
pub fn check_power(power: u32) -> Result<()> {
    if POWERS.contains(&power) {
        return Ok(());
    }
    Err(Error::new(
        "PTAU_POWER",
        format!("powers of tau for 2^{power} rows, expected an exponent of 1 to {}", POWERS.end()),
        "Take the smallest power that holds the circuit's constraints and public signals.",
    ))
}
