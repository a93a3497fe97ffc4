//! The three layers across the lanes. Values come and go eight neighbours to a vector; between, lane k holds the
//! coefficients x^(8m + k), so that all other layers have one factor for the eight lanes (`columns`).
//!
//! With N = 8M, block b of the 8 · M/8 vectors is, at the edge and within:
//! ```text
//!   vector 8b + l, lane t:  value l·M + 8b + t          vector 8b + t, lane k:  column k, place 8b + t
//! ```

use super::butterfly::{dft8, scale8};
use super::factors::{Constants, across_lanes};
use super::root_of_unity;
use crate::field::{Field, Fr, FrModulus};
use crate::lanes::{PrimeLanes, WIDTH};

/// The factors of one direction: block b has those of places 8b to 8b + 7.
pub struct Edge<L: PrimeLanes<FrModulus>> {
    constants: Constants<L>,
    factors: Vec<[L; 7]>,
}

impl<L: PrimeLanes<FrModulus>> Edge<L> {
    /// From values at the N-th roots of unity, times N, to columns: v^ik for the inverse root v.
    pub fn entry(k: u32) -> Self {
        let inverse = |k| root_of_unity(k).inverse().expect("a root is not zero");
        Self {
            constants: Constants::new(inverse(3)),
            factors: across_lanes(Fr::ONE, inverse(k), 1 << (k - 3)),
        }
    }

    /// From columns to values on the coset: w_2N^(2i+1)k.
    pub fn exit(k: u32) -> Self {
        let shift = root_of_unity(k + 1);
        Self {
            constants: Constants::new(root_of_unity(3)),
            factors: across_lanes(shift, shift.square(), 1 << (k - 3)),
        }
    }

    /// From bound 4 to bound 4.
    #[inline(always)]
    pub fn enter(&self, b: usize, block: &mut [L; WIDTH]) {
        *block = scale8(dft8(*block, self.constants.eighths()), &self.factors[b]);
        L::transpose(block);
    }

    /// From bound 32 to bound 32.
    #[inline(always)]
    pub fn leave(&self, b: usize, block: &mut [L; WIDTH]) {
        L::transpose(block);
        *block = dft8(scale8(*block, &self.factors[b]), self.constants.eighths());
    }
}
