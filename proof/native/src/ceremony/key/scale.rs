//! Many points times one number: the same doublings and additions for all of them, eight side by side. The
//! number is a contributor's secret: its digits are wiped, while the time this takes depends on them.

use super::batch::{add_all, double_all};
use super::packed::{Packed, negate};
use crate::cpu::Cpu;
use crate::field::Fr;
use crate::lanes::LaneCurve;
use rayon::prelude::*;
use zeroize::Zeroizing;

/// Points that go together, with eight multiples each: about a MiB.
const BATCH: usize = 1 << 11;
/// A digit is odd and below 2^5 in size: eight positive ones, one digit in six places.
const WINDOW: u32 = 5;
const MULTIPLES: usize = 1 << (WINDOW - 2);

pub fn scale_all<C: LaneCurve>(cpu: Cpu, points: &Packed<C>, factor: &Fr) -> Packed<C> {
    let digits = odd_digits(factor);
    let batches: Vec<usize> = (0..points.len()).step_by(BATCH).collect();
    let scaled: Vec<Packed<C>> = batches
        .into_par_iter()
        .map(|begin| {
            scale_batch(cpu, &points.part(begin..points.len().min(begin + BATCH)), &digits)
        })
        .collect();
    let mut all = Packed::with_capacity(points.len());
    for batch in &scaled {
        all.append(batch);
    }
    all.pad();
    all
}

fn scale_batch<C: LaneCurve>(cpu: Cpu, points: &Packed<C>, digits: &[i8]) -> Packed<C> {
    // P, 3P, 5P and so on.
    let count = points.len();
    let mut double = points.clone();
    double_all(cpu, &mut double, count);
    let mut multiples = vec![points.clone()];
    for i in 1..MULTIPLES {
        let mut next = multiples[i - 1].clone();
        add_all(cpu, &mut next, &double);
        multiples.push(next);
    }
    let mut negatives = multiples.clone();
    for multiple in &mut negatives {
        for i in 0..count {
            negate(multiple.get_mut(i));
        }
    }
    let mut sum = Packed::infinities(count);
    for digit in digits.iter().rev() {
        double_all(cpu, &mut sum, count);
        let multiple = usize::from(digit.unsigned_abs() / 2);
        match digit.signum() {
            1 => add_all(cpu, &mut sum, &multiples[multiple]),
            -1 => add_all(cpu, &mut sum, &negatives[multiple]),
            _ => {}
        }
    }
    sum
}

/// The factor as a sum of digit · 2^i, each digit zero or odd and below 2^(w−1) in size (width-w non-adjacent form,
/// Solinas 2000); the lowest first.
fn odd_digits(factor: &Fr) -> Zeroizing<Vec<i8>> {
    let mut left = Zeroizing::new(factor.to_plain());
    let mut digits = Zeroizing::new(Vec::with_capacity(256));
    while *left != [0; 4] {
        let mut digit = 0;
        if left[0] & 1 == 1 {
            digit = (left[0] & ((1 << WINDOW) - 1)) as i8;
            if digit >= 1 << (WINDOW - 1) {
                digit -= 1 << WINDOW;
            }
            subtract_small(&mut left, digit);
        }
        digits.push(digit);
        halve(&mut left);
    }
    digits
}

fn subtract_small(a: &mut [u64; 4], digit: i8) {
    // a + (−digit) mod 2^256, with the sign of −digit in all higher limbs.
    let addend = -i64::from(digit);
    let sign = (addend >> 63) as u64;
    let mut carry = false;
    for (limb, other) in a.iter_mut().zip([addend as u64, sign, sign, sign]) {
        (*limb, carry) = limb.carrying_add(other, carry);
    }
}

fn halve(a: &mut [u64; 4]) {
    for i in 0..4 {
        let above = if i < 3 { a[i + 1] } else { 0 };
        a[i] = a[i] >> 1 | above << 63;
    }
}
