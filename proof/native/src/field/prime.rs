//! A prime field of 254 bits in Montgomery form with R = 2^256: four limbs, always below p.
//! Multiplication: Koç, Acar, Kaliski 1996 (CIOS), without the extra carry word, which p < 2^254 does not need
//! (Botrel, El Housni 2022, "Faster Montgomery multiplication and Multi-Scalar-Multiplication for SNARKs", §2.3).

use super::modulus::{self, Modulus, reduce_once};
use super::{Field, inverse};
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};
use zeroize::Zeroize;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(transparent)]
pub struct Prime<M: Modulus>([u64; 4], PhantomData<M>);

impl<M: Modulus> Prime<M> {
    /// From limbs that are in Montgomery form already and below p.
    #[inline(always)]
    pub const fn from_montgomery(limbs: [u64; 4]) -> Self {
        Self(limbs, PhantomData)
    }

    #[inline(always)]
    pub const fn to_montgomery(self) -> [u64; 4] {
        self.0
    }

    /// None unless the limbs are below p.
    pub fn from_plain(limbs: [u64; 4]) -> Option<Self> {
        modulus::subtract(&limbs, &M::P).1.then(|| Self::from_plain_unchecked(limbs))
    }

    /// The limbs mod p, whatever they are.
    #[inline]
    pub fn from_plain_unchecked(limbs: [u64; 4]) -> Self {
        // Montgomery multiplication brings any 256-bit factor below p when the other is below p.
        Self::from_montgomery(montgomery_product::<M>(&M::R2, &limbs))
    }

    #[inline]
    pub fn to_plain(self) -> [u64; 4] {
        montgomery_product::<M>(&self.0, &[1, 0, 0, 0])
    }

    /// 32 little-endian bytes, plain. None unless the number is below p.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        Self::from_plain(limbs_of(bytes))
    }

    /// 32 little-endian bytes in Montgomery form, as `.zkey` and `.ptau` hold them. None unless below p.
    pub fn from_montgomery_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = limbs_of(bytes);
        modulus::subtract(&limbs, &M::P).1.then(|| Self::from_montgomery(limbs))
    }

    pub fn to_bytes(self) -> [u8; 32] {
        bytes_of(&self.to_plain())
    }

    pub fn to_montgomery_bytes(self) -> [u8; 32] {
        bytes_of(&self.0)
    }

    /// 64 little-endian bytes mod p: close to uniform for uniform bytes (bias below 2^−258).
    pub fn from_wide_bytes(bytes: &[u8; 64]) -> Self {
        let (low, high) = bytes.split_at(32);
        let limbs = |half: &[u8]| limbs_of(half.try_into().expect("32 bytes"));
        let shift = Self::from_montgomery(M::R2);
        Self::from_plain_unchecked(limbs(low)) + Self::from_plain_unchecked(limbs(high)) * shift
    }

    pub fn is_odd(self) -> bool {
        self.to_plain()[0] & 1 == 1
    }

    /// Of a and −a, is this the larger integer? False for zero.
    pub fn is_larger_root(self) -> bool {
        let plain = self.to_plain();
        plain != [0; 4] && modulus::subtract(&(-self).to_plain(), &plain).1
    }
}

impl<M: Modulus> From<u64> for Prime<M> {
    fn from(value: u64) -> Self {
        Self::from_plain_unchecked([value, 0, 0, 0])
    }
}

impl<M: Modulus> From<i64> for Prime<M> {
    fn from(value: i64) -> Self {
        let magnitude = Self::from(value.unsigned_abs());
        if value < 0 { -magnitude } else { magnitude }
    }
}

impl<M: Modulus> Field for Prime<M> {
    const ZERO: Self = Self::from_montgomery([0; 4]);
    const ONE: Self = Self::from_montgomery(M::R);

    #[inline(always)]
    fn square(self) -> Self {
        self * self
    }

    fn inverse(self) -> Option<Self> {
        // From a·R comes a⁻¹·R⁻¹, and two products with R² make it a⁻¹·R.
        let inverted = inverse::inverse_mod(&self.0, &M::P)?;
        let r2 = Self::from_montgomery(M::R2);
        Some(Self::from_montgomery(inverted) * r2 * r2)
    }

    fn sqrt(self) -> Option<Self> {
        sqrt_3_mod_4_or_tonelli(self)
    }
}

/// p ≡ 3 mod 4 (Fq): a^((p+1)/4). Otherwise (Fr, whose p − 1 is divisible by 2^28): Tonelli and Shanks.
fn sqrt_3_mod_4_or_tonelli<M: Modulus>(a: Prime<M>) -> Option<Prime<M>> {
    type Element<M> = Prime<M>;
    if a.is_zero() {
        return Some(a);
    }
    let twos = {
        let mut minus_one = M::P;
        minus_one[0] -= 1;
        minus_one[0].trailing_zeros()
    };
    // p − 1 = 2^twos · odd.
    let odd = shift_right(&M::P, twos);
    let half = shift_right(&odd, 1);
    let power = a.pow(&half);
    let mut root = a * power;
    let mut t = root * power;
    if twos == 1 {
        return (root.square() == a).then_some(root);
    }
    let mut non_residue = Element::<M>::from(2u64);
    let euler = shift_right(&M::P, 1);
    while non_residue.pow(&euler) == Element::<M>::ONE {
        non_residue += Element::<M>::ONE;
    }
    let mut c = non_residue.pow(&odd);
    let mut order = twos;
    while t != Element::<M>::ONE {
        let mut i = 0;
        let mut square = t;
        while square != Element::<M>::ONE {
            square = square.square();
            i += 1;
            if i == order {
                return None;
            }
        }
        for _ in 0..order - i - 1 {
            c = c.square();
        }
        root *= c;
        c = c.square();
        t *= c;
        order = i;
    }
    Some(root)
}

fn shift_right(a: &[u64; 4], bits: u32) -> [u64; 4] {
    let mut shifted = [0; 4];
    for i in 0..4 {
        let above = if i < 3 { a[i + 1] } else { 0 };
        shifted[i] = a[i] >> bits | above << (64 - bits);
    }
    shifted
}

impl<M: Modulus> Add for Prime<M> {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // Two numbers below 2^254: the sum does not carry.
        Self::from_montgomery(reduce_once(&modulus::add(&self.0, &other.0).0, &M::P))
    }
}

impl<M: Modulus> Sub for Prime<M> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = modulus::subtract(&self.0, &other.0);
        let mask = (borrow as u64).wrapping_neg();
        let p = M::P.map(|limb| limb & mask);
        Self::from_montgomery(modulus::add(&difference, &p).0)
    }
}

impl<M: Modulus> Mul for Prime<M> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::from_montgomery(montgomery_product::<M>(&self.0, &other.0))
    }
}

impl<M: Modulus> Neg for Prime<M> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl<M: Modulus> AddAssign for Prime<M> {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<M: Modulus> SubAssign for Prime<M> {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<M: Modulus> MulAssign for Prime<M> {
    #[inline(always)]
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl<M: Modulus> Zeroize for Prime<M> {
    fn zeroize(&mut self) {
        self.0.zeroize();
    }
}

impl<M: Modulus> fmt::Debug for Prime<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.to_plain();
        write!(f, "0x{d:016x}{c:016x}{b:016x}{a:016x}")
    }
}

/// a·b·2^−256 mod p, below p: for a < p and any b, or both below 2p.
#[inline(always)]
fn montgomery_product<M: Modulus>(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let mut t = [0u64; 4];
    for &factor in b {
        let (low, mut high) = a[0].carrying_mul(factor, t[0]);
        let m = low.wrapping_mul(M::NEGATIVE_INVERSE);
        let (_, mut carry) = m.carrying_mul(M::P[0], low);
        for i in 1..4 {
            let (sum, above) = a[i].carrying_mul_add(factor, t[i], high);
            high = above;
            (t[i - 1], carry) = m.carrying_mul_add(M::P[i], sum, carry);
        }
        t[3] = high + carry;
    }
    reduce_once(&t, &M::P)
}

fn limbs_of(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = u64::from_le_bytes(chunk.try_into().expect("8 bytes"));
    }
    limbs
}

fn bytes_of(limbs: &[u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}
