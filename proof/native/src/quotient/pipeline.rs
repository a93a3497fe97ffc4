//! The way from witness to scalars on eight lanes, in one form of the arithmetic.
//!
//! ```text
//!   rows ▶ a b c=a·b ▶ entry │ columns of a, b, c │ exit ▶ a·b − c ▶ h
//!   ── one walk through A and B ──   the transforms   ── one walk ──
//! ```
//! Rows come as plain integers x, which lanes of radix R read as x/R. All that follows is linear in a, b and c but for the
//! two products, so that two constants make up for R and for the N that the transforms leave:
//! c = a·b·N at the beginning, h = (a·b − c)·R/N² at the end, whose packed form R·h is the plain scalar.

use super::Path;
use super::coefficients::Coefficients;
use crate::cpu::Cpu;
use crate::field::{Field, Fr, FrModulus};
use crate::lanes::{Forms, Kernel, PrimeLanes, Row, WIDTH, Work};
use crate::ntt::{Domain, pieces};
use crate::witness::Witness;
use rayon::prelude::*;
use std::hint::black_box;
use std::sync::{Mutex, PoisonError};

/// Blocks of 8 × 8 values that a thread takes at a time: the rows of 512 constraints, some 50 µs.
const BLOCKS: usize = 8;

struct Pipeline<F: Forms> {
    domain: Domain<F>,
    /// N.
    entry_scale: F::Fr,
    /// R/N².
    exit_scale: F::Fr,
    /// Memory for the next proof, all zero: touching 30 MB for the first time takes longer than a transform.
    free: Mutex<Vec<Polynomials<F::Fr>>>,
}

/// a, b and c, in blocks of eight vectors.
type Polynomials<L> = [Vec<[L; WIDTH]>; 3];

/// Makes the path of this machine's form.
pub(super) struct Build {
    pub cpu: Cpu,
    pub k: u32,
}

impl Kernel for Build {
    type Output = Box<dyn Path>;

    fn run<F: Forms>(self) -> Box<dyn Path> {
        let n = Fr::from(1u64 << self.k);
        let radix_inverse = <F::Fr as PrimeLanes<FrModulus>>::unpack([1, 0, 0, 0]);
        let exit_scale = (n.square() * radix_inverse).inverse().expect("neither is zero");
        Box::new(Pipeline::<F> {
            domain: Domain::new(self.cpu, self.k),
            entry_scale: PrimeLanes::splat(n),
            exit_scale: PrimeLanes::splat(exit_scale),
            free: Mutex::new(Vec::new()),
        })
    }
}

impl<F: Forms> Path for Pipeline<F> {
    fn h_scalars(&self, coefficients: &Coefficients, witness: &Witness, out: &mut [[u64; 4]]) {
        let cpu = self.domain.cpu();
        let mut polynomials = self.take();
        let [a, b, c] = &mut polynomials;

        (a.par_chunks_mut(BLOCKS), b.par_chunks_mut(BLOCKS), c.par_chunks_mut(BLOCKS))
            .into_par_iter()
            .enumerate()
            .for_each(|(chunk, (a, b, c))| {
                let first = chunk * BLOCKS;
                F::enter(cpu, Begin { pipeline: self, coefficients, witness, first, a, b, c });
            });

        [&mut *a, b, c].into_par_iter().for_each(|polynomial| {
            self.domain.transform_columns(polynomial.as_flattened_mut());
        });

        let out = pieces::<_, WIDTH>(out, BLOCKS * WIDTH);
        (a.par_chunks_mut(BLOCKS), b.par_chunks_mut(BLOCKS), c.par_chunks_mut(BLOCKS), out)
            .into_par_iter()
            .for_each(|(a, b, c, (place, out))| {
                let first = place / WIDTH;
                F::enter(cpu, End { pipeline: self, first, a, b, c, out });
            });

        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(polynomials);
    }
}

impl<F: Forms> Pipeline<F> {
    fn take(&self) -> Polynomials<F::Fr> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        free.unwrap_or_else(|| {
            let zero = PrimeLanes::splat(Fr::ZERO);
            std::array::from_fn(|_| vec![[zero; WIDTH]; self.domain.vectors() / WIDTH])
        })
    }
}

/// Rows, c = a·b·N, and the entry, for some blocks.
struct Begin<'a, F: Forms> {
    pipeline: &'a Pipeline<F>,
    coefficients: &'a Coefficients,
    witness: &'a Witness,
    first: usize,
    a: &'a mut [[F::Fr; WIDTH]],
    b: &'a mut [[F::Fr; WIDTH]],
    c: &'a mut [[F::Fr; WIDTH]],
}

impl<F: Forms> Work<F> for Begin<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pipeline { domain, entry_scale, .. } = self.pipeline;
        let blocks = self.a.iter_mut().zip(self.b).zip(self.c);
        for (block, ((a, b), c)) in (self.first..).zip(blocks) {
            for l in 0..WIDTH {
                let row = l * domain.vectors() + block * WIDTH;
                let rows = evaluate_rows(self.coefficients, self.witness, row);
                let [r0, r1, r2, r3, r4, r5, r6, r7] = &rows;
                (a[l], b[l]) = PrimeLanes::load_rows([r0, r1, r2, r3, r4, r5, r6, r7]);
                c[l] = a[l].mul(b[l]).mul(*entry_scale);
            }
            for values in [a, b, c] {
                domain.entry.enter(block, values);
            }
        }
    }
}

/// a_i and b_i of eight rows.
#[inline(always)]
fn evaluate_rows(coefficients: &Coefficients, witness: &Witness, first: usize) -> [Row; WIDTH] {
    let Coefficients { a, b, .. } = coefficients;
    let mut rows = [Row::ZERO; WIDTH];
    for (row, place) in rows.iter_mut().zip(first..) {
        let a = coefficients.evaluate(a, place, witness);
        let b = coefficients.evaluate(b, place, witness);
        *row = Row([a, b]);
    }
    rows
}

/// The exit and h = (a·b − c)·R/N², for some blocks; leaves zeros.
struct End<'a, F: Forms> {
    pipeline: &'a Pipeline<F>,
    first: usize,
    a: &'a mut [[F::Fr; WIDTH]],
    b: &'a mut [[F::Fr; WIDTH]],
    c: &'a mut [[F::Fr; WIDTH]],
    out: [&'a mut [[u64; 4]]; WIDTH],
}

impl<F: Forms> Work<F> for End<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pipeline { domain, exit_scale, .. } = self.pipeline;
        let zero = PrimeLanes::splat(Fr::ZERO);
        let blocks = self.a.iter_mut().zip(&mut *self.b).zip(&mut *self.c);
        for (block, ((a, b), c)) in blocks.enumerate() {
            for columns in [&mut *a, &mut *b, &mut *c] {
                domain.exit.leave(self.first + block, columns);
            }
            for l in 0..WIDTH {
                // Bounds 8 and 4, then 4 − 32 + 32.
                let first = a[l].reduce::<16>().reduce::<8>();
                let second = b[l].reduce::<16>().reduce::<8>().reduce::<4>();
                a[l] = first.mul(second).sub::<32>(c[l]).mul(*exit_scale);
            }
            for l in [0, 2, 4, 6] {
                let rows = PrimeLanes::store_rows(a[l], a[l + 1]);
                for t in 0..WIDTH {
                    let Row([first, second]) = rows[t];
                    self.out[l][block * WIDTH + t] = first;
                    self.out[l + 1][block * WIDTH + t] = second;
                }
            }
            for values in [a, b, c] {
                values.fill(zero);
            }
        }
        // They were secret: the compiler may not conclude that nobody reads the zeros.
        black_box((self.a, self.b, self.c));
    }
}
