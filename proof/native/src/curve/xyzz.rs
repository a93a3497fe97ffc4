//! A point as (X, Y, ZZ, ZZZ) with x = X/ZZ, y = Y/ZZZ, ZZ³ = ZZZ²; infinity has ZZ = 0. Every sum is right: equal and
//! opposite points and infinity included. Sutherland's coordinates; formulas add-2008-s, madd-2008-s, dbl-2008-s-1 and
//! mdbl-2008-s-1 of the Explicit-Formulas Database (short Weierstrass curves, xyzz, a = 0).

use super::{Affine, Curve};
use crate::field::Field;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

#[derive(Clone, Copy, Debug)]
pub struct Xyzz<C: Curve> {
    pub x: C::Base,
    pub y: C::Base,
    pub zz: C::Base,
    pub zzz: C::Base,
}

impl<C: Curve> Xyzz<C> {
    pub const INFINITY: Self =
        Self { x: C::Base::ONE, y: C::Base::ONE, zz: C::Base::ZERO, zzz: C::Base::ZERO };

    pub fn is_infinity(&self) -> bool {
        self.zz.is_zero()
    }

    pub fn double(&self) -> Self {
        if self.is_infinity() {
            return Self::INFINITY;
        }
        let u = self.y.double();
        let v = u.square();
        let w = u * v;
        let s = self.x * v;
        let x_squared = self.x.square();
        let m = x_squared.double() + x_squared;
        let x = m.square() - s.double();
        Self { x, y: m * (s - x) - w * self.y, zz: v * self.zz, zzz: w * self.zzz }
    }

    pub fn add_affine(&self, other: &Affine<C>) -> Self {
        if other.is_infinity() {
            return *self;
        }
        if self.is_infinity() {
            return (*other).into();
        }
        let p = other.x * self.zz - self.x;
        let r = other.y * self.zzz - self.y;
        if p.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let pp = p.square();
        let ppp = p * pp;
        let q = self.x * pp;
        let x = r.square() - ppp - q.double();
        Self { x, y: r * (q - x) - self.y * ppp, zz: self.zz * pp, zzz: self.zzz * ppp }
    }

    /// [scalar]self, with the scalar as plain little-endian limbs; by double and add.
    pub fn mul_plain(&self, scalar: &[u64]) -> Self {
        let mut sum = Self::INFINITY;
        for limb in scalar.iter().rev() {
            for bit in (0..64).rev() {
                sum = sum.double();
                if limb >> bit & 1 == 1 {
                    sum += *self;
                }
            }
        }
        sum
    }
}

impl<C: Curve> From<Affine<C>> for Xyzz<C> {
    fn from(point: Affine<C>) -> Self {
        if point.is_infinity() {
            return Self::INFINITY;
        }
        Self { x: point.x, y: point.y, zz: C::Base::ONE, zzz: C::Base::ONE }
    }
}

/// Equal as points, whatever their coordinates.
impl<C: Curve> PartialEq for Xyzz<C> {
    fn eq(&self, other: &Self) -> bool {
        if self.is_infinity() || other.is_infinity() {
            return self.is_infinity() == other.is_infinity();
        }
        self.x * other.zz == other.x * self.zz && self.y * other.zzz == other.y * self.zzz
    }
}

impl<C: Curve> Eq for Xyzz<C> {}

impl<C: Curve> Add for Xyzz<C> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        if other.is_infinity() {
            return self;
        }
        if self.is_infinity() {
            return other;
        }
        let u1 = self.x * other.zz;
        let s1 = self.y * other.zzz;
        let p = other.x * self.zz - u1;
        let r = other.y * self.zzz - s1;
        if p.is_zero() {
            return if r.is_zero() { self.double() } else { Self::INFINITY };
        }
        let pp = p.square();
        let ppp = p * pp;
        let q = u1 * pp;
        let x = r.square() - ppp - q.double();
        Self {
            x,
            y: r * (q - x) - s1 * ppp,
            zz: self.zz * other.zz * pp,
            zzz: self.zzz * other.zzz * ppp,
        }
    }
}

impl<C: Curve> AddAssign for Xyzz<C> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<C: Curve> Sub for Xyzz<C> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<C: Curve> Neg for Xyzz<C> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

impl<C: Curve> Sum for Xyzz<C> {
    fn sum<I: Iterator<Item = Self>>(points: I) -> Self {
        points.fold(Self::INFINITY, Add::add)
    }
}
