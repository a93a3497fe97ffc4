//! One row of a matrix times the witness. Where coefficient and value are both small, as nearly everywhere in a network,
//! the sum is one of machine integers.

use super::coefficients::{Coefficient, Entry};
use crate::field::modulus::subtract;
use crate::field::{Field, Fr, FrModulus, Modulus};
use crate::witness::{Value, Witness, signed_limbs};

/// Where a sum of integers is brought to Fr. A summand of two inline factors is below 2^92 and a row has fewer than
/// 2^32 of them; a summand of two small factors is below 2^124 and looked at one by one: so no sum reaches 2^127.
const LIMIT: i128 = 1 << 125;

/// Inline coefficients are below 2^30, a row has fewer than 2^l entries, and its values are below 2^v: then no sum of
/// products reaches 2^63 if l + v is at most this.
const BITS_BESIDES_COEFFICIENT: u32 = 33;

/// Plain limbs below r.
#[inline(always)]
pub(super) fn evaluate(row: &[Entry], table: &[Coefficient], witness: &Witness) -> [u64; 4] {
    // Added up as if all were well, which is known only when all was seen: no branch depends on an entry.
    let mut sum = 0i64;
    let (mut codes, mut magnitudes) = (0, 0);
    for entry in row {
        let word = witness.word(entry.wire as usize);
        sum = sum.wrapping_add(i64::from(entry.code >> 1).wrapping_mul(word));
        codes |= entry.code;
        magnitudes |= word ^ word >> 63;
    }
    let bits = bits_of(magnitudes.cast_unsigned()) + bits_of(row.len() as u64);
    if codes & 1 == 0 && bits <= BITS_BESIDES_COEFFICIENT {
        plain_of(i128::from(sum))
    } else {
        evaluate_any(row, table, witness)
    }
}

#[inline(always)]
fn bits_of(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}

#[inline(never)]
fn evaluate_any(row: &[Entry], table: &[Coefficient], witness: &Witness) -> [u64; 4] {
    let mut integers = 0;
    // An element of Fr whose limbs are the plain number: sums and multiples do not care what the limbs stand for.
    let mut rest = Fr::ZERO;
    for &entry in row {
        match (entry.inline(), witness.value(entry.wire as usize)) {
            (Some(coefficient), Value::Small(value)) => {
                integers += i128::from(coefficient) * i128::from(value);
            }
            (_, value) => add_product(&mut integers, &mut rest, entry.coefficient(table), value),
        }
    }
    if rest.is_zero() {
        plain_of(integers)
    } else {
        (rest + raw(plain_of(integers))).to_montgomery()
    }
}

/// For a product that is not one of two numbers of one word.
fn add_product(integers: &mut i128, rest: &mut Fr, coefficient: Coefficient, value: Value<'_>) {
    match (coefficient, value) {
        (Coefficient::Small(coefficient), Value::Small(value)) => {
            *integers += i128::from(coefficient) * i128::from(value);
            if integers.unsigned_abs() >= LIMIT.unsigned_abs() {
                *rest += raw(plain_of(*integers));
                *integers = 0;
            }
        }
        (_, Value::Small(0)) => {}
        (Coefficient::Small(1), Value::Full(value)) => *rest += raw(*value),
        (Coefficient::Small(-1), Value::Full(value)) => *rest -= raw(*value),
        (Coefficient::Small(coefficient), Value::Full(value)) => {
            *rest += raw(*value) * Fr::from(coefficient);
        }
        (Coefficient::Full(coefficient), Value::Full(value)) => *rest += raw(*value) * coefficient,
        (Coefficient::Full(coefficient), Value::Small(value)) => {
            *rest += raw(signed_limbs(value)) * coefficient;
        }
    }
}

#[inline(always)]
fn raw(plain: [u64; 4]) -> Fr {
    Fr::from_montgomery(plain)
}

/// The integer mod r.
#[inline(always)]
fn plain_of(integer: i128) -> [u64; 4] {
    let magnitude = integer.unsigned_abs();
    let limbs = [magnitude as u64, (magnitude >> 64) as u64, 0, 0];
    if integer >= 0 { limbs } else { subtract(&FrModulus::P, &limbs).0 }
}
