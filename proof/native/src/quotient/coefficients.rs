//! The matrices A and B of a key, by row: four to eight bytes a coefficient, made once and read by every proof. C is not there:
//! c_i = a_i·b_i for a witness that fulfils the circuit, and snarkjs's keys do not hold it.

use super::dictionary::{Dictionary, FiveBytes, Layout, Size, Words};
use super::rows::evaluate;
use crate::error::{Error, Result};
use crate::field::Fr;
use crate::witness::Witness;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    A,
    B,
}

/// One coefficient, as a key's file holds them.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    pub matrix: Matrix,
    pub row: u32,
    pub wire: u32,
    pub coefficient: Fr,
}

pub struct Coefficients {
    pub(super) a: Rows,
    pub(super) b: Rows,
    dictionary: Dictionary,
    layout: Layout,
    wires: usize,
}

/// The entries of the row at place i are those from starts[i] to starts[i + 1].
pub(super) struct Rows {
    order: Order,
    starts: Vec<u32>,
    entries: Entries,
}

/// Each a wire and the index of its coefficient in the dictionary, in as few bytes as hold both: this is the largest
/// thing in memory beside the points.
enum Entries {
    Four(Vec<u32>),
    Five(Vec<FiveBytes>),
    Eight(Vec<u64>),
}

/// The order of rows in memory: that in which the transform's first layer asks for them, eight neighbours of each eighth
/// of the domain after the other. In natural order it would read from sixteen places at once, more than are prefetched.
#[derive(Clone, Copy)]
struct Order {
    /// Of an eighth of the domain, or 0 where it has no eight neighbours and rows lie as they come.
    log_eighth: u32,
}

impl Order {
    fn of(rows: usize) -> Self {
        let has_blocks = rows.is_power_of_two() && rows >= 64;
        Self { log_eighth: if has_blocks { rows.ilog2() - 3 } else { 0 } }
    }

    #[inline(always)]
    fn place(self, row: usize) -> usize {
        if self.log_eighth == 0 {
            return row;
        }
        let (eighth, i) = (row >> self.log_eighth, row & ((1 << self.log_eighth) - 1));
        (i & !7) << 3 | eighth << 3 | i & 7
    }
}

/// The rows of one matrix, while they are filled.
struct Filling {
    order: Order,
    starts: Vec<u32>,
    entries: Entries,
}

impl Filling {
    fn new(rows: usize) -> Self {
        Self { order: Order::of(rows), starts: Vec::new(), entries: Entries::Four(Vec::new()) }
    }

    /// Counted two places to the right: one, so that the sums are starts; another, so that each start may become the
    /// next one as its row is filled.
    fn count(&mut self, row: usize) {
        let place = self.order.place(row);
        if self.starts.len() < place + 3 {
            self.starts.resize(place + 3, 0);
        }
        self.starts[place + 2] += 1;
    }

    fn allocate(&mut self, layout: Layout) {
        let mut total = 0;
        for start in &mut self.starts {
            total += *start;
            *start = total;
        }
        let total = total as usize;
        self.entries = match layout.size {
            Size::Four => Entries::Four(vec![0; total]),
            Size::Five => Entries::Five(vec![FiveBytes::ZERO; total]),
            Size::Eight => Entries::Eight(vec![0; total]),
        };
    }

    fn put(&mut self, row: usize, entry: u64) {
        let end = &mut self.starts[self.order.place(row) + 1];
        match &mut self.entries {
            Entries::Four(entries) => entries[*end as usize] = entry as u32,
            Entries::Five(entries) => entries[*end as usize] = FiveBytes::lowest(entry),
            Entries::Eight(entries) => entries[*end as usize] = entry,
        }
        *end += 1;
    }

    fn finish(mut self) -> Rows {
        self.starts.pop();
        self.starts.shrink_to_fit();
        Rows { order: self.order, starts: self.starts, entries: self.entries }
    }
}

impl Rows {
    /// Empty where a row has no coefficient.
    #[inline(always)]
    fn range(&self, row: usize) -> Range<usize> {
        let place = self.order.place(row);
        match self.starts.get(place..place + 2) {
            Some(&[start, end]) => start as usize..end as usize,
            _ => 0..0,
        }
    }

    fn len(&self) -> usize {
        match &self.entries {
            Entries::Four(entries) => entries.len(),
            Entries::Five(entries) => entries.len(),
            Entries::Eight(entries) => entries.len(),
        }
    }

    fn bytes(&self) -> usize {
        let entries = match &self.entries {
            Entries::Four(entries) => size_of_val(entries.as_slice()),
            Entries::Five(entries) => size_of_val(entries.as_slice()),
            Entries::Eight(entries) => size_of_val(entries.as_slice()),
        };
        entries + size_of_val(self.starts.as_slice())
    }
}

impl Coefficients {
    /// @param rows of the domain
    /// @param terms in any order; asked for twice, so that nothing but the result is held
    ///
    /// # Errors
    /// `MALFORMED_FILE` for a row or a wire that does not exist, or for more coefficients than 32 bits can count.
    pub fn new<I>(rows: usize, wires: usize, terms: I) -> Result<Self>
    where
        I: Iterator<Item = Term> + Clone,
    {
        let (mut a, mut b) = (Filling::new(rows), Filling::new(rows));
        let mut count = 0u32;
        let mut words = Words::new();
        for term in terms.clone() {
            if term.row as usize >= rows || term.wire as usize >= wires {
                let Term { row, wire, .. } = term;
                return Err(malformed(format!(
                    "a coefficient in row {row} of {rows}, for wire {wire} of {wires}"
                )));
            }
            count =
                count.checked_add(1).ok_or_else(|| malformed("too many coefficients".into()))?;
            if words.index(term.coefficient).is_none() {
                return Err(malformed("more than 2^30 different coefficients".into()));
            }
            match term.matrix {
                Matrix::A => a.count(term.row as usize),
                Matrix::B => b.count(term.row as usize),
            }
        }
        let layout = Layout::of(wires, words.dictionary.len());
        a.allocate(layout);
        b.allocate(layout);
        for term in terms {
            let index = words.index(term.coefficient).expect("known since it was counted");
            let entry = layout.entry(term.wire, index);
            match term.matrix {
                Matrix::A => a.put(term.row as usize, entry),
                Matrix::B => b.put(term.row as usize, entry),
            }
        }
        let dictionary = words.dictionary;
        Ok(Self { a: a.finish(), b: b.finish(), dictionary, layout, wires })
    }

    /// A row times the witness: plain limbs below r.
    #[inline(always)]
    pub(super) fn evaluate(&self, matrix: &Rows, row: usize, witness: &Witness) -> [u64; 4] {
        let Self { layout, dictionary, .. } = self;
        let range = matrix.range(row);
        match &matrix.entries {
            Entries::Four(entries) => evaluate(&entries[range], *layout, dictionary, witness),
            Entries::Five(entries) => evaluate(&entries[range], *layout, dictionary, witness),
            Entries::Eight(entries) => evaluate(&entries[range], *layout, dictionary, witness),
        }
    }

    pub fn wires(&self) -> usize {
        self.wires
    }

    /// Of both matrices.
    pub fn len(&self) -> usize {
        self.a.len() + self.b.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In memory.
    pub fn bytes(&self) -> usize {
        self.a.bytes() + self.b.bytes() + self.dictionary.bytes()
    }
}

fn malformed(message: String) -> Error {
    Error::new("MALFORMED_FILE", format!("zkey: {message}"), "Fetch or make the key again.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;

    /// So many different coefficients, in 8 rows.
    fn of(wires: usize, different: u32) -> (Coefficients, Vec<Term>) {
        let term = |i: u32| Term {
            matrix: if i.is_multiple_of(3) { Matrix::A } else { Matrix::B },
            row: i % 8,
            wire: (wires as u32 - 1).wrapping_sub(i * 31) % wires as u32,
            // Integers of a few bits, of many, and what is no integer.
            coefficient: Fr::from(u64::from(i + 1)).pow(&[u64::from(1 + i % 4)]),
        };
        let terms: Vec<Term> = (0..different).map(term).collect();
        (Coefficients::new(8, wires, terms.iter().copied()).expect("within the circuit"), terms)
    }

    #[test]
    fn entries_take_the_bytes_they_need_and_say_the_same() {
        let wires = 1 << 22;
        // 22 bits for a wire leave 10 of 32 and 18 of 40 for a coefficient.
        for (different, size) in [
            (1 << 10, Size::Four),
            ((1 << 10) + 1, Size::Five),
            (1 << 18, Size::Five),
            ((1 << 18) + 1, Size::Eight),
        ] {
            let (coefficients, terms) = of(wires, different);
            assert_eq!(coefficients.layout.size, size, "{different}");
            assert_eq!(coefficients.len(), different as usize);
            let full = Fr::from(3u64).inverse().expect("not zero").to_bytes();
            let value = |wire: usize| (wire as i64 & 0xffff) - 77;
            let values: Vec<i64> = (0..wires).map(value).collect();
            let full_wire = terms[5].wire;
            let witness =
                Witness::from_integers(values, [(full_wire, &full)].into_iter()).expect("integers");
            for (rows, matrix) in [(&coefficients.a, Matrix::A), (&coefficients.b, Matrix::B)] {
                for row in 0..8 {
                    let of_row = terms.iter().filter(|t| t.matrix == matrix && t.row == row);
                    let expected = of_row.fold(Fr::ZERO, |sum, term| {
                        sum + term.coefficient * witness.element(term.wire as usize)
                    });
                    let plain = coefficients.evaluate(rows, row as usize, &witness);
                    assert_eq!(Fr::from_plain(plain), Some(expected));
                }
            }
        }
    }
}
