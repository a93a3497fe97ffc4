//! Arithmetic of five limbs: sums, differences, and the Montgomery product with R = 2^260.
//!
//! The product forms all ten limbs t, then takes the lowest four away at once: t_i·2^52i is replaced by
//! t_i·(2^(52i−208) mod p)·2^208, four products that do not wait for each other, where Montgomery's four steps would; one
//! such step removes the fifth limb. 101 multiply-adds, 1.7 ns an element.
//!
//! Bounds. The result is below T/2^260 + (Σ q_k + 1)·p with T the product and q_k = 2^(−52k) mod p for k = 1..4, whose sum
//! is below 1.6·p for both fields; 2^260 is 84·p. So T < 80·p² gives a result below 4·p. Limbs are below 2^52 between
//! operations (the highest may hold what is left: 64·p < 2^260).

use super::instructions::*;
use super::{LIMB, LIMB_MASK};
use crate::field::modulus::{halve, power_of_two};
use crate::field::{Modulus, Prime};
use std::marker::PhantomData;

/// A bound on the coordinates' product T/p² that `multiply_quadratic` adds before it subtracts.
const QUADRATIC_BIAS: u64 = 40;

/// Limbs of 52 bits and their multiples, by the compiler.
pub struct Constants<M>(PhantomData<M>);

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
    pub const PACK: Prime<M> = Prime::from_montgomery(power_of_two(260, &M::P));
    pub const UNPACK: Prime<M> = Prime::from_montgomery(power_of_two(252, &M::P));

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
pub struct Multiple<M, const K: u64>(PhantomData<M>);

impl<M: Modulus, const K: u64> Multiple<M, K> {
    pub const LIMBS: [u64; 5] = Constants::<M>::multiple(K);
}

pub const fn limbs_of(words: &[u64; 4]) -> [u64; 5] {
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
        pub fn $name<$modulus: Modulus $(, const $k: u64)?>($($argument: $type),*) -> $result {
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
        pub fn $name<$modulus: Modulus $(, const $k: u64)?>($($argument: $type),*) -> $result $body
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
pub fn sum(a: &[V; 5], b: &[V; 5]) -> [V; 5] {
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
pub fn carried(t: [V; 5]) -> [V; 5] {
    let mask = splat(LIMB_MASK);
    let [t0, t1, t2, t3, t4] = t;
    let t1 = plus(t1, carry_of(t0));
    let t2 = plus(t2, carry_of(t1));
    let t3 = plus(t3, carry_of(t2));
    let t4 = plus(t4, carry_of(t3));
    [and(t0, mask), and(t1, mask), and(t2, mask), and(t3, mask), t4]
}
