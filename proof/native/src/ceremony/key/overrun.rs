//! The hash of a circuit covers tau^(N+i) − tau^i for i < N, in batches of 2^14: so snarkjs 0.7.6 does it, and for a
//! circuit of N ≥ 2^15 rows that fills its powers of tau it reads one point too many, from behind the section of the
//! file: the head of the next section and the beginning of its points. Those 64 bytes are no point and no numbers below
//! q, so that the hash depends on how snarkjs's arithmetic (wasmcurves, Jacobian addition) overflows. It is repeated
//! here step by step, because every transcript begins with that hash.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Curve, G1, multiply};
    use crate::field::Fr;
    use crate::files::{PointBytes, decode_point};
    use proptest::prelude::*;

    /// As a section would hold it.
    fn bytes(hex: &str) -> [u8; 64] {
        let byte = |i: usize| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).expect("hex");
        std::array::from_fn(byte)
    }

    #[test]
    fn overflows_as_wasmcurves_does() {
        // The 64 bytes, the point, and what g1m_subAffine and g1m_batchToAffine of ffjavascript 0.3.1 made of them.
        let cases = [
            [
                "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95befd61248a23cd7",
                "1846c3b06c52bb5883c53b8f8ede6525d572a11c69d826ef8e0e9cc55ded350250a72258e5e59f8e4e7619d9ec37a6807b070960e77b6239230814c260944f28",
                "16759c4d8d8edd27a2011577bf05ef3074a595b98924216357d8b581b969b325595ca3927a3e4857737222f48e7af2d46f6aa637b9867fd0adcccd3a1a93e61f",
            ],
            [
                "a8168839e91f803558fac9f6095d9c92791970132342aa04168bad0ae6dbb1855ddcb4749032b8fe38a6684b514a33dbbfe6476d5eeadf9e9a24b268ab923be9",
                "9a74b86ad7ef4c3a1767dabe5a4c7aa9a55125121ca43913564543dc677b410e6ef45ee4f4f949cfddeac214dccff1672c0960ef6ddcf1bc9d1e4bb6f4649a1d",
                "408db6231f332abf476a13fbb39342357109d904acdefde804eebb500a6a881a9a42683709d8bf587938e44c1603148cd5529bba84f11b267f7abccf8f26db2d",
            ],
            [
                "285bda9693c08fdb43ecc4699f455f0c891e9118b378c54b315ef26e3465a93f6127625c36a9e54d42ca5da87e07b03fcb76a87206397b81f3780420e5427a20",
                "5fe32dd58066ee1f238b2089c5d1c18a5d7880365f8ac77de247b27b3277ab1224d902184acbf96304bd3d66aa06ff90756efd206ea99c6f5317c9c6e0427e14",
                "28de4471a5f7b19e5498a34e08988f9ac1547c7a2ce54e7b51cc5a046d0fbf1f0dc6d243e8accbd65bdb13d107b565b7b2d749c2f7884c7eedc35e6188df2824",
            ],
            [
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                "c6f93f3977cfe88d4f78f881a3abc173c8a036ae285bbc44fda678088e23d40f7f31b0626bc3eb43ec00ced21ca58ef884aa0e60d56b289ee9551720a3a5a91a",
                "55ebba7759eb4f2411ab0f7ee1ecae335acf18a96913b16263c185641cd41e00ffb589232fd4a066b9ce33345e001635892d3d2e034bad989d66b36ca3d89704",
            ],
        ];
        for [behind, point, expected] in cases {
            let point = decode_point::<G1>(&bytes(point)).expect("a point");
            let mut found = [0; 64];
            G1::write(&difference(&bytes(behind), &point), &mut found);
            assert_eq!(found, bytes(expected));
        }
    }

    proptest! {
        #[test]
        fn subtracts_points_as_points(a in any::<u64>(), b in any::<u64>()) {
            prop_assume!(a != b && a != 0 && b != 0);
            let point = |k: u64| G1Affine::from(multiply(&G1::generator(), &Fr::from(k)));
            let mut behind = [0; 64];
            G1::write(&point(a), &mut behind);
            let expected = multiply(&G1::generator(), &(Fr::from(a) - Fr::from(b)));
            prop_assert_eq!(difference(&behind, &point(b)), expected.into());
        }
    }

    #[test]
    fn bytes_behind_run_across_short_sections() {
        let (long, short) = ([7; 100], [9; 20]);
        let sections: [(u32, &[u8]); 4] = [(2, &long), (6, &short), (1, &[]), (3, &long)];
        let behind = bytes_behind(&sections, 2).expect("64 bytes");
        assert_eq!(behind[..12], [6, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(behind[12..32], short);
        assert_eq!(behind[32..44], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(behind[44..56], [3, 0, 0, 0, 100, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(behind[56..], [7; 8]);
        assert_eq!(bytes_behind(&sections[..2], 2), None);
        assert_eq!(bytes_behind(&sections, 3), None);
    }
}
