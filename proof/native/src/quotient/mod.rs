//! From a key's coefficients and a witness to the scalars h_i of the H query: Groth16's quotient (A·B − C)/Z, as values on
//! the coset w_2N·w_N^i, where snarkjs's keys have their points. No division: Z = x^N − 1 is −2 on all of it, and the points
//! account for that.

mod coefficients;
mod dictionary;
mod pipeline;
pub mod reference;
mod rows;

pub use coefficients::{Coefficients, Matrix, Term};

use crate::cpu::Cpu;
use crate::field::Fr;
use crate::lanes::dispatch;
use crate::ntt::MIN_LOG_SIZE;
use crate::witness::Witness;
use pipeline::Build;

/// What one key's quotients need, made once.
pub struct Quotient {
    coefficients: Coefficients,
    k: u32,
    /// None where the domain is too small for lanes.
    path: Option<Box<dyn Path>>,
}

trait Path: Send + Sync {
    fn h_scalars(&self, coefficients: &Coefficients, witness: &Witness, out: &mut [[u64; 4]]);
}

impl Quotient {
    /// @param k of a domain of 2^k rows, at most 2^27: the coset needs a root of twice the order
    pub fn new(cpu: Cpu, coefficients: Coefficients, k: u32) -> Self {
        let path = (k >= MIN_LOG_SIZE).then(|| dispatch(cpu, Build { cpu, k }));
        Self { coefficients, k, path }
    }

    /// What the coefficients take in memory.
    pub fn bytes(&self) -> usize {
        self.coefficients.bytes()
    }

    /// The scalars h_i, i < N, as plain limbs below r. Runs in the current thread pool.
    ///
    /// @param out is overwritten; its memory is used again where it is enough
    pub fn h_scalars(&self, witness: &Witness, out: &mut Vec<[u64; 4]>) {
        assert_eq!(witness.len(), self.coefficients.wires(), "a witness of another circuit");
        out.resize(1 << self.k, [0; 4]);
        match &self.path {
            Some(path) => path.h_scalars(&self.coefficients, witness, out),
            None => self.h_scalars_of_few(witness, out),
        }
    }

    fn h_scalars_of_few(&self, witness: &Witness, out: &mut [[u64; 4]]) {
        let Coefficients { a, b, .. } = &self.coefficients;
        let [a, b] = [a, b].map(|matrix| {
            let row = |row| self.coefficients.evaluate(matrix, row, witness);
            (0..out.len()).map(row).map(Fr::from_plain_unchecked).collect()
        });
        out.copy_from_slice(&reference::h_from_rows(a, b));
    }
}
