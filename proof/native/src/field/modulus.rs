//! The two primes, and every constant that follows from them, computed by the compiler.

use std::fmt::Debug;
use std::hash::Hash;

/// A prime p with 2^253 < p < 2^254, as four little-endian limbs.
pub trait Modulus: Copy + Debug + Eq + Hash + Send + Sync + 'static {
    const P: [u64; 4];

    /// −p⁻¹ mod 2^64.
    const NEGATIVE_INVERSE: u64 = negative_inverse(Self::P[0]);
    /// 2^256 mod p: one, in Montgomery form.
    const R: [u64; 4] = power_of_two(256, &Self::P);
    /// 2^512 mod p: turns plain into Montgomery form.
    const R2: [u64; 4] = power_of_two(512, &Self::P);
}

/// 21888242871839275222246405745257275088696311157297823662689037894645226208583
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FqModulus;

impl Modulus for FqModulus {
    const P: [u64; 4] =
        [0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029];
}

/// 21888242871839275222246405745257275088548364400416034343698204186575808495617
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrModulus;

impl Modulus for FrModulus {
    const P: [u64; 4] =
        [0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029];
}

const fn negative_inverse(p: u64) -> u64 {
    // Newton: each step doubles the number of right bits, and p·p ≡ 1 mod 8 gives the first three.
    let mut inverse = p;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg()
}

/// 2^exponent mod p.
pub const fn power_of_two(exponent: u32, p: &[u64; 4]) -> [u64; 4] {
    let mut power = [1, 0, 0, 0];
    let mut step = 0;
    while step < exponent {
        power = double(&power, p);
        step += 1;
    }
    power
}

/// 2a mod p, for a < p.
const fn double(a: &[u64; 4], p: &[u64; 4]) -> [u64; 4] {
    let doubled =
        [a[0] << 1, a[1] << 1 | a[0] >> 63, a[2] << 1 | a[1] >> 63, a[3] << 1 | a[2] >> 63];
    reduce_once(&doubled, p)
}

/// a/2 mod p, for a < p.
pub const fn halve(a: &[u64; 4], p: &[u64; 4]) -> [u64; 4] {
    // An odd a becomes even with p added: below 2^255, so that nothing carries out.
    let even = if a[0] & 1 == 1 { add(a, p).0 } else { *a };
    [
        even[0] >> 1 | even[1] << 63,
        even[1] >> 1 | even[2] << 63,
        even[2] >> 1 | even[3] << 63,
        even[3] >> 1,
    ]
}

/// a mod p, for a < 2p.
#[inline(always)]
pub const fn reduce_once(a: &[u64; 4], p: &[u64; 4]) -> [u64; 4] {
    let (difference, borrow) = subtract(a, p);
    let mut reduced = [0; 4];
    let mut i = 0;
    while i < 4 {
        // Selected without a branch: the outcome is a coin toss that no processor predicts.
        reduced[i] = difference[i] ^ ((difference[i] ^ a[i]) & (borrow as u64).wrapping_neg());
        i += 1;
    }
    reduced
}

/// a − b mod 2^256, and whether it borrowed.
#[inline(always)]
pub const fn subtract(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], bool) {
    let mut difference = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        // This shape, not 128-bit arithmetic, becomes one sbb.
        let (limb, below) = a[i].overflowing_sub(b[i]);
        let (limb, further) = limb.overflowing_sub(borrow as u64);
        difference[i] = limb;
        borrow = below | further;
        i += 1;
    }
    (difference, borrow)
}

/// a + b mod 2^256, and whether it carried.
#[inline(always)]
pub const fn add(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], bool) {
    let mut sum = [0; 4];
    let mut carry = false;
    let mut i = 0;
    while i < 4 {
        let (limb, above) = a[i].overflowing_add(b[i]);
        let (limb, further) = limb.overflowing_add(carry as u64);
        sum[i] = limb;
        carry = above | further;
        i += 1;
    }
    (sum, carry)
}
