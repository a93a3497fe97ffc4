//! Number-theoretic transforms over Fr: from values at the N-th roots of unity to coefficients, and from coefficients to
//! values at those roots times w_2N, the coset on which the quotient by x^N − 1 costs no division.
//!
//! ```text
//!   scalar      the reference: one element at a time, natural order
//!   domain      both transforms in one walk through memory, on eight lanes
//!   columns     the layers within a lane: 8 sub-transforms of size N/8 side by side
//!   edge        the three layers across the lanes, at the beginning and at the end
//!   butterfly   transforms of 4 and 8 elements in registers
//!   factors     the powers of roots that all of them multiply by
//!   parts       how slices are cut for threads
//! ```

mod butterfly;
mod columns;
mod domain;
mod edge;
mod factors;
mod parts;
pub mod scalar;

pub use domain::{Domain, MIN_LOG_SIZE, coset_values};
pub use parts::pieces;

use crate::field::{Field, Fr};

/// r − 1 is divisible by 2^28 and no higher power of two.
pub const TWO_ADICITY: u32 = 28;
/// (r − 1)/2^28.
const ODD: [u64; 4] = [0x9b9709143e1f593f, 0x181585d2833e8487, 0x131a029b85045b68, 0x30644e72e];

/// w_k of order 2^k, as snarkjs and arkworks choose it: 5^((r − 1)/2^28), squared down.
pub fn root_of_unity(k: u32) -> Fr {
    assert!(k <= TWO_ADICITY, "Fr has no root of unity of order 2^{k}");
    let mut root = Fr::from(5u64).pow(&ODD);
    for _ in k..TWO_ADICITY {
        root = root.square();
    }
    root
}

/// 1, base, base², … : `count` of them.
pub fn powers(base: Fr, count: usize) -> Vec<Fr> {
    let mut power = Fr::ONE;
    let next = |_| {
        let this = power;
        power *= base;
        this
    };
    (0..count).map(next).collect()
}
