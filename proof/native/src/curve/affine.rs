//! A point as x and y. Infinity is (0, 0), which is on neither curve: so it stands in `.zkey` and `.ptau` files.

use super::{Curve, Xyzz};
use crate::field::{Field, invert_all};
use std::ops::Neg;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Affine<C: Curve> {
    pub x: C::Base,
    pub y: C::Base,
}

impl<C: Curve> Affine<C> {
    pub const INFINITY: Self = Self { x: C::Base::ZERO, y: C::Base::ZERO };

    pub const fn new(x: C::Base, y: C::Base) -> Self {
        Self { x, y }
    }

    pub fn is_infinity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    /// True for infinity, too.
    pub fn is_on_curve(&self) -> bool {
        self.is_infinity() || self.y.square() == self.x.square() * self.x + C::b()
    }

    /// All points at the price of one inversion.
    pub fn all_from(points: &[Xyzz<C>]) -> Vec<Self> {
        // With i = 1/ZZZ: 1/ZZ = (i·ZZ)², because ZZ³ = ZZZ².
        let mut inverses: Vec<C::Base> = points.iter().map(|point| point.zzz).collect();
        invert_all(&mut inverses);
        let affine = |(point, inverse): (&Xyzz<C>, &C::Base)| {
            let zz_inverse = (*inverse * point.zz).square();
            Self { x: point.x * zz_inverse, y: point.y * *inverse }
        };
        points.iter().zip(&inverses).map(affine).collect()
    }
}

impl<C: Curve> From<Xyzz<C>> for Affine<C> {
    fn from(point: Xyzz<C>) -> Self {
        Self::all_from(&[point])[0]
    }
}

impl<C: Curve> Neg for Affine<C> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { x: self.x, y: -self.y }
    }
}
