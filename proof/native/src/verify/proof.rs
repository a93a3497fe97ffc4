//! A proof in 128 bytes, A (32) ‖ B (64) ‖ C (32): the form of docs/protocol.md and of gnark; or in 256, A (64) ‖
//! B (128) ‖ C (64): x ‖ y, of G2 the higher coefficient first, as the precompiles of EIP-196 and EIP-197 read them.
//! Numbers are big-endian and below q. Both ways, a byte string is one proof at most, and a proof is one byte string.

use super::rejection::{Code, Rejection, check_point};
use crate::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use crate::field::{Field, Fq, Fq2};

/// Of the first byte of a compressed point: 10 says that y is the smaller root, 11 the larger; 00 and 01 are refused.
const COMPRESSED: u8 = 0x80;
const LARGER: u8 = 0x40;

/// Three points, none of them infinity, each in its group: whoever holds one need not look at its points again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    a: G1Affine,
    b: G2Affine,
    c: G1Affine,
}

impl Proof {
    /// # Errors
    /// `NOT_ON_CURVE` (infinity, too), `NOT_IN_SUBGROUP`.
    pub fn new(a: G1Affine, b: G2Affine, c: G1Affine) -> Result<Self, Rejection> {
        check_point(&a, "proof.a")?;
        check_point(&b, "proof.b")?;
        check_point(&c, "proof.c")?;
        Ok(Self { a, b, c })
    }

    pub fn a(&self) -> &G1Affine {
        &self.a
    }

    pub fn b(&self) -> &G2Affine {
        &self.b
    }

    pub fn c(&self) -> &G1Affine {
        &self.c
    }

    /// # Errors
    /// `MALFORMED` for another length, `NON_CANONICAL`, `NOT_ON_CURVE`, `NOT_IN_SUBGROUP`.
    pub fn from_compressed(bytes: &[u8]) -> Result<Self, Rejection> {
        let Ok(bytes) = <&[u8; 128]>::try_from(bytes) else {
            return Err(Rejection::new(Code::Malformed, "proof"));
        };
        let [a, b1, b0, c] = *bytes.as_chunks().0 else { unreachable!("4 · 32 = 128") };
        // The first fault is the one that is named.
        let a = decompress_g1(a).map_err(|code| Rejection::new(code, "proof.a"))?;
        let b = decompress_g2(b1, b0).map_err(|code| Rejection::new(code, "proof.b"))?;
        let c = decompress_g1(c).map_err(|code| Rejection::new(code, "proof.c"))?;
        Ok(Self { a, b, c })
    }

    pub fn to_compressed(&self) -> [u8; 128] {
        let a = compress(self.a.x, self.a.y.is_larger_root());
        let b1 = compress(self.b.x.c1, self.b.y.is_larger_root());
        let c = compress(self.c.x, self.c.y.is_larger_root());
        joined([a, b1, big_endian(self.b.x.c0), c])
    }

    /// # Errors
    /// `MALFORMED` for another length, `NON_CANONICAL`, `NOT_ON_CURVE`, `NOT_IN_SUBGROUP`.
    pub fn from_uncompressed(bytes: &[u8]) -> Result<Self, Rejection> {
        if bytes.len() != 256 {
            return Err(Rejection::new(Code::Malformed, "proof"));
        }
        let (a, rest) = bytes.split_at(64);
        let (b, c) = rest.split_at(128);
        Ok(Self { a: read_g1(a, "proof.a")?, b: read_g2(b, "proof.b")?, c: read_g1(c, "proof.c")? })
    }

    pub fn to_uncompressed(&self) -> [u8; 256] {
        let mut bytes = [0; 256];
        bytes[..64].copy_from_slice(&write_g1(&self.a));
        bytes[64..192].copy_from_slice(&write_g2(&self.b));
        bytes[192..].copy_from_slice(&write_g1(&self.c));
        bytes
    }
}

/// 64 bytes, x ‖ y.
pub fn read_g1(bytes: &[u8], at: &str) -> Result<G1Affine, Rejection> {
    let [x, y] = numbers(bytes, at)?;
    let point = Affine::new(x, y);
    check_point(&point, at)?;
    Ok(point)
}

/// 128 bytes, x₁ ‖ x₀ ‖ y₁ ‖ y₀.
pub fn read_g2(bytes: &[u8], at: &str) -> Result<G2Affine, Rejection> {
    let [x1, x0, y1, y0] = numbers(bytes, at)?;
    let point = Affine::new(Fq2::new(x0, x1), Fq2::new(y0, y1));
    check_point(&point, at)?;
    Ok(point)
}

pub fn write_g1(point: &G1Affine) -> [u8; 64] {
    joined([big_endian(point.x), big_endian(point.y)])
}

pub fn write_g2(point: &G2Affine) -> [u8; 128] {
    let Affine { x, y } = point;
    joined([x.c1, x.c0, y.c1, y.c0].map(big_endian))
}

fn numbers<const N: usize>(bytes: &[u8], at: &str) -> Result<[Fq; N], Rejection> {
    let (chunks, []) = bytes.as_chunks::<32>() else {
        return Err(Rejection::new(Code::Malformed, at));
    };
    let Ok(chunks) = <[[u8; 32]; N]>::try_from(chunks) else {
        return Err(Rejection::new(Code::Malformed, at));
    };
    let mut numbers = [Fq::ZERO; N];
    for (number, chunk) in numbers.iter_mut().zip(chunks) {
        *number = number_of(chunk).map_err(|code| Rejection::new(code, at))?;
    }
    Ok(numbers)
}

fn decompress_g1(bytes: [u8; 32]) -> Result<G1Affine, Code> {
    let (x, larger) = split_flags(bytes)?;
    let y = root(x.square() * x + G1::b(), larger, Fq::is_larger_root)?;
    Ok(Affine::new(x, y))
}

fn decompress_g2(high: [u8; 32], low: [u8; 32]) -> Result<G2Affine, Code> {
    let (x1, larger) = split_flags(high)?;
    let x = Fq2::new(number_of(low)?, x1);
    let y = root(x.square() * x + G2::b(), larger, Fq2::is_larger_root)?;
    let point = Affine::new(x, y);
    if G2::is_in_subgroup(&point) { Ok(point) } else { Err(Code::NotInSubgroup) }
}

/// No point of either curve has y = 0 (their orders are odd), so that the two roots differ.
fn root<F: Field>(square: F, larger: bool, is_larger: impl Fn(F) -> bool) -> Result<F, Code> {
    let root = square.sqrt().ok_or(Code::NotOnCurve)?;
    Ok(if is_larger(root) == larger { root } else { -root })
}

fn split_flags(mut bytes: [u8; 32]) -> Result<(Fq, bool), Code> {
    let flags = bytes[0] & (COMPRESSED | LARGER);
    if flags & COMPRESSED == 0 {
        return Err(Code::NonCanonical);
    }
    bytes[0] ^= flags;
    Ok((number_of(bytes)?, flags & LARGER != 0))
}

fn number_of(mut bytes: [u8; 32]) -> Result<Fq, Code> {
    bytes.reverse();
    Fq::from_bytes(&bytes).ok_or(Code::NonCanonical)
}

fn compress(x: Fq, larger: bool) -> [u8; 32] {
    let mut bytes = big_endian(x);
    bytes[0] |= if larger { COMPRESSED | LARGER } else { COMPRESSED };
    bytes
}

fn big_endian(number: Fq) -> [u8; 32] {
    let mut bytes = number.to_bytes();
    bytes.reverse();
    bytes
}

fn joined<const N: usize, const BYTES: usize>(numbers: [[u8; 32]; N]) -> [u8; BYTES] {
    numbers.as_flattened().try_into().expect("32 bytes a number")
}
