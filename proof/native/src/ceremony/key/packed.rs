//! Points in memory as the lanes of this machine want them: in their radix, a row of two elements after another.

use crate::cpu::Cpu;
use crate::curve::Affine;
use crate::field::{FqModulus, Modulus, modulus::subtract};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Row, WIDTH, dispatch};
use crate::msm;
use std::marker::PhantomData;
use std::ops::Range;

/// A list of points, padded with infinity to whole groups of lanes.
#[derive(Clone, Debug)]
pub struct Packed<C: LaneCurve> {
    rows: Vec<Row>,
    length: usize,
    curve: PhantomData<C>,
}

impl<C: LaneCurve> Packed<C> {
    pub fn with_capacity(capacity: usize) -> Self {
        let rows = Vec::with_capacity(capacity.next_multiple_of(WIDTH) * C::ROWS);
        Self { rows, length: 0, curve: PhantomData }
    }

    pub fn infinities(length: usize) -> Self {
        let rows = vec![Row::ZERO; length.next_multiple_of(WIDTH) * C::ROWS];
        Self { rows, length, curve: PhantomData }
    }

    pub fn pack(cpu: Cpu, points: &[Affine<C>]) -> Self {
        let mut packed = Self::infinities(points.len());
        // Infinity is zeros in every form, as the padding is.
        msm::pack(cpu, points, &mut packed.rows[..points.len() * C::ROWS]);
        packed
    }

    pub fn unpack(&self, cpu: Cpu) -> Vec<Affine<C>> {
        let mut points = vec![Affine::INFINITY; self.rows.len() / C::ROWS];
        dispatch(cpu, Unpack { points: &mut points, rows: &self.rows });
        points.truncate(self.length);
        points
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::with_capacity(range.len());
        let rows = range.start * C::ROWS..range.end * C::ROWS;
        part.rows.extend_from_slice(&self.rows[rows]);
        part.length = range.len();
        part.pad();
        part
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.length = 0;
    }

    /// Whole groups of lanes, the last padded.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub fn rows_mut(&mut self) -> &mut [Row] {
        &mut self.rows
    }

    #[inline(always)]
    pub fn get(&self, i: usize) -> &[Row] {
        &self.rows[i * C::ROWS..][..C::ROWS]
    }

    #[inline(always)]
    pub fn get_mut(&mut self, i: usize) -> &mut [Row] {
        &mut self.rows[i * C::ROWS..][..C::ROWS]
    }

    #[inline(always)]
    pub fn set(&mut self, i: usize, point: &[Row]) {
        self.get_mut(i).copy_from_slice(point);
    }

    /// After the last `push`, `pad` before anything is computed.
    #[inline(always)]
    pub fn push(&mut self, point: &[Row]) {
        self.rows.extend_from_slice(&point[..C::ROWS]);
        self.length += 1;
    }

    #[inline(always)]
    pub fn push_signed(&mut self, point: &[Row], negative: bool) {
        self.push(point);
        if negative {
            let last = self.length - 1;
            negate(self.get_mut(last));
        }
    }

    /// As `push`.
    pub fn append(&mut self, others: &Self) {
        self.rows.extend_from_slice(&others.rows[..others.length * C::ROWS]);
        self.length += others.length;
    }

    pub fn pad(&mut self) {
        self.rows.resize(self.length.next_multiple_of(WIDTH) * C::ROWS, Row::ZERO);
    }
}

/// Of a point's rows.
#[inline(always)]
pub fn is_infinity(rows: &[Row]) -> bool {
    rows.iter().all(|row| *row == Row::ZERO)
}

/// −P: the coordinates are below q in any radix, and y is the second half of them.
#[inline(always)]
pub fn negate(rows: &mut [Row]) {
    let half = rows.len();
    for y in rows.iter_mut().flat_map(|row| &mut row.0).skip(half) {
        if *y != [0; 4] {
            *y = subtract(&FqModulus::P, y).0;
        }
    }
}

struct Unpack<'a, C: LaneCurve> {
    points: &'a mut [Affine<C>],
    rows: &'a [Row],
}

impl<C: LaneCurve> Kernel for Unpack<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let groups = self.rows.chunks_exact(WIDTH * C::ROWS);
        for (points, rows) in self.points.chunks_exact_mut(WIDTH).zip(groups) {
            let (x, y) = load_group::<C, F>(rows);
            for ((point, x), y) in points.iter_mut().zip(x.store()).zip(y.store()) {
                *point = Affine::new(x, y);
            }
        }
    }
}

/// The x and the y of eight points that stand one after another.
#[inline(always)]
pub fn load_group<C: LaneCurve, F: Forms>(rows: &[Row]) -> (C::Lanes<F>, C::Lanes<F>) {
    let size = C::ROWS;
    C::Lanes::<F>::load_points(std::array::from_fn(|i| &rows[i * size..][..size]))
}

#[inline(always)]
pub fn store_group<C: LaneCurve, F: Forms>(x: C::Lanes<F>, y: C::Lanes<F>, rows: &mut [Row]) {
    let mut chunks = rows.chunks_exact_mut(C::ROWS);
    let points = std::array::from_fn(|_| chunks.next().expect("a group of eight"));
    C::Lanes::<F>::store_points(x, y, points);
}
