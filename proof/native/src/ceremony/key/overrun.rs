//! The hash of a circuit covers tau^(N+i) − tau^i for i < N, in batches of 2^14: so snarkjs 0.7.6 does it, and for a
//! circuit of N ≥ 2^15 rows that fills its powers of tau it reads one point too many, from behind the section of the
//! file: the head of the next section and the beginning of its points. Those 64 bytes are no point and no numbers below
//! q, so that the hash depends on how snarkjs's arithmetic (wasmcurves, Jacobian addition) overflows. It is repeated
//! here step by step, because every participant's transcript begins with that hash.

use crate::curve::{Affine, G1Affine};
use crate::field::modulus::{add as add_limbs, reduce_once, subtract};
use crate::field::{Field, Fq, FqModulus, Modulus};

type Limbs = [u64; 4];
const Q: Limbs = FqModulus::P;

/// The 64 bytes that follow a section, across the heads of those behind it. None where the file ends before.
///
/// @param sections ids and payloads, as they stand in the file
pub fn bytes_behind(sections: &[(u32, &[u8])], id: u32) -> Option<[u8; 64]> {
    let mut behind = Vec::new();
    for (id, payload) in sections.iter().skip_while(|(other, _)| *other != id).skip(1) {
        behind.extend(id.to_le_bytes());
        behind.extend((payload.len() as u64).to_le_bytes());
        behind.extend(&payload[..payload.len().min(64)]);
        if let Some(bytes) = behind.first_chunk() {
            return Some(*bytes);
        }
    }
    None
}

/// What snarkjs finds for (the 64 bytes) − (the point).
pub fn difference(bytes: &[u8; 64], point: &G1Affine) -> G1Affine {
    let limbs = |at: usize| {
        std::array::from_fn(|i| {
            let word = bytes[at + 8 * i..].first_chunk().expect("64 bytes in all");
            u64::from_le_bytes(*word)
        })
    };
    let (x1, y1): (Limbs, Limbs) = (limbs(0), limbs(32));
    let (x2, y2) = (point.x.to_montgomery(), sub(&[0; 4], &point.y.to_montgomery()));
    // madd-2007-bl with Z1 = 1, of the Explicit-Formulas Database.
    let h = sub(&x2, &x1);
    let hh = mul(&h, &h);
    let i = add(&hh, &hh);
    let i = add(&i, &i);
    let j = mul(&h, &i);
    let dy = sub(&y2, &y1);
    let r = add(&dy, &dy);
    let v = mul(&x1, &i);
    let x3 = sub(&sub(&mul(&r, &r), &j), &add(&v, &v));
    let y1_j = mul(&y1, &j);
    let y3 = sub(&mul(&sub(&v, &x3), &r), &add(&y1_j, &y1_j));
    let z3 = add(&h, &h);

    let Some(inverse) = element(z3).inverse() else { return Affine::INFINITY };
    let square = inverse.square();
    Affine::new(element(x3) * square, element(y3) * square * inverse)
}

/// The element that the limbs stand for, when they are not below q.
fn element(mut limbs: Limbs) -> Fq {
    // 2^256 < 6q.
    for _ in 0..5 {
        limbs = reduce_once(&limbs, &Q);
    }
    Fq::from_montgomery(limbs)
}

/// a + b mod 2^256, less q once if it carried or is not below q.
fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let (sum, carried) = add_limbs(a, b);
    less_q_once(&sum, carried)
}

/// a − b mod 2^256, and q more if it borrowed.
fn sub(a: &Limbs, b: &Limbs) -> Limbs {
    let (difference, borrowed) = subtract(a, b);
    if borrowed { add_limbs(&difference, &Q).0 } else { difference }
}

/// (a·b + m·q)/2^256 with m < 2^256, less q once if it carried or is not below q.
fn mul(a: &Limbs, b: &Limbs) -> Limbs {
    let mut t = [0u64; 9];
    for i in 0..4 {
        add_product(&mut t[i..], a, b[i]);
    }
    for i in 0..4 {
        let m = t[i].wrapping_mul(FqModulus::NEGATIVE_INVERSE);
        add_product(&mut t[i..], &Q, m);
    }
    less_q_once(&[t[4], t[5], t[6], t[7]], t[8] > 0)
}

/// t += a·factor.
fn add_product(t: &mut [u64], a: &Limbs, factor: u64) {
    let mut carry = 0;
    for (limb, a) in t.iter_mut().zip(a.iter().copied().chain(std::iter::repeat(0))) {
        (*limb, carry) = a.carrying_mul_add(factor, *limb, carry);
    }
}

fn less_q_once(a: &Limbs, carried: bool) -> Limbs {
    if carried { subtract(a, &Q).0 } else { reduce_once(a, &Q) }
}
