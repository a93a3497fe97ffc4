//! Reads forward through bytes it does not own, and never past their end.

use super::binfile::Format;
use super::points::{PointBytes, decode_point};
use crate::curve::Affine;
use crate::error::{Error, Result};

pub struct Cursor<'a> {
    left: &'a [u8],
    format: &'static Format,
    /// As in `section 4`: for messages.
    place: String,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], format: &'static Format, place: String) -> Self {
        Self { left: bytes, format, place }
    }

    pub fn left(&self) -> usize {
        self.left.len()
    }

    /// The next bytes, or None when there are fewer.
    pub fn split(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    /// @param what as in `the version`: for the message
    pub fn take(&mut self, count: usize, what: &str) -> Result<&'a [u8]> {
        let left = self.left();
        self.split(count).ok_or_else(|| {
            self.malformed(what, format!("{count} bytes"), format!("the end after {left}"))
        })
    }

    pub fn bytes<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        Ok(self.take(N, what)?.try_into().expect("as many as were taken"))
    }

    pub fn u32(&mut self, what: &str) -> Result<u32> {
        Ok(u32::from_le_bytes(self.bytes(what)?))
    }

    pub fn u64(&mut self, what: &str) -> Result<u64> {
        Ok(u64::from_le_bytes(self.bytes(what)?))
    }

    /// A point of the group that is not infinity.
    pub fn point<C: PointBytes>(&mut self, what: &str) -> Result<Affine<C>> {
        let bytes = self.take(C::BYTES, what)?;
        let point = decode_point::<C>(bytes)
            .map_err(|fault| self.malformed(what, "a point of the group", fault))?;
        if point.is_infinity() {
            return Err(self.malformed(what, "a point of the group", "infinity"));
        }
        Ok(point)
    }

    /// The size of field elements and the modulus: 32 bytes, and exactly this one.
    pub fn modulus(&mut self, modulus: [u64; 4], what: &str) -> Result<()> {
        let size = self.u32(what)?;
        if size != 32 {
            return Err(self.malformed(what, "numbers of 32 bytes", size));
        }
        let bytes: [u8; 32] = self.bytes(what)?;
        let expected = modulus.map(u64::to_le_bytes);
        if bytes.as_slice() != expected.as_flattened() {
            return Err(self.malformed(what, "the prime of BN254", "another one"));
        }
        Ok(())
    }

    /// Nothing may be left over.
    pub fn end(&self) -> Result<()> {
        if self.left.is_empty() {
            return Ok(());
        }
        let left = format!("{} bytes left over", self.left());
        Err(self.malformed("its end", "nothing more", left))
    }

    pub fn malformed(
        &self,
        what: &str,
        expected: impl std::fmt::Display,
        got: impl std::fmt::Display,
    ) -> Error {
        self.format.malformed(format!("{}, {what}", self.place), expected, got)
    }
}
