//! Which points of a section are none of their group: found wherever they stand, one by one and in the batch that
//! looks at all of them at once.

use assay_native::curve::{Affine, Curve, G1, G2, G2Affine, Xyzz, multiply};
use assay_native::field::{Field, Fq, Fq2, FqModulus, Fr, FrModulus, Modulus};
use assay_native::files::{Fault, PointBytes, check_points, decode_point, point_at};
use proptest::prelude::*;

/// The order of the curve of G2 is r·h with h = 2q − r, and the smallest prime in h.
const SMALLEST_PRIME: u64 = 10069;

fn bytes_of<C: PointBytes>(points: &[Affine<C>]) -> Vec<u8> {
    let mut bytes = vec![0; points.len() * C::BYTES];
    for (point, chunk) in points.iter().zip(bytes.chunks_exact_mut(C::BYTES)) {
        C::write(point, chunk);
    }
    bytes
}

/// Generator, twice, three times …, with infinities between them.
fn honest<C: PointBytes>(count: usize) -> Vec<Affine<C>> {
    let generator = Xyzz::from(C::generator());
    let sums = std::iter::successors(Some(generator), |sum| Some(*sum + generator));
    let points: Vec<_> = sums.take(count).collect();
    let mut points = Affine::all_from(&points);
    for infinity in points.iter_mut().skip(3).step_by(7) {
        *infinity = Affine::INFINITY;
    }
    points
}

/// The first point on the curve of G2 at or after this x; nearly all are outside the subgroup.
fn twist_point(x0: u64) -> G2Affine {
    (x0..)
        .find_map(|x0| {
            let x = Fq2::new(Fq::from(x0), Fq::ONE);
            (x.square() * x + G2::b()).sqrt().map(|y| Affine::new(x, y))
        })
        .expect("every second x is one of a point")
}

/// A point of order 10069: what a batch with wide weights, but one round, would miss once in 10069.
fn small_order_point() -> G2Affine {
    // h = 2q − r.
    let mut h = FqModulus::P.map(u128::from);
    let mut carry = 0i128;
    for (limb, r) in h.iter_mut().zip(FrModulus::P) {
        let sum = 2 * *limb as i128 - i128::from(r) + carry;
        *limb = sum as u64 as u128;
        carry = sum >> 64;
    }
    let (mut cofactor, mut remainder) = ([0u64; 4], 0u128);
    for i in (0..4).rev() {
        let dividend = remainder << 64 | h[i];
        cofactor[i] = (dividend / u128::from(SMALLEST_PRIME)) as u64;
        remainder = dividend % u128::from(SMALLEST_PRIME);
    }
    assert_eq!(remainder, 0, "10069 divides h");
    let point = Xyzz::from(twist_point(1)).mul_plain(&FrModulus::P).mul_plain(&cofactor);
    assert!(!point.is_infinity() && point.mul_plain(&[SMALLEST_PRIME]).is_infinity());
    point.into()
}

#[test]
fn points_of_the_groups_are_accepted() {
    for count in [0, 1, 2, 100, 500] {
        let (g1, g2) = (honest::<G1>(count), honest::<G2>(count));
        let (bytes1, bytes2) = (bytes_of(&g1), bytes_of(&g2));
        assert_eq!(check_points::<G1>(&bytes1), Ok(()));
        assert_eq!(check_points::<G2>(&bytes2), Ok(()));
        for i in 0..count {
            assert_eq!(point_at::<G1>(&bytes1, i), g1[i]);
            assert_eq!(point_at::<G2>(&bytes2, i), g2[i]);
            assert_eq!(decode_point::<G2>(&bytes2[128 * i..][..128]), Ok(g2[i]));
        }
    }
}

#[test]
fn one_point_outside_the_subgroup_is_found_wherever_it_stands() {
    let order_10069 = small_order_point();
    let shifted = Affine::from(Xyzz::from(order_10069).add_affine(&G2::generator()));
    for bad in [twist_point(1), -twist_point(1), order_10069, shifted] {
        assert!(bad.is_on_curve());
        for count in [1, 40, 400] {
            for i in [0, count / 2, count - 1] {
                let mut points = honest::<G2>(count);
                points[i] = bad;
                let found = check_points::<G2>(&bytes_of(&points));
                assert_eq!(found, Err((i, Fault::NotInSubgroup)));
            }
        }
    }
}

#[test]
fn points_outside_that_cancel_are_found() {
    let (bad, small) = (twist_point(5), small_order_point());
    let mut points = honest::<G2>(400);
    (points[11], points[300]) = (bad, -bad);
    assert_eq!(check_points::<G2>(&bytes_of(&points)), Err((11, Fault::NotInSubgroup)));
    // All of them, with a sum of zero.
    let mut points = vec![small; SMALLEST_PRIME as usize % 400];
    points.extend(points.clone().into_iter().map(|point| -point));
    assert_eq!(check_points::<G2>(&bytes_of(&points)), Err((0, Fault::NotInSubgroup)));
}

#[test]
fn the_first_fault_is_named() {
    let mut bytes = bytes_of(&honest::<G1>(50));
    let plain_q: Vec<u8> = FqModulus::P.iter().flat_map(|limb| limb.to_le_bytes()).collect();
    bytes[64 * 30..][..32].copy_from_slice(&plain_q);
    assert_eq!(check_points::<G1>(&bytes), Err((30, Fault::NonCanonical)));
    bytes[64 * 20] ^= 1;
    assert_eq!(check_points::<G1>(&bytes), Err((20, Fault::NotOnCurve)));
}

proptest! {
    #[test]
    fn a_point_is_undone_by_reading(k in any::<[u64; 4]>()) {
        let k = Fr::from_plain_unchecked(k);
        let g1 = Affine::from(multiply(&G1::generator(), &k));
        let g2 = Affine::from(multiply(&G2::generator(), &k));
        prop_assert_eq!(decode_point::<G1>(&bytes_of(&[g1])), Ok(g1));
        prop_assert_eq!(decode_point::<G2>(&bytes_of(&[g2])), Ok(g2));
    }

    #[test]
    fn any_bytes_are_one_point_or_none(bytes in prop::collection::vec(any::<u8>(), 128)) {
        if let Ok(point) = decode_point::<G2>(&bytes) {
            prop_assert_eq!(bytes_of(&[point]), bytes);
        }
    }
}
