//! The different coefficients of a key, each once: hundreds to some hundred thousand, in millions of places.

use crate::field::Fr;
use crate::witness::small_of;
use std::collections::HashMap;

/// Integers below this magnitude have codes that say all.
const INLINE: i64 = 1 << 30;

#[derive(Default)]
pub struct Dictionary {
    /// The integer, doubled; or the place among `full`, doubled, plus one.
    codes: Vec<i32>,
    full: Vec<Fr>,
}

impl Dictionary {
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// An even code is an integer between −2^30 and 2^30, doubled; an odd one is for `full`.
    #[inline(always)]
    pub fn code(&self, index: usize) -> i32 {
        self.codes[index]
    }

    /// What an odd code stands for.
    #[inline(always)]
    pub fn full(&self, code: i32) -> Fr {
        self.full[(code >> 1) as usize]
    }

    pub fn bytes(&self) -> usize {
        size_of_val(self.codes.as_slice()) + size_of_val(self.full.as_slice())
    }
}

/// How an entry holds a wire, in its lowest bits, and the index of a coefficient above.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    wire_bits: u32,
    pub size: Size,
}

/// Bytes of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Four,
    Five,
    /// Enough for any.
    Eight,
}

/// A number of 40 bits.
#[derive(Clone, Copy)]
pub struct FiveBytes([u8; 5]);

impl From<FiveBytes> for u64 {
    #[inline(always)]
    fn from(FiveBytes([a, b, c, d, e]): FiveBytes) -> Self {
        Self::from_le_bytes([a, b, c, d, e, 0, 0, 0])
    }
}

impl FiveBytes {
    pub const ZERO: Self = Self([0; 5]);

    pub fn lowest(number: u64) -> Self {
        let [a, b, c, d, e, ..] = number.to_le_bytes();
        Self([a, b, c, d, e])
    }
}

impl Layout {
    pub fn of(wires: usize, coefficients: usize) -> Self {
        let bits = |count: usize| usize::BITS - count.saturating_sub(1).leading_zeros();
        let wire_bits = bits(wires).max(1);
        let size = match wire_bits + bits(coefficients) {
            0..=32 => Size::Four,
            33..=40 => Size::Five,
            _ => Size::Eight,
        };
        Self { wire_bits, size }
    }

    pub fn entry(self, wire: u32, index: u32) -> u64 {
        u64::from(index) << self.wire_bits | u64::from(wire)
    }

    #[inline(always)]
    pub fn wire<E: Into<u64>>(self, entry: E) -> usize {
        (entry.into() & ((1 << self.wire_bits) - 1)) as usize
    }

    #[inline(always)]
    pub fn index<E: Into<u64>>(self, entry: E) -> usize {
        (entry.into() >> self.wire_bits) as usize
    }
}

/// A dictionary that grows, and finds what it has.
pub struct Words {
    pub dictionary: Dictionary,
    known: HashMap<Fr, u32>,
    /// What was looked for lately, by a few bits of it: nearly always the same few are.
    recent: Vec<Option<(Fr, u32)>>,
}

const RECENT_BITS: u32 = 10;

impl Words {
    pub fn new() -> Self {
        Self {
            dictionary: Dictionary::default(),
            known: HashMap::new(),
            recent: vec![None; 1 << RECENT_BITS],
        }
    }

    /// Of a coefficient's code. None for one more than 2^30 different ones.
    pub fn index(&mut self, coefficient: Fr) -> Option<u32> {
        // Knuth's multiplicative hash: 2^64 by the golden ratio.
        let hash = coefficient.to_montgomery()[0].wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let recent = &mut self.recent[(hash >> (u64::BITS - RECENT_BITS)) as usize];
        if let Some((known, index)) = *recent
            && known == coefficient
        {
            return Some(index);
        }
        let Dictionary { codes, full } = &mut self.dictionary;
        let index = match self.known.get(&coefficient) {
            Some(index) => *index,
            None => {
                let small = small_of(&coefficient.to_plain());
                let inline = small.filter(|integer| integer.abs() < INLINE);
                if codes.len() as i64 >= INLINE {
                    return None;
                }
                codes.push(
                    inline.map_or((full.len() << 1 | 1) as i32, |integer| (integer << 1) as i32),
                );
                if inline.is_none() {
                    full.push(coefficient);
                }
                let index = (codes.len() - 1) as u32;
                self.known.insert(coefficient, index);
                index
            }
        };
        *recent = Some((coefficient, index));
        Some(index)
    }
}
