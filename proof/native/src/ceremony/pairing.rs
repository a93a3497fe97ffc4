//! One question to the pairing: e(a, b·x) = e(a·x, b)?

use crate::curve::{G1Affine, G2Affine};
use crate::field::{Fq, Fq2};
use ark_bn254::Bn254;
use ark_ec::pairing::Pairing;
use ark_ff::{BigInt, Zero};

/// Do (s, sx) in G1 and (t, tx) in G2 have one ratio x, with no point at infinity? Asked of points on the curve; those
/// of G2 in the subgroup.
pub fn is_same_ratio((s, sx): (&G1Affine, &G1Affine), (t, tx): (&G2Affine, &G2Affine)) -> bool {
    if s.is_infinity() || sx.is_infinity() || t.is_infinity() || tx.is_infinity() {
        return false;
    }
    Bn254::multi_pairing([g1(s), g1(&-*sx)], [g2(tx), g2(t)]).is_zero()
}

fn g1(point: &G1Affine) -> ark_bn254::G1Affine {
    ark_bn254::G1Affine::new_unchecked(fq(point.x), fq(point.y))
}

fn g2(point: &G2Affine) -> ark_bn254::G2Affine {
    ark_bn254::G2Affine::new_unchecked(fq2(point.x), fq2(point.y))
}

fn fq(value: Fq) -> ark_bn254::Fq {
    ark_bn254::Fq::new_unchecked(BigInt(value.to_montgomery()))
}

fn fq2(value: Fq2) -> ark_bn254::Fq2 {
    ark_bn254::Fq2::new(fq(value.c0), fq(value.c1))
}
