//! Eight field elements side by side: the arithmetic of every hot loop, in three forms under one set of traits. A loop is
//! written once, as a [`Kernel`], and [`dispatch`] runs it in the form of this machine.
//!
//! Elements are reduced lazily. A value's *bound* is the multiple of p it stays below; each operation says what bounds it
//! takes and gives. `Plain` and `Mulx` reduce always, so that a bound overstepped shows only in `Ifma`: tests run all.
//! This folder holds all the SIMD and assembly of the crate.

#[cfg(target_arch = "x86_64")]
mod ifma;
mod memory;
#[cfg(target_arch = "x86_64")]
mod mulx;
mod quadratic;
mod scalar;

use crate::cpu::{Cpu, Form};
use crate::curve::{Curve, G1, G2};
use crate::field::{Field, Fq, Fq2, FqModulus, FrModulus, Modulus, Prime};
pub use memory::Rows;
pub use quadratic::QuadraticLanes;

/// Elements in one value: the 64-bit lanes of an AVX-512 register.
pub const WIDTH: usize = 8;

/// One bit for each lane.
pub type Mask = u8;

/// Two elements in memory, in a form's own Montgomery radix, each below p: a point of G1, or a coordinate of a point of
/// G2. One cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct Row(pub [[u64; 4]; 2]);

impl Row {
    pub const ZERO: Self = Self([[0; 4]; 2]);
}

/// Eight elements of Fq or Fq2.
///
/// Bounds: a sum has the sum of the bounds; `a.sub::<K>(b)` needs a bound K of b and gives a + K; a product needs bounds
/// whose product is at most 40 and gives 4; a square needs a bound of 4 and gives 4. No bound may pass 64.
pub trait FieldLanes: Copy {
    type Element: Field;
    /// Rows that one point (x, y) takes in memory: 1 for G1, 2 for G2.
    const ROWS: usize;

    fn splat(element: Self::Element) -> Self;
    /// Gives bound 1.
    fn load(elements: &[Self::Element; WIDTH]) -> Self;
    /// For a bound of 16.
    fn store(self) -> [Self::Element; WIDTH];

    fn add(self, other: Self) -> Self;
    /// self − other + K·p.
    fn sub<const K: u64>(self, other: Self) -> Self;
    /// ±self − other + K·p, minus in the lanes of the mask: for self of bound 1 and other of bound K − 1; gives K + 1.
    fn signed_sub<const K: u64>(self, mask: Mask, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    fn square(self) -> Self;
    /// K·p less where the value is not below it: from bound 2K to bound K.
    fn reduce<const K: u64>(self) -> Self;
    /// `other` in the lanes of the mask.
    fn replace_where(self, mask: Mask, other: Self) -> Self;
    /// The lanes that are zero mod p, for a bound of 16.
    fn zeros(self) -> Mask;

    /// Points (x, y) from memory; each slice has `ROWS` rows. Gives bound 1.
    fn load_points(points: [&[Row]; WIDTH]) -> (Self, Self);
    /// Points (x, y) to memory; each slice has `ROWS` rows. For bounds of 16.
    fn store_points(x: Self, y: Self, points: [&mut [Row]; WIDTH]);
}

/// Eight elements of a prime field.
pub trait PrimeLanes<M: Modulus>: Copy + Send + Sync + 'static {
    /// One element, laid out for `broadcast`: what a table of factors holds.
    type Scalar: Copy + Send + Sync + 'static;

    fn scalar(element: Prime<M>) -> Self::Scalar;
    /// The element in all lanes. Gives bound 1.
    fn broadcast(scalar: &Self::Scalar) -> Self;
    /// Element i of row j becomes element j of row i.
    fn transpose(rows: &mut [Self; WIDTH]);

    fn splat(element: Prime<M>) -> Self;
    /// Eight elements in the form's own radix, as `Row` holds them. Bound 1 when they are below p.
    fn load_packed(elements: &[[u64; 4]; WIDTH]) -> Self;
    /// Each below p; for a bound of 16.
    fn store_packed(self) -> [[u64; 4]; WIDTH];
    /// The first and the second elements of eight rows.
    fn load_rows(rows: [&Row; WIDTH]) -> (Self, Self);
    /// Each below p; for bounds of 16.
    fn store_rows(first: Self, second: Self) -> [Row; WIDTH];

    fn add(self, other: Self) -> Self;
    /// self − other + K·p, for other below K·p.
    fn sub<const K: u64>(self, other: Self) -> Self;
    /// Bounds whose product is at most 40; gives 4.
    fn mul(self, other: Self) -> Self;
    /// A bound of 8; gives 4.
    fn square(self) -> Self;
    /// K·p less where the value is not below it: from bound 2K to bound K.
    fn reduce<const K: u64>(self) -> Self;
    /// ±self − other + K·p, minus in the lanes of the mask: for self of bound 1 and other of bound K − 1; gives K + 1.
    fn signed_sub<const K: u64>(self, mask: Mask, other: Self) -> Self;
    fn replace_where(self, mask: Mask, other: Self) -> Self;
    /// The lanes that are zero mod p, for a bound of 16.
    fn zeros(self) -> Mask;

    /// (a0·b0 − a1·b1, a0·b1 + a1·b0): a product in Fq2. Bounds as for `mul`, coordinate by coordinate.
    #[inline(always)]
    fn mul_quadratic(a: [Self; 2], b: [Self; 2]) -> [Self; 2] {
        let p0 = a[0].mul(b[0]);
        let p1 = a[1].mul(b[1]);
        let cross = a[0].add(a[1]).mul(b[0].add(b[1]));
        [p0.sub::<4>(p1).reduce::<4>(), cross.sub::<8>(p0.add(p1)).reduce::<8>().reduce::<4>()]
    }

    /// One element in this form's radix, below p.
    fn pack(element: Prime<M>) -> [u64; 4];
    fn unpack(packed: [u64; 4]) -> Prime<M>;

    #[inline(always)]
    fn load(elements: &[Prime<M>; WIDTH]) -> Self {
        Self::load_packed(&elements.map(Self::pack))
    }
    #[inline(always)]
    fn store(self) -> [Prime<M>; WIDTH] {
        self.store_packed().map(Self::unpack)
    }
}

/// One form of all fields.
pub trait Forms: Sized + 'static {
    type Fq: PrimeLanes<FqModulus> + FieldLanes<Element = Fq>;
    type Fr: PrimeLanes<FrModulus>;
    type Fq2: FieldLanes<Element = Fq2>;

    /// Runs work on lanes of this form: the door for threads that `dispatch` did not start.
    ///
    /// @param cpu that `dispatch` chose this form for
    fn enter<W: Work<Self>>(cpu: Cpu, work: W) -> W::Output;
}

/// A loop over lanes of one form. As for a [`Kernel`], all that it calls must be inlined.
pub trait Work<F: Forms> {
    type Output;
    fn run(self) -> Self::Output;
}

/// A curve whose coordinates have lanes.
pub trait LaneCurve: Curve {
    type Lanes<F: Forms>: FieldLanes<Element = Self::Base>;
    /// `FieldLanes::ROWS`, which does not depend on the form.
    const ROWS: usize;
}

impl LaneCurve for G1 {
    type Lanes<F: Forms> = F::Fq;
    const ROWS: usize = 1;
}

impl LaneCurve for G2 {
    type Lanes<F: Forms> = F::Fq2;
    const ROWS: usize = 2;
}

/// A loop that can run in every form. Everything it calls on lanes must be `#[inline(always)]`, down to the loop itself:
/// what is not inlined into [`dispatch`] is compiled without AVX-512, and calls it one instruction at a time.
pub trait Kernel {
    type Output;
    fn run<F: Forms>(self) -> Self::Output;
}

pub fn dispatch<K: Kernel>(cpu: Cpu, kernel: K) -> K::Output {
    match cpu.form() {
        Form::Plain => kernel.run::<scalar::Plain>(),
        #[cfg(target_arch = "x86_64")]
        Form::Mulx => kernel.run::<mulx::Mulx>(),
        #[cfg(target_arch = "x86_64")]
        Form::Ifma => ifma::run(cpu, kernel),
        #[cfg(not(target_arch = "x86_64"))]
        Form::Mulx | Form::Ifma => unreachable!("these forms exist on x86-64 only"),
    }
}

/// Asks for a cache line ahead of its use.
#[inline(always)]
pub fn prefetch(row: &Row) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing, and SSE is part of x86-64.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(row).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = row;
}
