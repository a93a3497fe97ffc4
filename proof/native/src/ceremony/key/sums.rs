//! For each signal the sum of coefficient · point over its terms: what the points of a key are. The lists are many and
//! short, the coefficients mostly small: each is written in signed binary (non-adjacent form, Reitwiesner 1960), a third
//! of whose digits count, the points of one digit's place are added, and the places joined by doubling; all of it as
//! independent sums of many signals at once.

use super::batch::{add_all, double_all};
use super::columns::{Columns, Term};
use super::lists::Lists;
use super::packed::Packed;
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::field::modulus::{add, subtract};
use crate::field::{Fr, FrModulus, Modulus};
use crate::lanes::LaneCurve;
use rayon::prelude::*;
use std::ops::Range;

/// The sum over the terms of one matrix of coefficient · points[row].
pub struct Part<'a, C: LaneCurve> {
    pub columns: &'a Columns,
    pub points: &'a Packed<C>,
}

/// Digits that one job works on: a MiB of points of G1, which stays near its core. A signal with more is cut.
const DIGITS_PER_JOB: usize = 1 << 14;

/// For each signal the sum over all parts.
pub fn sums_by_signal<C: LaneCurve>(
    cpu: Cpu,
    parts: &[Part<'_, C>],
    n_signals: usize,
    coefficients: &[SignedDigits],
) -> Vec<Affine<C>> {
    let jobs = cut_into_jobs(parts, n_signals, coefficients);
    let sums: Vec<Vec<Affine<C>>> =
        jobs.par_iter().map(|job| sum_of_job(cpu, job, parts, coefficients)).collect();
    let mut by_signal = vec![Affine::INFINITY; n_signals];
    for (job, sums) in jobs.iter().zip(sums) {
        for (sum, point) in by_signal[job.signals.clone()].iter_mut().zip(sums) {
            // Most signals belong to one job.
            let before = std::mem::replace(sum, point);
            if !before.is_infinity() {
                *sum = Xyzz::from(before).add_affine(&point).into();
            }
        }
    }
    by_signal
}

/// A coefficient as the difference of two numbers without a common bit: bit k is the digit of 2^k.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedDigits {
    plus: [u64; 4],
    minus: [u64; 4],
}

impl SignedDigits {
    /// Of the coefficient or of its negative, whichever is smaller.
    pub fn of(coefficient: Fr) -> Self {
        let plain = coefficient.to_plain();
        let negated = subtract(&FrModulus::P, &plain).0;
        if subtract(&negated, &plain).1 {
            let Self { plus, minus } = Self::of_small(&negated);
            return Self { plus: minus, minus: plus };
        }
        Self::of_small(&plain)
    }

    /// For x below r/2, so that 3x fits: the digits of x are the bits in which 3x and x differ, but the lowest.
    fn of_small(x: &[u64; 4]) -> Self {
        let triple = add(&add(x, x).0, x).0;
        let mut digits = Self { plus: [0; 4], minus: [0; 4] };
        for i in 0..4 {
            let above = |limbs: &[u64; 4]| limbs.get(i + 1).map_or(0, |limb| limb << 63);
            let (t, x) = (triple[i] >> 1 | above(&triple), x[i] >> 1 | above(x));
            digits.plus[i] = t & !x;
            digits.minus[i] = x & !t;
        }
        digits
    }

    fn count(&self) -> usize {
        self.plus.iter().chain(&self.minus).map(|limb| limb.count_ones() as usize).sum()
    }

    /// Calls back with each place that has a digit, and whether that is −1.
    #[inline]
    fn for_each(&self, mut visit: impl FnMut(usize, bool)) {
        for i in 0..4 {
            let mut left = self.plus[i] | self.minus[i];
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                visit(64 * i + bit, self.minus[i] >> bit & 1 == 1);
                left &= left - 1;
            }
        }
    }
}

/// What is summed at one go: whole signals, or a piece of the terms of one.
struct Job {
    signals: Range<usize>,
    /// Counted through the parts, of all signals or of the one.
    terms: Range<usize>,
}

fn cut_into_jobs<C: LaneCurve>(
    parts: &[Part<'_, C>],
    n_signals: usize,
    coefficients: &[SignedDigits],
) -> Vec<Job> {
    let counts: Vec<usize> = coefficients.iter().map(SignedDigits::count).collect();
    let mut jobs = Vec::new();
    let mut open = Job { signals: 0..0, terms: 0..0 };
    let mut digits = 0;
    for signal in 0..n_signals {
        let terms = || parts.iter().flat_map(|part| part.columns.terms(signal));
        // A signal costs even without digits.
        let own = 1 + terms().map(|term| counts[term.coefficient as usize]).sum::<usize>();
        if digits + own > DIGITS_PER_JOB && !open.signals.is_empty() {
            let next = Job { signals: signal..signal, terms: 0..0 };
            jobs.push(std::mem::replace(&mut open, next));
            digits = 0;
        }
        if own > DIGITS_PER_JOB {
            cut_signal(signal, terms(), &counts, &mut jobs);
            open = Job { signals: signal + 1..signal + 1, terms: 0..0 };
            digits = 0;
            continue;
        }
        open.signals.end = signal + 1;
        open.terms.end += terms().count();
        digits += own;
    }
    jobs.push(open);
    jobs
}

fn cut_signal<'a>(
    signal: usize,
    terms: impl Iterator<Item = &'a Term>,
    counts: &[usize],
    jobs: &mut Vec<Job>,
) {
    let (mut begin, mut digits, mut end) = (0, 0, 0);
    for term in terms {
        end += 1;
        digits += counts[term.coefficient as usize];
        if digits >= DIGITS_PER_JOB {
            jobs.push(Job { signals: signal..signal + 1, terms: begin..end });
            (begin, digits) = (end, 0);
        }
    }
    jobs.push(Job { signals: signal..signal + 1, terms: begin..end });
}

/// A digit of a term.
#[derive(Clone, Copy)]
struct Digit {
    place: u8,
    part: u8,
    negative: bool,
    row: u32,
}

fn sum_of_job<C: LaneCurve>(
    cpu: Cpu,
    job: &Job,
    parts: &[Part<'_, C>],
    coefficients: &[SignedDigits],
) -> Vec<Affine<C>> {
    let mut lists = Lists::with_capacity(DIGITS_PER_JOB);
    let mut places = Places::default();
    let mut digits: Vec<Digit> = Vec::new();
    let mut seen = 0;
    for signal in job.signals.clone() {
        digits.clear();
        for (number, part) in parts.iter().enumerate() {
            for term in part.columns.terms(signal) {
                if job.terms.contains(&seen) {
                    coefficients[term.coefficient as usize].for_each(|place, negative| {
                        let (place, part) = (place as u8, number as u8);
                        digits.push(Digit { place, part, negative, row: term.row });
                    });
                }
                seen += 1;
            }
        }
        digits.sort_unstable_by_key(|digit| digit.place);
        for group in digits.chunk_by(|left, right| left.place == right.place) {
            places.of_digits.push(group[0].place);
            lists.push_list(group.iter().map(|digit| {
                (parts[digit.part as usize].points.get(digit.row as usize), digit.negative)
            }));
        }
        places.ends.push(places.of_digits.len());
    }
    join_places(cpu, &places, &lists.sums(cpu))
}

/// The places of each signal that have digits, the lowest first, one signal after another.
#[derive(Default)]
struct Places {
    of_digits: Vec<u8>,
    ends: Vec<usize>,
}

impl Places {
    fn of(&self, signal: usize) -> std::ops::Range<usize> {
        let begin = if signal == 0 { 0 } else { self.ends[signal - 1] };
        begin..self.ends[signal]
    }
}

/// For each signal the sum of 2^place · sum (Horner's rule, all signals in step).
///
/// @param sums for all places of all signals
fn join_places<C: LaneCurve>(cpu: Cpu, places: &Places, sums: &Packed<C>) -> Vec<Affine<C>> {
    struct Horner {
        signal: usize,
        begin: usize,
        /// Of the places still to come.
        end: usize,
    }
    let mut left: Vec<Horner> = (0..places.ends.len())
        .map(|signal| (signal, places.of(signal)))
        .filter(|(_, own)| !own.is_empty())
        .map(|(signal, own)| Horner { signal, begin: own.start, end: own.end })
        .collect();
    let top = |horner: &Horner| places.of_digits[horner.end - 1];
    left.sort_by_key(|horner| std::cmp::Reverse(top(horner)));
    let mut joined = Packed::infinities(left.len());
    let (mut addends, mut others) = (Packed::<C>::with_capacity(0), Packed::<C>::with_capacity(0));
    // Those that have begun are the first ones.
    let mut begun = 0;
    let highest = left.first().map_or(0, top);
    for place in (0..=highest).rev() {
        double_all(cpu, &mut joined, begun);
        let mut added: Vec<usize> = Vec::new();
        for (i, horner) in left[..begun].iter_mut().enumerate() {
            if horner.begin < horner.end && places.of_digits[horner.end - 1] == place {
                horner.end -= 1;
                addends.push(joined.get(i));
                others.push(sums.get(horner.end));
                added.push(i);
            }
        }
        addends.pad();
        others.pad();
        add_all(cpu, &mut addends, &others);
        for (from, to) in added.iter().enumerate() {
            joined.set(*to, addends.get(from));
        }
        addends.clear();
        others.clear();
        while begun < left.len() && top(&left[begun]) == place {
            left[begun].end -= 1;
            joined.set(begun, sums.get(left[begun].end));
            begun += 1;
        }
    }
    let mut by_signal = vec![Affine::INFINITY; places.ends.len()];
    for (horner, point) in left.iter().zip(joined.unpack(cpu)) {
        by_signal[horner.signal] = point;
    }
    by_signal
}
