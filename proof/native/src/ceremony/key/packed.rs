//! Points in memory as the lanes of this machine want them: in their radix, a row of two elements after another.

use crate::cpu::Cpu;
use crate::curve::Affine;
use crate::field::{Field, FqModulus, Modulus, modulus::subtract};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Row, WIDTH, dispatch};
use std::marker::PhantomData;
use std::ops::Range;

/// A list of points, padded with infinity to whole groups of lanes.
#[derive(Clone, Debug)]
pub struct Packed<C: LaneCurve> {
    rows: Vec<Row>,
    length: usize,
    curve: PhantomData<C>,
}

/// Infinity, as everywhere, is all zeros.
const ZERO: Row = Row::ZERO;

impl<C: LaneCurve> Packed<C> {
    /// Of one point. An element of Fq is 32 bytes in every form.
    pub const ROWS: usize = size_of::<Affine<C>>() / size_of::<Row>();

    pub fn with_capacity(capacity: usize) -> Self {
        let rows = Vec::with_capacity(capacity.next_multiple_of(WIDTH) * Self::ROWS);
        Self { rows, length: 0, curve: PhantomData }
    }

    pub fn infinities(length: usize) -> Self {
        let rows = vec![ZERO; length.next_multiple_of(WIDTH) * Self::ROWS];
        Self { rows, length, curve: PhantomData }
    }

    pub fn pack(cpu: Cpu, points: &[Affine<C>]) -> Self {
        let mut packed = Self::infinities(points.len());
        dispatch(cpu, Pack { points, rows: &mut packed.rows });
        packed
    }

    pub fn unpack(&self, cpu: Cpu) -> Vec<Affine<C>> {
        let mut points = vec![Affine::INFINITY; self.rows.len() / Self::ROWS];
        dispatch(cpu, Unpack { points: &mut points, rows: &self.rows });
        points.truncate(self.length);
        points
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn part(&self, range: Range<usize>) -> Self {
        let mut part = Self::with_capacity(range.len());
        let rows = range.start * Self::ROWS..range.end * Self::ROWS;
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
        &self.rows[i * Self::ROWS..][..Self::ROWS]
    }

    #[inline(always)]
    pub fn get_mut(&mut self, i: usize) -> &mut [Row] {
        &mut self.rows[i * Self::ROWS..][..Self::ROWS]
    }

    #[inline(always)]
    pub fn set(&mut self, i: usize, point: &[Row]) {
        self.get_mut(i).copy_from_slice(point);
    }

    /// After the last `push`, `pad` before anything is computed.
    #[inline(always)]
    pub fn push(&mut self, point: &[Row]) {
        self.rows.extend_from_slice(&point[..Self::ROWS]);
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
        self.rows.extend_from_slice(&others.rows[..others.length * Self::ROWS]);
        self.length += others.length;
    }

    pub fn pad(&mut self) {
        self.rows.resize(self.length.next_multiple_of(WIDTH) * Self::ROWS, ZERO);
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

struct Pack<'a, C: LaneCurve> {
    points: &'a [Affine<C>],
    rows: &'a mut [Row],
}

impl<C: LaneCurve> Kernel for Pack<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let groups = self.rows.chunks_exact_mut(WIDTH * Packed::<C>::ROWS);
        for (points, rows) in self.points.chunks(WIDTH).zip(groups) {
            let (mut x, mut y) = ([C::Base::ZERO; WIDTH], [C::Base::ZERO; WIDTH]);
            for (i, point) in points.iter().enumerate() {
                (x[i], y[i]) = (point.x, point.y);
            }
            let (x, y) = (C::Lanes::<F>::load(&x), C::Lanes::<F>::load(&y));
            store_group::<C, F>(x, y, rows);
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
        let groups = self.rows.chunks_exact(WIDTH * Packed::<C>::ROWS);
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
    let size = Packed::<C>::ROWS;
    C::Lanes::<F>::load_points(std::array::from_fn(|i| &rows[i * size..][..size]))
}

#[inline(always)]
pub fn store_group<C: LaneCurve, F: Forms>(x: C::Lanes<F>, y: C::Lanes<F>, rows: &mut [Row]) {
    let mut chunks = rows.chunks_exact_mut(Packed::<C>::ROWS);
    let points = std::array::from_fn(|_| chunks.next().expect("a group of eight"));
    C::Lanes::<F>::store_points(x, y, points);
}
