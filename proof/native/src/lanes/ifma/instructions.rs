//! The instructions that the lanes are made of, under short names: what touches registers only, and the few that load and
//! store whole rows.

use super::LIMB;
use crate::lanes::{Mask, Row, WIDTH};
use std::arch::x86_64::*;

/// A limb of eight elements.
pub type V = __m512i;

/// Thin names for intrinsics that work on registers only.
macro_rules! instructions {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) -> $result:ty = $call:expr;)*) => {$(
        $(#[$doc])*
        #[inline(always)]
        pub fn $name($($argument: $type),*) -> $result {
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
pub(super) use each;

#[inline(always)]
pub fn load_words(words: &[u64; WIDTH]) -> V {
    // SAFETY: reads exactly the 64 bytes of the array, at any alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline(always)]
pub fn store_words(words: &mut [u64; WIDTH], v: V) {
    // SAFETY: writes exactly the 64 bytes of the array, at any alignment.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), v) }
}

/// The words of a row, in the order of memory.
#[inline(always)]
pub fn words_of(row: &Row) -> &[u64; WIDTH] {
    row.0.as_flattened().try_into().expect("a row is eight words")
}

/// Rows to columns: of an 8 × 8 matrix of words.
#[inline(always)]
pub fn transpose(rows: [V; WIDTH]) -> [V; WIDTH] {
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
