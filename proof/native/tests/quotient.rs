//! The scalars of the H query: every form, size and number of threads against the reference.

use assay_native::cpu::Cpu;
use assay_native::field::{Field, Fr, FrModulus, Modulus};
use assay_native::quotient::reference::h_scalars;
use assay_native::quotient::{Coefficients, Matrix, Quotient, Term};
use assay_native::witness::{SMALL, Witness};
use proptest::prelude::*;

/// A generator that needs no crate: Marsaglia 2003, "Xorshift RNGs".
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    /// Of every class that the coefficient pass tells apart, and at their edges.
    fn element(&mut self) -> Fr {
        let limbs = [(); 4].map(|()| self.next());
        let small = self.next() as i64;
        match self.below(12) {
            0..3 => Fr::from(small & 1),
            3 => -Fr::ONE,
            4 => Fr::from(small >> 50),
            5 => Fr::from(small >> 33),
            6 => Fr::from(small >> 2),
            7 => [SMALL - 1, SMALL, -SMALL, 1 - SMALL, 1 << 30, -(1 << 30), (1 << 30) - 1]
                .map(Fr::from)[self.below(7)],
            8 => Fr::from(2u64).pow(&[self.next() % 254]),
            _ => Fr::from_plain_unchecked(limbs),
        }
    }
}

fn witness_of(values: &[Fr]) -> Witness {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_bytes()).collect();
    Witness::from_wtns(&bytes).expect("canonical")
}

/// Short rows, some long ones, empty ones, and the last row always used.
fn circuit(k: u32, random: &mut Random) -> (Vec<Term>, Vec<Fr>) {
    let n = 1usize << k;
    let wires = n / 2 + 3;
    let mut terms = Vec::new();
    for row in 0..n {
        for matrix in [Matrix::A, Matrix::B] {
            let count = match random.below(16) {
                0 => 0,
                1 if row % 8 == 0 => 40,
                _ if row + 1 == n => 1,
                _ => 1 + random.below(3),
            };
            for _ in 0..count {
                let wire = random.below(wires) as u32;
                terms.push(Term { matrix, row: row as u32, wire, coefficient: random.element() });
            }
        }
    }
    let values = (0..wires).map(|_| random.element()).collect();
    (terms, values)
}

fn coefficients_of(k: u32, wires: usize, terms: &[Term]) -> Coefficients {
    Coefficients::new(1 << k, wires, terms.iter().copied()).expect("within the circuit")
}

fn in_threads<R: Send>(threads: usize, work: impl FnOnce() -> R + Send) -> R {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads").install(work)
}

#[test]
fn every_form_size_and_number_of_threads_agrees_with_the_reference() {
    let mut random = Random(0x5eed);
    let mut out = Vec::new();
    for k in 0..=14 {
        let (terms, values) = circuit(k, &mut random);
        let expected = h_scalars(1 << k, &terms, &values);
        let witness = witness_of(&values);
        for cpu in Cpu::all() {
            let quotient = Quotient::new(cpu, coefficients_of(k, values.len(), &terms), k);
            for threads in 1..=5 {
                in_threads(threads, || quotient.h_scalars(&witness, &mut out));
                assert!(out == expected, "{cpu:?}, 2^{k}, {threads} threads");
            }
        }
    }
}

#[test]
fn extreme_rows_agree_with_the_reference() {
    let k = 7;
    let n = 1u32 << k;
    let minus_one = -Fr::ONE;
    let largest = Fr::from(SMALL - 1);
    let pairs = [
        (Fr::ZERO, Fr::ZERO),
        (minus_one, minus_one),
        (largest, largest),
        (-largest, largest),
        (Fr::from((1i64 << 30) - 1), largest),
        (Fr::from(1u64 << 30), largest),
        (minus_one, Fr::from(SMALL)),
        (Fr::from(SMALL), minus_one),
        (Fr::from(3u64).inverse().expect("not zero"), largest),
        (Fr::from(3u64).inverse().expect("not zero"), -largest),
        (Fr::from(3u64).inverse().expect("not zero"), Fr::from(5u64).inverse().expect("not zero")),
    ];
    for (coefficient, value) in pairs {
        // 64 summands in a row: sums of integers that pass 2^127 if nobody looks.
        let term = |i: u32| {
            let matrix = if i.is_multiple_of(2) { Matrix::A } else { Matrix::B };
            Term { matrix, row: (i / 128) % n, wire: 1, coefficient }
        };
        let terms: Vec<Term> = (0..128 * n).map(term).collect();
        let values = [Fr::ONE, value];
        let expected = h_scalars(1 << k, &terms, &values);
        for cpu in Cpu::all() {
            let quotient = Quotient::new(cpu, coefficients_of(k, 2, &terms), k);
            let mut out = Vec::new();
            quotient.h_scalars(&witness_of(&values), &mut out);
            assert!(out == expected, "{cpu:?}: {coefficient:?} · {value:?}");
        }
    }
}

#[test]
fn a_quotient_is_used_again_and_by_several_at_once() {
    let mut random = Random(7);
    let (terms, values) = circuit(8, &mut random);
    let others: Vec<Fr> = values.iter().map(|value| *value + Fr::ONE).collect();
    let quotient = Quotient::new(Cpu::fastest(), coefficients_of(8, values.len(), &terms), 8);
    std::thread::scope(|scope| {
        for values in [&values, &others, &values, &others] {
            let (quotient, terms) = (&quotient, &terms);
            scope.spawn(move || {
                let expected = h_scalars(1 << 8, terms, values);
                let mut out = vec![[1; 4]; 3];
                for _ in 0..10 {
                    quotient.h_scalars(&witness_of(values), &mut out);
                    assert!(out == expected);
                }
            });
        }
    });
}

#[test]
fn one_changed_value_changes_the_scalars() {
    let mut random = Random(11);
    let (terms, mut values) = circuit(8, &mut random);
    let quotient = Quotient::new(Cpu::fastest(), coefficients_of(8, values.len(), &terms), 8);
    let (mut before, mut after) = (Vec::new(), Vec::new());
    quotient.h_scalars(&witness_of(&values), &mut before);
    let used = terms.iter().find(|term| !term.coefficient.is_zero()).expect("some term").wire;
    values[used as usize] += Fr::ONE;
    quotient.h_scalars(&witness_of(&values), &mut after);
    assert!(before != after);
}

#[test]
fn refuses_coefficients_outside_the_circuit() {
    let term = |row, wire| Term { matrix: Matrix::B, row, wire, coefficient: Fr::ONE };
    let code = |term| Coefficients::new(4, 3, [term].into_iter()).err().map(|error| error.code);
    assert_eq!(code(term(3, 2)), None);
    assert_eq!(code(term(4, 2)), Some("MALFORMED_FILE"));
    assert_eq!(code(term(3, 3)), Some("MALFORMED_FILE"));
}

#[test]
#[should_panic(expected = "a witness of another circuit")]
fn refuses_a_witness_of_another_circuit() {
    let quotient = Quotient::new(Cpu::fastest(), coefficients_of(2, 3, &[]), 2);
    quotient.h_scalars(&witness_of(&[Fr::ONE]), &mut Vec::new());
}

proptest! {
    /// In whatever order the file has them, and more than one for the same place.
    #[test]
    fn the_order_of_the_coefficients_does_not_matter(seed in 1u64.., k in 0u32..7) {
        let mut random = Random(seed);
        let (mut terms, values) = circuit(k, &mut random);
        terms.extend_from_within(..terms.len() / 2);
        let expected = h_scalars(1 << k, &terms, &values);
        for i in (1..terms.len()).rev() {
            terms.swap(i, random.below(i + 1));
        }
        let coefficients = coefficients_of(k, values.len(), &terms);
        prop_assert_eq!(coefficients.len(), terms.len());
        let mut out = Vec::new();
        Quotient::new(Cpu::fastest(), coefficients, k).h_scalars(&witness_of(&values), &mut out);
        prop_assert_eq!(&out, &expected);
        let r_minus_one = { let mut p = FrModulus::P; p[0] -= 1; p };
        prop_assert!(out.iter().all(|h| h.iter().rev().le(r_minus_one.iter().rev())));
    }
}
