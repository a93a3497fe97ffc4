//! For each signal the sum of coefficient · point over its terms: what the points of a key are. The lists are many and
//! short, the coefficients mostly small: the points that have a digit in the same place are added, and the places joined
//! by doubling; all of it as independent sums of many signals at once.

use super::columns::{Columns, Term};
use super::digits::SignedDigits;
use super::join::{Places, join_places};
use super::lists::Lists;
use super::packed::Packed;
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::lanes::{LaneCurve, Row};
use rayon::prelude::*;
use std::ops::Range;

/// The sum over the terms of one matrix of coefficient · point.
pub struct Part<'a, C: LaneCurve> {
    pub columns: &'a Columns,
    /// Of each row.
    pub points: &'a Packed<C>,
    /// Of the rows with a denominator, each divided by it.
    pub divided: Packed<C>,
}

impl<C: LaneCurve> Part<'_, C> {
    #[inline]
    fn point(&self, row: u32) -> &[Row] {
        let row = row as usize;
        match row.checked_sub(self.points.len()) {
            None => self.points.get(row),
            Some(divided) => self.divided.get(divided),
        }
    }
}

/// Digits that are added up at once: a MiB of points of G1, which stays near its core.
const DIGITS_AT_ONCE: usize = 1 << 14;
/// Digits of one job: its signals are joined in step, and the more there are, the less an inversion costs each. A signal
/// with more is cut.
const DIGITS_PER_JOB: Range<usize> = DIGITS_AT_ONCE..1 << 20;
/// So that no thread waits long for the last one.
const JOBS_PER_THREAD: usize = 8;

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

/// What is summed at one go: whole signals, or a piece of the terms of one.
struct Job {
    signals: Range<usize>,
    /// Of the one signal, counted through the parts; of several all.
    terms: Range<usize>,
}

fn cut_into_jobs<C: LaneCurve>(
    parts: &[Part<'_, C>],
    n_signals: usize,
    coefficients: &[SignedDigits],
) -> Vec<Job> {
    let counts: Vec<usize> = coefficients.iter().map(SignedDigits::count).collect();
    let terms = |signal| parts.iter().flat_map(move |part| part.columns.terms(signal));
    let digits_of = |signal| terms(signal).map(|term| counts[term.coefficient as usize]).sum();
    let digits: Vec<usize> = (0..n_signals).into_par_iter().map(digits_of).collect();
    let jobs = JOBS_PER_THREAD * rayon::current_num_threads();
    let most =
        (digits.iter().sum::<usize>() / jobs).clamp(DIGITS_PER_JOB.start, DIGITS_PER_JOB.end);

    let mut jobs = Vec::new();
    let (mut begin, mut open) = (0, 0);
    for (signal, digits) in digits.into_iter().enumerate() {
        if open + digits > most && begin < signal {
            jobs.push(Job { signals: begin..signal, terms: 0..usize::MAX });
            (begin, open) = (signal, 0);
        }
        if digits > most {
            cut_signal(signal, terms(signal), &counts, most, &mut jobs);
            begin = signal + 1;
            continue;
        }
        // A signal costs even without digits.
        open += digits + 1;
    }
    jobs.push(Job { signals: begin..n_signals, terms: 0..usize::MAX });
    jobs
}

fn cut_signal<'a>(
    signal: usize,
    terms: impl Iterator<Item = &'a Term>,
    counts: &[usize],
    most: usize,
    jobs: &mut Vec<Job>,
) {
    let (mut begin, mut digits, mut end) = (0, 0, 0);
    for term in terms {
        end += 1;
        digits += counts[term.coefficient as usize];
        if digits >= most {
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
    let mut lists = Lists::with_capacity(DIGITS_AT_ONCE);
    let mut sums = Packed::with_capacity(0);
    let mut places = Places::default();
    let mut digits: Vec<Digit> = Vec::new();
    let mut waiting = 0;
    for signal in job.signals.clone() {
        let mut seen = 0;
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
            lists.push_list(
                group
                    .iter()
                    .map(|digit| (parts[digit.part as usize].point(digit.row), digit.negative)),
            );
            waiting += group.len();
            if waiting >= DIGITS_AT_ONCE {
                sums.append(&lists.sums(cpu));
                lists.clear();
                waiting = 0;
            }
        }
        places.ends.push(places.of_digits.len());
    }
    sums.append(&lists.sums(cpu));
    join_places(cpu, &places, &sums)
}
