//! Fq2 = Fq[u]/(u² + 1): coordinates of G2.

use super::{Field, Fq};
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// c0 + c1·u.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(C)]
pub struct Fq2 {
    pub c0: Fq,
    pub c1: Fq,
}

impl Fq2 {
    pub const fn new(c0: Fq, c1: Fq) -> Self {
        Self { c0, c1 }
    }

    pub fn conjugate(self) -> Self {
        Self { c0: self.c0, c1: -self.c1 }
    }

    /// Of a and −a, the larger: by c1, and by c0 where c1 is zero.
    pub fn is_larger_root(self) -> bool {
        if self.c1.is_zero() { self.c0.is_larger_root() } else { self.c1.is_larger_root() }
    }
}

impl Field for Fq2 {
    const ZERO: Self = Self::new(Fq::ZERO, Fq::ZERO);
    const ONE: Self = Self::new(Fq::ONE, Fq::ZERO);

    #[inline(always)]
    fn square(self) -> Self {
        // (c0 + c1)(c0 − c1) + 2·c0·c1·u
        let product = self.c0 * self.c1;
        Self::new((self.c0 + self.c1) * (self.c0 - self.c1), product.double())
    }

    fn inverse(self) -> Option<Self> {
        let norm = self.c0.square() + self.c1.square();
        let inverse = norm.inverse()?;
        Some(Self::new(self.c0 * inverse, -(self.c1 * inverse)))
    }

    /// By the norm: a root x + y·u has x² = (c0 ± √(c0² + c1²))/2 and y = c1/2x.
    fn sqrt(self) -> Option<Self> {
        let two_inverse = Fq::from(2u64).inverse()?;
        if self.c1.is_zero() {
            return match self.c0.sqrt() {
                Some(root) => Some(Self::new(root, Fq::ZERO)),
                // −1 is no square in Fq, so that −c0 is one.
                None => (-self.c0).sqrt().map(|root| Self::new(Fq::ZERO, root)),
            };
        }
        let norm = (self.c0.square() + self.c1.square()).sqrt()?;
        let x = [self.c0 + norm, self.c0 - norm]
            .into_iter()
            .find_map(|double| (double * two_inverse).sqrt().filter(|x| !x.is_zero()))?;
        let root = Self::new(x, self.c1 * two_inverse * x.inverse()?);
        (root.square() == self).then_some(root)
    }
}

impl Add for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1)
    }
}

impl Sub for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1)
    }
}

impl Mul for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // Karatsuba: three products in Fq.
        let p0 = self.c0 * other.c0;
        let p1 = self.c1 * other.c1;
        let cross = (self.c0 + self.c1) * (other.c0 + other.c1);
        Self::new(p0 - p1, cross - p0 - p1)
    }
}

impl Neg for Fq2 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::new(-self.c0, -self.c1)
    }
}

impl AddAssign for Fq2 {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Fq2 {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Fq2 {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}
