//! Transforms of 4 and 8 elements, each of them eight lanes wide: X_k = Σ_l x_l·w^lk, natural order on both sides.
//! "Bound" as in `lanes`: the multiple of r that a value stays below.
//!
//! Here and in all hot loops of this folder: no closures over lanes. The compiler may leave one outside of the function
//! that has the vector instructions, at two hundred times the cost.

use crate::field::FrModulus;
use crate::lanes::PrimeLanes;

/// What a value may be when it comes to a layer, and what a layer may leave. Factors are below r and a product takes a
/// bound of 40 with them, so that only the summand without a factor is reduced on its way: 32 → 16, and 16 + 3·4 is
/// within 32 again.
pub const LAYER_BOUND: u64 = 32;
const HALF_LAYER_BOUND: u64 = LAYER_BOUND / 2;

/// @param i the root of order four
/// x[0] of any bound A, the others of bound B; gives A + 3B.
#[inline(always)]
pub fn dft4<L: PrimeLanes<FrModulus>, const B: u64, const TWICE_B: u64>(x: [L; 4], i: L) -> [L; 4] {
    const { assert!(TWICE_B == 2 * B) };
    let [x0, x1, x2, x3] = x;
    let (s0, e0) = (x0.add(x2), x0.sub::<B>(x2));
    let (s1, e1) = (x1.add(x3), x1.sub::<B>(x3).mul(i));
    // A product has bound 4, which is at most B.
    [s0.add(s1), e0.add(e1), s0.sub::<TWICE_B>(s1), e0.sub::<4>(e1)]
}

/// @param roots w, w², w³ for the root w of order eight
/// All of bound 4; gives 32.
#[inline(always)]
pub fn dft8<L: PrimeLanes<FrModulus>>(x: [L; 8], roots: [L; 3]) -> [L; 8] {
    let [x0, x1, x2, x3, x4, x5, x6, x7] = x;
    let [w1, w2, w3] = roots;
    let even = [x0.add(x4), x1.add(x5), x2.add(x6), x3.add(x7)];
    let odd = [
        x0.sub::<4>(x4),
        x1.sub::<4>(x5).mul(w1),
        x2.sub::<4>(x6).mul(w2),
        x3.sub::<4>(x7).mul(w3),
    ];
    let [e0, e1, e2, e3] = dft4::<L, 8, 16>(even, w2);
    let [o0, o1, o2, o3] = dft4::<L, 4, 8>(odd, w2);
    [e0, o0, e1, o1, e2, o2, e3, o3]
}

/// The product of each element but the first with its factor; all of bound 32. Gives 16 for the first, 4 for the others.
#[inline(always)]
pub fn scale4<L: PrimeLanes<FrModulus>>(x: [L; 4], factors: [L; 3]) -> [L; 4] {
    let [x0, x1, x2, x3] = x;
    let [f1, f2, f3] = factors;
    [x0.reduce::<HALF_LAYER_BOUND>(), x1.mul(f1), x2.mul(f2), x3.mul(f3)]
}

/// The same for eight; gives 4 for all. A loop, not seven products in a row: twelve of them in one body would be more
/// instructions than the first cache holds.
#[inline(always)]
pub fn scale8<L: PrimeLanes<FrModulus>>(mut x: [L; 8], factors: &[L; 7]) -> [L; 8] {
    x[0] = x[0].reduce::<16>().reduce::<8>().reduce::<4>();
    for k in 1..8 {
        x[k] = x[k].mul(factors[k - 1]);
    }
    x
}
