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
use crate::field::{Field, Fr, FrModulus};
use crate::lanes::{Forms, PrimeLanes, Work};
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
        let Self { cutting, joining, .. } = self;
        if self.size.ilog2().is_multiple_of(2) {
            self.layer::<4, _>(values, |_| CutWhole4(cutting));
            self.transform_parts::<4>(values, 0);
            let factors = self.factors_of_join(self.size);
            self.layer::<4, _>(values, |first| Join4(joining, &factors[first..]));
        } else {
            self.layer::<8, _>(values, |_| CutWhole8(cutting));
            self.transform_parts::<8>(values, 0);
            let factors = &self.by_index_of_eight;
            self.layer::<8, _>(values, |first| Join8(joining, &factors[first..]));
        }
    }

    /// @param b the block's place among those of its size
    fn transform_block(&self, block: &mut [F::Fr], b: usize) {
        if block.len() <= LEAF {
            F::enter(self.cpu, Leaf { columns: self, block, b });
            return;
        }
        let factors = self.factors_of_join(block.len());
        self.layer::<4, _>(block, |_| Cut4(&self.cutting, &self.by_block[b]));
        self.transform_parts::<4>(block, b);
        self.layer::<4, _>(block, |first| Join4(&self.joining, &factors[first..]));
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

    /// One layer of a block.
    ///
    /// @param layer_from the layer for places from the given one on
    fn layer<const R: usize, Y: Layer<F::Fr, R>>(
        &self,
        block: &mut [F::Fr],
        layer_from: impl Fn(usize) -> Y + Sync,
    ) {
        if block.len() <= SERIAL {
            F::enter(self.cpu, Pass { layer: layer_from(0), parts: parts(block) });
        } else {
            pieces(block, PIECE).into_par_iter().for_each(|(first, parts)| {
                F::enter(self.cpu, Pass { layer: layer_from(first), parts });
            });
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

/// What a layer does to the R elements at place j of the parts.
trait Layer<L, const R: usize> {
    fn at(&self, j: usize, x: [L; R]) -> [L; R];
}

/// A layer on R parts of a block, or on pieces of them.
struct Pass<'a, L, const R: usize, Y> {
    layer: Y,
    parts: [&'a mut [L]; R],
}

impl<F: Forms, const R: usize, Y: Layer<F::Fr, R>> Work<F> for Pass<'_, F::Fr, R, Y> {
    type Output = ();
    #[inline(always)]
    fn run(self) {
        pass(&self.layer, self.parts);
    }
}

#[inline(always)]
fn pass<L: Copy, const R: usize>(layer: &impl Layer<L, R>, parts: [&mut [L]; R]) {
    let length = parts[0].len();
    assert!(parts.iter().all(|part| part.len() == length));
    for j in 0..length {
        let mut x = [parts[0][j]; R];
        for k in 1..R {
            x[k] = parts[k][j];
        }
        let y = layer.at(j, x);
        for k in 0..R {
            parts[k][j] = y[k];
        }
    }
}

/// The first cut, where z = 1.
struct CutWhole4<'a, L: PrimeLanes<FrModulus>>(&'a Constants<L>);

impl<L: PrimeLanes<FrModulus>> Layer<L, 4> for CutWhole4<'_, L> {
    #[inline(always)]
    fn at(&self, _j: usize, x: [L; 4]) -> [L; 4] {
        permute(dft4::<L, 4, 8>(x, self.0.quarter()), REVERSED_4)
    }
}

struct CutWhole8<'a, L: PrimeLanes<FrModulus>>(&'a Constants<L>);

impl<L: PrimeLanes<FrModulus>> Layer<L, 8> for CutWhole8<'_, L> {
    #[inline(always)]
    fn at(&self, _j: usize, x: [L; 8]) -> [L; 8] {
        permute(dft8(x, self.0.eighths()), REVERSED_8)
    }
}

/// A later one: z, z², z³ of the block.
struct Cut4<'a, L: PrimeLanes<FrModulus>>(&'a Constants<L>, &'a Cube<L>);

impl<L: PrimeLanes<FrModulus>> Layer<L, 4> for Cut4<'_, L> {
    #[inline(always)]
    fn at(&self, _j: usize, x: [L; 4]) -> [L; 4] {
        let scaled = scale4(x, broadcast(self.1));
        permute(dft4::<L, 4, 8>(scaled, self.0.quarter()), REVERSED_4)
    }
}

/// The factors of each place.
struct Join4<'a, L: PrimeLanes<FrModulus>>(&'a Constants<L>, &'a [Cube<L>]);

impl<L: PrimeLanes<FrModulus>> Layer<L, 4> for Join4<'_, L> {
    #[inline(always)]
    fn at(&self, j: usize, x: [L; 4]) -> [L; 4] {
        let scaled = scale4(permute(x, REVERSED_4), broadcast(&self.1[j]));
        dft4::<L, 4, 8>(scaled, self.0.quarter())
    }
}

struct Join8<'a, L: PrimeLanes<FrModulus>>(&'a Constants<L>, &'a [Seventh<L>]);

impl<L: PrimeLanes<FrModulus>> Layer<L, 8> for Join8<'_, L> {
    #[inline(always)]
    fn at(&self, j: usize, x: [L; 8]) -> [L; 8] {
        dft8(scale8(permute(x, REVERSED_8), &broadcast(&self.1[j])), self.0.eighths())
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
            let factors = &columns.by_block[b * (whole / size)..];
            for (block, factors) in block.chunks_exact_mut(size).zip(factors) {
                pass(&Cut4(&columns.cutting, factors), parts(block));
            }
            size /= 4;
        }
        size = 4;
        while size <= whole {
            let layer = Join4(&columns.joining, columns.factors_of_join(size));
            for block in block.chunks_exact_mut(size) {
                pass(&layer, parts(block));
            }
            size *= 4;
        }
    }
}

#[inline(always)]
fn permute<L: Copy, const R: usize>(x: [L; R], order: [usize; R]) -> [L; R] {
    let mut permuted = x;
    for k in 0..R {
        permuted[k] = x[order[k]];
    }
    permuted
}
