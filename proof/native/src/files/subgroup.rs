//! Which points of a whole section lie outside the subgroup of order r, at a tenth of the price of looking at each.
//!
//! The curve of G2 has r·h points, and h = 2q − r = 10069 · 5864401 · 1875725156269 · (a prime of 177 bits). So a point
//! outside the subgroup has a component of some prime order p ≥ 10069. One round draws a weight w_i for each point,
//! uniformly from 0 … 2^k − 1 with 2^k < 10069, and looks whether Σ w_i·P_i is in the subgroup. Let P_j be outside: for
//! whatever the other weights are, at most one w_j makes the component of order p vanish, because its multiples by fewer
//! than p consecutive integers all differ. A round misses it with probability 2^−k at most, and ⌈128/k⌉ independent
//! rounds with 2^−128. (A single combination with wide weights would miss a component of order 10069 once in 10069.)
//! The sums are those of Pippenger's buckets, one window of k bits each.

use super::points::PointBytes;
use crate::curve::{Affine, Xyzz};
use rayon::prelude::*;

/// The bits of certainty.
const CERTAINTY: u32 = 128;
/// 2^13 < 10069, the smallest prime order of a component.
const MAX_WEIGHT_BITS: u32 = 13;
/// What one look at one point costs, in additions: 63 doublings and 33 additions.
const ADDITIONS_PER_LOOK: usize = 96;

/// For a section of points that are on the curve: the first that is outside the subgroup.
pub fn find_outside_subgroup<C: PointBytes>(section: &[u8]) -> Option<usize> {
    if !C::HAS_COFACTOR {
        return None;
    }
    let count = section.len() / C::BYTES;
    let (bits, additions) = cheapest_rounds(count);
    // Without random bits nothing can be said about all at once.
    if additions < count * ADDITIONS_PER_LOOK && all_rounds_accept::<C>(section, bits) {
        return None;
    }
    section.par_chunks_exact(C::BYTES).position_first(|bytes| !C::is_in_subgroup(&read::<C>(bytes)))
}

/// Weights of how many bits, and how many additions they take.
fn cheapest_rounds(count: usize) -> (u32, usize) {
    let additions = |bits: u32| CERTAINTY.div_ceil(bits) as usize * (count + (2 << bits));
    let bits = (1..=MAX_WEIGHT_BITS).min_by_key(|bits| additions(*bits)).expect("not empty");
    (bits, additions(bits))
}

fn all_rounds_accept<C: PointBytes>(section: &[u8], bits: u32) -> bool {
    (0..CERTAINTY.div_ceil(bits)).into_par_iter().all(|_| round_accepts::<C>(section, bits))
}

fn round_accepts<C: PointBytes>(section: &[u8], bits: u32) -> bool {
    let mut weights = vec![[0u8; 2]; section.len() / C::BYTES];
    if getrandom::fill(weights.as_flattened_mut()).is_err() {
        return false;
    }
    let mut buckets = vec![Xyzz::<C>::INFINITY; 1 << bits];
    for (bytes, weight) in section.chunks_exact(C::BYTES).zip(weights) {
        let weight = u16::from_le_bytes(weight) as usize & ((1 << bits) - 1);
        // The bucket of weight 0 counts for nothing.
        if weight > 0 {
            buckets[weight] = buckets[weight].add_affine(&read(bytes));
        }
    }
    let (mut running, mut sum) = (Xyzz::INFINITY, Xyzz::INFINITY);
    for bucket in buckets[1..].iter().rev() {
        running += *bucket;
        sum += running;
    }
    C::is_in_subgroup(&sum.into())
}

fn read<C: PointBytes>(bytes: &[u8]) -> Affine<C> {
    C::read(bytes).expect("looked at by whoever found it on the curve")
}
