//! Σ s_i·P_i for some hundred points that do not change, such as a verification key's: the multiples 1 … 2^(w−1) of each
//! are kept, and for each window of w bits the sums are doubled w times and take one multiple of each point. Each of
//! eight lanes gathers every eighth point. Straus 1964, "Addition chains of vectors"; signed digits halve the multiples.
//!
//! Scalars count by their magnitude, and points of short ones wait until their windows come.

use super::digits::Offset;
use super::eight_points::EightPoints;
use super::magnitude::Magnitude;
use super::packed::{pack, point_at};
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::field::Fr;
use crate::lanes::{Forms, Kernel, LaneCurve, Mask, Row, WIDTH, dispatch};
use std::marker::PhantomData;

/// Bits of a window at most: one more saves an eighth of the additions and doubles the multiples.
const MAX_BITS: u32 = 6;
/// What the multiples of one set of points may take: they should stay in a second-level cache.
const MAX_BYTES: usize = 1 << 20;

/// Points whose sums are asked for again and again, packed for one cpu.
#[derive(Clone, Debug)]
pub struct FewPoints<C> {
    cpu: Cpu,
    bits: u32,
    /// For each point its multiples, 1 first.
    multiples: Vec<Row>,
    /// These have no rows that mean anything.
    infinite: Vec<bool>,
    curve: PhantomData<C>,
}

impl<C: LaneCurve> FewPoints<C> {
    /// None for so many points that their multiples would take too much memory.
    pub fn new(cpu: Cpu, points: &[Affine<C>]) -> Option<Self> {
        let bytes = |bits: &u32| (points.len() * C::ROWS * size_of::<Row>()) << (bits - 1);
        let bits = (2..=MAX_BITS).rev().find(|bits| bytes(bits) <= MAX_BYTES)?;
        let infinite: Vec<bool> = points.iter().map(Affine::is_infinity).collect();
        let somewhere = C::generator();
        let finite: Vec<Affine<C>> = points
            .iter()
            .map(|point| if point.is_infinity() { somewhere } else { *point })
            .collect();
        let mut rows = vec![Row::ZERO; finite.len() * C::ROWS];
        pack(cpu, &finite, &mut rows);
        let count = 1 << (bits - 1);
        let sums = dispatch(cpu, Multiplying::<C> { rows: &rows, count, curve: PhantomData });
        let mut multiples = vec![Row::ZERO; sums.len() * C::ROWS];
        pack(cpu, &Affine::all_from(&sums), &mut multiples);
        Some(Self { cpu, bits, multiples, infinite, curve: PhantomData })
    }

    /// In a time that depends on the scalars: they are public. On the caller's thread.
    ///
    /// # Panics
    /// When there are not as many scalars as points.
    pub fn sum(&self, scalars: &[Fr]) -> Xyzz<C> {
        assert_eq!(scalars.len(), self.infinite.len(), "a scalar for each point");
        let mut terms: Vec<Term> = std::iter::zip(scalars, &self.infinite)
            .enumerate()
            .filter(|(_, (_, infinite))| !**infinite)
            .map(|(point, (scalar, _))| Term::new(point, Magnitude::from(scalar), self.bits))
            .filter(|term| term.windows > 0)
            .collect();
        terms.sort_unstable_by_key(|term| std::cmp::Reverse(term.windows));
        let Some(windows) = terms.first().map(|longest| longest.windows) else {
            return Xyzz::INFINITY;
        };
        let entries = entries(&terms, windows, self.bits);
        let straus = Straus::<C> {
            multiples: &self.multiples,
            bits: self.bits,
            entries: &entries,
            curve: PhantomData,
        };
        dispatch(self.cpu, straus).into_iter().sum()
    }
}

struct Term {
    point: usize,
    magnitude: Magnitude,
    /// Windows of its digits.
    windows: usize,
}

impl Term {
    fn new(point: usize, magnitude: Magnitude, bits: u32) -> Self {
        let windows = match magnitude.bits() {
            0 => 0,
            // What `Offset::digits` asks for.
            length => (length + 2).div_ceil(bits) as usize,
        };
        Self { point, magnitude, windows }
    }
}

/// A multiple's place, and whether it is subtracted; nothing for a digit that is zero.
type Entry = Option<(u32, bool)>;

/// For each window, the highest first, what its terms add.
fn entries(terms: &[Term], windows: usize, bits: u32) -> Vec<Vec<Entry>> {
    let mut entries: Vec<Vec<Entry>> = Vec::with_capacity(windows);
    for window in (0..windows).rev() {
        let active = terms.partition_point(|term| term.windows > window);
        entries.push(Vec::with_capacity(active));
    }
    for term in terms {
        let digits = Offset::new(bits, term.windows).digits(&term.magnitude.limbs);
        for window in 0..term.windows {
            let digit = digits.at(window);
            let entry = digit.unsigned_abs().checked_sub(1).map(|multiple| {
                let place = (term.point << (bits - 1)) as u32 + multiple;
                (place, (digit < 0) != term.magnitude.negative)
            });
            entries[windows - 1 - window].push(entry);
        }
    }
    entries
}

struct Straus<'a, C> {
    multiples: &'a [Row],
    bits: u32,
    entries: &'a [Vec<Entry>],
    curve: PhantomData<C>,
}

impl<C: LaneCurve> Kernel for Straus<'_, C> {
    type Output = [Xyzz<C>; WIDTH];

    #[inline(always)]
    fn run<F: Forms>(self) -> Self::Output {
        let mut sums = EightPoints::<C, C::Lanes<F>>::infinity();
        for (k, window) in self.entries.iter().enumerate() {
            if k > 0 {
                for _ in 0..self.bits {
                    sums.double();
                }
            }
            for eight in window.chunks(WIDTH) {
                let (mut negative, mut absent): (Mask, Mask) = (0, 0xff);
                let mut rows: [&[Row]; WIDTH] = [&self.multiples[..C::ROWS]; WIDTH];
                for lane in 0..eight.len() {
                    if let Some((place, subtracted)) = eight[lane] {
                        rows[lane] = point_at::<C>(self.multiples, place as usize);
                        negative |= Mask::from(subtracted) << lane;
                        absent &= !(1 << lane);
                    }
                }
                sums.add_affine(rows, negative, absent);
            }
        }
        sums.store()
    }
}

/// The multiples 1 … count of each point, one point after the other.
struct Multiplying<'a, C> {
    rows: &'a [Row],
    count: usize,
    curve: PhantomData<C>,
}

impl<C: LaneCurve> Kernel for Multiplying<'_, C> {
    type Output = Vec<Xyzz<C>>;

    #[inline(always)]
    fn run<F: Forms>(self) -> Self::Output {
        let points = self.rows.len() / C::ROWS;
        let mut multiples = vec![Xyzz::INFINITY; points * self.count];
        for first in (0..points).step_by(WIDTH) {
            let mut rows: [&[Row]; WIDTH] = [&[]; WIDTH];
            for lane in 0..WIDTH {
                rows[lane] = point_at::<C>(self.rows, (first + lane).min(points - 1));
            }
            let mut sums = EightPoints::<C, C::Lanes<F>>::infinity();
            for multiple in 0..self.count {
                // Complete formulas, one lane at a time, would give 2P as well.
                if multiple == 1 {
                    sums.double();
                } else {
                    sums.add_affine(rows, 0, 0);
                }
                for (lane, sum) in sums.store().into_iter().enumerate() {
                    if first + lane < points {
                        multiples[(first + lane) * self.count + multiple] = sum;
                    }
                }
            }
        }
        multiples
    }
}
