//! The hash that names a circuit in its key (snarkjs: csHash): of everything that the key is before anybody contributed.
//! Each transcript of a contribution begins with it. BLAKE2b-512 over uncompressed points and big-endian counts.

use super::batch::add_all;
use super::overrun::{bytes_behind, difference};
use super::packed::Packed;
use crate::ceremony::Encode;
use crate::ceremony::blake2b::{Blake2b, Digest};
use crate::ceremony::encoding::{uncompressed, write_uncompressed};
use crate::cpu::Cpu;
use crate::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use crate::error::{Error, Result};
use crate::files::{Container, PTAU, g1_at};
use rayon::prelude::*;

pub struct CircuitHash(Blake2b);

/// As many points at a time as snarkjs takes: it matters for the last batch of the differences.
const BATCH: usize = 1 << 14;
/// The powers of tau in a `.ptau`.
const TAU_G1: u32 = 2;

impl CircuitHash {
    pub fn new(alpha1: &G1Affine, beta1: &G1Affine, beta2: &G2Affine) -> Self {
        let mut hash = Self(Blake2b::new());
        // gamma, delta and delta are 1 before anybody contributed.
        let (g1, g2) = (uncompressed(&G1::generator()), uncompressed(&G2::generator()));
        for point in
            [&uncompressed(alpha1), &uncompressed(beta1), &uncompressed(beta2), &g2, &g1, &g2]
        {
            hash.0.update(point);
        }
        hash
    }

    pub fn points<C: Encode>(&mut self, points: &[Affine<C>]) {
        self.count(points.len());
        for batch in points.chunks(BATCH) {
            self.batch(batch);
        }
    }

    /// tau^(N+i) − tau^i for i < N − 1, the numerators of the points of H: their number, and they.
    ///
    /// # Errors
    /// `PTAU_MALFORMED` for a file that ends where snarkjs still reads (see `overrun`).
    pub fn differences(&mut self, cpu: Cpu, ptau: &Container<'_>, power: u32) -> Result<()> {
        let n = 1 << power;
        let tau_g1 = ptau.section(TAU_G1)?;
        let available = tau_g1.len() / G1::POINT_BYTES;
        self.count(n - 1);
        let last = if n - 1 <= BATCH { n - 1 } else { n };
        for begin in (0..last).step_by(BATCH) {
            let range = begin..last.min(begin + BATCH);
            let points = |i: usize| if i < available { g1_at(tau_g1, i) } else { Affine::INFINITY };
            let left: Vec<G1Affine> = range.clone().map(|i| points(n + i)).collect();
            let right: Vec<G1Affine> = range.clone().map(|i| -points(i)).collect();
            let mut differences = Packed::pack(cpu, &left);
            add_all(cpu, &mut differences, &Packed::pack(cpu, &right));
            let mut differences = differences.unpack(cpu);
            if n + range.end > available {
                let behind = bytes_behind(ptau.sections(), TAU_G1).ok_or_else(ends_too_soon)?;
                let overrun = difference(&behind, &g1_at(tau_g1, range.end - 1));
                *differences.last_mut().expect("a batch is not empty") = overrun;
            }
            self.batch(&differences);
        }
        Ok(())
    }

    pub fn digest(&self) -> Digest {
        self.0.digest()
    }

    fn count(&mut self, count: usize) {
        self.0.update(&u32::try_from(count).expect("as files count").to_be_bytes());
    }

    fn batch<C: Encode>(&mut self, points: &[Affine<C>]) {
        let mut bytes = vec![0; points.len() * C::POINT_BYTES];
        bytes
            .par_chunks_exact_mut(C::POINT_BYTES)
            .with_min_len(256)
            .zip(points)
            .for_each(|(bytes, point)| write_uncompressed(point, bytes));
        self.0.update(&bytes);
    }
}

fn ends_too_soon() -> Error {
    PTAU.malformed("section 2", "another section behind it", "the end of the file")
}
