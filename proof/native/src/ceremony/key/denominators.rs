//! Rows whose coefficients are fractions. A compiler that eliminates a signal from a linear row divides the row by that
//! signal's coefficient: 3/2^23 is a number of 254 bits mod r, while three times the point of the row divided by 2^23
//! costs two additions. So the few numbers that a row has in common are found, and its point is divided once.

use super::digits::SignedDigits;
use super::packed::Packed;
use super::scale::scale_all;
use crate::cpu::Cpu;
use crate::field::modulus::subtract;
use crate::field::{Field, Fr, FrModulus, Modulus};
use crate::files::Row;
use crate::lanes::LaneCurve;
use std::collections::{BTreeMap, BTreeSet};

/// A row of which a matrix uses the point divided by a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DividedRow {
    pub row: u32,
    pub denominator: u64,
}

/// Digits that a denominator must save: a division by it costs about 300 additions and doublings.
const WORTHWHILE: usize = 600;
/// Each is divided by in step for all its rows, in several bases; a circuit that has more gains nothing.
const MAX_DENOMINATORS: usize = 256;

/// The denominators found so far.
#[derive(Debug, Default)]
pub struct Denominators(BTreeSet<u64>);

impl Denominators {
    /// The number by which the coefficients of the row become small, if that saves enough.
    pub fn of(&mut self, row: Row<'_>) -> Option<u64> {
        // No coefficient has more than 128 digits.
        if row.len() < WORTHWHILE / 128 {
            return None;
        }
        let mut denominator = 1u64;
        let (mut before, mut after) = (0, 0);
        for (_, coefficient) in row.terms() {
            let count = SignedDigits::of(coefficient).count();
            // Of 64 bits and less.
            if count > 32 && !is_small(coefficient * Fr::from(denominator)) {
                let more = denominator_of(coefficient * Fr::from(denominator))?;
                denominator = denominator.checked_mul(more)?;
            }
            before += count;
        }
        if denominator == 1 {
            return None;
        }
        for (_, coefficient) in row.terms() {
            after += SignedDigits::of(coefficient * Fr::from(denominator)).count();
        }
        let is_known = self.0.contains(&denominator);
        if before < after + WORTHWHILE || !is_known && self.0.len() == MAX_DENOMINATORS {
            return None;
        }
        self.0.insert(denominator);
        Some(denominator)
    }
}

/// The points of the divided rows.
pub fn divide<C: LaneCurve>(cpu: Cpu, points: &Packed<C>, rows: &[DividedRow]) -> Packed<C> {
    let mut divided = Packed::infinities(rows.len());
    let mut by_denominator: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (i, row) in rows.iter().enumerate() {
        by_denominator.entry(row.denominator).or_default().push(i);
    }
    for (denominator, places) in by_denominator {
        let mut own = Packed::<C>::with_capacity(places.len());
        for i in &places {
            own.push(points.get(rows[*i].row as usize));
        }
        own.pad();
        let inverse = Fr::from(denominator).inverse().expect("below r and not zero");
        let own = scale_all(cpu, &own, &inverse);
        for (from, to) in places.into_iter().enumerate() {
            divided.set(to, own.get(from));
        }
    }
    divided
}

fn is_small(coefficient: Fr) -> bool {
    let high = |a: Fr| a.to_plain()[1..] == [0; 3];
    high(coefficient) || high(-coefficient)
}

/// The least d < 2^63 for which coefficient · d is below 2^64 in size, if there is one: Euclid's algorithm on r and the
/// coefficient, whose remainders are multiples of it by small numbers (Wang 1981, "A p-adic algorithm for univariate
/// partial fractions").
fn denominator_of(coefficient: Fr) -> Option<u64> {
    let (mut larger, mut smaller) = (FrModulus::P, coefficient.to_plain());
    // larger ≡ u·coefficient and smaller ≡ v·coefficient, but for the sign.
    let (mut u, mut v) = (0u128, 1u128);
    while smaller[1..] != [0; 3] {
        // One division, by shifts.
        while let (rest, false) = subtract(&larger, &smaller) {
            let shift = (bits(&larger) - bits(&smaller)).saturating_sub(1);
            let (shifted, factor) = (shift_left(&smaller, shift), v.checked_shl(shift)?);
            if factor >> shift != v {
                return None;
            }
            larger = if shift == 0 { rest } else { subtract(&larger, &shifted).0 };
            u = u.checked_add(factor)?;
        }
        (larger, smaller) = (smaller, larger);
        (u, v) = (v, u);
        if v >> 63 != 0 {
            return None;
        }
    }
    (smaller != [0; 4]).then_some(v as u64)
}

fn bits(a: &[u64; 4]) -> u32 {
    a.iter().rposition(|limb| *limb != 0).map_or(0, |i| 64 * i as u32 + a[i].ilog2() + 1)
}

fn shift_left(a: &[u64; 4], shift: u32) -> [u64; 4] {
    let (limbs, bits) = ((shift / 64) as usize, shift % 64);
    std::array::from_fn(|i| {
        let limb = |i: Option<usize>| i.map_or(0, |i| a[i]);
        let low = if bits == 0 { 0 } else { limb(i.checked_sub(limbs + 1)) >> (64 - bits) };
        limb(i.checked_sub(limbs)) << bits | low
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fraction(numerator: i64, denominator: u64) -> Fr {
        Fr::from(numerator) * Fr::from(denominator).inverse().expect("not zero")
    }

    proptest! {
        #[test]
        fn finds_the_denominator_of_a_fraction(n in any::<i64>(), d in 1u64..1 << 63) {
            prop_assume!(n != 0);
            let found = denominator_of(fraction(n, d)).expect("there is one");
            prop_assert!(d.is_multiple_of(found));
            prop_assert!(is_small(fraction(n, d) * Fr::from(found)));
        }

        #[test]
        fn finds_none_of_any_number(limbs in any::<[u64; 4]>()) {
            // One number in 2^127 has one.
            prop_assert_eq!(denominator_of(Fr::from_plain_unchecked(limbs)), None);
        }
    }

    #[test]
    fn small_numbers_have_the_denominator_one() {
        for n in [1, -1, 64, -64, i64::MAX, i64::MIN] {
            assert_eq!(denominator_of(Fr::from(n)), Some(1));
        }
        assert_eq!(denominator_of(fraction(-3, 1 << 23)), Some(1 << 23));
        assert_eq!(denominator_of(fraction(6, 1 << 23)), Some(1 << 22));
    }
}
