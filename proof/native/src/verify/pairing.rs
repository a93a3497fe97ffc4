//! The door to arkworks' pairing: e: G1 × G2 → GT as Miller loops, multiplied, and one final exponentiation.

use crate::curve::{G1Affine, G2Affine};
use crate::field::{Fq, Fq2};
use ark_bn254::Bn254;
use ark_ec::pairing::{MillerLoopOutput, Pairing, PairingOutput};
use ark_ff::{BigInt, Fp};

/// A point of G2 with the lines of its Miller loop.
pub type Prepared = <Bn254 as Pairing>::G2Prepared;
pub type Miller = MillerLoopOutput<Bn254>;
pub type Target = PairingOutput<Bn254>;

pub fn prepare(point: &G2Affine) -> Prepared {
    let point = if point.is_infinity() {
        ark_bn254::G2Affine::identity()
    } else {
        ark_bn254::G2Affine::new_unchecked(ark_fq2(point.x), ark_fq2(point.y))
    };
    point.into()
}

/// The product of the Miller loops of these pairs.
pub fn miller(pairs: impl IntoIterator<Item = (G1Affine, Prepared)>) -> Miller {
    let (points, prepared): (Vec<_>, Vec<_>) =
        pairs.into_iter().map(|(point, prepared)| (ark_g1(&point), prepared)).unzip();
    Bn254::multi_miller_loop(points, prepared)
}

pub fn product(factors: impl IntoIterator<Item = Miller>) -> Miller {
    MillerLoopOutput(factors.into_iter().map(|MillerLoopOutput(factor)| factor).product())
}

/// None for zero, which no Miller loop of points of the groups is.
pub fn final_exponentiation(miller: Miller) -> Option<Target> {
    Bn254::final_exponentiation(miller)
}

fn ark_g1(point: &G1Affine) -> ark_bn254::G1Affine {
    if point.is_infinity() {
        return ark_bn254::G1Affine::identity();
    }
    ark_bn254::G1Affine::new_unchecked(ark_fq(point.x), ark_fq(point.y))
}

fn ark_fq2(a: Fq2) -> ark_bn254::Fq2 {
    ark_bn254::Fq2::new(ark_fq(a.c0), ark_fq(a.c1))
}

/// Both keep Montgomery form with R = 2^256.
fn ark_fq(a: Fq) -> ark_bn254::Fq {
    Fp::new_unchecked(BigInt(a.to_montgomery()))
}
