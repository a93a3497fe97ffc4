//! Σ s_i·P_i for the few hundred terms of a statement: Pippenger's buckets over signed digits. Scalars count by the
//! smaller of s and r − s, and short ones have windows of their own: the integers of a network, negative ones included,
//! cost a tenth of what full-size signals do.

use crate::curve::{Affine, Curve, Xyzz};
use crate::field::Fr;
use crate::msm::Magnitude;

/// Integers of a network have 32 bits at most, sums of a few weighted ones some more; a hash or a tag has 250.
const SHORT_BITS: u32 = 64;
/// More bits pay off above ten thousands of terms, which no statement has.
const MAX_WINDOW_BITS: u32 = 10;

struct Term<C: Curve> {
    point: Affine<C>,
    magnitude: Magnitude,
}

/// In a time that depends on the scalars: they are public.
///
/// # Panics
/// When there are not as many points as scalars.
pub fn linear_combination<C: Curve>(points: &[Affine<C>], scalars: &[Fr]) -> Xyzz<C> {
    assert_eq!(points.len(), scalars.len(), "a scalar for each point");
    let (mut short, mut long) = (Vec::new(), Vec::new());
    for (point, scalar) in points.iter().zip(scalars) {
        let magnitude = Magnitude::from(scalar);
        let point = if magnitude.negative { -*point } else { *point };
        let term = Term { point, magnitude };
        match magnitude.bits() {
            0 => {}
            1..=SHORT_BITS => short.push(term),
            _ => long.push(term),
        }
    }
    buckets(&short) + buckets(&long)
}

fn buckets<C: Curve>(terms: &[Term<C>]) -> Xyzz<C> {
    let Some(longest) = terms.iter().map(|term| term.magnitude.bits()).max() else {
        return Xyzz::INFINITY;
    };
    let width = cheapest_window(terms.len(), longest);
    let windows = windows_of(longest, width);
    let digits: Vec<Vec<i32>> =
        terms.iter().map(|term| signed_digits(&term.magnitude.limbs, width, windows)).collect();
    let mut sum = Xyzz::INFINITY;
    for window in (0..windows).rev() {
        for _ in 0..width {
            sum = sum.double();
        }
        let mut buckets = vec![Xyzz::INFINITY; 1 << (width - 1)];
        for (term, digits) in terms.iter().zip(&digits) {
            let digit = digits[window];
            if digit != 0 {
                let point = if digit < 0 { -term.point } else { term.point };
                let bucket = &mut buckets[digit.unsigned_abs() as usize - 1];
                *bucket = bucket.add_affine(&point);
            }
        }
        let (mut running, mut weighted) = (Xyzz::INFINITY, Xyzz::INFINITY);
        for bucket in buckets.iter().rev() {
            running += *bucket;
            weighted += running;
        }
        sum += weighted;
    }
    sum
}

/// A signed digit is at most half of 2^width: the topmost bit may carry once more.
fn windows_of(longest: u32, width: u32) -> usize {
    (longest + 1).div_ceil(width) as usize
}

fn cheapest_window(terms: usize, longest: u32) -> u32 {
    let additions = |width: &u32| windows_of(longest, *width) * (terms + (1 << width));
    (1..=MAX_WINDOW_BITS).min_by_key(additions).expect("not empty")
}

/// Digits in −2^(width−1) … 2^(width−1), the lowest first.
fn signed_digits(magnitude: &[u64; 4], width: u32, windows: usize) -> Vec<i32> {
    let mut carry = 0;
    let digit = |window: usize| {
        let at = window as u32 * width;
        let (limb, shift) = ((at / 64) as usize, at % 64);
        let low = magnitude.get(limb).map_or(0, |limb| limb >> shift);
        let high = if shift == 0 {
            0
        } else {
            magnitude.get(limb + 1).map_or(0, |limb| limb << (64 - shift))
        };
        let unsigned = ((low | high) & ((1 << width) - 1)) as i32 + carry;
        carry = i32::from(unsigned > 1 << (width - 1));
        unsigned - (carry << width)
    };
    (0..windows).map(digit).collect()
}
