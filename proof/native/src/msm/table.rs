//! A key's points, and for some of them also their multiples 2^(bits·stride·k): what is computed once, so that digits of
//! several windows can share a set of buckets in every proof.

use super::buckets::weighted_sum;
use super::digits::{FullScalars, SMALL_BITS, SMALL_BUCKETS, SmallScalar, SmallScalars};
use super::lists::{ListSums, sum_lists};
use super::packed;
use super::plan::Windows;
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::error::Result;
use crate::field::{Field, invert_all};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Row, Rows, WIDTH, dispatch};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Rows of the sums of buckets that are filled at once: 4 MiB, enough for every thread.
const SUMS: usize = 1 << 16;

/// Points of one key, packed for one cpu. Row 0 holds all n of them; rows 1, 2, … hold the multiples of the first
/// `tabled`: the points whose scalars are large.
pub struct Table<C: LaneCurve> {
    rows: Rows,
    n: usize,
    tabled: usize,
    windows: Windows,
    curve: PhantomData<C>,
}

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub n: usize,
    pub tabled: usize,
    pub windows: Windows,
}

impl Shape {
    /// Rows of memory.
    pub fn rows<C: LaneCurve>(&self) -> usize {
        (self.n + (self.windows.rows() - 1) * self.tabled) * C::ROWS
    }
}

impl<C: LaneCurve> Table<C> {
    /// @param points finite
    /// @param tabled how many of them, from the first on, are multiplied by full-size scalars
    ///
    /// # Errors
    /// `OUT_OF_MEMORY`.
    pub fn build(cpu: Cpu, points: &[Affine<C>], tabled: usize, windows: Windows) -> Result<Self> {
        let n = points.len();
        let more = windows.rows() - 1;
        let mut rows = Rows::new(Shape { n, tabled, windows }.rows::<C>())?;
        let (first, others) = rows.split_at_mut(n * C::ROWS);
        packed::pack(cpu, points, first);
        if tabled > 0 && more > 0 {
            // For each task its points in row 0 and its places in every other row.
            let mut rows_of_tasks: Vec<(&[Row], Vec<&mut [Row]>)> = first[..tabled * C::ROWS]
                .chunks(CHUNK * C::ROWS)
                .map(|points| (points, Vec::with_capacity(more)))
                .collect();
            for row in others.chunks_mut(tabled * C::ROWS) {
                for (task, part) in rows_of_tasks.iter_mut().zip(row.chunks_mut(CHUNK * C::ROWS)) {
                    task.1.push(part);
                }
            }
            let doublings = windows.bits as usize * windows.stride;
            rows_of_tasks.into_par_iter().for_each(|(points, multiples)| {
                dispatch(cpu, Doublings::<C> { points, multiples, doublings, curve: PhantomData });
            });
        }
        Ok(Self { rows, n, tabled, windows, curve: PhantomData })
    }

    /// A table whose rows are known already.
    ///
    /// @param rows as many as the shape says
    pub fn from_rows(rows: Rows, shape: Shape) -> Self {
        let Shape { n, tabled, windows } = shape;
        assert_eq!(rows.len(), shape.rows::<C>(), "rows of this shape");
        Self { rows, n, tabled, windows, curve: PhantomData }
    }

    pub fn shape(&self) -> Shape {
        Shape { n: self.n, tabled: self.tabled, windows: self.windows }
    }

    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    pub fn len(&self) -> usize {
        self.n
    }

    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        size_of_val::<[Row]>(&self.rows)
    }

    /// Σ scalars_i·P_i over the first points, one for each scalar; plain, below r.
    pub fn sum_full(&self, cpu: Cpu, scalars: &[[u64; 4]]) -> Xyzz<C> {
        assert!(scalars.len() <= self.tabled, "a table for each full-size scalar");
        self.sum_in_windows(cpu, scalars, self.windows, |i, row| {
            (if row == 0 { i } else { self.n + (row - 1) * self.tabled + i }) as u32
        })
    }

    /// Σ of a few full-size scalars, each with the place of its point: without the table, in windows that suit their
    /// number.
    pub fn sum_some(&self, cpu: Cpu, points: &[u32], scalars: &[[u64; 4]]) -> Xyzz<C> {
        assert_eq!(points.len(), scalars.len(), "a point for each scalar");
        let windows = Windows::without_table(scalars.len());
        self.sum_in_windows(cpu, scalars, windows, |i, _| points[i])
    }

    /// @param place in the table of the point of scalar i, in row k
    fn sum_in_windows(
        &self,
        cpu: Cpu,
        scalars: &[[u64; 4]],
        windows: Windows,
        place: impl Fn(usize, usize) -> u32 + Copy + Sync,
    ) -> Xyzz<C> {
        let buckets = windows.buckets();
        let at_once = (SUMS / (buckets * C::ROWS)).max(1);
        let mut total = Xyzz::INFINITY;
        let mut end = windows.stride;
        while end > 0 {
            let sets = end.saturating_sub(at_once)..end;
            end = sets.start;
            let lists = FullScalars::new(scalars, windows, sets.clone(), place).sort();
            let sums = sum_lists::<C>(cpu, &self.rows, &lists);
            let higher = (0..windows.bits as usize * sets.len()).fold(total, |sum, _| sum.double());
            total = higher
                + horner(sets.len(), windows.bits, |set| {
                    weighted_sum(cpu, &sums, set * buckets, buckets)
                });
        }
        total
    }

    pub fn sum_small(&self, cpu: Cpu, scalars: &[SmallScalar]) -> Xyzz<C> {
        let small = SmallScalars::new(scalars);
        let sums: ListSums = sum_lists::<C>(cpu, &self.rows, &small.sort());
        horner(small.sets, SMALL_BITS, |set| {
            weighted_sum(cpu, &sums, set * SMALL_BUCKETS, SMALL_BUCKETS)
        })
    }
}

/// Σ 2^(bits·set)·sum(set).
fn horner<C: LaneCurve>(sets: usize, bits: u32, sum: impl Fn(usize) -> Xyzz<C>) -> Xyzz<C> {
    (0..sets).rev().fold(Xyzz::INFINITY, |total, set| {
        (0..bits).fold(total, |total, _| total.double()) + sum(set)
    })
}

/// Points that one task doubles together, under one inversion.
const CHUNK: usize = 2048;

/// multiples[k] = 2^(doublings·(k + 1))·points.
struct Doublings<'a, C> {
    points: &'a [Row],
    multiples: Vec<&'a mut [Row]>,
    doublings: usize,
    curve: PhantomData<C>,
}

/// Bounds 4.
struct Doubled<L> {
    x: L,
    y: L,
    before: L,
}

impl<C: LaneCurve> Kernel for Doublings<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let one = C::Lanes::<F>::splat(C::Base::ONE);
        let count = self.points.len() / C::ROWS;
        let mut groups: Vec<Doubled<C::Lanes<F>>> = (0..count.div_ceil(WIDTH))
            .map(|g| {
                let rows = std::array::from_fn(|lane| {
                    packed::point_at::<C>(self.points, (g * WIDTH + lane).min(count - 1))
                });
                let (x, y) = C::Lanes::<F>::load_points(rows);
                Doubled { x, y, before: one }
            })
            .collect();
        for multiples in self.multiples {
            for _ in 0..self.doublings {
                double_all(&mut groups);
            }
            for (group, rows) in groups.iter().zip(multiples.chunks_mut(WIDTH * C::ROWS)) {
                packed::store(group.x, group.y, rows);
            }
        }
    }
}

/// λ = 3x²/2y; x₃ = λ² − 2x; y₃ = λ(x − x₃) − y. The order of the groups is odd: y is never zero.
#[inline(always)]
fn double_all<L: FieldLanes>(groups: &mut [Doubled<L>]) {
    let mut product = L::splat(L::Element::ONE);
    for group in groups.iter_mut() {
        group.before = product;
        product = product.mul(group.y.add(group.y));
    }
    let mut elements = product.store();
    invert_all(&mut elements);
    let mut inverses = L::load(&elements);
    for group in groups.iter_mut().rev() {
        let inverse = inverses.mul(group.before);
        inverses = inverses.mul(group.y.add(group.y));
        let square = group.x.square();
        let slope = square.add(square).add(square).reduce::<8>().mul(inverse);
        let x = slope.square().sub::<8>(group.x.add(group.x)).reduce::<8>().reduce::<4>();
        let rise = slope.mul(group.x.sub::<4>(x));
        group.y = rise.sub::<4>(group.y).reduce::<4>();
        group.x = x;
    }
}
