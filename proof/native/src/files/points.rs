//! Points as `.zkey` and `.ptau` hold them: x then y, in G2 c0 before c1, 32 little-endian bytes each, in Montgomery
//! form with R = 2^256. Infinity is all zeros.

use super::subgroup::find_outside_subgroup;
use crate::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use crate::field::{Field, Fq, Fq2};
use rayon::prelude::*;
use std::fmt;

pub trait PointBytes: Curve {
    const BYTES: usize;
    /// Are there points on the curve that are outside the subgroup of order r?
    const HAS_COFACTOR: bool;

    /// None when a coordinate is not below q. The point may be on no curve.
    ///
    /// # Panics
    /// For any other number of bytes than `BYTES`.
    fn read(bytes: &[u8]) -> Option<Affine<Self>>;

    /// # Panics
    /// For any other number of bytes than `BYTES`.
    fn write(point: &Affine<Self>, bytes: &mut [u8]);
}

impl PointBytes for G1 {
    const BYTES: usize = 64;
    const HAS_COFACTOR: bool = false;

    #[inline]
    fn read(bytes: &[u8]) -> Option<G1Affine> {
        let [x, y] = coordinates(bytes)?;
        Some(Affine::new(x, y))
    }

    fn write(point: &G1Affine, bytes: &mut [u8]) {
        write_coordinates([point.x, point.y], bytes);
    }
}

impl PointBytes for G2 {
    const BYTES: usize = 128;
    const HAS_COFACTOR: bool = true;

    #[inline]
    fn read(bytes: &[u8]) -> Option<G2Affine> {
        let [x0, x1, y0, y1] = coordinates(bytes)?;
        Some(Affine::new(Fq2::new(x0, x1), Fq2::new(y0, y1)))
    }

    fn write(point: &G2Affine, bytes: &mut [u8]) {
        write_coordinates([point.x.c0, point.x.c1, point.y.c0, point.y.c1], bytes);
    }
}

#[inline]
fn coordinates<const N: usize>(bytes: &[u8]) -> Option<[Fq; N]> {
    assert_eq!(bytes.len(), 32 * N, "bytes of one point");
    let mut elements = [Fq::ZERO; N];
    for (element, chunk) in elements.iter_mut().zip(bytes.as_chunks::<32>().0) {
        *element = Fq::from_montgomery_bytes(chunk)?;
    }
    Some(elements)
}

fn write_coordinates<const N: usize>(elements: [Fq; N], bytes: &mut [u8]) {
    assert_eq!(bytes.len(), 32 * N, "bytes of one point");
    for (element, chunk) in elements.iter().zip(bytes.as_chunks_mut::<32>().0) {
        *chunk = element.to_montgomery_bytes();
    }
}

/// Why bytes are no point of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    NonCanonical,
    NotOnCurve,
    NotInSubgroup,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonCanonical => "a coordinate that is not below q",
            Self::NotOnCurve => "a point off the curve",
            Self::NotInSubgroup => "a point outside the subgroup of order r",
        })
    }
}

/// Canonical, on the curve and in the subgroup of order r; infinity is one.
pub fn decode_point<C: PointBytes>(bytes: &[u8]) -> Result<Affine<C>, Fault> {
    let point = decode_on_curve(bytes)?;
    if C::is_in_subgroup(&point) { Ok(point) } else { Err(Fault::NotInSubgroup) }
}

fn decode_on_curve<C: PointBytes>(bytes: &[u8]) -> Result<Affine<C>, Fault> {
    let point = C::read(bytes).ok_or(Fault::NonCanonical)?;
    if point.is_on_curve() { Ok(point) } else { Err(Fault::NotOnCurve) }
}

/// The point number i of a section that `check_points` has accepted.
///
/// # Panics
/// When there are not as many points, or its coordinates are not canonical.
#[inline]
pub fn point_at<C: PointBytes>(section: &[u8], i: usize) -> Affine<C> {
    C::read(&section[i * C::BYTES..][..C::BYTES]).expect("points are checked before they are used")
}

/// As `point_at`.
#[inline]
pub fn g1_at(section: &[u8], i: usize) -> G1Affine {
    point_at(section, i)
}

/// As `point_at`.
#[inline]
pub fn g2_at(section: &[u8], i: usize) -> G2Affine {
    point_at(section, i)
}

/// Are they all points of the group (or infinity)? In the current rayon pool. A point of G2 outside the subgroup is
/// missed with a probability of at most 2^−128, over random bits of this machine.
///
/// # Errors
/// The first that is none, and why.
pub fn check_points<C: PointBytes>(section: &[u8]) -> Result<(), (usize, Fault)> {
    let off_curve = section
        .par_chunks_exact(C::BYTES)
        .enumerate()
        .find_map_first(|(i, bytes)| decode_on_curve::<C>(bytes).err().map(|fault| (i, fault)));
    if let Some(fault) = off_curve {
        return Err(fault);
    }
    match find_outside_subgroup::<C>(section) {
        Some(i) => Err((i, Fault::NotInSubgroup)),
        None => Ok(()),
    }
}
