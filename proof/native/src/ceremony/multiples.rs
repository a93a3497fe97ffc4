//! Every point times a scalar of its own, eight at a time: what a contribution does to each section, and a group FFT in
//! each layer. A ladder over the two halves of the scalar, 31 · (4 doublings + 2 additions), with a table of P, 3P … 15P
//! that shares one Z, so that additions are mixed: about 1,800 products.

use super::halves::{Endomorphism, Halves};
use super::jacobian::{Batch, Jacobian, three_halves};
use crate::cpu::Cpu;
use crate::curve::{Affine, Curve, multiply};
use crate::field::{Field, Fr};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Mask, WIDTH, dispatch};
use rayon::prelude::*;
use std::hint::black_box;

/// Points that share an inversion, which costs as much as a thousand multiplications; 512 make it 1 % of the work.
const CHUNK: usize = 512;
const DIGITS: usize = 32;
/// P, 3P … 15P.
const ODD_MULTIPLES: usize = 8;

/// points[i] times scalars[i], in the current rayon pool. Points are of order r or infinity.
///
/// # Panics
/// When there are not as many scalars as points.
pub fn multiply_all<C: Endomorphism + LaneCurve>(
    cpu: Cpu,
    points: &[Affine<C>],
    scalars: &[Fr],
) -> Vec<Affine<C>> {
    assert_eq!(points.len(), scalars.len(), "a scalar for each point");
    let mut products = vec![Affine::INFINITY; points.len()];
    products
        .par_chunks_mut(CHUNK)
        .zip(points.par_chunks(CHUNK).zip(scalars.par_chunks(CHUNK)))
        .for_each(|(products, (points, scalars))| {
            dispatch(cpu, MultiplyChunk { points, scalars, products });
        });
    products
}

struct MultiplyChunk<'a, C: Curve> {
    points: &'a [Affine<C>],
    scalars: &'a [Fr],
    products: &'a mut [Affine<C>],
}

impl<C: Endomorphism + LaneCurve> Kernel for MultiplyChunk<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let constants = Constants::<C::Lanes<F>> {
            zero: FieldLanes::splat(C::Base::ZERO),
            one: FieldLanes::splat(C::Base::ONE),
            three_halves: FieldLanes::splat(three_halves()),
            beta: FieldLanes::splat(C::beta()),
        };
        let steps = steps();
        let mut batch = Batch::new(self.points.len().div_ceil(WIDTH));
        for (points, scalars) in self.points.chunks(WIDTH).zip(self.scalars.chunks(WIDTH)) {
            let point = load_points::<C, C::Lanes<F>>(points);
            let (first, second) = planes_of(scalars);
            batch.push(ladder(&point, &first, &second, &steps, &constants));
        }
        let (points, scalars) = (self.points, self.scalars);
        batch.write(self.products, |i| multiply(&points[i], &scalars[i]).into());
    }
}

struct Constants<L> {
    zero: L,
    one: L,
    three_halves: L,
    beta: L,
}

/// Up to eight points; where there are fewer, the last again and again.
#[inline(always)]
pub fn load_points<C: Curve, L: FieldLanes<Element = C::Base>>(points: &[Affine<C>]) -> (L, L) {
    let eight: [Affine<C>; WIDTH] = std::array::from_fn(|i| points[i.min(points.len() - 1)]);
    (L::load(&eight.map(|point| point.x)), L::load(&eight.map(|point| point.y)))
}

/// For each digit: the lanes in which it is negative, and the lanes with each bit of (|digit| − 1)/2.
struct Digit {
    negative: Mask,
    bits: [Mask; 3],
}

fn planes_of(scalars: &[Fr]) -> ([Digit; DIGITS], [Digit; DIGITS]) {
    let halves: [Halves; WIDTH] =
        std::array::from_fn(|i| Halves::from(&scalars[i.min(scalars.len() - 1)]));
    (digits_of(halves.map(|half| half.first)), digits_of(halves.map(|half| half.second)))
}

fn digits_of(nibbles: [u128; WIDTH]) -> [Digit; DIGITS] {
    let bytes = nibbles.map(u128::to_le_bytes);
    std::array::from_fn(|i| {
        let column = u64::from_le_bytes(std::array::from_fn(|lane| bytes[lane][i / 2]));
        let planes = transpose_bits(column).to_le_bytes();
        let nibble: [Mask; 4] = std::array::from_fn(|bit| planes[4 * (i % 2) + bit]);
        // 2n − 15 is negative below n = 8, and then (|digit| − 1)/2 = 7 − n, whose bits are those of n turned around.
        let negative = !nibble[3];
        Digit { negative, bits: std::array::from_fn(|bit| nibble[bit] ^ negative) }
    })
}

/// Of eight rows of eight bits (Warren, "Hacker's Delight", §7–3).
fn transpose_bits(mut rows: u64) -> u64 {
    for (shift, mask) in
        [(7, 0x00aa_00aa_00aa_00aa), (14, 0x0000_cccc_0000_cccc), (28, 0xf0f0_f0f0)]
    {
        let swapped = (rows ^ rows >> shift) & mask;
        rows ^= swapped ^ swapped << shift;
    }
    rows
}

/// One step of the ladder, as a value: each kind of step stands once in the code, which is long when it is inlined for
/// eight lanes.
#[derive(Clone, Copy)]
enum Step {
    Double,
    AddFirst(usize),
    AddSecond(usize),
}

/// Everything after the first digit of the first half.
fn steps() -> Vec<Step> {
    let mut steps = vec![Step::AddSecond(DIGITS - 1)];
    for i in (0..DIGITS - 1).rev() {
        steps.extend([Step::Double; 4]);
        steps.extend([Step::AddFirst(i), Step::AddSecond(i)]);
    }
    steps
}

#[inline(always)]
fn ladder<L: FieldLanes>(
    point: &(L, L),
    first: &[Digit; DIGITS],
    second: &[Digit; DIGITS],
    steps: &[Step],
    constants: &Constants<L>,
) -> Jacobian<L> {
    let (table, turned, z) = odd_multiples(point, constants);
    let (x, y) = select(&table, &first[DIGITS - 1], constants.zero);
    let mut sum = Jacobian { x, y, z: constants.one };
    for step in steps {
        let (table, digit) = match *step {
            Step::Double => {
                sum = sum.double(constants.three_halves);
                continue;
            }
            Step::AddFirst(i) => (&table, &first[i]),
            Step::AddSecond(i) => (&turned, &second[i]),
        };
        let (x, y) = select(table, digit, constants.zero);
        sum = sum.add_affine(x, y);
    }
    Jacobian { z: sum.z.mul(z), ..sum }
}

type Table<L> = [(L, L); ODD_MULTIPLES];

/// P, 3P … 15P as (X, Y) over one common Z, the same of φ(P), and that Z: on the curve that is scaled by Z they are
/// affine, and a sum does not use the constant of the curve. Additions of points that share Z: Meloni 2007, "New point
/// addition formulae for ECC applications".
#[inline(always)]
fn odd_multiples<L: FieldLanes>(
    &(x, y): &(L, L),
    constants: &Constants<L>,
) -> (Table<L>, Table<L>, L) {
    // 2P has Z = y, and P scaled by that is (x·y², y⁴).
    let b = y.square();
    let t = x.mul(b);
    let m = x.square().mul(constants.three_halves);
    let bb = b.square();
    let double_x = m.square().sub::<8>(t.add(t)).reduce::<8>().reduce::<4>();
    let double_y = m.mul(t.sub::<4>(double_x)).sub::<4>(bb).reduce::<4>();
    let mut step = (double_x, double_y);
    let mut table = [(t, bb); ODD_MULTIPLES];
    let mut ratios = [y; ODD_MULTIPLES];
    // Hidden from the compiler, which would write the loop out eight times.
    let count = black_box(ODD_MULTIPLES);
    for k in 1..count {
        let (x, y) = table[k - 1];
        let h = x.sub::<4>(step.0).reduce::<4>();
        let hh = h.square();
        let moved_x = step.0.mul(hh);
        let other_x = x.mul(hh);
        let r = y.sub::<4>(step.1).reduce::<4>();
        let sum_x = r.square().sub::<8>(moved_x.add(other_x)).reduce::<8>().reduce::<4>();
        let moved_y = step.1.mul(other_x.sub::<4>(moved_x));
        let sum_y = r.mul(moved_x.sub::<4>(sum_x)).sub::<4>(moved_y).reduce::<4>();
        step = (moved_x, moved_y);
        table[k] = (sum_x, sum_y);
        ratios[k] = h;
    }
    // Each over the Z of the last.
    let mut turned = table;
    let mut z = constants.one;
    for k in (0..count).rev() {
        let zz = z.square();
        table[k] = (table[k].0.mul(zz), table[k].1.mul(zz.mul(z)));
        turned[k] = (table[k].0.mul(constants.beta), table[k].1);
        z = z.mul(ratios[k]);
    }
    (table, turned, z)
}

/// The entry of the table that a digit asks for, in each lane its own.
///
/// Without closures: the compiler may leave one as a function, which is then compiled without AVX-512.
#[inline(always)]
fn select<L: FieldLanes>(table: &Table<L>, digit: &Digit, zero: L) -> (L, L) {
    let mut entries = *table;
    let mut count = ODD_MULTIPLES;
    for mask in digit.bits {
        count /= 2;
        for i in 0..count {
            let (a, b) = (entries[2 * i], entries[2 * i + 1]);
            entries[i] = (a.0.replace_where(mask, b.0), a.1.replace_where(mask, b.1));
        }
    }
    let (x, y) = entries[0];
    (x, y.replace_where(digit.negative, zero.sub::<4>(y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{G1, G2};
    use proptest::prelude::*;

    fn agrees<C: Endomorphism + LaneCurve>(points: &[Affine<C>], scalars: &[Fr]) {
        let expected: Vec<Affine<C>> = points
            .iter()
            .zip(scalars)
            .map(|(point, scalar)| multiply(point, scalar).into())
            .collect();
        for cpu in Cpu::all() {
            assert_eq!(multiply_all(cpu, points, scalars), expected, "{cpu:?}");
        }
    }

    fn some_points<C: Curve>(count: usize) -> Vec<Affine<C>> {
        (0..count as u64).map(|i| multiply(&C::generator(), &Fr::from(i * i)).into()).collect()
    }

    #[test]
    fn multiplies_by_small_and_special_scalars() {
        let mut scalars: Vec<Fr> = (-20..=20i64).map(Fr::from).collect();
        scalars.extend((0..254).step_by(7).map(|bit| Fr::from(2u64).pow(&[bit])));
        scalars.extend((0..254).step_by(7).map(|bit| -Fr::from(2u64).pow(&[bit])));
        agrees::<G1>(&some_points(scalars.len()), &scalars);
        agrees::<G2>(&some_points(scalars.len()), &scalars);
    }

    #[test]
    fn multiplies_any_number_of_points() {
        let scalars: Vec<Fr> = (0..19u64).map(|i| Fr::from(i + 3).pow(&[101])).collect();
        for count in [0, 1, 7, 8, 9, 19] {
            agrees::<G1>(&some_points(count), &scalars[..count]);
        }
        agrees::<G1>(&some_points(CHUNK + 3), &vec![scalars[7]; CHUNK + 3]);
    }

    #[test]
    fn multiplies_where_formulas_meet_their_exceptions() {
        // Every point at infinity, alone in a group or with others.
        agrees::<G1>(&[Affine::INFINITY; 9], &[Fr::from(5u64); 9]);
        let mut points = some_points::<G2>(8);
        points[3] = Affine::INFINITY;
        agrees::<G2>(&points, &[-Fr::ONE; 8]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn multiplies_as_the_curve_does(limbs: [[u64; 4]; 8], starts: [u64; 8]) {
            let scalars = limbs.map(Fr::from_plain_unchecked);
            let points = starts.map(|start| multiply(&G1::generator(), &Fr::from(start)).into());
            agrees::<G1>(&points, &scalars);
            let points = starts.map(|start| multiply(&G2::generator(), &Fr::from(start)).into());
            agrees::<G2>(&points, &scalars);
        }
    }
}
