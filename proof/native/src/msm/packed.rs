//! Points as rows of memory in the packed form of one `Cpu`, and back. Infinity has no rows: whoever packs leaves it out.

use crate::cpu::Cpu;
use crate::curve::Affine;
use crate::field::Field;
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Row, WIDTH, dispatch};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Points that one task converts.
const CHUNK: usize = 1 << 10;

/// Writes the rows of finite points.
pub fn pack<C: LaneCurve>(cpu: Cpu, points: &[Affine<C>], rows: &mut [Row]) {
    rows.par_chunks_mut(CHUNK * C::ROWS)
        .zip(points.par_chunks(CHUNK))
        .for_each(|(rows, points)| dispatch(cpu, Pack { points, rows }));
}

/// Point i of the rows that `pack` made.
#[inline(always)]
pub fn point_at<C: LaneCurve>(rows: &[Row], i: usize) -> &[Row] {
    &rows[i * C::ROWS..(i + 1) * C::ROWS]
}

/// The points at these places.
pub fn unpack<C: LaneCurve>(cpu: Cpu, points: &[&[Row]]) -> Vec<Affine<C>> {
    points
        .chunks(WIDTH)
        .flat_map(|points| dispatch(cpu, Unpack::<C> { points, curve: PhantomData }))
        .collect()
}

struct Pack<'a, C: LaneCurve> {
    points: &'a [Affine<C>],
    rows: &'a mut [Row],
}

impl<C: LaneCurve> Kernel for Pack<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        for (points, rows) in self.points.chunks(WIDTH).zip(self.rows.chunks_mut(WIDTH * C::ROWS)) {
            let coordinate = |of: fn(&Affine<C>) -> C::Base| {
                let elements = std::array::from_fn(|i| points.get(i).map_or(C::Base::ZERO, of));
                C::Lanes::<F>::load(&elements)
            };
            let (x, y) = (coordinate(|point| point.x), coordinate(|point| point.y));
            store(x, y, rows);
        }
    }
}

/// The first points of eight, as many as there are rows for.
#[inline(always)]
pub fn store<L: FieldLanes>(x: L, y: L, rows: &mut [Row]) {
    let mut all = [[Row::ZERO; 2]; WIDTH];
    L::store_points(x, y, all.each_mut().map(|point| &mut point[..L::ROWS]));
    for (row, point) in rows.chunks_exact_mut(L::ROWS).zip(&all) {
        row.copy_from_slice(&point[..L::ROWS]);
    }
}

struct Unpack<'a, C> {
    points: &'a [&'a [Row]],
    curve: PhantomData<C>,
}

impl<C: LaneCurve> Kernel for Unpack<'_, C> {
    type Output = Vec<Affine<C>>;

    #[inline(always)]
    fn run<F: Forms>(self) -> Vec<Affine<C>> {
        let eight = std::array::from_fn(|i| self.points[i.min(self.points.len() - 1)]);
        let (x, y) = C::Lanes::<F>::load_points(eight);
        let affine = std::iter::zip(x.store(), y.store()).map(|(x, y)| Affine { x, y });
        affine.take(self.points.len()).collect()
    }
}
