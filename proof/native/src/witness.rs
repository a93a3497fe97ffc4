//! A witness: the value of every wire, sorted into small integers and full-size numbers once, because nearly all wires
//! of a network are bits and both the coefficient pass and the sums of points live off that. A secret: wiped on drop.

use crate::error::{Error, Result};
use crate::field::modulus::subtract;
use crate::field::{Fr, FrModulus, Modulus};
use zeroize::Zeroize;

/// A value is small below this magnitude. 2^62 leaves a word the room to say "small" or "full" without a second array,
/// and a product of two such numbers fits i128 with three bits to spare.
pub const SMALL: i64 = 1 << 62;
/// A word below −2^62 is this plus an index of the list of full-size values.
const FULL: i64 = i64::MIN;
const VALUE_BYTES: usize = 32;

pub struct Witness {
    words: Vec<i64>,
    full: Vec<[u64; 4]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// An integer between −2^62 and 2^62, both excluded.
    Small(i64),
    /// Anything else: plain little-endian limbs below r.
    Full(&'a [u64; 4]),
}

impl Witness {
    /// From the values of a `.wtns`: 32 little-endian bytes each, plain.
    ///
    /// # Errors
    /// `MALFORMED_FILE` for a length that is no number of values, `NON_CANONICAL` for a value that is not below r.
    pub fn from_wtns(values: &[u8]) -> Result<Self> {
        let (values, rest) = values.as_chunks::<VALUE_BYTES>();
        if !rest.is_empty() {
            return Err(Error::new(
                "MALFORMED_FILE",
                format!("wtns: {} bytes are left after {} values", rest.len(), values.len()),
                "Make the witness again.",
            ));
        }
        // Memory is taken once: what grows leaves copies behind that nobody wipes.
        let full = values.iter().filter(|bytes| small_of(&limbs(bytes)).is_none()).count();
        let mut witness =
            Self { words: Vec::with_capacity(values.len()), full: Vec::with_capacity(full) };
        for (wire, bytes) in values.iter().enumerate() {
            let limbs = limbs_below_r(bytes, wire)?;
            witness.push(limbs);
        }
        Ok(witness)
    }

    /// From small integers, one for each wire, and the wires whose values are no such integers: these replace the
    /// integer of their wire.
    ///
    /// # Errors
    /// `MALFORMED_WITNESS` for a wire that does not exist, `NON_CANONICAL` for a value that is not below r.
    pub fn from_integers<'a>(
        integers: Vec<i64>,
        full: impl ExactSizeIterator<Item = (u32, &'a [u8; VALUE_BYTES])>,
    ) -> Result<Self> {
        let mut witness = Self { words: integers, full: Vec::with_capacity(full.len()) };
        for word in &mut witness.words {
            if word.unsigned_abs() >= SMALL.unsigned_abs() {
                *word = keep(&mut witness.full, signed_limbs(*word));
            }
        }
        for (wire, bytes) in full {
            let limbs = limbs_below_r(bytes, wire as usize)?;
            let wires = witness.words.len();
            let Some(word) = witness.words.get_mut(wire as usize) else {
                return Err(Error::new(
                    "MALFORMED_WITNESS",
                    format!("a value for wire {wire}, but there are {wires} wires"),
                    "Name only wires of the circuit.",
                ));
            };
            *word = small_of(&limbs).unwrap_or_else(|| keep(&mut witness.full, limbs));
        }
        Ok(witness)
    }

    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    #[inline(always)]
    pub fn value(&self, wire: usize) -> Value<'_> {
        let word = self.words[wire];
        if word > -SMALL { Value::Small(word) } else { Value::Full(&self.full[index(word)]) }
    }

    /// A small value, or a number below −2^62 where the value is not small.
    #[inline(always)]
    pub fn word(&self, wire: usize) -> i64 {
        self.words[wire]
    }

    /// Plain limbs below r.
    pub fn plain(&self, wire: usize) -> [u64; 4] {
        match self.value(wire) {
            Value::Small(value) => signed_limbs(value),
            Value::Full(limbs) => *limbs,
        }
    }

    /// In Montgomery form.
    pub fn element(&self, wire: usize) -> Fr {
        match self.value(wire) {
            Value::Small(value) => Fr::from(value),
            Value::Full(limbs) => Fr::from_plain_unchecked(*limbs),
        }
    }

    fn push(&mut self, limbs: [u64; 4]) {
        let word = small_of(&limbs).unwrap_or_else(|| keep(&mut self.full, limbs));
        self.words.push(word);
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.words.zeroize();
        self.full.zeroize();
    }
}

#[inline(always)]
fn index(word: i64) -> usize {
    word.wrapping_sub(FULL) as usize
}

/// The word of a full-size value, after putting it on the list.
fn keep(full: &mut Vec<[u64; 4]>, limbs: [u64; 4]) -> i64 {
    full.push(limbs);
    FULL + (full.len() - 1) as i64
}

fn limbs(bytes: &[u8; VALUE_BYTES]) -> [u64; 4] {
    let (chunks, _) = bytes.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(chunks[i]))
}

fn limbs_below_r(bytes: &[u8; VALUE_BYTES], wire: usize) -> Result<[u64; 4]> {
    let limbs = limbs(bytes);
    if subtract(&limbs, &FrModulus::P).1 {
        Ok(limbs)
    } else {
        Err(Error::new(
            "NON_CANONICAL",
            format!("the value of wire {wire} is not below r"),
            "Reduce it mod r.",
        ))
    }
}

/// The integer of smallest magnitude that limbs below r stand for, if that is small.
#[inline]
pub fn small_of(limbs: &[u64; 4]) -> Option<i64> {
    let small = |limbs: &[u64; 4]| {
        let is_small = limbs[1] | limbs[2] | limbs[3] == 0 && limbs[0] < SMALL as u64;
        is_small.then_some(limbs[0] as i64)
    };
    // The highest limbs of a negative number are those of r: looked at first, because most full values differ there.
    let is_maybe_negative = limbs[3] == FrModulus::P[3];
    small(limbs).or_else(|| {
        if is_maybe_negative { small(&subtract(&FrModulus::P, limbs).0).map(|n| -n) } else { None }
    })
}

/// The number mod r, as plain limbs.
pub fn signed_limbs(value: i64) -> [u64; 4] {
    let magnitude = [value.unsigned_abs(), 0, 0, 0];
    if value >= 0 { magnitude } else { subtract(&FrModulus::P, &magnitude).0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(limbs: [u64; 4]) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
            chunk.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    fn each(full: &[(u32, [u8; 32])]) -> impl ExactSizeIterator<Item = (u32, &[u8; 32])> {
        full.iter().map(|(wire, value)| (*wire, value))
    }

    #[test]
    fn sorts_the_values_at_the_edges() {
        let edges = [0, 1, -1, SMALL - 1, 1 - SMALL, SMALL, -SMALL, i64::MAX, i64::MIN];
        let witness = Witness::from_integers(edges.to_vec(), [].into_iter()).expect("integers");
        for (wire, edge) in edges.into_iter().enumerate() {
            assert_eq!(witness.element(wire), Fr::from(edge), "{edge}");
            assert_eq!(Fr::from_plain(witness.plain(wire)), Some(Fr::from(edge)), "{edge}");
            let is_small = matches!(witness.value(wire), Value::Small(value) if value == edge);
            assert_eq!(is_small, edge.unsigned_abs() < SMALL.unsigned_abs(), "{edge}");
        }
    }

    #[test]
    fn refuses_what_is_no_witness() {
        let r = bytes(FrModulus::P);
        assert_eq!(Witness::from_wtns(&[0; 33]).err().map(|e| e.code), Some("MALFORMED_FILE"));
        assert_eq!(Witness::from_wtns(&r).err().map(|e| e.code), Some("NON_CANONICAL"));
        let integers = |full: &[(u32, [u8; 32])]| {
            Witness::from_integers(vec![1, 2], each(full)).err().map(|e| e.code)
        };
        assert_eq!(integers(&[(1, r)]), Some("NON_CANONICAL"));
        assert_eq!(integers(&[(2, [0; 32])]), Some("MALFORMED_WITNESS"));
        assert_eq!(integers(&[(1, [0; 32])]), None);
        assert!(Witness::from_wtns(&[]).is_ok_and(|witness| witness.is_empty()));
    }

    #[test]
    fn a_full_value_that_is_small_counts_as_small() {
        let full = [(1, bytes([5, 0, 0, 0])), (0, bytes(signed_limbs(-7)))];
        let witness = Witness::from_integers(vec![1, i64::MAX], each(&full)).expect("two wires");
        assert_eq!(witness.value(0), Value::Small(-7));
        assert_eq!(witness.value(1), Value::Small(5));
    }

    proptest! {
        #[test]
        fn both_doors_agree(values in prop::collection::vec((any::<[u64; 4]>(), any::<i64>(), 0..4u8), 0..20)) {
            let elements: Vec<Fr> = values.iter().map(|(limbs, small, kind)| match kind {
                0 => Fr::from_plain_unchecked(*limbs),
                1 => Fr::from(*small),
                2 => Fr::from(small >> 40),
                _ => Fr::from(small & 1),
            }).collect();
            let payload: Vec<u8> = elements.iter().flat_map(|element| element.to_bytes()).collect();
            let full: Vec<_> = (0..).zip(&elements).map(|(wire, element)| (wire, element.to_bytes())).collect();
            let from_wtns = Witness::from_wtns(&payload).expect("canonical");
            let from_full = Witness::from_integers(vec![i64::MIN; full.len()], each(&full)).expect("canonical");
            prop_assert_eq!(from_wtns.len(), elements.len());
            for (wire, element) in elements.iter().enumerate() {
                prop_assert_eq!(from_wtns.value(wire), from_full.value(wire));
                prop_assert_eq!(from_wtns.element(wire), *element);
                prop_assert_eq!(from_wtns.plain(wire), element.to_plain());
            }
        }
    }
}
