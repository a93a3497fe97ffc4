//! The powers of roots that the layers multiply by, computed once for a domain, in the form of the lanes.

use super::{powers, root_of_unity};
use crate::field::{Field, Fr, FrModulus};
use crate::lanes::{PrimeLanes, WIDTH};
use rayon::prelude::*;

/// f, f², f³.
pub type Cube<L> = [<L as PrimeLanes<FrModulus>>::Scalar; 3];
/// f, f², … f⁷.
pub type Seventh<L> = [<L as PrimeLanes<FrModulus>>::Scalar; 7];

/// One direction's constants: w, w², w³ for its root w of order eight.
pub struct Constants<L: PrimeLanes<FrModulus>> {
    eighths: Cube<L>,
}

impl<L: PrimeLanes<FrModulus>> Constants<L> {
    pub fn new(eighth: Fr) -> Self {
        Self { eighths: cube::<L>(eighth) }
    }

    #[inline(always)]
    pub fn quarter(&self) -> L {
        L::broadcast(&self.eighths[1])
    }

    #[inline(always)]
    pub fn eighths(&self) -> [L; 3] {
        [
            L::broadcast(&self.eighths[0]),
            L::broadcast(&self.eighths[1]),
            L::broadcast(&self.eighths[2]),
        ]
    }
}

pub fn cube<L: PrimeLanes<FrModulus>>(f: Fr) -> Cube<L> {
    [f, f.square(), f.square() * f].map(L::scalar)
}

/// For the blocks b < count of a layer that splits x^4h − z_b⁴: z_b = v^e with v the root of order 4·count and e the
/// bits of b reversed. In this order the numbers do not depend on the layer: each uses the beginning of one list.
///
/// @param root of order 4·count
pub fn by_block<L: PrimeLanes<FrModulus>>(root: Fr, count: usize) -> Vec<Cube<L>> {
    let powers = powers(root, count);
    let bits = count.ilog2();
    let reversed = |b: usize| if bits == 0 { 0 } else { b.reverse_bits() >> (usize::BITS - bits) };
    (0..count).into_par_iter().map(|b| cube::<L>(powers[reversed(b)])).collect()
}

/// For a layer that puts 4 transforms on the coset of w_2S⁴ together to one of size S: w_2S^(2j+1), j < S/4.
pub fn by_index<L: PrimeLanes<FrModulus>>(size: usize) -> Vec<Cube<L>> {
    odd_powers(size, size / 4).into_par_iter().map(cube::<L>).collect()
}

/// The same for 8 transforms.
pub fn by_index_of_eight<L: PrimeLanes<FrModulus>>(size: usize) -> Vec<Seventh<L>> {
    let seventh = |f: Fr| {
        let powers = powers(f, 8);
        std::array::from_fn(|k| L::scalar(powers[k + 1]))
    };
    odd_powers(size, size / 8).into_par_iter().map(seventh).collect()
}

fn odd_powers(size: usize, count: usize) -> Vec<Fr> {
    let root = root_of_unity(size.ilog2() + 1);
    powers(root.square(), count).into_iter().map(|power| power * root).collect()
}

/// Of f_i = first·ratio^i the powers f_i^k, k = 1..7, eight values of i at a time: entry b holds i = 8b to 8b + 7.
pub fn across_lanes<L: PrimeLanes<FrModulus>>(first: Fr, ratio: Fr, count: usize) -> Vec<[L; 7]> {
    let f: Vec<Fr> = powers(ratio, count).into_iter().map(|power| power * first).collect();
    let (blocks, _) = f.as_chunks::<WIDTH>();
    let entry = |f: &[Fr; WIDTH]| {
        let mut power = *f;
        std::array::from_fn(|_| {
            let lanes = L::load(&power);
            for (power, f) in power.iter_mut().zip(f) {
                *power *= *f;
            }
            lanes
        })
    };
    blocks.par_iter().map(entry).collect()
}
