//! Eight points in Jacobian coordinates, x = X/Z², y = Y/Z³ (Hankerson, Menezes, Vanstone 2004, §3.2), and their way back
//! to x and y with one inversion for many. The doubling is the usual one with every coordinate scaled by 1/2, which
//! keeps lazy bounds low.
//!
//! The formulas are incomplete: a sum of equal, opposite or infinite points has Z = 0, which no later step mends. Who
//! uses them looks at `lost` in the end and computes those points again by the complete formulas of `curve`.

use crate::curve::{Affine, Curve};
use crate::field::{Field, invert_all};
use crate::lanes::{FieldLanes, Mask, WIDTH};

/// Every coordinate has a bound of 4.
#[derive(Clone, Copy)]
pub struct Jacobian<L> {
    pub x: L,
    pub y: L,
    pub z: L,
}

impl<L: FieldLanes> Jacobian<L> {
    /// 8 products.
    #[inline(always)]
    pub fn double(&self, three_halves: L) -> Self {
        let m = self.x.square().mul(three_halves);
        let b = self.y.square();
        let t = self.x.mul(b);
        let x = m.square().sub::<8>(t.add(t)).reduce::<8>().reduce::<4>();
        let y = m.mul(t.sub::<4>(x)).sub::<4>(b.square()).reduce::<4>();
        Self { x, y, z: self.y.mul(self.z) }
    }

    /// 11 products. x and y have bounds of 4.
    #[inline(always)]
    pub fn add_affine(&self, x: L, y: L) -> Self {
        let zz = self.z.square();
        let h = x.mul(zz).sub::<4>(self.x).reduce::<4>();
        let r = y.mul(zz.mul(self.z)).sub::<4>(self.y).reduce::<4>();
        let hh = h.square();
        let hhh = hh.mul(h);
        let v = self.x.mul(hh);
        let sum_x = r.square().sub::<12>(hhh.add(v.add(v))).reduce::<8>().reduce::<4>();
        let sum_y = r.mul(v.sub::<4>(sum_x)).sub::<4>(self.y.mul(hhh)).reduce::<4>();
        Self { x: sum_x, y: sum_y, z: self.z.mul(h) }
    }
}

/// 3/2, for `double`.
pub fn three_halves<F: Field>() -> F {
    let two = F::ONE.double();
    (two + F::ONE) * two.inverse().expect("two is not zero")
}

/// Groups of eight points that will share an inversion (Montgomery 1987).
pub struct Batch<L> {
    one: L,
    points: Vec<(Jacobian<L>, Mask)>,
    products: Vec<L>,
    product: L,
}

impl<L: FieldLanes> Batch<L> {
    #[inline(always)]
    pub fn new(groups: usize) -> Self {
        let one = L::splat(L::Element::ONE);
        let (points, products) = (Vec::with_capacity(groups), Vec::with_capacity(groups));
        Self { one, points, products, product: one }
    }

    #[inline(always)]
    pub fn push(&mut self, mut point: Jacobian<L>) {
        let lost = point.z.zeros();
        point.z = point.z.replace_where(lost, self.one);
        self.points.push((point, lost));
        self.products.push(self.product);
        self.product = self.product.mul(point.z);
    }

    /// @param points as many as were pushed, but for the lanes that fill up the last group
    /// @param compute_again a point whose Z was 0, by its place
    #[inline(always)]
    pub fn write<C: Curve<Base = L::Element>>(
        self,
        points: &mut [Affine<C>],
        compute_again: impl Fn(usize) -> Affine<C>,
    ) {
        let mut inverses = self.product.store();
        invert_all(&mut inverses);
        let mut inverse = L::load(&inverses);
        for (group, places) in points.chunks_mut(WIDTH).enumerate().rev() {
            let (point, lost) = &self.points[group];
            let z_inverse = inverse.mul(self.products[group]);
            inverse = inverse.mul(point.z);
            let zz_inverse = z_inverse.square();
            let x = point.x.mul(zz_inverse).store();
            let y = point.y.mul(zz_inverse.mul(z_inverse)).store();
            for (i, place) in places.iter_mut().enumerate() {
                let is_lost = lost >> i & 1 == 1;
                *place = if is_lost {
                    compute_again(group * WIDTH + i)
                } else {
                    Affine::new(x[i], y[i])
                };
            }
        }
    }
}
