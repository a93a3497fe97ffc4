//! Σ b·S_b over the buckets b = 1, 2, … of a set, by running sums: R = S_n + … + S_b and T = Σ R, eight stretches of the
//! set side by side in XYZZ coordinates. Two additions a bucket, 24M.

use super::eight_points::EightPoints;
use super::lists::ListSums;
use crate::cpu::Cpu;
use crate::curve::Xyzz;
use crate::lanes::{Forms, Kernel, LaneCurve, Mask, Row, WIDTH, dispatch};
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
        let mut running = EightPoints::<C, C::Lanes<F>>::infinity();
        let mut total = EightPoints::infinity();
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
            running.add_affine(rows, 0, absent);
            total.add(&running);
        }
        (running.store(), total.store())
    }
}
