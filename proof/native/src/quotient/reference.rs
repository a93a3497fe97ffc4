//! The scalars of the H query in the shortest way: one element at a time, transforms in natural order. What the fast path
//! is held against, and the path itself for domains too small for lanes.

use super::coefficients::{Matrix, Term};
use crate::field::{Field, Fr};
use crate::ntt::scalar::{evaluate_on_coset, interpolate};

/// h_i = a_i·b_i − c_i on the coset w_2N·w_N^i, plain: the values of A·B − C there, which are those of (A·B − C)/Z up to
/// the constant Z = −2 that snarkjs leaves to the points of the query.
///
/// @param witness in Montgomery form
pub fn h_scalars(n: usize, terms: &[Term], witness: &[Fr]) -> Vec<[u64; 4]> {
    let (mut a, mut b) = (vec![Fr::ZERO; n], vec![Fr::ZERO; n]);
    for term in terms {
        let rows = match term.matrix {
            Matrix::A => &mut a,
            Matrix::B => &mut b,
        };
        rows[term.row as usize] += term.coefficient * witness[term.wire as usize];
    }
    h_from_rows(a, b)
}

pub(super) fn h_from_rows(mut a: Vec<Fr>, mut b: Vec<Fr>) -> Vec<[u64; 4]> {
    let mut c: Vec<Fr> = a.iter().zip(&b).map(|(a, b)| *a * *b).collect();
    for polynomial in [&mut a, &mut b, &mut c] {
        interpolate(polynomial);
        evaluate_on_coset(polynomial);
    }
    a.iter().zip(&b).zip(&c).map(|((a, b), c)| (*a * *b - *c).to_plain()).collect()
}
