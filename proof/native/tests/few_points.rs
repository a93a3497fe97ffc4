//! Sums over points that do not change, against the reference, in every form: numbers of points around every group of
//! eight, points that meet where the formulas have exceptions, and scalars at the edges of their digits.

use assay_native::cpu::Cpu;
use assay_native::curve::{Affine, Curve, G1, G2, Xyzz, multiply};
use assay_native::field::{Field, Fr, FrModulus, Modulus};
use assay_native::lanes::LaneCurve;
use assay_native::msm::FewPoints;
use assay_native::verify::linear_combination;
use proptest::prelude::*;

/// Small multiples of the generator, so that equal and opposite points are frequent; 0 is infinity.
fn point<C: Curve>(k: i64) -> Affine<C> {
    multiply(&C::generator(), &Fr::from(k)).into()
}

fn expected<C: Curve>(ks: &[i64], scalars: &[Fr]) -> Xyzz<C> {
    let exponent = ks.iter().zip(scalars).fold(Fr::ZERO, |sum, (&k, &s)| sum + Fr::from(k) * s);
    multiply(&C::generator(), &exponent)
}

fn in_every_form<C: LaneCurve>(ks: &[i64], scalars: &[Fr]) {
    let points: Vec<Affine<C>> = ks.iter().map(|&k| point(k)).collect();
    let expected = expected::<C>(ks, scalars);
    assert_eq!(linear_combination(&points, scalars), expected);
    for cpu in Cpu::all() {
        let few = FewPoints::new(cpu, &points).expect("few points");
        assert_eq!(few.sum(scalars), expected, "{cpu:?}, {} points", ks.len());
    }
}

/// 0, 1 and r − 1, half of r on both sides, every power of two and what is one beside it: digits at their largest.
fn edges() -> Vec<Fr> {
    let half = Fr::from(2u64).inverse().expect("not zero");
    let mut edges = vec![Fr::ZERO, Fr::ONE, -Fr::ONE, half, -half, half + Fr::ONE];
    let mut power = Fr::ONE;
    for _ in 0..FrModulus::P[3].ilog2() + 192 {
        power = power.double();
        edges.extend([power, -power, power - Fr::ONE, power + Fr::ONE]);
    }
    edges
}

fn wild(seed: u64) -> Fr {
    let scramble = |k: u64| (seed + k).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (seed << k);
    Fr::from_plain_unchecked([scramble(1), scramble(2), scramble(3), scramble(4)]).square()
}

fn scalar() -> impl Strategy<Value = Fr> {
    prop_oneof![
        3 => any::<[u64; 4]>().prop_map(Fr::from_plain_unchecked),
        2 => (-3i64..4).prop_map(Fr::from),
        1 => any::<i32>().prop_map(|small| Fr::from(i64::from(small))),
        2 => prop::sample::select(edges()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn sums_of_g1_are_the_sums_of_products(pairs in prop::collection::vec((-6i64..7, scalar()), 0..40)) {
        let (ks, scalars): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        in_every_form::<G1>(&ks, &scalars);
    }

    #[test]
    fn sums_of_g2_are_the_sums_of_products(pairs in prop::collection::vec((-6i64..7, scalar()), 0..20)) {
        let (ks, scalars): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        in_every_form::<G2>(&ks, &scalars);
    }
}

#[test]
fn every_number_of_points_is_right() {
    for n in (0..71).chain([100, 795, 1025]) {
        let ks: Vec<i64> = (0..n).map(|i| 2 * i + 3).collect();
        let scalars: Vec<Fr> = (0..n as u64).map(wild).collect();
        in_every_form::<G1>(&ks, &scalars);
    }
}

#[test]
fn every_edge_of_a_scalar_is_right() {
    let edges = edges();
    let ks: Vec<i64> = (0..edges.len() as i64).map(|i| i + 2).collect();
    in_every_form::<G1>(&ks, &edges);
    for edge in &edges {
        in_every_form::<G1>(&[5], &[*edge]);
    }
}

#[test]
fn points_that_cancel_or_repeat_in_one_lane_are_right() {
    // Points i and i + 8 share a lane.
    for (first, second) in [(1, 1), (1, -1), (2, 1), (1, 2), (0, 1), (1, 0), (0, 0)] {
        let ks: Vec<i64> = [first; 8].into_iter().chain([second; 8]).collect();
        for edge in [Fr::ONE, -Fr::ONE, wild(1), Fr::from(32u64), Fr::from(31u64)] {
            in_every_form::<G1>(&ks, &[edge; 16]);
        }
    }
}

#[test]
fn more_points_than_multiples_are_kept_for_have_none() {
    let points = vec![G1::generator(); 8193];
    assert!(FewPoints::new(Cpu::fastest(), &points).is_none());
    assert!(FewPoints::new(Cpu::fastest(), &points[1..]).is_some());
}
