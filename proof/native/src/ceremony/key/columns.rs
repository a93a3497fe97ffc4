//! The matrices A, B and C of a circuit by signal: a key has points for signals, a `.r1cs` has rows. Coefficients are
//! kept once each: a circuit of millions of terms has few different ones.

use super::denominators::{Denominators, DividedRow};
use crate::field::Fr;
use crate::files::{R1cs, Row};
use std::collections::HashMap;

/// One matrix: for each signal, in which rows it stands and with which coefficient.
#[derive(Debug)]
pub struct Columns {
    /// Where the terms of each signal begin, and at the end their number.
    starts: Vec<usize>,
    terms: Vec<Term>,
    /// Rows whose terms stand in terms of the row divided by a number: the first of them is row 2^power.
    pub divided: Vec<DividedRow>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// A row of the circuit, or, from 2^power on, a divided one.
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
        for count in &mut counts[0][..=r1cs.n_public()] {
            *count += 1;
        }
        let n_rows = r1cs.n_constraints + r1cs.n_public() + 1;
        let first_divided = 1 << power_of_rows(n_rows);
        let mut columns = counts.map(|counts| Builder::with_counts(counts, first_divided));
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
    first_divided: u32,
    denominators: Denominators,
}

impl Builder {
    /// @param counts of terms, by signal, and a zero
    fn with_counts(mut counts: Vec<usize>, first_divided: u32) -> Self {
        let mut total = 0;
        for count in &mut counts {
            total += std::mem::replace(count, total);
        }
        let terms = vec![Term::default(); total];
        let next = counts.clone();
        let columns = Columns { starts: counts, terms, divided: Vec::new() };
        Self { next, columns, first_divided, denominators: Denominators::default() }
    }

    fn put(&mut self, signal: usize, term: Term) {
        self.columns.terms[self.next[signal]] = term;
        self.next[signal] += 1;
    }

    fn put_row(&mut self, row_number: u32, row: Row<'_>, palette: &mut Palette) {
        let Some(denominator) = self.denominators.of(row) else {
            for (signal, coefficient) in row.encoded() {
                let coefficient = palette.number_of(coefficient);
                self.put(signal as usize, Term { row: row_number, coefficient });
            }
            return;
        };
        let divided = self.first_divided + self.columns.divided.len() as u32;
        self.columns.divided.push(DividedRow { row: row_number, denominator });
        for (signal, coefficient) in row.terms() {
            let multiple = coefficient * Fr::from(denominator);
            let coefficient = palette.number_of(&multiple.to_bytes());
            self.put(signal as usize, Term { row: divided, coefficient });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_fractions_are_divided_and_others_are_not() {
        let denominators = |circuit: &[u8]| {
            let circuit = Circuit::from_r1cs(&R1cs::parse(circuit).expect("a circuit"));
            [circuit.a, circuit.b, circuit.c].map(|columns| {
                let rows = columns.divided.iter();
                rows.map(|row| (row.row, row.denominator)).collect::<Vec<_>>()
            })
        };
        let [a, b, c] = denominators(include_bytes!("../../../tests/vectors/keys/fractions.r1cs"));
        // As `make-keys.ts` writes them: one row of A has a seventh among its fractions, one of B is of integers.
        assert_eq!(a, [(0, 1 << 23), (1, 1 << 23), (2, 35 << 23), (3, 7 << 23)]);
        assert_eq!(b, [(0, 1 << 23), (1, 35), (2, 12)]);
        assert_eq!(c, [(1, 1 << 20), (2, 1 << 23), (3, 35)]);
        let none = denominators(include_bytes!("../../../tests/vectors/circuit.r1cs"));
        assert!(none.iter().all(Vec::is_empty));
    }
}
