//! Fields and curves against arkworks, which knows nothing of ours.

use ark_bn254::{Fq as ArkFq, Fq2 as ArkFq2, Fr as ArkFr, G1Affine as ArkG1, G2Affine as ArkG2};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{AdditiveGroup, BigInt, Field as _, PrimeField};
use assay_native::curve::{Affine, Curve, G1, G2, Xyzz, multiply};
use assay_native::field::{Field, Fq, Fq2, FqModulus, Fr, Modulus, Prime, invert_all};
use proptest::prelude::*;

fn ark_fq(a: Fq) -> ArkFq {
    ArkFq::from_bigint(BigInt(a.to_plain())).expect("below q")
}
fn ark_fr(a: Fr) -> ArkFr {
    ArkFr::from_bigint(BigInt(a.to_plain())).expect("below r")
}
fn ark_fq2(a: Fq2) -> ArkFq2 {
    ArkFq2::new(ark_fq(a.c0), ark_fq(a.c1))
}
fn ark_g1(p: Affine<G1>) -> ArkG1 {
    if p.is_infinity() { ArkG1::zero() } else { ArkG1::new(ark_fq(p.x), ark_fq(p.y)) }
}
fn ark_g2(p: Affine<G2>) -> ArkG2 {
    if p.is_infinity() { ArkG2::zero() } else { ArkG2::new(ark_fq2(p.x), ark_fq2(p.y)) }
}

/// Uniform numbers, and the ones where carries and reductions go wrong.
fn element<M: Modulus>() -> impl Strategy<Value = Prime<M>> {
    let edges = (0..256u32, any::<bool>(), 0..3u64).prop_map(|(bit, negative, off)| {
        let mut limbs = [0u64; 4];
        limbs[bit as usize / 64] = 1 << (bit % 64);
        let power = Prime::<M>::from_plain_unchecked(limbs) + Prime::from(off) - Prime::ONE;
        if negative { -power } else { power }
    });
    let zeros = (0..2u64).prop_map(Prime::<M>::from);
    prop_oneof![4 => any::<[u64; 4]>().prop_map(Prime::<M>::from_plain_unchecked), 2 => edges, 1 => zeros]
}

fn quadratic() -> impl Strategy<Value = Fq2> {
    (element::<FqModulus>(), element::<FqModulus>()).prop_map(|(c0, c1)| Fq2::new(c0, c1))
}

proptest! {
    #[test]
    fn fq_agrees(a in element(), b in element()) {
        let (x, y): (Fq, Fq) = (a, b);
        prop_assert_eq!(ark_fq(x + y), ark_fq(x) + ark_fq(y));
        prop_assert_eq!(ark_fq(x - y), ark_fq(x) - ark_fq(y));
        prop_assert_eq!(ark_fq(x * y), ark_fq(x) * ark_fq(y));
        prop_assert_eq!(ark_fq(-x), -ark_fq(x));
        prop_assert_eq!(x.inverse().map(ark_fq), ark_fq(x).inverse());
        prop_assert_eq!(x.square().sqrt().map(|root| root.square()), Some(x.square()));
        prop_assert_eq!(x.sqrt().is_some(), ark_fq(x).sqrt().is_some());
        prop_assert_eq!(Fq::from_bytes(&x.to_bytes()), Some(x));
        prop_assert_eq!(Fq::from_montgomery_bytes(&x.to_montgomery_bytes()), Some(x));
    }

    #[test]
    fn fr_agrees(a in element(), b in element(), wide in any::<([u8; 32], [u8; 32])>()) {
        let (x, y): (Fr, Fr) = (a, b);
        prop_assert_eq!(ark_fr(x + y), ark_fr(x) + ark_fr(y));
        prop_assert_eq!(ark_fr(x - y), ark_fr(x) - ark_fr(y));
        prop_assert_eq!(ark_fr(x * y), ark_fr(x) * ark_fr(y));
        prop_assert_eq!(x.inverse().map(ark_fr), ark_fr(x).inverse());
        prop_assert_eq!(x.sqrt().is_some(), ark_fr(x).sqrt().is_some());
        prop_assert_eq!(x.square().sqrt().map(|root| root.square()), Some(x.square()));
        let bytes: [u8; 64] = [wide.0, wide.1].concat().try_into().expect("64 bytes");
        prop_assert_eq!(ark_fr(Fr::from_wide_bytes(&bytes)), ArkFr::from_le_bytes_mod_order(&bytes));
    }

    #[test]
    fn fq2_agrees(x in quadratic(), y in quadratic()) {
        prop_assert_eq!(ark_fq2(x + y), ark_fq2(x) + ark_fq2(y));
        prop_assert_eq!(ark_fq2(x - y), ark_fq2(x) - ark_fq2(y));
        prop_assert_eq!(ark_fq2(x * y), ark_fq2(x) * ark_fq2(y));
        prop_assert_eq!(ark_fq2(x.square()), ark_fq2(x).square());
        prop_assert_eq!(x.inverse().map(ark_fq2), ark_fq2(x).inverse());
        prop_assert_eq!(x.sqrt().is_some(), ark_fq2(x).sqrt().is_some());
        prop_assert_eq!(x.square().sqrt().map(|root| root.square()), Some(x.square()));
    }

    #[test]
    fn all_are_inverted_at_once_and_zeros_stay(elements in prop::collection::vec(element::<FqModulus>(), 0..20)) {
        let mut inverted = elements.clone();
        invert_all(&mut inverted);
        for (a, i) in elements.iter().zip(&inverted) {
            prop_assert_eq!(*i, a.inverse().unwrap_or(Fq::ZERO));
        }
    }

    #[test]
    fn groups_agree(s in element(), t in element()) {
        let (s, t): (Fr, Fr) = (s, t);
        let (p, q) = (multiply(&G1::generator(), &s), multiply(&G1::generator(), &t));
        let (u, v) = (multiply(&G2::generator(), &s), multiply(&G2::generator(), &t));
        let g1 = |k: Fr| (ArkG1::generator() * ark_fr(k)).into_affine();
        let g2 = |k: Fr| (ArkG2::generator() * ark_fr(k)).into_affine();
        prop_assert_eq!(ark_g1(p.into()), g1(s));
        prop_assert_eq!(ark_g2(u.into()), g2(s));
        prop_assert_eq!(ark_g1((p + q).into()), g1(s + t));
        prop_assert_eq!(ark_g1((p - q).into()), g1(s - t));
        prop_assert_eq!(ark_g1((p + p).into()), g1(s + s));
        prop_assert_eq!(ark_g1((p - p).into()), ArkG1::zero());
        prop_assert_eq!(ark_g1(p.add_affine(&q.into()).into()), g1(s + t));
        prop_assert_eq!(ark_g1(p.add_affine(&p.into()).into()), g1(s + s));
        prop_assert_eq!(ark_g1(p.add_affine(&-Affine::from(p)).into()), ArkG1::zero());
        prop_assert_eq!(ark_g2((u + v).into()), g2(s + t));
        prop_assert_eq!(ark_g2((u.double() - v).into()), g2(s + s - t));
        prop_assert!(Affine::from(p).is_on_curve() && Affine::from(u).is_on_curve());
        prop_assert!(G2::is_in_subgroup(&u.into()));
    }

    #[test]
    fn points_outside_the_subgroup_are_known(x in quadratic()) {
        if let Some(y) = (x.square() * x + G2::b()).sqrt() {
            let point = Affine::<G2>::new(x, y);
            prop_assert!(point.is_on_curve());
            let ark = ArkG2::new_unchecked(ark_fq2(x), ark_fq2(y));
            prop_assert_eq!(G2::is_in_subgroup(&point), ark.is_in_correct_subgroup_assuming_on_curve());
        }
    }
}

#[test]
fn generators_are_those_of_everybody() {
    assert_eq!(ark_g1(G1::generator()), ark_bn254::G1Projective::generator().into_affine());
    assert_eq!(ark_g2(G2::generator()), ark_bn254::G2Projective::generator().into_affine());
    assert_eq!(
        ark_fq2(G2::b()),
        <ark_bn254::g2::Config as ark_ec::short_weierstrass::SWCurveConfig>::COEFF_B
    );
    let order = Fr::ZERO - Fr::ONE;
    assert_eq!(multiply(&G1::generator(), &order) + G1::generator().into(), Xyzz::INFINITY);
    assert!(ark_fr(order + Fr::ONE) == ArkFr::ZERO);
}

#[test]
fn numbers_that_are_not_below_the_modulus_are_refused() {
    let bytes = |limbs: [u64; 4]| -> [u8; 32] {
        limbs.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<_>>().try_into().expect("32")
    };
    for p in [FqModulus::P, [u64::MAX; 4]] {
        assert_eq!(Fq::from_bytes(&bytes(p)), None);
        assert_eq!(Fq::from_montgomery_bytes(&bytes(p)), None);
    }
}
