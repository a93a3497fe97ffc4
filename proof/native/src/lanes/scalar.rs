//! Eight elements one after the other, in 4 × 64-bit limbs with R = 2^256; every value below p. Arithmetic is a
//! parameter: `Plain` in Rust, `Mulx` in assembly.
//!
//! Operations are calls, not inlined: eight products take a hundred nanoseconds, a call two, and code eight times as long
//! in every kernel took the compiler minutes.

use super::{FieldLanes, Forms, Mask, PrimeLanes, QuadraticLanes, Row, WIDTH, Work};
use crate::cpu::Cpu;
use crate::field::{Field, Fq, FqModulus, FrModulus, Modulus, Prime};
use std::marker::PhantomData;

/// How two elements are put together.
pub trait Arithmetic: Copy + Send + Sync + 'static {
    fn product<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M>;
    fn sum<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M>;
    fn difference<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M>;
}

#[derive(Clone, Copy)]
pub struct Plain;

impl Arithmetic for Plain {
    #[inline(always)]
    fn product<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M> {
        *a * *b
    }
    #[inline(always)]
    fn sum<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M> {
        *a + *b
    }
    #[inline(always)]
    fn difference<M: Modulus>(a: &Prime<M>, b: &Prime<M>) -> Prime<M> {
        *a - *b
    }
}

impl Forms for Plain {
    type Fq = ScalarLanes<FqModulus, Plain>;
    type Fr = ScalarLanes<FrModulus, Plain>;
    type Fq2 = QuadraticLanes<Self::Fq>;

    fn enter<W: Work<Self>>(_cpu: Cpu, work: W) -> W::Output {
        work.run()
    }
}

#[derive(Clone, Copy)]
pub struct ScalarLanes<M: Modulus, A: Arithmetic>([Prime<M>; WIDTH], PhantomData<A>);

/// Lanes from the element for each index. A macro and not a function of a closure, which the compiler may decide to call.
macro_rules! each {
    ($i:ident => $element:expr) => {{
        let mut elements = [Prime::from_montgomery([0; 4]); WIDTH];
        for $i in 0..WIDTH {
            elements[$i] = $element;
        }
        Self(elements, PhantomData)
    }};
}

impl<M: Modulus, A: Arithmetic> PrimeLanes<M> for ScalarLanes<M, A> {
    type Scalar = Prime<M>;

    #[inline(always)]
    fn scalar(element: Prime<M>) -> Prime<M> {
        element
    }
    #[inline(always)]
    fn broadcast(scalar: &Prime<M>) -> Self {
        Self([*scalar; WIDTH], PhantomData)
    }
    #[inline(always)]
    fn transpose(rows: &mut [Self; WIDTH]) {
        for i in 0..WIDTH {
            for j in 0..i {
                (rows[i].0[j], rows[j].0[i]) = (rows[j].0[i], rows[i].0[j]);
            }
        }
    }
    #[inline(always)]
    fn splat(element: Prime<M>) -> Self {
        Self([element; WIDTH], PhantomData)
    }
    #[inline(always)]
    fn load_packed(elements: &[[u64; 4]; WIDTH]) -> Self {
        each!(i => Prime::from_montgomery(elements[i]))
    }
    #[inline(always)]
    fn store_packed(self) -> [[u64; 4]; WIDTH] {
        self.0.map(Prime::to_montgomery)
    }
    #[inline(never)]
    fn load_rows(rows: [&Row; WIDTH]) -> (Self, Self) {
        (
            each!(i => Prime::from_montgomery(rows[i].0[0])),
            each!(i => Prime::from_montgomery(rows[i].0[1])),
        )
    }
    #[inline(never)]
    fn store_rows(first: Self, second: Self) -> [Row; WIDTH] {
        let mut rows = [Row::ZERO; WIDTH];
        for i in 0..WIDTH {
            rows[i] = Row([first.0[i].to_montgomery(), second.0[i].to_montgomery()]);
        }
        rows
    }
    #[inline(never)]
    fn add(self, other: Self) -> Self {
        each!(i => A::sum(&self.0[i], &other.0[i]))
    }
    #[inline(never)]
    fn sub<const K: u64>(self, other: Self) -> Self {
        each!(i => A::difference(&self.0[i], &other.0[i]))
    }
    #[inline(never)]
    fn mul(self, other: Self) -> Self {
        each!(i => A::product(&self.0[i], &other.0[i]))
    }
    #[inline(never)]
    fn square(self) -> Self {
        each!(i => A::product(&self.0[i], &self.0[i]))
    }
    #[inline(always)]
    fn reduce<const K: u64>(self) -> Self {
        self
    }
    #[inline(never)]
    fn signed_sub<const K: u64>(self, mask: Mask, other: Self) -> Self {
        each!(i => if mask >> i & 1 == 1 { -self.0[i] } else { self.0[i] } - other.0[i])
    }
    #[inline(never)]
    fn replace_where(self, mask: Mask, other: Self) -> Self {
        each!(i => if mask >> i & 1 == 1 { other.0[i] } else { self.0[i] })
    }
    #[inline(never)]
    fn zeros(self) -> Mask {
        (0..WIDTH).fold(0, |mask, i| mask | Mask::from(self.0[i].is_zero()) << i)
    }
    #[inline(always)]
    fn pack(element: Prime<M>) -> [u64; 4] {
        element.to_montgomery()
    }
    #[inline(always)]
    fn unpack(packed: [u64; 4]) -> Prime<M> {
        Prime::from_montgomery(packed)
    }
}
super::quadratic::field_lanes_of_fq!([A: Arithmetic] ScalarLanes<FqModulus, A>);
