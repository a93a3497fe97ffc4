//! Σ b·S_b over the buckets b = 1, 2, … of a set, by running sums: R = S_n + … + S_b and T = Σ R, eight stretches of the
//! set side by side in XYZZ coordinates. Two additions a bucket, 24M.

use super::lists::ListSums;
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::field::Field;
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Mask, Row, WIDTH, dispatch};
use rayon::prelude::*;
use std::marker::PhantomData;

/// Buckets of one lane in one task, at least: below this the scalar additions at a stretch's end cost more than it.
const LEAST_STRETCH: usize = 32;

/// @param first of the lists that are the set's buckets
pub fn weighted_sum<C: LaneCurve>(
    cpu: Cpu,
    sums: &ListSums,
    first: usize,
    buckets: usize,
) -> Xyzz<C> {
    // Buckets past the last that holds a point cost nothing.
    let filled = (0..buckets)
        .rev()
        .find(|&b| sums.point::<C>(first + b).is_some())
        .map_or(0, |last| last + 1);
    let tasks = rayon::current_num_threads().min(filled / (LEAST_STRETCH * WIDTH)).max(1);
    let stretch = filled.div_ceil(tasks * WIDTH);
    (0..tasks)
        .into_par_iter()
        .map(|task| {
            let start = task * WIDTH * stretch;
            let stretches = Stretches::<C> {
                sums,
                first: first + start,
                filled: filled.saturating_sub(start),
                stretch,
                curve: PhantomData,
            };
            let (running, total) = dispatch(cpu, stretches);
            // A bucket's weight is its place in its stretch, which T counts, and all that lies before the stretch.
            let mut sum = total.into_iter().sum::<Xyzz<C>>();
            for (lane, running) in running.iter().enumerate() {
                sum += running.mul_plain(&[(start + lane * stretch) as u64]);
            }
            sum
        })
        .sum()
}

/// Eight stretches of `stretch` buckets each, one in each lane.
struct Stretches<'a, C> {
    sums: &'a ListSums,
    first: usize,
    /// Buckets from `first` on; what lies past them is empty.
    filled: usize,
    stretch: usize,
    curve: PhantomData<C>,
}

impl<C: LaneCurve> Kernel for Stretches<'_, C> {
    /// For each lane the sum of the stretch, and the sum weighted by 1, 2, 3, ….
    type Output = ([Xyzz<C>; WIDTH], [Xyzz<C>; WIDTH]);

    #[inline(always)]
    fn run<F: Forms>(self) -> Self::Output {
        let mut running = Points::<C, C::Lanes<F>>::infinity();
        let mut total = Points::infinity();
        let somewhere = [Row::ZERO; 2];
        for step in (0..self.stretch).rev() {
            let mut absent = 0;
            let rows: [&[Row]; WIDTH] = std::array::from_fn(|lane| {
                let bucket = lane * self.stretch + step;
                let point = (bucket < self.filled)
                    .then(|| self.sums.point::<C>(self.first + bucket))
                    .flatten();
                absent |= Mask::from(point.is_none()) << lane;
                point.unwrap_or(&somewhere[..C::ROWS])
            });
            running.add_affine(rows, absent);
            total.add(&running);
        }
        (running.store(), total.store())
    }
}

/// Eight points in XYZZ coordinates; all bounds 4.
struct Points<C, L> {
    x: L,
    y: L,
    zz: L,
    zzz: L,
    infinite: Mask,
    curve: PhantomData<C>,
}

impl<C: LaneCurve, L: FieldLanes<Element = C::Base>> Points<C, L> {
    #[inline(always)]
    fn infinity() -> Self {
        let one = L::splat(C::Base::ONE);
        Self { x: one, y: one, zz: one, zzz: one, infinite: 0xff, curve: PhantomData }
    }

    #[inline(always)]
    fn add_affine(&mut self, rows: [&[Row]; WIDTH], absent: Mask) {
        let (x2, y2) = L::load_points(rows);
        let p = x2.mul(self.zz).sub::<4>(self.x).reduce::<4>();
        let r = y2.mul(self.zzz).sub::<4>(self.y).reduce::<4>();
        let special = p.zeros() & !self.infinite & !absent;
        let before = if special == 0 { None } else { Some(self.store()) };

        let pp = p.square();
        let ppp = p.mul(pp);
        let (x, y) = chord(self.x, self.y, r, pp, ppp);
        let (zz, zzz) = (self.zz.mul(pp), self.zzz.mul(ppp));
        let one = L::splat(C::Base::ONE);
        let fresh = self.infinite;
        self.replace_where(!absent, x, y, zz, zzz);
        self.replace_where(fresh & !absent, x2, y2, one, one);
        self.infinite &= absent;

        if let Some(before) = before {
            let (x, y) = (x2.store(), y2.store());
            self.mend(special, |lane| before[lane].add_affine(&Affine { x: x[lane], y: y[lane] }));
        }
    }

    #[inline(always)]
    fn add(&mut self, other: &Self) {
        let u1 = self.x.mul(other.zz);
        let s1 = self.y.mul(other.zzz);
        let p = other.x.mul(self.zz).sub::<4>(u1).reduce::<4>();
        let r = other.y.mul(self.zzz).sub::<4>(s1).reduce::<4>();
        let special = p.zeros() & !self.infinite & !other.infinite;
        let before = if special == 0 { None } else { Some((self.store(), other.store())) };

        let pp = p.square();
        let ppp = p.mul(pp);
        let (x, y) = chord(u1, s1, r, pp, ppp);
        let (zz, zzz) = (self.zz.mul(other.zz).mul(pp), self.zzz.mul(other.zzz).mul(ppp));
        let fresh = self.infinite & !other.infinite;
        self.replace_where(!other.infinite, x, y, zz, zzz);
        self.replace_where(fresh, other.x, other.y, other.zz, other.zzz);
        self.infinite &= other.infinite;

        if let Some((before, other)) = before {
            self.mend(special, |lane| before[lane] + other[lane]);
        }
    }

    #[inline(always)]
    fn replace_where(&mut self, mask: Mask, x: L, y: L, zz: L, zzz: L) {
        self.x = self.x.replace_where(mask, x);
        self.y = self.y.replace_where(mask, y);
        self.zz = self.zz.replace_where(mask, zz);
        self.zzz = self.zzz.replace_where(mask, zzz);
    }

    /// Where equal or opposite points met, the formulas above give nothing: these lanes come from complete ones.
    #[inline(never)]
    fn mend(&mut self, lanes: Mask, sum: impl Fn(usize) -> Xyzz<C>) {
        let mut points = self.store();
        for lane in (0..WIDTH).filter(|lane| lanes >> lane & 1 == 1) {
            points[lane] = sum(lane);
        }
        self.infinite =
            (0..WIDTH).fold(0, |mask, lane| mask | Mask::from(points[lane].is_infinity()) << lane);
        self.x = L::load(&points.map(|point| point.x));
        self.y = L::load(&points.map(|point| point.y));
        self.zz = L::load(&points.map(|point| point.zz));
        self.zzz = L::load(&points.map(|point| point.zzz));
    }

    #[inline(always)]
    fn store(&self) -> [Xyzz<C>; WIDTH] {
        let (x, y, zz, zzz) = (self.x.store(), self.y.store(), self.zz.store(), self.zzz.store());
        std::array::from_fn(|lane| {
            if self.infinite >> lane & 1 == 1 {
                Xyzz::INFINITY
            } else {
                Xyzz { x: x[lane], y: y[lane], zz: zz[lane], zzz: zzz[lane] }
            }
        })
    }
}

/// X₃ = R² − PPP − 2Q and Y₃ = R(Q − X₃) − Y₁·PPP, with Q = X₁·PP. All bounds 4.
#[inline(always)]
fn chord<L: FieldLanes>(x1: L, y1: L, r: L, pp: L, ppp: L) -> (L, L) {
    let q = x1.mul(pp);
    let x = r.square().sub::<12>(ppp.add(q).add(q)).reduce::<8>().reduce::<4>();
    let y = r.mul(q.sub::<4>(x)).sub::<4>(y1.mul(ppp)).reduce::<4>();
    (x, y)
}
