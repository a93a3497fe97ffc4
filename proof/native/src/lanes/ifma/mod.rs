//! Eight elements in AVX-512 IFMA: 5 × 52-bit limbs, each limb a register of eight lanes, R = 2^260.
//!
//! `instructions` names what the processor does, `limbs` computes with it, and this file makes lanes of it.

mod instructions;
mod limbs;

use super::{FieldLanes, Forms, Kernel, Mask, PrimeLanes, QuadraticLanes, Row, WIDTH, Work};
use crate::cpu::{Cpu, Form};
use crate::field::{Fq, FqModulus, FrModulus, Modulus, Prime};
use instructions::*;
use limbs::*;
use std::marker::PhantomData;

const LIMB: u32 = 52;
const LIMB_MASK: u64 = (1 << LIMB) - 1;

pub struct Ifma;

impl Forms for Ifma {
    type Fq = IfmaLanes<FqModulus>;
    type Fr = IfmaLanes<FrModulus>;
    type Fq2 = QuadraticLanes<Self::Fq>;

    fn enter<W: Work<Self>>(cpu: Cpu, work: W) -> W::Output {
        #[target_feature(
            enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw,avx512vbmi2,bmi2,adx"
        )]
        fn run_with_features<W: Work<Ifma>>(work: W) -> W::Output {
            work.run()
        }
        assert_eq!(cpu.form(), Form::Ifma);
        // SAFETY: as in `run`.
        unsafe { run_with_features(work) }
    }
}

/// @param cpu proof that the processor can: only `Cpu::ifma` makes one of this form
pub fn run<K: Kernel>(cpu: Cpu, kernel: K) -> K::Output {
    #[target_feature(enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw,avx512vbmi2,bmi2,adx")]
    fn run_with_features<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Ifma>()
    }
    assert_eq!(cpu.form(), Form::Ifma);
    // SAFETY: a `Cpu` of this form exists only where every one of these features was detected.
    unsafe { run_with_features(kernel) }
}

#[derive(Clone, Copy)]
pub struct IfmaLanes<M: Modulus>([V; 5], PhantomData<M>);

impl<M: Modulus> IfmaLanes<M> {
    #[inline(always)]
    fn from_limbs(limbs: [V; 5]) -> Self {
        Self(limbs, PhantomData)
    }

    /// From 4 × 64 to 5 × 52 bits.
    #[inline(always)]
    fn from_words([a, b, c, d]: [V; 4]) -> Self {
        let mask = splat(LIMB_MASK);
        Self::from_limbs([
            and(a, mask),
            and(split_52(a, b), mask),
            and(split_40(b, c), mask),
            and(split_28(c, d), mask),
            right_16(d),
        ])
    }

    /// From bound 16 to below p, in 4 × 64 bits.
    #[inline(always)]
    fn canonical_words(self) -> [V; 4] {
        let [a, b, c, d, e] = self.canonical().0;
        [
            or(a, left_52(b)),
            or(right_12(b), left_40(c)),
            or(right_24(c), left_28(d)),
            or(right_36(d), left_16(e)),
        ]
    }

    #[inline(always)]
    fn canonical(self) -> Self {
        self.reduce::<8>().reduce::<4>().reduce::<2>().reduce::<1>()
    }
}

impl<M: Modulus> PrimeLanes<M> for IfmaLanes<M> {
    type Scalar = [u64; 5];

    #[inline(always)]
    fn scalar(element: Prime<M>) -> [u64; 5] {
        limbs_of(&Self::pack(element))
    }
    #[inline(always)]
    fn broadcast(scalar: &[u64; 5]) -> Self {
        Self::from_limbs(each!(i, splat(scalar[i])))
    }
    #[inline(always)]
    fn transpose(rows: &mut [Self; WIDTH]) {
        for k in 0..5 {
            let mut limbs = [rows[0].0[k]; WIDTH];
            for i in 1..WIDTH {
                limbs[i] = rows[i].0[k];
            }
            let limbs = transpose(limbs);
            for j in 0..WIDTH {
                rows[j].0[k] = limbs[j];
            }
        }
    }
    #[inline(always)]
    fn splat(element: Prime<M>) -> Self {
        let limbs = limbs_of(&Self::pack(element));
        Self::from_limbs(each!(i, splat(limbs[i])))
    }
    #[inline(always)]
    fn load_packed(elements: &[[u64; 4]; WIDTH]) -> Self {
        Self::from_words(std::array::from_fn(|k| load_words(&elements.map(|element| element[k]))))
    }
    #[inline(always)]
    fn store_packed(self) -> [[u64; 4]; WIDTH] {
        let words = self.canonical_words();
        let mut columns = [[0; WIDTH]; 4];
        for (column, word) in columns.iter_mut().zip(words) {
            store_words(column, word);
        }
        std::array::from_fn(|i| columns.map(|column| column[i]))
    }
    #[inline(always)]
    fn load_rows(rows: [&Row; WIDTH]) -> (Self, Self) {
        let mut words = [load_words(words_of(rows[0])); WIDTH];
        for i in 1..WIDTH {
            words[i] = load_words(words_of(rows[i]));
        }
        let [a, b, c, d, e, f, g, h] = transpose(words);
        (Self::from_words([a, b, c, d]), Self::from_words([e, f, g, h]))
    }
    #[inline(always)]
    fn store_rows(first: Self, second: Self) -> [Row; WIDTH] {
        let [a, b, c, d] = first.canonical_words();
        let [e, f, g, h] = second.canonical_words();
        let mut rows = [Row::ZERO; WIDTH];
        for (row, v) in rows.iter_mut().zip(transpose([a, b, c, d, e, f, g, h])) {
            let mut words = [0; WIDTH];
            store_words(&mut words, v);
            let [a, b, c, d, e, f, g, h] = words;
            *row = Row([[a, b, c, d], [e, f, g, h]]);
        }
        rows
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self::from_limbs(sum(&self.0, &other.0))
    }
    #[inline(always)]
    fn sub<const K: u64>(self, other: Self) -> Self {
        Self::from_limbs(difference::<M, K>(&self.0, &other.0))
    }
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::from_limbs(multiply::<M>(&self.0, &other.0))
    }
    #[inline(always)]
    fn square(self) -> Self {
        Self::from_limbs(multiply_by_itself::<M>(&self.0))
    }
    #[inline(always)]
    fn reduce<const K: u64>(self) -> Self {
        Self::from_limbs(less_where_not_below::<M, K>(&self.0))
    }
    #[inline(always)]
    fn signed_sub<const K: u64>(self, mask: Mask, other: Self) -> Self {
        Self::from_limbs(carried(each!(i, {
            let signed = negate_where(mask, self.0[i]);
            plus(minus(signed, other.0[i]), splat(Multiple::<M, K>::LIMBS[i]))
        })))
    }
    #[inline(always)]
    fn replace_where(self, mask: Mask, other: Self) -> Self {
        Self::from_limbs(each!(i, blend(mask, self.0[i], other.0[i])))
    }
    #[inline(always)]
    fn zeros(self) -> Mask {
        let [a, b, c, d, e] = self.canonical().0;
        equal(or(or(or(a, b), or(c, d)), e), splat(0))
    }
    #[inline(always)]
    fn mul_quadratic(a: [Self; 2], b: [Self; 2]) -> [Self; 2] {
        let [c0, c1] = multiply_quadratic::<M>([&a[0].0, &a[1].0], [&b[0].0, &b[1].0]);
        [Self::from_limbs(c0), Self::from_limbs(c1)]
    }
    #[inline(always)]
    fn pack(element: Prime<M>) -> [u64; 4] {
        (element * Constants::<M>::PACK).to_montgomery()
    }
    #[inline(always)]
    fn unpack(packed: [u64; 4]) -> Prime<M> {
        Prime::from_montgomery(packed) * Constants::<M>::UNPACK
    }
}
super::quadratic::field_lanes_of_fq!([] IfmaLanes<FqModulus>);
