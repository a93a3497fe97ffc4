//! A scalar of 254 bits as two of 128: k = k1 + k2·λ mod r, where λ·P costs one multiplication (Gallant, Lambert,
//! Vanstone 2001), for a ladder of half the height. Both halves are made odd, so that each has exactly 32 digits of 4
//! bits, all odd, ±1 … ±15 (Joye, Tunstall 2009): every scalar takes the same steps, and eight run side by side.
//!
//! With x the parameter of the curve, the lattice {(a, b): a + b·λ ≡ 0 mod r} has the basis (A, N), (−N, B), where
//! A = 6x² + 4x + 1, B = 6x² + 2x, N = 2x + 1 and A·B + N² = r. Its vectors have all four parities.

use crate::curve::{BN_X, Curve, G1, G2};
use crate::field::{Fq, Fq2, Fr, FrModulus, Modulus};

const X: u128 = BN_X as u128;
const A: u128 = 6 * X * X + 4 * X + 1;
const B: u128 = 6 * X * X + 2 * X;
const N: u128 = 2 * X + 1;

/// ⌊B·2^256/r⌋ and ⌊N·2^256/r⌋: ⌊k·B/r⌋ by a multiplication, with an error below k/2^256.
const B_OVER_R: [u64; 4] = quotient_by_r(B);
const N_OVER_R: [u64; 4] = quotient_by_r(N);

/// A curve with the endomorphism φ(x, y) = (β·x, y) = λ·(x, y), on points of order r.
pub trait Endomorphism: Curve {
    fn beta() -> Self::Base;
}

/// A cube root of 1 in Fq; on G2 the other one belongs to the same λ.
const BETA: [u64; 4] = [0x5763473177fffffe, 0xd4f263f1acdb5c4f, 0x59e26bcea0d48bac, 0];

impl Endomorphism for G1 {
    fn beta() -> Fq {
        Fq::from_plain_unchecked(BETA)
    }
}

impl Endomorphism for G2 {
    fn beta() -> Fq2 {
        let beta = G1::beta();
        Fq2::new(beta * beta, Fq::from(0u64))
    }
}

/// The digits of both halves: digit i of a half is 2·n − 15 with n the nibble i.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halves {
    pub first: u128,
    pub second: u128,
}

impl From<&Fr> for Halves {
    fn from(scalar: &Fr) -> Self {
        let k = scalar.to_plain();
        // (k, 0) minus the corner of its cell of the lattice: k1 in [0, 1.2A + N), k2 in (−1.2B, N).
        let (c, d) = (high_product(&k, &B_OVER_R), high_product(&k, &N_OVER_R));
        let mut k1 = minus(&minus(&k, &product(c, A)), &product(d, N));
        let mut k2 = minus(&product(d, B), &product(c, N));
        match (k1[0] & 1, k2[0] & 1) {
            (0, 0) => (k1, k2) = (minus(&k1, &wide(A)), minus(&k2, &wide(N))),
            (0, _) => (k1, k2) = (minus(&k1, &wide(N)), plus(&k2, &wide(B))),
            (_, 0) => (k1, k2) = (minus(&k1, &wide(A - N)), minus(&k2, &wide(B + N))),
            _ => {}
        }
        Self { first: nibbles(&k1), second: nibbles(&k2) }
    }
}

/// n with Σ (2·n_i − 15)·16^i = k, for odd |k| < 2^128 in two's complement: (k + 2^128 − 1)/2.
fn nibbles(k: &[u64; 4]) -> u128 {
    let shifted = plus(k, &[u64::MAX, u64::MAX, 0, 0]);
    debug_assert!(shifted[3] == 0 && shifted[2] <= 1, "a half is below 2^128");
    let low = u128::from(shifted[1]) << 64 | u128::from(shifted[0]);
    low >> 1 | u128::from(shifted[2]) << 127
}

fn wide(a: u128) -> [u64; 4] {
    [a as u64, (a >> 64) as u64, 0, 0]
}

fn product(a: u128, b: u128) -> [u64; 4] {
    let (a, b) = ([a as u64, (a >> 64) as u64], [b as u64, (b >> 64) as u64]);
    let mut product = [0; 4];
    for i in 0..2 {
        let mut carry = 0;
        for j in 0..2 {
            (product[i + j], carry) = a[i].carrying_mul_add(b[j], product[i + j], carry);
        }
        product[i + 2] = carry;
    }
    product
}

/// ⌊a·b/2^256⌋, which is below 2^128 here.
fn high_product(a: &[u64; 4], b: &[u64; 4]) -> u128 {
    let mut product = [0; 8];
    for i in 0..4 {
        let mut carry = 0;
        for j in 0..4 {
            (product[i + j], carry) = a[i].carrying_mul_add(b[j], product[i + j], carry);
        }
        product[i + 4] = carry;
    }
    u128::from(product[5]) << 64 | u128::from(product[4])
}

fn plus(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    crate::field::modulus::add(a, b).0
}

fn minus(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    crate::field::modulus::subtract(a, b).0
}

/// ⌊a·2^256/r⌋ for a < r, bit by bit, by the compiler.
const fn quotient_by_r(a: u128) -> [u64; 4] {
    let mut quotient = [0u64; 4];
    let mut rest = [a as u64, (a >> 64) as u64, 0, 0];
    let mut bit = 256;
    while bit > 0 {
        bit -= 1;
        let doubled = [
            rest[0] << 1,
            rest[1] << 1 | rest[0] >> 63,
            rest[2] << 1 | rest[1] >> 63,
            rest[3] << 1 | rest[2] >> 63,
        ];
        let (difference, is_less) = crate::field::modulus::subtract(&doubled, &FrModulus::P);
        rest = if is_less { doubled } else { difference };
        if !is_less {
            quotient[bit / 64] |= 1 << (bit % 64);
        }
    }
    quotient
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Xyzz, multiply};
    use crate::field::Field;
    use proptest::prelude::*;

    fn lambda() -> Fr {
        let x = Fr::from(BN_X);
        let six = Fr::from(6u64);
        // 36x³ + 18x² + 6x + 1
        six * six * x * x * x + Fr::from(18u64) * x * x + six * x + Fr::ONE
    }

    fn value(nibbles: u128) -> Fr {
        (0..32).rev().fold(Fr::ZERO, |sum, i| {
            sum * Fr::from(16u64) + Fr::from(2 * (nibbles >> (4 * i) & 15) as i64 - 15)
        })
    }

    #[test]
    fn multiplies_by_lambda_with_beta() {
        fn check<C: Endomorphism>() {
            let mut point = C::generator();
            let expected = multiply(&point, &lambda());
            point.x *= C::beta();
            assert_eq!(Xyzz::from(point), expected);
        }
        check::<G1>();
        check::<G2>();
    }

    proptest! {
        #[test]
        fn splits_every_scalar(limbs: [u64; 4], small: i64, near: u8) {
            for k in [Fr::from_plain_unchecked(limbs), Fr::from(small), Fr::from(-i64::from(near)), Fr::from(u64::from(near))] {
                let halves = Halves::from(&k);
                prop_assert_eq!(value(halves.first) + lambda() * value(halves.second), k);
            }
        }
    }
}
