//! The matrices A and B of a key, by row: eight bytes a coefficient, made once and read by every proof. C is not there:
//! c_i = a_i·b_i for a witness that fulfils the circuit, and snarkjs's keys do not hold it.

use crate::error::{Error, Result};
use crate::field::Fr;
use crate::witness::small_of;
use std::collections::HashMap;

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
    pub(super) table: Vec<Coefficient>,
    wires: usize,
}

/// The entries of the row at place i are `entries[starts[i]..starts[i + 1]]`.
pub(super) struct Rows {
    order: Order,
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

/// Most coefficients are integers of a few bits; the others have few different values, which a table holds.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry {
    pub wire: u32,
    /// The integer, doubled; or the index in the table, doubled, plus one.
    pub code: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coefficient {
    /// Between −2^62 and 2^62, both excluded.
    Small(i64),
    Full(Fr),
}

/// Integers below this magnitude are held in the entry itself.
const INLINE: i64 = 1 << 30;

impl Entry {
    /// The coefficient, if it is an integer between −2^30 and 2^30.
    #[inline(always)]
    pub fn inline(self) -> Option<i64> {
        (self.code & 1 == 0).then_some(i64::from(self.code >> 1))
    }

    #[inline(always)]
    pub fn coefficient(self, table: &[Coefficient]) -> Coefficient {
        match self.inline() {
            Some(integer) => Coefficient::Small(integer),
            None => table[(self.code >> 1) as usize],
        }
    }
}

impl Rows {
    /// Empty where a row has no coefficient.
    #[inline(always)]
    pub fn row(&self, row: usize) -> &[Entry] {
        let place = self.order.place(row);
        match self.starts.get(place..place + 2) {
            Some(&[start, end]) => &self.entries[start as usize..end as usize],
            _ => &[],
        }
    }
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
    entries: Vec<Entry>,
}

impl Filling {
    fn new(rows: usize) -> Self {
        Self { order: Order::of(rows), starts: Vec::new(), entries: Vec::new() }
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

    fn allocate(&mut self) {
        let mut total = 0;
        for start in &mut self.starts {
            total += *start;
            *start = total;
        }
        self.entries = vec![Entry::default(); total as usize];
    }

    fn put(&mut self, row: usize, entry: Entry) {
        let end = &mut self.starts[self.order.place(row) + 1];
        self.entries[*end as usize] = entry;
        *end += 1;
    }

    fn finish(mut self) -> Rows {
        self.starts.pop();
        Rows { order: self.order, starts: self.starts, entries: self.entries }
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
        for term in terms.clone() {
            if term.row as usize >= rows || term.wire as usize >= wires {
                let Term { row, wire, .. } = term;
                return Err(malformed(format!(
                    "a coefficient in row {row} of {rows}, for wire {wire} of {wires}"
                )));
            }
            count =
                count.checked_add(1).ok_or_else(|| malformed("too many coefficients".into()))?;
            match term.matrix {
                Matrix::A => a.count(term.row as usize),
                Matrix::B => b.count(term.row as usize),
            }
        }
        a.allocate();
        b.allocate();
        let mut codes = Codes::default();
        for term in terms {
            let entry = Entry { wire: term.wire, code: codes.code(term.coefficient)? };
            match term.matrix {
                Matrix::A => a.put(term.row as usize, entry),
                Matrix::B => b.put(term.row as usize, entry),
            }
        }
        Ok(Self { a: a.finish(), b: b.finish(), table: codes.table, wires })
    }

    pub fn wires(&self) -> usize {
        self.wires
    }

    /// Of both matrices.
    pub fn len(&self) -> usize {
        self.a.entries.len() + self.b.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Gives each coefficient its code, and the table that the codes speak of.
#[derive(Default)]
struct Codes {
    table: Vec<Coefficient>,
    known: HashMap<Fr, i32>,
}

impl Codes {
    fn code(&mut self, coefficient: Fr) -> Result<i32> {
        let small = small_of(&coefficient.to_plain());
        if let Some(integer) = small.filter(|integer| integer.abs() < INLINE) {
            return Ok((integer << 1) as i32);
        }
        if let Some(code) = self.known.get(&coefficient) {
            return Ok(*code);
        }
        if self.table.len() as i64 >= INLINE {
            return Err(malformed("more than 2^30 different coefficients".into()));
        }
        let code = (self.table.len() << 1 | 1) as i32;
        self.table.push(small.map_or(Coefficient::Full(coefficient), Coefficient::Small));
        self.known.insert(coefficient, code);
        Ok(code)
    }
}

fn malformed(message: String) -> Error {
    Error::new("MALFORMED_FILE", format!("zkey: {message}"), "Fetch or make the key again.")
}
