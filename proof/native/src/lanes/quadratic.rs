//! Eight elements as coordinates: of Fq itself, and of Fq2 as two of Fq.

use super::{FieldLanes, Mask, PrimeLanes, Row, WIDTH};
use crate::field::{Fq2, FqModulus};

/// Gives `FieldLanes` to lanes of Fq. A macro, because a blanket implementation would overlap with that of Fq2.
macro_rules! field_lanes_of_fq {
    ([$($parameter:tt)*] $lanes:ty) => {
        impl<$($parameter)*> FieldLanes for $lanes {
            type Element = Fq;
            const ROWS: usize = 1;

            #[inline(always)]
            fn splat(element: Fq) -> Self {
                PrimeLanes::splat(element)
            }
            #[inline(always)]
            fn load(elements: &[Fq; WIDTH]) -> Self {
                PrimeLanes::load(elements)
            }
            #[inline(always)]
            fn store(self) -> [Fq; WIDTH] {
                PrimeLanes::store(self)
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                PrimeLanes::add(self, other)
            }
            #[inline(always)]
            fn sub<const K: u64>(self, other: Self) -> Self {
                PrimeLanes::sub::<K>(self, other)
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                PrimeLanes::mul(self, other)
            }
            #[inline(always)]
            fn square(self) -> Self {
                PrimeLanes::square(self)
            }
            #[inline(always)]
            fn reduce<const K: u64>(self) -> Self {
                PrimeLanes::reduce::<K>(self)
            }
            #[inline(always)]
            fn signed_sub<const K: u64>(self, mask: Mask, other: Self) -> Self {
                PrimeLanes::signed_sub::<K>(self, mask, other)
            }
            #[inline(always)]
            fn replace_where(self, mask: Mask, other: Self) -> Self {
                PrimeLanes::replace_where(self, mask, other)
            }
            #[inline(always)]
            fn zeros(self) -> Mask {
                PrimeLanes::zeros(self)
            }
            #[inline(always)]
            fn load_points(points: [&[Row]; WIDTH]) -> (Self, Self) {
                Self::load_rows(points.map(|rows| &rows[0]))
            }
            #[inline(always)]
            fn store_points(x: Self, y: Self, points: [&mut [Row]; WIDTH]) {
                for (point, row) in points.into_iter().zip(Self::store_rows(x, y)) {
                    point[0] = row;
                }
            }
        }
    };
}
pub(super) use field_lanes_of_fq;

/// Eight elements c0 + c1·u of Fq2.
#[derive(Clone, Copy)]
pub struct QuadraticLanes<L> {
    c0: L,
    c1: L,
}

impl<L: PrimeLanes<FqModulus>> FieldLanes for QuadraticLanes<L> {
    type Element = Fq2;
    const ROWS: usize = 2;

    #[inline(always)]
    fn splat(element: Fq2) -> Self {
        Self { c0: L::splat(element.c0), c1: L::splat(element.c1) }
    }
    #[inline(always)]
    fn load(elements: &[Fq2; WIDTH]) -> Self {
        Self { c0: L::load(&elements.map(|e| e.c0)), c1: L::load(&elements.map(|e| e.c1)) }
    }
    #[inline(always)]
    fn store(self) -> [Fq2; WIDTH] {
        let (c0, c1) = (self.c0.store(), self.c1.store());
        std::array::from_fn(|i| Fq2::new(c0[i], c1[i]))
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self { c0: self.c0.add(other.c0), c1: self.c1.add(other.c1) }
    }
    #[inline(always)]
    fn sub<const K: u64>(self, other: Self) -> Self {
        Self { c0: self.c0.sub::<K>(other.c0), c1: self.c1.sub::<K>(other.c1) }
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let [c0, c1] = L::mul_quadratic([self.c0, self.c1], [other.c0, other.c1]);
        Self { c0, c1 }
    }
    #[inline(always)]
    fn square(self) -> Self {
        // (c0 + c1)(c0 − c1) + 2·c0·c1·u; bounds 8 · 8 and 8 · 4.
        let c0 = self.c0.add(self.c1).mul(self.c0.sub::<4>(self.c1));
        Self { c0, c1: self.c0.add(self.c0).mul(self.c1) }
    }
    #[inline(always)]
    fn reduce<const K: u64>(self) -> Self {
        Self { c0: self.c0.reduce::<K>(), c1: self.c1.reduce::<K>() }
    }
    #[inline(always)]
    fn signed_sub<const K: u64>(self, mask: Mask, other: Self) -> Self {
        Self {
            c0: self.c0.signed_sub::<K>(mask, other.c0),
            c1: self.c1.signed_sub::<K>(mask, other.c1),
        }
    }
    #[inline(always)]
    fn replace_where(self, mask: Mask, other: Self) -> Self {
        Self {
            c0: self.c0.replace_where(mask, other.c0),
            c1: self.c1.replace_where(mask, other.c1),
        }
    }
    #[inline(always)]
    fn zeros(self) -> Mask {
        self.c0.zeros() & self.c1.zeros()
    }
    #[inline(always)]
    fn load_points(points: [&[Row]; WIDTH]) -> (Self, Self) {
        let (x0, x1) = L::load_rows(points.map(|rows| &rows[0]));
        let (y0, y1) = L::load_rows(points.map(|rows| &rows[1]));
        (Self { c0: x0, c1: x1 }, Self { c0: y0, c1: y1 })
    }
    #[inline(always)]
    fn store_points(x: Self, y: Self, points: [&mut [Row]; WIDTH]) {
        let (x, y) = (L::store_rows(x.c0, x.c1), L::store_rows(y.c0, y.c1));
        for (i, point) in points.into_iter().enumerate() {
            point[0] = x[i];
            point[1] = y[i];
        }
    }
}
