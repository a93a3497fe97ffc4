//! One row of a matrix times the witness. Where coefficient and value are both small, as nearly everywhere in a network,
//! the sum is one of machine integers; where only the value is, one of 384 bits that is reduced once, at the end. A row has
//! fewer than 2^32 entries: a sum of products of inline coefficients (30 bits) and small values (62) stays below 2^124,
//! one of full-size coefficients (254) and small values below 2^348.

use super::dictionary::{Dictionary, Layout};
use crate::field::modulus::subtract;
use crate::field::{Field, Fr, FrModulus, Modulus};
use crate::witness::{Value, Witness};

/// Inline coefficients are below 2^30, a row has fewer than 2^l entries, and its values are below 2^v: then no sum of
/// products reaches 2^63 if l + v is at most this.
const BITS_BESIDES_COEFFICIENT: u32 = 33;

/// Plain limbs below r.
#[inline(always)]
pub(super) fn evaluate<E: Copy + Into<u64>>(
    row: &[E],
    layout: Layout,
    dictionary: &Dictionary,
    witness: &Witness,
) -> [u64; 4] {
    // Added up as if all were well, which is known only when all was seen: no branch depends on an entry.
    let mut sum = 0i64;
    let (mut codes, mut magnitudes) = (0, 0);
    for &entry in row {
        let word = witness.word(layout.wire(entry));
        let code = dictionary.code(layout.index(entry));
        sum = sum.wrapping_add(i64::from(code >> 1).wrapping_mul(word));
        codes |= code;
        magnitudes |= word ^ word >> 63;
    }
    let bits = bits_of(magnitudes.cast_unsigned()) + bits_of(row.len() as u64);
    if codes & 1 == 0 && bits <= BITS_BESIDES_COEFFICIENT {
        plain_of(i128::from(sum))
    } else {
        evaluate_any(row, layout, dictionary, witness)
    }
}

#[inline(always)]
fn bits_of(n: u64) -> u32 {
    u64::BITS - n.leading_zeros()
}

#[inline(never)]
fn evaluate_any<E: Copy + Into<u64>>(
    row: &[E],
    layout: Layout,
    dictionary: &Dictionary,
    witness: &Witness,
) -> [u64; 4] {
    let mut integers = 0;
    // Σ R·c·|v| over positive and negative v.
    let (mut positive, mut negative) = ([0; 6], [0; 6]);
    // An element of Fr whose limbs are the plain number: sums and multiples do not care what the limbs stand for.
    let mut rest = Fr::ZERO;
    for &entry in row {
        let code = dictionary.code(layout.index(entry));
        match (code & 1 == 0, witness.value(layout.wire(entry))) {
            (true, Value::Small(value)) => integers += i128::from(code >> 1) * i128::from(value),
            (false, Value::Small(value)) => {
                let sums = if value < 0 { &mut negative } else { &mut positive };
                add_multiple(sums, value.unsigned_abs(), &dictionary.full(code).to_montgomery());
            }
            (true, Value::Full(value)) => match code >> 1 {
                1 => rest += raw(*value),
                -1 => rest -= raw(*value),
                integer => rest += raw(*value) * Fr::from(i64::from(integer)),
            },
            (false, Value::Full(value)) => rest += raw(*value) * dictionary.full(code),
        }
    }
    let sum = rest + raw(plain_of(integers)) + without_radix(&positive) - without_radix(&negative);
    sum.to_montgomery()
}

/// sum += factor·limbs.
#[inline(always)]
fn add_multiple(sum: &mut [u64; 6], factor: u64, limbs: &[u64; 4]) {
    let mut carry = 0;
    for i in 0..4 {
        (sum[i], carry) = limbs[i].carrying_mul_add(factor, sum[i], carry);
    }
    let overflow;
    (sum[4], overflow) = sum[4].overflowing_add(carry);
    sum[5] += u64::from(overflow);
}

/// sum/R mod r, as a number whose limbs are plain: a product with R⁻¹ for the lowest 256 bits, which may be r or more, and
/// what lies above them as it is.
#[inline(always)]
fn without_radix(sum: &[u64; 6]) -> Fr {
    if *sum == [0; 6] {
        return Fr::ZERO;
    }
    raw([1, 0, 0, 0]) * raw([sum[0], sum[1], sum[2], sum[3]]) + raw([sum[4], sum[5], 0, 0])
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
