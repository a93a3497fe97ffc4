//! Inversion by the binary GCD of Pornin 2020 ("Optimized Binary GCD for Modular Inversion", eprint 2020/972,
//! algorithm 2): 31 steps at a time on approximations of one word, then one update of the full numbers. In variable
//! time: what is inverted here is either public or masked by a random factor.

use super::modulus::{add, reduce_once};

/// Steps on the approximations before the full numbers follow: as many as leave the factors within 32 bits.
const STEPS: u32 = 31;
const LOW_BITS: u64 = (1 << STEPS) - 1;
/// Each step shortens a or b by a bit, and both have at most 254: 2·254 − 1 steps, in rounds of 31.
const ROUNDS: u32 = 17;

/// y⁻¹ mod p as plain integers, for odd p < 2^254 and y < p; None for zero.
pub fn inverse_mod(y: &[u64; 4], p: &[u64; 4]) -> Option<[u64; 4]> {
    if *y == [0; 4] {
        return None;
    }
    let minus_p_inverse = negative_inverse_31(p[0]);
    // a ≡ u·y and b ≡ v·y mod p, throughout; b ends as 1.
    let (mut a, mut b) = (*y, *p);
    let (mut u, mut v) = ([1, 0, 0, 0], [0; 4]);
    for _ in 0..ROUNDS {
        let mut factors = steps(&a, &b);
        let (next_a, a_is_negative) = combine(&a, &b, factors.f0, factors.g0);
        let (next_b, b_is_negative) = combine(&a, &b, factors.f1, factors.g1);
        if a_is_negative {
            (factors.f0, factors.g0) = (-factors.f0, -factors.g0);
        }
        if b_is_negative {
            (factors.f1, factors.g1) = (-factors.f1, -factors.g1);
        }
        (a, b) = (next_a, next_b);
        let next_u = combine_mod(&u, &v, factors.f0, factors.g0, p, minus_p_inverse);
        v = combine_mod(&u, &v, factors.f1, factors.g1, p, minus_p_inverse);
        u = next_u;
    }
    debug_assert_eq!(b, [1, 0, 0, 0], "p is prime");
    Some(v)
}

/// What 31 steps did: a becomes (f0·a + g0·b)/2^31 and b becomes (f1·a + g1·b)/2^31.
struct Factors {
    f0: i64,
    g0: i64,
    f1: i64,
    g1: i64,
}

fn steps(a: &[u64; 4], b: &[u64; 4]) -> Factors {
    let length = (0..4)
        .rev()
        .find(|&i| a[i] | b[i] != 0)
        .map_or(0, |i| 64 * i as u32 + 64 - (a[i] | b[i]).leading_zeros());
    let (mut x, mut y) = if length <= 64 {
        (a[0], b[0])
    } else {
        (approximation(a, length), approximation(b, length))
    };
    let mut factors = Factors { f0: 1, g0: 0, f1: 0, g1: 1 };
    for _ in 0..STEPS {
        if x & 1 == 1 {
            if x < y {
                (x, y) = (y, x);
                factors =
                    Factors { f0: factors.f1, g0: factors.g1, f1: factors.f0, g1: factors.g0 };
            }
            x -= y;
            factors.f0 -= factors.f1;
            factors.g0 -= factors.g1;
        }
        x >>= 1;
        factors.f1 <<= 1;
        factors.g1 <<= 1;
    }
    factors
}

/// The 33 highest of `length` bits above the 31 lowest.
fn approximation(a: &[u64; 4], length: u32) -> u64 {
    let shift = length - 33;
    let (word, bit) = ((shift / 64) as usize, shift % 64);
    let mut high = a[word] >> bit;
    if bit > 0 && word < 3 {
        high |= a[word + 1] << (64 - bit);
    }
    a[0] & LOW_BITS | high << STEPS
}

/// |x·f + y·g| / 2^31, which is exact and below 2^256, and whether the sum was negative.
fn combine(x: &[u64; 4], y: &[u64; 4], f: i64, g: i64) -> ([u64; 4], bool) {
    let mut sum = linear(x, y, f, g);
    let is_negative = (sum[4] as i64) < 0;
    if is_negative {
        let mut carry = true;
        for limb in &mut sum {
            (*limb, carry) = (!*limb).carrying_add(0, carry);
        }
    }
    (shift_down(&sum), is_negative)
}

/// (x·f + y·g) / 2^31 mod p, below p, for x, y below p.
fn combine_mod(
    x: &[u64; 4],
    y: &[u64; 4],
    f: i64,
    g: i64,
    p: &[u64; 4],
    minus_p_inverse: u64,
) -> [u64; 4] {
    let mut sum = linear(x, y, f, g);
    // The multiple of p that makes the lowest 31 bits zero.
    let k = sum[0].wrapping_mul(minus_p_inverse) & LOW_BITS;
    let mut carry = 0;
    for i in 0..4 {
        (sum[i], carry) = k.carrying_mul_add(p[i], sum[i], carry);
    }
    sum[4] = sum[4].wrapping_add(carry);
    let top = (sum[4] as i64) >> STEPS;
    let quotient = shift_down(&sum);
    // Now between −p and 2p.
    let positive = if top < 0 { add(&quotient, p).0 } else { quotient };
    reduce_once(&positive, p)
}

/// x·f + y·g in two's complement; |f| + |g| ≤ 2^31.
fn linear(x: &[u64; 4], y: &[u64; 4], f: i64, g: i64) -> [u64; 5] {
    let mut sum = [0u64; 5];
    let mut carry = 0i128;
    for i in 0..4 {
        carry += i128::from(x[i]) * i128::from(f) + i128::from(y[i]) * i128::from(g);
        sum[i] = carry as u64;
        carry >>= 64;
    }
    sum[4] = carry as u64;
    sum
}

fn shift_down(sum: &[u64; 5]) -> [u64; 4] {
    let mut shifted = [0; 4];
    for i in 0..4 {
        shifted[i] = sum[i] >> STEPS | sum[i + 1] << (64 - STEPS);
    }
    shifted
}

fn negative_inverse_31(p: u64) -> u64 {
    let mut inverse = p;
    for _ in 0..5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(p.wrapping_mul(inverse)));
    }
    inverse.wrapping_neg() & LOW_BITS
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Fq, Fr, Modulus};
    use super::*;
    use crate::field::FqModulus;
    use crate::field::modulus::subtract;
    use proptest::prelude::*;

    #[test]
    fn refuses_zero() {
        assert_eq!(inverse_mod(&[0; 4], &FqModulus::P), None);
        assert_eq!(Fq::ZERO.inverse(), None);
    }

    #[test]
    fn inverts_the_edges() {
        let p = FqModulus::P;
        let mut edges: Vec<[u64; 4]> = (0..253)
            .map(|bit| {
                let mut power = [0; 4];
                power[bit / 64] = 1 << (bit % 64);
                power
            })
            .collect();
        edges.extend((1..40).map(|k| subtract(&p, &[k, 0, 0, 0]).0));
        for edge in edges {
            let element = Fq::from_plain(edge).expect("below p");
            let inverse = Fq::from_plain(inverse_mod(&edge, &p).expect("not zero"));
            assert_eq!(element * inverse.expect("below p"), Fq::ONE, "{element:?}");
        }
    }

    proptest! {
        #[test]
        fn inverts_whatever_is_not_zero(limbs: [u64; 4]) {
            let (q, r) = (Fq::from_plain_unchecked(limbs), Fr::from_plain_unchecked(limbs));
            prop_assert_eq!(q * q.inverse().unwrap_or(Fq::ZERO), if q.is_zero() { Fq::ZERO } else { Fq::ONE });
            prop_assert_eq!(r * r.inverse().unwrap_or(Fr::ZERO), if r.is_zero() { Fr::ZERO } else { Fr::ONE });
        }
    }
}
