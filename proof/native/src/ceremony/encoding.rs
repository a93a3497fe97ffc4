//! The forms in which a point is hashed and published in a ceremony, big-endian and plain (files hold little-endian
//! Montgomery numbers instead): uncompressed x‖y, and compressed x with two flags in the highest byte. Of an element
//! of Fq2, c1 comes first. As bellman wrote them, and snarkjs after it.

use crate::curve::{Affine, G1, G2};
use crate::field::{Fq, Fq2};
use crate::files::PointBytes;

const INFINITY: u8 = 0x40;
const LARGER_Y: u8 = 0x80;

/// A curve with the byte forms of its points.
pub trait Encode: PointBytes {
    /// Of a coordinate.
    const BASE_BYTES: usize;
    /// Of a point, uncompressed or in a file.
    const POINT_BYTES: usize = 2 * Self::BASE_BYTES;

    fn write_base(value: &Self::Base, bytes: &mut [u8]);
    fn is_larger_root(value: &Self::Base) -> bool;
}

impl Encode for G1 {
    const BASE_BYTES: usize = 32;

    fn write_base(value: &Fq, bytes: &mut [u8]) {
        bytes.copy_from_slice(&value.to_bytes());
        bytes.reverse();
    }

    fn is_larger_root(value: &Fq) -> bool {
        value.is_larger_root()
    }
}

impl Encode for G2 {
    const BASE_BYTES: usize = 64;

    fn write_base(value: &Fq2, bytes: &mut [u8]) {
        let (high, low) = bytes.split_at_mut(32);
        G1::write_base(&value.c1, high);
        G1::write_base(&value.c0, low);
    }

    fn is_larger_root(value: &Fq2) -> bool {
        value.is_larger_root()
    }
}

/// x‖y; infinity is all zeros.
///
/// snarkjs sets the flag of infinity in no uncompressed form that it hashes.
pub fn write_uncompressed<C: Encode>(point: &Affine<C>, bytes: &mut [u8]) {
    let (x, y) = bytes.split_at_mut(C::BASE_BYTES);
    C::write_base(&point.x, x);
    C::write_base(&point.y, y);
}

pub fn write_compressed<C: Encode>(point: &Affine<C>, bytes: &mut [u8]) {
    C::write_base(&point.x, bytes);
    if point.is_infinity() {
        bytes[0] = INFINITY;
    } else if C::is_larger_root(&point.y) {
        bytes[0] |= LARGER_Y;
    }
}

pub fn uncompressed<C: Encode>(point: &Affine<C>) -> Vec<u8> {
    let mut bytes = vec![0; C::POINT_BYTES];
    write_uncompressed(point, &mut bytes);
    bytes
}
