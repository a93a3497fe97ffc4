//! The matrices A, B and C of a circuit by signal: a key has points for signals, a `.r1cs` has rows. Coefficients are
//! kept once each: a circuit of millions of terms has few different ones.

use crate::field::Fr;
use crate::files::{R1cs, Row};
use std::collections::HashMap;

/// One matrix: for each signal, in which rows it stands and with which coefficient.
#[derive(Debug)]
pub struct Columns {
    /// Where the terms of each signal begin, and at the end their number.
    starts: Vec<usize>,
    terms: Vec<Term>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Term {
    pub row: u32,
    /// A number in `Circuit::coefficients`.
    pub coefficient: u32,
}

#[derive(Debug)]
pub struct Circuit {
    pub n_signals: usize,
    pub n_public: usize,
    pub n_constraints: usize,
    pub a: Columns,
    pub b: Columns,
    pub c: Columns,
    /// Every coefficient that occurs, once.
    pub coefficients: Vec<Fr>,
}

/// The coefficient of the rows that bind public signals.
const ONE: [u8; 32] = {
    let mut one = [0; 32];
    one[0] = 1;
    one
};

impl Circuit {
    /// The rows of the file, and after them one of A for each public signal and for the constant: they make the
    /// polynomials of the public signals independent (without them a proof could be changed to fit other signals).
    pub fn from_r1cs(r1cs: &R1cs<'_>) -> Self {
        let n_signals = r1cs.n_wires;
        let mut counts = [0; 3].map(|_| vec![0; n_signals + 1]);
        for constraint in r1cs.constraints() {
            for (count, row) in counts.iter_mut().zip([constraint.a, constraint.b, constraint.c]) {
                for (signal, _) in row.encoded() {
                    count[signal as usize] += 1;
                }
            }
        }
        for signal in 0..=r1cs.n_public() {
            counts[0][signal] += 1;
        }
        let mut columns = counts.map(Builder::with_counts);
        let mut palette = Palette::default();
        let mut row_number = 0;
        for constraint in r1cs.constraints() {
            for (column, row) in columns.iter_mut().zip([constraint.a, constraint.b, constraint.c])
            {
                column.put_row(row_number, row, &mut palette);
            }
            row_number += 1;
        }
        for signal in 0..=r1cs.n_public() {
            let coefficient = palette.number_of(&ONE);
            columns[0].put(signal, Term { row: row_number, coefficient });
            row_number += 1;
        }
        let [a, b, c] = columns.map(|builder| builder.columns);
        Self {
            n_signals,
            n_public: r1cs.n_public(),
            n_constraints: r1cs.n_constraints,
            a,
            b,
            c,
            coefficients: palette.coefficients,
        }
    }

    /// The domain has one point for each row: 2^power of them, and no circuit has fewer than two.
    pub fn power(&self) -> u32 {
        power_of_rows(self.n_constraints + self.n_public + 1)
    }
}

/// The least power, but at least 1, that has 2^power ≥ rows.
pub fn power_of_rows(rows: usize) -> u32 {
    rows.max(2).next_power_of_two().ilog2()
}

impl Columns {
    pub fn terms(&self, signal: usize) -> &[Term] {
        &self.terms[self.starts[signal]..self.starts[signal + 1]]
    }

    pub fn n_terms(&self) -> usize {
        self.terms.len()
    }
}

struct Builder {
    columns: Columns,
    /// Where the next term of each signal goes.
    next: Vec<usize>,
}

impl Builder {
    /// @param counts of terms, by signal, and a zero
    fn with_counts(mut counts: Vec<usize>) -> Self {
        let mut total = 0;
        for count in &mut counts {
            total += std::mem::replace(count, total);
        }
        let terms = vec![Term::default(); total];
        Self { next: counts.clone(), columns: Columns { starts: counts, terms } }
    }

    fn put(&mut self, signal: usize, term: Term) {
        self.columns.terms[self.next[signal]] = term;
        self.next[signal] += 1;
    }

    fn put_row(&mut self, row_number: u32, row: Row<'_>, palette: &mut Palette) {
        for (signal, coefficient) in row.encoded() {
            let coefficient = palette.number_of(coefficient);
            self.put(signal as usize, Term { row: row_number, coefficient });
        }
    }
}

#[derive(Default)]
struct Palette {
    numbers: HashMap<[u8; 32], u32>,
    coefficients: Vec<Fr>,
}

impl Palette {
    fn number_of(&mut self, coefficient: &[u8; 32]) -> u32 {
        *self.numbers.entry(*coefficient).or_insert_with(|| {
            let number = u32::try_from(self.coefficients.len()).expect("at most one for each term");
            self.coefficients.push(Fr::from_bytes(coefficient).expect("the file was checked"));
            number
        })
    }
}
