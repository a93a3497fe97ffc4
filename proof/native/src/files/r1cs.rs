//! `.r1cs`: rows of three sparse linear combinations, A·w × B·w = C·w over Fr. iden3, "Binary format for R1CS",
//! version 1, as circom writes it.

use super::binfile::{Container, Format};
use super::cursor::Cursor;
use super::wtns::is_below_r;
use crate::error::Result;
use crate::field::{Fr, FrModulus, Modulus};

/// Sections 4 and 5 are custom gates, which Groth16 has not.
pub static R1CS: Format =
    Format { magic: b"r1cs", version: 1, sections: &[1, 2, 3], code: "R1CS_MALFORMED" };

/// u32 wire, then the coefficient.
const TERM_BYTES: usize = 4 + 32;
/// u64 label.
const LABEL_BYTES: u64 = 8;

/// All of it is checked: every wire is there, every coefficient below r, every row within the file.
#[derive(Clone, Copy, Debug)]
pub struct R1cs<'a> {
    /// In order: the constant 1, public outputs, public inputs, private inputs, all others.
    pub n_wires: usize,
    pub n_outputs: usize,
    pub n_public_inputs: usize,
    /// circom counts those, too, that stand in no row and have no wire.
    pub n_private_inputs: usize,
    pub n_labels: u64,
    pub n_constraints: usize,
    rows: &'a [u8],
}

/// a·w × b·w = c·w.
#[derive(Clone, Copy, Debug)]
pub struct Constraint<'a> {
    pub a: Row<'a>,
    pub b: Row<'a>,
    pub c: Row<'a>,
}

/// A sparse linear combination of wires.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    terms: &'a [[u8; TERM_BYTES]],
}

impl<'a> R1cs<'a> {
    /// # Errors
    /// `R1CS_MALFORMED`.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let file = Container::parse(bytes, &R1CS)?;
        let mut header = file.cursor(1)?;
        header.modulus(FrModulus::P, "r")?;
        let n_wires = header.u32("the number of wires")?;
        let n_outputs = header.u32("the number of public outputs")?;
        let n_public_inputs = header.u32("the number of public inputs")?;
        let n_private_inputs = header.u32("the number of private inputs")?;
        let n_labels = header.u64("the number of labels")?;
        let n_constraints = header.u32("the number of constraints")?;
        header.end()?;
        let needed = 1 + u64::from(n_outputs) + u64::from(n_public_inputs);
        if u64::from(n_wires) < needed {
            let expected = format!("at least {needed}");
            return Err(R1CS.malformed("section 1, the number of wires", expected, n_wires));
        }
        if file.optional(3).is_some() {
            file.section_of(3, u64::from(n_wires) * LABEL_BYTES)?;
        }
        let mut rows = file.cursor(2)?;
        for constraint in 0..n_constraints {
            for matrix in ["A", "B", "C"] {
                check_row(&mut rows, n_wires, matrix, constraint)?;
            }
        }
        rows.end()?;
        Ok(Self {
            n_wires: n_wires as usize,
            n_outputs: n_outputs as usize,
            n_public_inputs: n_public_inputs as usize,
            n_private_inputs: n_private_inputs as usize,
            n_labels,
            n_constraints: n_constraints as usize,
            rows: file.section(2)?,
        })
    }

    /// Outputs and public inputs.
    pub fn n_public(&self) -> usize {
        self.n_outputs + self.n_public_inputs
    }

    /// In the order of the file.
    pub fn constraints(&self) -> Constraints<'a> {
        Constraints { rows: self.rows, left: self.n_constraints }
    }
}

fn check_row(rows: &mut Cursor<'_>, n_wires: u32, matrix: &str, constraint: u32) -> Result<()> {
    // The place is spelled out only for a row that is refused: there are millions.
    let malformed = |rows: &Cursor<'_>, what: &str, expected: String, got: String| {
        rows.malformed(&format!("row {constraint} of {matrix}, {what}"), expected, got)
    };
    let count = rows.u32("the number of terms of a row")?;
    let terms = (count as usize).checked_mul(TERM_BYTES).and_then(|length| rows.split(length));
    let Some(terms) = terms else {
        let got = format!("{} bytes", rows.left());
        return Err(malformed(rows, "its terms", format!("{count} of {TERM_BYTES} bytes"), got));
    };
    for (wire, coefficient) in (Row { terms: terms.as_chunks().0 }).encoded() {
        if wire >= n_wires {
            let expected = format!("a wire below {n_wires}");
            return Err(malformed(rows, "a term", expected, format!("wire {wire}")));
        }
        if !is_below_r(coefficient) {
            let expected = "a coefficient below r".to_string();
            return Err(malformed(rows, "a term", expected, "another".to_string()));
        }
    }
    Ok(())
}

impl<'a> Row<'a> {
    pub fn len(&self) -> usize {
        self.terms.len()
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Wires and their coefficients, in the order of the file; a wire may stand twice.
    pub fn terms(self) -> impl ExactSizeIterator<Item = (u32, Fr)> + 'a {
        self.encoded().map(|(wire, bytes)| {
            (wire, Fr::from_bytes(bytes).expect("every coefficient was checked"))
        })
    }

    /// The same with the coefficients as the file has them: plain, little-endian, below r.
    pub fn encoded(self) -> impl ExactSizeIterator<Item = (u32, &'a [u8; 32])> {
        self.terms.iter().map(|term| {
            let (wire, coefficient) = term.split_first_chunk().expect("36 bytes");
            (u32::from_le_bytes(*wire), coefficient.try_into().expect("32 bytes"))
        })
    }
}

/// The constraints of a file, one after another.
#[derive(Clone, Debug)]
pub struct Constraints<'a> {
    rows: &'a [u8],
    left: usize,
}

impl<'a> Constraints<'a> {
    fn row(&mut self) -> Row<'a> {
        let (count, rest) = self.rows.split_first_chunk().expect("every row was checked");
        let (terms, rest) = rest.split_at(u32::from_le_bytes(*count) as usize * TERM_BYTES);
        self.rows = rest;
        Row { terms: terms.as_chunks().0 }
    }
}

impl<'a> Iterator for Constraints<'a> {
    type Item = Constraint<'a>;

    fn next(&mut self) -> Option<Constraint<'a>> {
        self.left = self.left.checked_sub(1)?;
        Some(Constraint { a: self.row(), b: self.row(), c: self.row() })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Constraints<'_> {}
