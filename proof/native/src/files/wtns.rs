//! `.wtns`: a value for every wire, plain and below r. iden3, version 2, as circom and snarkjs 0.7.6 write it.

use super::binfile::{Container, Format};
use crate::error::Result;
use crate::field::modulus::subtract;
use crate::field::{FrModulus, Modulus};
use rayon::prelude::*;

pub static WTNS: Format =
    Format { magic: b"wtns", version: 2, sections: &[1, 2], code: "WTNS_MALFORMED" };

const VALUE_BYTES: usize = 32;

/// The first value, which is the constant, is 1.
#[derive(Clone, Copy, Debug)]
pub struct Wtns<'a> {
    /// Little-endian: the constant 1, public outputs, public inputs, all others.
    pub values: &'a [[u8; VALUE_BYTES]],
}

impl<'a> Wtns<'a> {
    /// With every value below r.
    ///
    /// # Errors
    /// `WTNS_MALFORMED`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let wtns = Self::parse_structure(bytes)?;
        if let Some(wire) = wtns.values.par_iter().position_first(|value| !is_below_r(value)) {
            let place = format!("section 2, wire {wire}");
            // The value itself may be a secret.
            return Err(WTNS.malformed(place, "a number below r", "another"));
        }
        Ok(wtns)
    }

    /// For whoever looks at every value anyway.
    ///
    /// # Errors
    /// `WTNS_MALFORMED`.
    pub fn parse_structure(bytes: &'a [u8]) -> Result<Self> {
        let file = Container::parse(bytes, &WTNS)?;
        let mut header = file.cursor(1)?;
        header.modulus(FrModulus::P, "r")?;
        let count = header.u32("the number of values")?;
        header.end()?;
        let payload = file.section_of(2, u64::from(count) * VALUE_BYTES as u64)?;
        let values = payload.as_chunks().0;
        let mut one = [0; VALUE_BYTES];
        one[0] = 1;
        if values.first() != Some(&one) {
            let got = if count == 0 { "none" } else { "another value" };
            return Err(WTNS.malformed("section 2, wire 0", "1, the constant", got));
        }
        Ok(Self { values })
    }
}

/// @param value little-endian
pub fn is_below_r(value: &[u8; 32]) -> bool {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(value.as_chunks().0) {
        *limb = u64::from_le_bytes(*bytes);
    }
    subtract(&limbs, &FrModulus::P).1
}
