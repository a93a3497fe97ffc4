//! a + b and a − b for many pairs of points in affine coordinates: both share the inverse of x_b − x_a, and all pairs of a
//! chunk share one inversion. 16 products a pair.

use super::multiples::load_points;
use crate::cpu::Cpu;
use crate::curve::{Affine, Curve, Xyzz};
use crate::field::{Field, invert_all};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Mask, WIDTH, dispatch};
use rayon::prelude::*;

/// Pairs that share an inversion.
const CHUNK: usize = 512;

/// Replaces every a[i] by a[i] + b[i], and b[i] by a[i] − b[i]: any points, in the current rayon pool.
pub fn add_and_subtract<C: LaneCurve>(cpu: Cpu, a: &mut [Affine<C>], b: &mut [Affine<C>]) {
    assert_eq!(a.len(), b.len(), "pairs");
    a.par_chunks_mut(CHUNK).zip(b.par_chunks_mut(CHUNK)).for_each(|(a, b)| {
        dispatch(cpu, Chunk { a, b });
    });
}

struct Chunk<'a, C: Curve> {
    a: &'a mut [Affine<C>],
    b: &'a mut [Affine<C>],
}

impl<C: LaneCurve> Kernel for Chunk<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let one = C::Lanes::<F>::splat(C::Base::ONE);
        let mut product = one;
        let mut pairs = Vec::with_capacity(self.a.len().div_ceil(WIDTH));
        for (a, b) in self.a.chunks(WIDTH).zip(self.b.chunks(WIDTH)) {
            let (pair_a, pair_b) =
                (load_points::<C, C::Lanes<F>>(a), load_points::<C, C::Lanes<F>>(b));
            let difference = pair_b.0.sub::<4>(pair_a.0).reduce::<4>();
            let special = difference.zeros() | infinities(a) | infinities(b);
            let difference = difference.replace_where(special, one);
            pairs.push((pair_a, pair_b, difference, product, special));
            product = product.mul(difference);
        }
        let mut inverses = product.store();
        invert_all(&mut inverses);
        let mut inverse = C::Lanes::<F>::load(&inverses);
        let places = self.a.chunks_mut(WIDTH).zip(self.b.chunks_mut(WIDTH));
        for ((a, b), pair) in places.zip(&pairs).rev() {
            let (pair_a, pair_b, difference, before, special) = *pair;
            let slope_factor = inverse.mul(before);
            inverse = inverse.mul(difference);
            let (a_x, a_y) = pair_a;
            let xs = a_x.add(pair_b.0);
            let slope = pair_b.1.sub::<4>(a_y).mul(slope_factor);
            let sum_x = slope.square().sub::<4>(xs).reduce::<4>();
            let sum_y = slope.mul(a_x.sub::<4>(sum_x)).sub::<4>(a_y).reduce::<4>();
            // To −b the slope is (−y_b − y_a)/(x_b − x_a): this one, negated.
            let slope = pair_b.1.add(a_y).mul(slope_factor);
            let less_x = slope.square().sub::<4>(xs).reduce::<4>();
            let less_y = slope.mul(less_x.sub::<4>(a_x)).sub::<4>(a_y).reduce::<4>();
            let (sum_x, sum_y) = (sum_x.store(), sum_y.store());
            let (less_x, less_y) = (less_x.store(), less_y.store());
            for (i, (a, b)) in a.iter_mut().zip(b).enumerate() {
                (*a, *b) = if special >> i & 1 == 1 {
                    let whole = Xyzz::from(*a);
                    (whole.add_affine(b).into(), whole.add_affine(&-*b).into())
                } else {
                    (Affine::new(sum_x[i], sum_y[i]), Affine::new(less_x[i], less_y[i]))
                };
            }
        }
    }
}

#[inline(always)]
fn infinities<C: Curve>(points: &[Affine<C>]) -> Mask {
    points.iter().enumerate().fold(0, |mask, (i, p)| mask | Mask::from(p.is_infinity()) << i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{G1, G2, multiply};
    use crate::field::Fr;

    fn agrees<C: LaneCurve>() {
        let points: Vec<Affine<C>> = [0, 1, 2, -2, 3, 0, 5, -7, 7, 7, 11]
            .map(|k: i64| multiply(&C::generator(), &Fr::from(k)).into())
            .to_vec();
        let (a, b): (Vec<_>, Vec<_>) =
            points.iter().flat_map(|a| points.iter().map(move |b| (*a, *b))).unzip();
        let expected: Vec<(Affine<C>, Affine<C>)> = a
            .iter()
            .zip(&b)
            .map(|(a, b)| {
                let (a, b) = (Xyzz::from(*a), Xyzz::from(*b));
                ((a + b).into(), (a - b).into())
            })
            .collect();
        for cpu in Cpu::all() {
            let (mut a, mut b) = (a.clone(), b.clone());
            add_and_subtract(cpu, &mut a, &mut b);
            assert_eq!(a.into_iter().zip(b).collect::<Vec<_>>(), expected, "{cpu:?}");
        }
    }

    #[test]
    fn adds_and_subtracts_every_kind_of_pair() {
        agrees::<G1>();
        agrees::<G2>();
    }
}
