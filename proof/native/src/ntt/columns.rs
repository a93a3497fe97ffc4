//! The layers within the lanes: of each lane's M = N/8 values the transform with the inverse root, natural order to
//! reversed bits, and then, from reversed bits to natural order, the transform on the coset. The first cuts a block into
//! four, the second puts the four together again, so that one walk does both: what lies between happens in a block
//! that stays in the cache, and neither order of bits is ever undone.
//!
//! ```text
//!   block of S ──┬─ cut ──▶ 4 blocks of S/4: the same for each ──▶ join ──┬─▶ block of S
//!                └─ S = M: by 4 or 8, such that the rest is a power of 4 ─┘
//! ```
//! Cutting: the remainder of f mod x^4h − z⁴ becomes the four mod x^h − z·i^k (Bernstein 2001, "Multidigit multiplication
//! for mathematicians", §3). Joining: f(x) = Σ x^k·f_k(x⁴) at x = w_2S^(2j+1) (Cooley, Tukey 1965).

use super::butterfly::{dft4, dft8, scale4, scale8};
use super::factors::{self, Constants, Cube, Seventh, broadcast};
use super::parts::{parts, pieces};
use super::root_of_unity;
use crate::cpu::Cpu;
use crate::field::{Field, Fr};
use crate::lanes::{Forms, Work};
use rayon::prelude::*;

/// Blocks up to this size are done in one call: 64 · 320 bytes stay in the first cache.
const LEAF: usize = 64;
/// Blocks up to this size are one thread's: 1024 · 320 bytes stay in the second cache, and half a millisecond's work is
/// little enough to share out evenly.
const SERIAL: usize = 1024;
/// Of a larger block a thread takes pieces of as many values of each part.
const PIECE: usize = 64;

pub struct Columns<F: Forms> {
    cpu: Cpu,
    size: usize,
    cutting: Constants<F::Fr>,
    joining: Constants<F::Fr>,
    by_block: Vec<Cube<F::Fr>>,
    /// For the sizes 4, 16, 64 … below M, and M itself where it is a power of four.
    by_index: Vec<Vec<Cube<F::Fr>>>,
    /// For M, where it is twice a power of four.
    by_index_of_eight: Vec<Seventh<F::Fr>>,
}

impl<F: Forms> Columns<F> {
    /// @param size M ≥ 4, a power of two
    pub fn new(cpu: Cpu, size: usize) -> Self {
        let k = size.ilog2();
        let inverse = |k| -> Fr { root_of_unity(k).inverse().expect("a root is not zero") };
        Self {
            cpu,
            size,
            cutting: Constants::new(inverse(3)),
            joining: Constants::new(root_of_unity(3)),
            by_block: factors::by_block::<F::Fr>(inverse(k), size / 4),
            by_index: (1..=k / 2).map(|i| factors::by_index::<F::Fr>(1 << (2 * i))).collect(),
            by_index_of_eight: if k.is_multiple_of(2) {
                Vec::new()
            } else {
                factors::by_index_of_eight::<F::Fr>(size)
            },
        }
    }

    /// @param values one polynomial, of bound 4; leaves bound 32
    pub fn transform(&self, values: &mut [F::Fr]) {
        assert_eq!(values.len(), self.size);
        if self.size.ilog2().is_multiple_of(2) {
            self.in_pieces(values, |_, parts| Cut4 { columns: self, block: None, parts });
            self.transform_parts::<4>(values, 0);
            let factors = self.factors_of_join(self.size);
            self.in_pieces(values, |at, parts| Join4 {
                columns: self,
                factors: &factors[at..],
                parts,
            });
        } else {
            self.in_pieces(values, |_, parts| Cut8 { columns: self, parts });
            self.transform_parts::<8>(values, 0);
            let factors = &self.by_index_of_eight;
            self.in_pieces(values, |at, parts| Join8 {
                columns: self,
                factors: &factors[at..],
                parts,
            });
        }
    }

    /// @param b the block's place among those of its size
    fn transform_block(&self, block: &mut [F::Fr], b: usize) {
        if block.len() <= LEAF {
            F::enter(self.cpu, Leaf { columns: self, block, b });
            return;
        }
        let factors = self.factors_of_join(block.len());
        self.in_pieces(block, |_, parts| Cut4 { columns: self, block: Some(b), parts });
        self.transform_parts::<4>(block, b);
        self.in_pieces(block, |at, parts| Join4 { columns: self, factors: &factors[at..], parts });
    }

    fn transform_parts<const R: usize>(&self, block: &mut [F::Fr], b: usize) {
        let size = block.len() / R;
        if block.len() <= SERIAL {
            let parts = block.chunks_exact_mut(size).enumerate();
            parts.for_each(|(k, part)| self.transform_block(part, R * b + k));
        } else {
            let parts = block.par_chunks_exact_mut(size).enumerate();
            parts.for_each(|(k, part)| self.transform_block(part, R * b + k));
        }
    }

    /// Cuts a block into R parts and does the work on pieces of them, at the same places of all.
    fn in_pieces<'a, const R: usize, W: Work<F, Output = ()> + Send>(
        &self,
        block: &'a mut [F::Fr],
        work: impl Fn(usize, [&'a mut [F::Fr]; R]) -> W + Sync,
    ) {
        if block.len() <= SERIAL {
            F::enter(self.cpu, work(0, parts(block)));
        } else {
            let pieces = pieces(block, PIECE).into_par_iter();
            pieces.for_each(|(at, piece)| F::enter(self.cpu, work(at, piece)));
        }
    }

    #[inline(always)]
    fn factors_of_join(&self, size: usize) -> &[Cube<F::Fr>] {
        &self.by_index[size.ilog2() as usize / 2 - 1]
    }
}

/// Where part k of a cut goes: k with its bits reversed.
const REVERSED_4: [usize; 4] = [0, 2, 1, 3];
const REVERSED_8: [usize; 8] = [0, 4, 2, 6, 1, 5, 3, 7];

/// The first layer where z = 1, and the others where z is that of the block.
struct Cut4<'a, F: Forms> {
    columns: &'a Columns<F>,
    block: Option<usize>,
    parts: [&'a mut [F::Fr]; 4],
}

impl<F: Forms> Work<F> for Cut4<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let quarter = self.columns.cutting.quarter();
        match self.block {
            None => each(self.parts, |x, _| permute(dft4::<F::Fr, 4, 8>(x, quarter), REVERSED_4)),
            Some(b) => cut4(self.columns, b, self.parts),
        }
    }
}

#[inline(always)]
fn cut4<F: Forms>(columns: &Columns<F>, b: usize, parts: [&mut [F::Fr]; 4]) {
    let quarter = columns.cutting.quarter();
    let factors = broadcast(&columns.by_block[b]);
    each(parts, |x, _| permute(dft4::<F::Fr, 4, 8>(scale4(x, factors), quarter), REVERSED_4));
}

struct Join4<'a, F: Forms> {
    columns: &'a Columns<F>,
    factors: &'a [Cube<F::Fr>],
    parts: [&'a mut [F::Fr]; 4],
}

impl<F: Forms> Work<F> for Join4<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        join4(self.columns, self.factors, self.parts);
    }
}

#[inline(always)]
fn join4<F: Forms>(columns: &Columns<F>, factors: &[Cube<F::Fr>], parts: [&mut [F::Fr]; 4]) {
    let quarter = columns.joining.quarter();
    let factors = &factors[..parts[0].len()];
    each(parts, |x, j| {
        dft4::<F::Fr, 4, 8>(scale4(permute(x, REVERSED_4), broadcast(&factors[j])), quarter)
    });
}

struct Cut8<'a, F: Forms> {
    columns: &'a Columns<F>,
    parts: [&'a mut [F::Fr]; 8],
}

impl<F: Forms> Work<F> for Cut8<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let eighths = self.columns.cutting.eighths();
        each(self.parts, |x, _| permute(dft8(x, eighths), REVERSED_8));
    }
}

struct Join8<'a, F: Forms> {
    columns: &'a Columns<F>,
    factors: &'a [Seventh<F::Fr>],
    parts: [&'a mut [F::Fr]; 8],
}

impl<F: Forms> Work<F> for Join8<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let eighths = self.columns.joining.eighths();
        let factors = &self.factors[..self.parts[0].len()];
        each(self.parts, |x, j| {
            dft8(scale8(permute(x, REVERSED_8), broadcast(&factors[j])), eighths)
        });
    }
}

/// A block of 1, 4, 16 or 64: all its layers.
struct Leaf<'a, F: Forms> {
    columns: &'a Columns<F>,
    block: &'a mut [F::Fr],
    b: usize,
}

impl<F: Forms> Work<F> for Leaf<'_, F> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        let Self { columns, block, b } = self;
        let whole = block.len();
        let mut size = whole;
        while size >= 4 {
            let first = b * (whole / size);
            for (k, block) in block.chunks_exact_mut(size).enumerate() {
                cut4(columns, first + k, parts(block));
            }
            size /= 4;
        }
        size = 4;
        while size <= whole {
            let factors = columns.factors_of_join(size);
            for block in block.chunks_exact_mut(size) {
                join4(columns, factors, parts(block));
            }
            size *= 4;
        }
    }
}

/// Replaces the R elements at each place of the parts by what f makes of them.
#[inline(always)]
fn each<L: Copy, const R: usize>(parts: [&mut [L]; R], f: impl Fn([L; R], usize) -> [L; R]) {
    let length = parts[0].len();
    let mut parts = parts.map(|part| &mut part[..length]);
    for j in 0..length {
        let y = f(std::array::from_fn(|k| parts[k][j]), j);
        for (part, y) in parts.iter_mut().zip(y) {
            part[j] = y;
        }
    }
}

#[inline(always)]
fn permute<L: Copy, const R: usize>(x: [L; R], order: [usize; R]) -> [L; R] {
    order.map(|k| x[k])
}
