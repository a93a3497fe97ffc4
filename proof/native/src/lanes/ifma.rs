//! Eight elements in AVX-512 IFMA: 5 × 52-bit limbs, each limb a register of eight lanes, R = 2^260.
//!
//! The product forms all ten limbs t, then takes the lowest four away at once: t_i·2^52i is replaced by
//! t_i·(2^(52i−208) mod p)·2^208, four products that do not wait for each other, where Montgomery's four steps would; one
//! such step removes the fifth limb. 101 multiply-adds, 1.7 ns an element.
//!
//! Bounds. The result is below T/2^260 + (Σ q_k + 1)·p with T the product and q_k = 2^(−52k) mod p for k = 1..4, whose sum
//! is below 1.6·p for both fields; 2^260 is 84·p. So T < 80·p² gives a result below 4·p. Limbs are below 2^52 between
//! operations (the highest may hold what is left: 64·p < 2^260).

use super::{FieldLanes, Forms, Kernel, Mask, PrimeLanes, QuadraticLanes, Row, WIDTH, Work};
use crate::cpu::{Cpu, Form};
use crate::field::modulus::{halve, power_of_two};
use crate::field::{Fq, FqModulus, FrModulus, Modulus, Prime};
use std::arch::x86_64::*;
use std::marker::PhantomData;

const LIMB: u32 = 52;
const LIMB_MASK: u64 = (1 << LIMB) - 1;
/// A bound on the coordinates' product T/p² that `mul_quadratic` adds before it subtracts.
const QUADRATIC_BIAS: u64 = 40;

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
pub struct IfmaLanes<M: Modulus>([__m512i; 5], PhantomData<M>);

type V = __m512i;

/// Thin names for intrinsics that work on registers only.
macro_rules! instructions {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $result:ty = $call:expr;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        fn $name($($argument: $type),*) -> $result {
            // SAFETY: touches no memory, and is reached only below `run`, where the features exist.
            unsafe { $call }
        }
    )*};
}

instructions! {
    /// acc + the low 52 bits of the product of x and y, each of which counts with its low 52 bits only.
    low(acc: V, x: V, y: V) -> V = _mm512_madd52lo_epu64(acc, x, y);
    /// acc + the product's bits from 52 on.
    high(acc: V, x: V, y: V) -> V = _mm512_madd52hi_epu64(acc, x, y);
    plus(x: V, y: V) -> V = _mm512_add_epi64(x, y);
    minus(x: V, y: V) -> V = _mm512_sub_epi64(x, y);
    and(x: V, y: V) -> V = _mm512_and_si512(x, y);
    or(x: V, y: V) -> V = _mm512_or_si512(x, y);
    splat(x: u64) -> V = _mm512_set1_epi64(x.cast_signed());
    /// b in the lanes of the mask, a in the others.
    blend(mask: Mask, a: V, b: V) -> V = _mm512_mask_blend_epi64(mask, a, b);
    /// −x in the lanes of the mask, x in the others.
    negate_where(mask: Mask, x: V) -> V = _mm512_mask_sub_epi64(x, mask, _mm512_setzero_si512(), x);
    negative(x: V) -> Mask = _mm512_movepi64_mask(x);
    equal(x: V, y: V) -> Mask = _mm512_cmpeq_epi64_mask(x, y);
    /// What lies above the limb, with its sign.
    carry_of(x: V) -> V = _mm512_srai_epi64::<LIMB>(x);
    /// a >> 52 | b << 12, and so on: the limbs of 52 bits from words of 64.
    split_52(a: V, b: V) -> V = _mm512_shrdi_epi64::<52>(a, b);
    split_40(a: V, b: V) -> V = _mm512_shrdi_epi64::<40>(a, b);
    split_28(a: V, b: V) -> V = _mm512_shrdi_epi64::<28>(a, b);
    right_16(a: V) -> V = _mm512_srli_epi64::<16>(a);
    right_12(a: V) -> V = _mm512_srli_epi64::<12>(a);
    right_24(a: V) -> V = _mm512_srli_epi64::<24>(a);
    right_36(a: V) -> V = _mm512_srli_epi64::<36>(a);
    left_52(a: V) -> V = _mm512_slli_epi64::<52>(a);
    left_40(a: V) -> V = _mm512_slli_epi64::<40>(a);
    left_28(a: V) -> V = _mm512_slli_epi64::<28>(a);
    left_16(a: V) -> V = _mm512_slli_epi64::<16>(a);
    unpack_low(a: V, b: V) -> V = _mm512_unpacklo_epi64(a, b);
    unpack_high(a: V, b: V) -> V = _mm512_unpackhi_epi64(a, b);
    even_quarters(a: V, b: V) -> V = _mm512_shuffle_i64x2::<0x88>(a, b);
    odd_quarters(a: V, b: V) -> V = _mm512_shuffle_i64x2::<0xdd>(a, b);
}

/// An expression for each of five limbs. No closure: the compiler may leave one as a function, which is then compiled
/// without AVX-512.
macro_rules! each {
    ($i:ident, $limb:expr) => {
        [
            {
                let $i = 0;
                $limb
            },
            {
                let $i = 1;
                $limb
            },
            {
                let $i = 2;
                $limb
            },
            {
                let $i = 3;
                $limb
            },
            {
                let $i = 4;
                $limb
            },
        ]
    };
}

#[inline(always)]
fn load_words(words: &[u64; WIDTH]) -> V {
    // SAFETY: reads exactly the 64 bytes of the array, at any alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline(always)]
fn store_words(words: &mut [u64; WIDTH], v: V) {
    // SAFETY: writes exactly the 64 bytes of the array, at any alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), v) }
}

/// The words of a row, in the order of memory.
#[inline(always)]
fn words_of(row: &Row) -> &[u64; WIDTH] {
    row.0.as_flattened().try_into().expect("a row is eight words")
}

/// Rows to columns: of an 8 × 8 matrix of words.
#[inline(always)]
fn transpose(rows: [V; WIDTH]) -> [V; WIDTH] {
    let [a, b, c, d, e, f, g, h] = rows;
    let t = [
        unpack_low(a, b),
        unpack_high(a, b),
        unpack_low(c, d),
        unpack_high(c, d),
        unpack_low(e, f),
        unpack_high(e, f),
        unpack_low(g, h),
        unpack_high(g, h),
    ];
    let u = [
        even_quarters(t[0], t[2]),
        even_quarters(t[1], t[3]),
        odd_quarters(t[0], t[2]),
        odd_quarters(t[1], t[3]),
        even_quarters(t[4], t[6]),
        even_quarters(t[5], t[7]),
        odd_quarters(t[4], t[6]),
        odd_quarters(t[5], t[7]),
    ];
    [
        even_quarters(u[0], u[4]),
        even_quarters(u[1], u[5]),
        even_quarters(u[2], u[6]),
        even_quarters(u[3], u[7]),
        odd_quarters(u[0], u[4]),
        odd_quarters(u[1], u[5]),
        odd_quarters(u[2], u[6]),
        odd_quarters(u[3], u[7]),
    ]
}

/// Limbs of 52 bits and their multiples, by the compiler.
struct Constants<M>(PhantomData<M>);

impl<M: Modulus> Constants<M> {
    const P: [u64; 5] = limbs_of(&M::P);
    /// −p⁻¹ mod 2^52.
    const NEGATIVE_INVERSE: u64 = M::NEGATIVE_INVERSE & LIMB_MASK;
    /// 2^(−52k) mod p for k = 4, 3, 2, 1: what t_0, t_1, t_2, t_3 are multiplied by.
    const FOLD: [[u64; 5]; 4] = [
        limbs_of(&inverse_power_of_two(4 * LIMB, &M::P)),
        limbs_of(&inverse_power_of_two(3 * LIMB, &M::P)),
        limbs_of(&inverse_power_of_two(2 * LIMB, &M::P)),
        limbs_of(&inverse_power_of_two(LIMB, &M::P)),
    ];
    /// p² times `QUADRATIC_BIAS`, in ten limbs.
    const BIASED_SQUARE: [u64; 10] = biased_square(&Self::P);
    /// From R = 2^256 to R = 2^260, and back.
    const PACK: Prime<M> = Prime::from_montgomery(power_of_two(260, &M::P));
    const UNPACK: Prime<M> = Prime::from_montgomery(power_of_two(252, &M::P));

    /// k·p: the highest limb takes what is left.
    const fn multiple(k: u64) -> [u64; 5] {
        let mut limbs = [0; 5];
        let mut carry = 0u128;
        let mut i = 0;
        while i < 5 {
            carry += Self::P[i] as u128 * k as u128;
            limbs[i] = if i < 4 { carry as u64 & LIMB_MASK } else { carry as u64 };
            carry >>= LIMB;
            i += 1;
        }
        limbs
    }
}

/// `Constants::multiple` where K is known to the compiler.
struct Multiple<M, const K: u64>(PhantomData<M>);

impl<M: Modulus, const K: u64> Multiple<M, K> {
    const LIMBS: [u64; 5] = Constants::<M>::multiple(K);
}

const fn limbs_of(words: &[u64; 4]) -> [u64; 5] {
    [
        words[0] & LIMB_MASK,
        (words[0] >> 52 | words[1] << 12) & LIMB_MASK,
        (words[1] >> 40 | words[2] << 24) & LIMB_MASK,
        (words[2] >> 28 | words[3] << 36) & LIMB_MASK,
        words[3] >> 16,
    ]
}

const fn inverse_power_of_two(exponent: u32, p: &[u64; 4]) -> [u64; 4] {
    let mut power = [1, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        power = halve(&power, p);
        step += 1;
    }
    power
}

const fn biased_square(p: &[u64; 5]) -> [u64; 10] {
    let mut limbs = [0u64; 10];
    let mut carry = 0u128;
    let mut k = 0;
    while k < 10 {
        let mut i = 0;
        while i < 5 {
            if i <= k && k - i < 5 {
                carry += p[i] as u128 * p[k - i] as u128 * QUADRATIC_BIAS as u128;
            }
            i += 1;
        }
        limbs[k] = carry as u64 & LIMB_MASK;
        carry >>= LIMB;
        k += 1;
    }
    limbs
}

/// Defines what an operation of the lanes does. Builds for people have it inlined into every kernel; in builds with debug
/// assertions it is a call, because the compiler would take minutes where the tests take seconds.
macro_rules! operations {
    ($($(#[$doc:meta])* fn $name:ident<$modulus:ident $(, const $k:ident)?>($($argument:ident: $type:ty),*) -> $result:ty $body:block)*) => {$(
        $(#[$doc])*
        #[cfg(debug_assertions)]
        #[inline(always)]
        fn $name<$modulus: Modulus $(, const $k: u64)?>($($argument: $type),*) -> $result {
            #[target_feature(
                enable = "avx512f,avx512ifma,avx512vl,avx512dq,avx512bw,avx512vbmi2,bmi2,adx"
            )]
            #[inline(never)]
            fn called<$modulus: Modulus $(, const $k: u64)?>($($argument: $type),*) -> $result $body
            // SAFETY: reached only below `run`, where the features exist.
            unsafe { called::<$modulus $(, $k)?>($($argument),*) }
        }

        $(#[$doc])*
        #[cfg(not(debug_assertions))]
        #[inline(always)]
        fn $name<$modulus: Modulus $(, const $k: u64)?>($($argument: $type),*) -> $result $body
    )*};
}

operations! {
    fn multiply<M>(a: &[V; 5], b: &[V; 5]) -> [V; 5] {
        montgomery_reduce::<M>(product(a, b))
    }

    fn multiply_by_itself<M>(a: &[V; 5]) -> [V; 5] {
        montgomery_reduce::<M>(squared(a))
    }

    fn multiply_quadratic<M>(a: [&[V; 5]; 2], b: [&[V; 5]; 2]) -> [[V; 5]; 2] {
        let [a0, a1] = a;
        let [b0, b1] = b;
        let p0 = product(a0, b0);
        let p1 = product(a1, b1);
        let cross = product(&sum(a0, a1), &sum(b0, b1));
        // Reduced after the subtractions: two reductions in place of three.
        let (mut real, mut imaginary) = (p0, cross);
        for i in 0..10 {
            let bias = splat(Constants::<M>::BIASED_SQUARE[i]);
            real[i] = plus(minus(p0[i], p1[i]), bias);
            imaginary[i] = minus(cross[i], plus(p0[i], p1[i]));
        }
        [montgomery_reduce::<M>(real), montgomery_reduce::<M>(imaginary)]
    }

    fn less_where_not_below<M, const K>(a: &[V; 5]) -> [V; 5] {
        let less = carried(each!(i, minus(a[i], splat(Multiple::<M, K>::LIMBS[i]))));
        let keep = negative(less[4]);
        each!(i, blend(keep, less[i], a[i]))
    }

    fn difference<M, const K>(a: &[V; 5], b: &[V; 5]) -> [V; 5] {
        carried(each!(i, plus(minus(a[i], b[i]), splat(Multiple::<M, K>::LIMBS[i]))))
    }
}

#[inline(always)]
fn sum(a: &[V; 5], b: &[V; 5]) -> [V; 5] {
    carried(each!(i, plus(a[i], b[i])))
}

/// The ten limbs of a product, not carried: each below 2^56.
#[inline(always)]
fn product(a: &[V; 5], b: &[V; 5]) -> [V; 10] {
    let mut t = [splat(0); 10];
    for i in 0..5 {
        for j in 0..5 {
            t[i + j] = low(t[i + j], a[i], b[j]);
            t[i + j + 1] = high(t[i + j + 1], a[i], b[j]);
        }
    }
    t
}

#[inline(always)]
fn squared(a: &[V; 5]) -> [V; 10] {
    let mut t = [splat(0); 10];
    for i in 0..5 {
        for j in i + 1..5 {
            t[i + j] = low(t[i + j], a[i], a[j]);
            t[i + j + 1] = high(t[i + j + 1], a[i], a[j]);
        }
    }
    // The sums are doubled, not the factors: a factor of 53 bits would lose its highest.
    for limb in &mut t[1..9] {
        *limb = plus(*limb, *limb);
    }
    for i in 0..5 {
        t[2 * i] = low(t[2 * i], a[i], a[i]);
        t[2 * i + 1] = high(t[2 * i + 1], a[i], a[i]);
    }
    t
}

/// t·2^−260 mod p; limbs may be negative as long as t is not.
#[inline(always)]
fn montgomery_reduce<M: Modulus>(mut t: [V; 10]) -> [V; 5] {
    for i in 0..4 {
        t[i + 1] = plus(t[i + 1], carry_of(t[i]));
    }
    let mut sum = [t[4], t[5], t[6], t[7], t[8], t[9]];
    // The high halves go to sums of their own, so that no chain is longer than five.
    let mut above = [splat(0); 5];
    for i in 0..4 {
        for j in 0..5 {
            let factor = splat(Constants::<M>::FOLD[i][j]);
            sum[j] = low(sum[j], t[i], factor);
            above[j] = high(above[j], t[i], factor);
        }
    }
    let p = |i: usize| splat(Constants::<M>::P[i]);
    let m = low(splat(0), sum[0], splat(Constants::<M>::NEGATIVE_INVERSE));
    sum[0] = low(sum[0], m, p(0));
    for j in 0..5 {
        sum[j + 1] = plus(sum[j + 1], above[j]);
    }
    for j in 1..5 {
        sum[j] = low(sum[j], m, p(j));
    }
    for j in 0..5 {
        sum[j + 1] = high(sum[j + 1], m, p(j));
    }
    carried([plus(sum[1], carry_of(sum[0])), sum[2], sum[3], sum[4], sum[5]])
}

/// Limbs below 2^52, but for the highest, which keeps the sign.
#[inline(always)]
fn carried(t: [V; 5]) -> [V; 5] {
    let mask = splat(LIMB_MASK);
    let [t0, t1, t2, t3, t4] = t;
    let t1 = plus(t1, carry_of(t0));
    let t2 = plus(t2, carry_of(t1));
    let t3 = plus(t3, carry_of(t2));
    let t4 = plus(t4, carry_of(t3));
    [and(t0, mask), and(t1, mask), and(t2, mask), and(t3, mask), t4]
}

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
