//! From scalars to lists: which point goes to which bucket, with which sign.

use super::lists::Lists;
use super::plan::Windows;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A point's place in the table, and in the highest bit whether it is subtracted.
pub type Entry = u32;
pub const NEGATIVE: Entry = 1 << 31;

/// A scalar of at most 63 bits and its sign, beside the place of its point.
#[derive(Clone, Copy, Debug)]
pub struct SmallScalar {
    pub point: u32,
    pub value: i64,
}

/// Bits of one window of small scalars: most are 0 and 1, and the rest is short.
pub const SMALL_BITS: u32 = 8;
/// Unsigned digits: the bucket of zero does not exist.
pub const SMALL_BUCKETS: usize = (1 << SMALL_BITS) - 1;
/// Scalars that one task sorts: enough to pay for counting every bucket.
const LEAST_SCALARS: usize = 1 << 12;

/// Something that sends points to buckets, twice the same: once to be counted, once to be placed.
trait Source: Sync {
    fn len(&self) -> usize;
    fn buckets(&self) -> usize;
    fn send(&self, scalar: usize, to: &mut impl FnMut(usize, Entry));
}

/// Full-size scalars by bucket, for some of the sets: the first of them has the first buckets.
pub struct FullScalars<'a, P> {
    scalars: &'a [[u64; 4]],
    windows: Windows,
    offset: Offset,
    sets: Range<usize>,
    place: P,
}

impl<'a, P: Fn(usize, usize) -> u32 + Sync> FullScalars<'a, P> {
    /// @param scalars plain, below r
    /// @param place in the table of the point of scalar i, in row k
    pub fn new(scalars: &'a [[u64; 4]], windows: Windows, sets: Range<usize>, place: P) -> Self {
        let offset = Offset::new(windows.bits, windows.count);
        Self { scalars, windows, offset, sets, place }
    }

    pub fn sort(&self) -> Lists {
        sort(self)
    }
}

impl<P: Fn(usize, usize) -> u32 + Sync> Source for FullScalars<'_, P> {
    fn len(&self) -> usize {
        self.scalars.len()
    }

    fn buckets(&self) -> usize {
        self.sets.len() * self.windows.buckets()
    }

    #[inline(always)]
    fn send(&self, scalar: usize, to: &mut impl FnMut(usize, Entry)) {
        let Windows { count, stride, .. } = self.windows;
        let buckets = self.windows.buckets();
        let digits = self.offset.digits(&self.scalars[scalar]);
        for set in self.sets.clone() {
            for (row, w) in (set..count).step_by(stride).enumerate() {
                let digit = digits.at(w);
                if digit != 0 {
                    let sign = if digit < 0 { NEGATIVE } else { 0 };
                    let first = (set - self.sets.start) * buckets;
                    let bucket = first + digit.unsigned_abs() as usize - 1;
                    to(bucket, (self.place)(scalar, row) | sign);
                }
            }
        }
    }
}

/// Small scalars by bucket: set s holds bits 8s to 8s + 7 of |value|, so that no table is needed.
pub struct SmallScalars<'a> {
    scalars: &'a [SmallScalar],
    pub sets: usize,
}

impl<'a> SmallScalars<'a> {
    pub fn new(scalars: &'a [SmallScalar]) -> Self {
        let bits = scalars.iter().fold(0, |bits, scalar| bits | scalar.value.unsigned_abs());
        let sets = (u64::BITS - bits.leading_zeros()).div_ceil(SMALL_BITS) as usize;
        Self { scalars, sets }
    }

    pub fn sort(&self) -> Lists {
        sort(self)
    }
}

impl Source for SmallScalars<'_> {
    fn len(&self) -> usize {
        self.scalars.len()
    }

    fn buckets(&self) -> usize {
        self.sets * SMALL_BUCKETS
    }

    #[inline(always)]
    fn send(&self, scalar: usize, to: &mut impl FnMut(usize, Entry)) {
        let SmallScalar { point, value } = self.scalars[scalar];
        let sign = if value < 0 { NEGATIVE } else { 0 };
        let mut rest = value.unsigned_abs();
        let mut first = 0;
        while rest != 0 {
            let digit = rest as usize & SMALL_BUCKETS;
            if digit != 0 {
                to(first + digit - 1, point | sign);
            }
            rest >>= SMALL_BITS;
            first += SMALL_BUCKETS;
        }
    }
}

/// A counting sort. Each task counts and places its own scalars, in its own part of every list.
fn sort(source: &impl Source) -> Lists {
    let (n, buckets) = (source.len(), source.buckets());
    let tasks = rayon::current_num_threads().min(n / LEAST_SCALARS).max(1);
    let scalars_of = |task: usize| n * task / tasks..n * (task + 1) / tasks;
    let mut cursors: Vec<Vec<u32>> = (0..tasks)
        .into_par_iter()
        .map(|task| {
            let mut counts = vec![0u32; buckets];
            for scalar in scalars_of(task) {
                source.send(scalar, &mut |bucket, _| counts[bucket] += 1);
            }
            counts
        })
        .collect();

    let mut starts = Vec::with_capacity(buckets + 1);
    let mut start = 0u32;
    for bucket in 0..buckets {
        starts.push(start);
        for cursor in &mut cursors {
            let count = cursor[bucket];
            cursor[bucket] = start;
            start += count;
        }
    }
    starts.push(start);

    // Atomic for the compiler only: no two tasks write one place, and a relaxed store is a plain one.
    let entries: Vec<AtomicU32> = (0..start).map(|_| AtomicU32::new(0)).collect();
    cursors.par_iter_mut().enumerate().for_each(|(task, cursor)| {
        for scalar in scalars_of(task) {
            source.send(scalar, &mut |bucket, entry| {
                entries[cursor[bucket] as usize].store(entry, Relaxed);
                cursor[bucket] += 1;
            });
        }
    });
    Lists { entries: entries.into_iter().map(AtomicU32::into_inner).collect(), starts }
}

/// Σ 2^(bits−1)·2^(bits·w) over some windows w: with it added, digit w of a scalar is window w less 2^(bits−1), and no
/// carry runs from digit to digit.
#[derive(Clone, Copy)]
pub struct Offset {
    limbs: [u64; 5],
    bits: u32,
}

impl Offset {
    pub fn new(bits: u32, count: usize) -> Self {
        let mut limbs = [0; 5];
        for w in 0..count {
            let position = w * bits as usize + bits as usize - 1;
            limbs[position / 64] |= 1 << (position % 64);
        }
        Self { limbs, bits }
    }

    /// @param scalar below 2^(bits·count − 2), or below r in 255 bits
    #[inline(always)]
    pub fn digits(&self, scalar: &[u64; 4]) -> Digits {
        let mut limbs = [0; 6];
        let mut carry = false;
        for i in 0..5 {
            let limb = if i < 4 { scalar[i] } else { 0 };
            (limbs[i], carry) = limb.carrying_add(self.limbs[i], carry);
        }
        Digits { limbs, bits: self.bits }
    }
}

/// The digits of one scalar.
pub struct Digits {
    /// Two more than the scalar: one for the sum's carry, one so that a window may read past it.
    limbs: [u64; 6],
    bits: u32,
}

impl Digits {
    /// −2^(bits−1) to 2^(bits−1) − 1.
    #[inline(always)]
    pub fn at(&self, w: usize) -> i32 {
        let position = w * self.bits as usize;
        let (limb, bit) = (position / 64, position % 64);
        let wide = u128::from(self.limbs[limb]) | u128::from(self.limbs[limb + 1]) << 64;
        let window = (wide >> bit) as u32 & ((1 << self.bits) - 1);
        window.cast_signed() - (1 << (self.bits - 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Field, Fr, FrModulus, Modulus};
    use proptest::prelude::*;

    fn recombined(scalar: &[u64; 4], windows: Windows) -> Fr {
        let digits = Offset::new(windows.bits, windows.count).digits(scalar);
        let base = Fr::from(1u64 << windows.bits);
        let largest = 1 << (windows.bits - 1);
        (0..windows.count).rev().fold(Fr::ZERO, |sum, w| {
            let digit = digits.at(w);
            assert!((-largest..=largest).contains(&digit));
            sum * base + Fr::from(i64::from(digit))
        })
    }

    proptest! {
        #[test]
        fn digits_are_the_scalar(limbs: [u64; 4], bits in 2..18u32) {
            let scalar = Fr::from_plain_unchecked(limbs);
            prop_assert_eq!(recombined(&scalar.to_plain(), Windows::new(bits, 1)), scalar);
        }

        #[test]
        fn every_entry_is_in_its_list(values in prop::collection::vec(any::<i64>().prop_map(|v| v >> (v & 63)), 0..50)) {
            let scalars: Vec<SmallScalar> = values
                .iter()
                .enumerate()
                .map(|(i, &value)| SmallScalar { point: i as u32, value })
                .collect();
            let small = SmallScalars::new(&scalars);
            let lists = small.sort();
            let mut sums = vec![0i128; values.len()];
            for bucket in 0..lists.len() {
                let (set, digit) = (bucket / SMALL_BUCKETS, bucket % SMALL_BUCKETS + 1);
                for &entry in lists.list(bucket) {
                    let weight = (digit as i128) << (SMALL_BITS as usize * set);
                    sums[(entry & !NEGATIVE) as usize] += if entry & NEGATIVE != 0 { -weight } else { weight };
                }
            }
            prop_assert!(values.iter().zip(&sums).all(|(&value, &sum)| i128::from(value) == sum));
        }
    }

    #[test]
    fn the_largest_scalar_has_digits_for_every_width() {
        let mut largest = FrModulus::P;
        largest[0] -= 1;
        for bits in 2..18 {
            assert_eq!(recombined(&largest, Windows::new(bits, 1)), -Fr::ONE);
            assert_eq!(recombined(&[0; 4], Windows::new(bits, 1)), Fr::ZERO);
        }
    }
}
