//! Eight sums of points side by side, in XYZZ coordinates. Every sum is right: where equal or opposite points meet, or
//! infinity, in lanes of their own. The formulas are those of curve/xyzz.rs.

use crate::curve::{Affine, Xyzz};
use crate::field::Field;
use crate::lanes::{FieldLanes, LaneCurve, Mask, Row, WIDTH};
use std::marker::PhantomData;

/// All bounds 4.
pub struct EightPoints<C, L> {
    x: L,
    y: L,
    zz: L,
    zzz: L,
    infinite: Mask,
    curve: PhantomData<C>,
}

impl<C: LaneCurve, L: FieldLanes<Element = C::Base>> EightPoints<C, L> {
    #[inline(always)]
    pub fn infinity() -> Self {
        let one = L::splat(C::Base::ONE);
        Self { x: one, y: one, zz: one, zzz: one, infinite: 0xff, curve: PhantomData }
    }

    /// @param rows of a point for each lane; what they hold in the lanes of `absent` does not count
    /// @param negative the lanes whose points are subtracted
    #[inline(always)]
    pub fn add_affine(&mut self, rows: [&[Row]; WIDTH], negative: Mask, absent: Mask) {
        let (x2, y2) = L::load_points(rows);
        let y2 = y2.signed_sub::<1>(negative, L::splat(C::Base::ZERO));
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
    pub fn add(&mut self, other: &Self) {
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

    /// The order of the groups is odd: y is never zero.
    #[inline(always)]
    pub fn double(&mut self) {
        let u = self.y.add(self.y).reduce::<4>();
        let v = u.square();
        let w = u.mul(v);
        let s = self.x.mul(v);
        let square = self.x.square();
        let m = square.add(square).add(square).reduce::<8>().reduce::<4>();
        let x = m.square().sub::<8>(s.add(s)).reduce::<8>().reduce::<4>();
        self.y = m.mul(s.sub::<4>(x)).sub::<4>(w.mul(self.y)).reduce::<4>();
        self.x = x;
        self.zz = v.mul(self.zz);
        self.zzz = w.mul(self.zzz);
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
    pub fn store(&self) -> [Xyzz<C>; WIDTH] {
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
