//! The reference transforms, one element at a time: iterative, radix 2, in natural order on both sides
//! (Cooley, Tukey 1965). What every faster transform is held against, and the transform itself for small domains.

use super::{powers, root_of_unity};
use crate::field::{Field, Fr};

/// From the N values f(w_N^i) to the coefficients of f.
pub fn interpolate(values: &mut [Fr]) {
    let n = values.len();
    transform(values, inverse(root_of_unity(n.ilog2())));
    let scale = inverse(Fr::from(n as u64));
    for value in values {
        *value *= scale;
    }
}

/// From the coefficients of f to the values f(w_2N · w_N^i).
pub fn evaluate_on_coset(coefficients: &mut [Fr]) {
    let k = coefficients.len().ilog2();
    let shifts = powers(root_of_unity(k + 1), coefficients.len());
    for (coefficient, shift) in coefficients.iter_mut().zip(shifts) {
        *coefficient *= shift;
    }
    transform(coefficients, root_of_unity(k));
}

/// x_i becomes Σ_j x_j · root^ij, for a root of order N.
pub fn transform(x: &mut [Fr], root: Fr) {
    let n = x.len();
    assert!(n.is_power_of_two(), "a transform of {n} elements");
    permute_by_reversed_bits(x);
    let roots = powers(root, n / 2);
    let mut half = 1;
    while half < n {
        for block in x.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            let twiddles = roots.iter().step_by(n / (2 * half));
            for ((a, b), twiddle) in low.iter_mut().zip(high).zip(twiddles) {
                let product = *b * *twiddle;
                (*a, *b) = (*a + product, *a - product);
            }
        }
        half *= 2;
    }
}

fn permute_by_reversed_bits(x: &mut [Fr]) {
    let bits = x.len().ilog2();
    if bits == 0 {
        return;
    }
    for i in 0..x.len() {
        let reversed = i.reverse_bits() >> (usize::BITS - bits);
        if i < reversed {
            x.swap(i, reversed);
        }
    }
}

fn inverse(a: Fr) -> Fr {
    a.inverse().expect("roots and powers of two are not zero")
}
