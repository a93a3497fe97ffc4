//! Sums of many independent pairs of points, at the price of one inversion for all of them (Montgomery 1987). Every sum
//! is right: equal and opposite points and infinity included.

use crate::curve::{Affine, Curve};
use crate::field::{Field, invert_all};

/// left[i] += right[i], for all i.
///
/// # Panics
/// When there are more on one side.
pub fn add_all<C: Curve>(left: &mut [Affine<C>], right: &[Affine<C>]) {
    assert_eq!(left.len(), right.len(), "as many left as right");
    // The chord has the slope Δy/Δx, the tangent 3x²/2y; what has neither stays zero and is no slope's denominator.
    let mut inverses: Vec<C::Base> =
        left.iter().zip(right).map(|(left, right)| denominator(left, right)).collect();
    invert_all(&mut inverses);
    for ((left, right), inverse) in left.iter_mut().zip(right).zip(&inverses) {
        *left = add(left, right, *inverse);
    }
}

fn denominator<C: Curve>(left: &Affine<C>, right: &Affine<C>) -> C::Base {
    if left.is_infinity() || right.is_infinity() {
        return C::Base::ZERO;
    }
    let dx = right.x - left.x;
    if dx.is_zero() { left.y + right.y } else { dx }
}

fn add<C: Curve>(left: &Affine<C>, right: &Affine<C>, inverse: C::Base) -> Affine<C> {
    if left.is_infinity() {
        return *right;
    }
    if right.is_infinity() {
        return *left;
    }
    if inverse.is_zero() {
        // The same x, and y of opposite signs.
        return Affine::INFINITY;
    }
    let numerator = if left.x == right.x {
        let square = left.x.square();
        square.double() + square
    } else {
        right.y - left.y
    };
    let slope = numerator * inverse;
    let x = slope.square() - left.x - right.x;
    Affine { x, y: slope * (left.x - x) - left.y }
}

/// Adds up each of the lists that stand one after another in `points`: then there is one point for each list, infinity
/// for an empty one.
///
/// # Panics
/// When the lengths do not add up to the number of points.
pub fn sum_lists<C: Curve>(mut points: Vec<Affine<C>>, mut lengths: Vec<u32>) -> Vec<Affine<C>> {
    let total: usize = lengths.iter().map(|length| *length as usize).sum();
    assert_eq!(total, points.len(), "the lengths of the lists");
    while lengths.iter().any(|length| *length > 1) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        let mut rest = points.as_slice();
        for length in &lengths {
            let (list, others) = rest.split_at(*length as usize);
            rest = others;
            for pair in list.chunks_exact(2) {
                left.push(pair[0]);
                right.push(pair[1]);
            }
        }
        add_all(&mut left, &right);
        // Back into place, with those that had no partner.
        let (mut pairs, mut from, mut to) = (left.iter(), 0, 0);
        for length in &mut lengths {
            let before = *length as usize;
            for _ in 0..before / 2 {
                points[to] = *pairs.next().expect("one sum for each pair");
                to += 1;
            }
            if before % 2 == 1 {
                points[to] = points[from + before - 1];
                to += 1;
            }
            from += before;
            *length = (before / 2 + before % 2) as u32;
        }
        points.truncate(to);
    }
    let mut sums = points.into_iter();
    let mut sum = |length| if length == 0 { None } else { sums.next() };
    lengths.into_iter().map(|length| sum(length).unwrap_or(Affine::INFINITY)).collect()
}
