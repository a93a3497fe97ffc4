//! Many multiples of a generator whose scalars are known: 20 additions each from a table of the generator's multiples.
//! Only development powers of tau are made so; in a ceremony nobody knows the scalars.
//!
//! A scalar is made odd (k or r − k), so that it has exactly 20 digits of 13 bits, all odd: no digit is zero, and every
//! scalar takes the same steps. The table has 4,096 multiples for each digit: 5 MB in G1, which the second and third
//! level of a cache hold. Wider digits save additions and lose them again to memory.

use super::jacobian::{Batch, Jacobian};
use crate::cpu::Cpu;
use crate::curve::{Affine, Curve, Xyzz, multiply};
use crate::field::{Field, Fr};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Mask, Row, WIDTH, dispatch, prefetch};
use rayon::prelude::*;

const DIGIT_BITS: usize = 13;
const DIGITS: usize = 20;
const ODD_MULTIPLES: usize = 1 << (DIGIT_BITS - 1);
/// Points that share an inversion.
const CHUNK: usize = 1024;

/// Odd multiples of 2^(13·i)·G for each digit i, in the rows of one form.
pub struct FixedBase<C: LaneCurve> {
    cpu: Cpu,
    rows: Vec<Row>,
    generator: Affine<C>,
}

impl<C: LaneCurve> FixedBase<C> {
    pub fn new(cpu: Cpu) -> Self {
        let generator = C::generator();
        let mut bases = Vec::with_capacity(DIGITS);
        let mut base = Xyzz::from(generator);
        for _ in 0..DIGITS {
            bases.push(base);
            for _ in 0..DIGIT_BITS {
                base = base.double();
            }
        }
        let multiples: Vec<Affine<C>> =
            bases.par_iter().flat_map_iter(|b| odd_multiples(b)).collect();
        Self { cpu, rows: dispatch(cpu, PackRows { points: &multiples }), generator }
    }

    /// scalars[i]·G, in the current rayon pool.
    pub fn multiply_all(&self, scalars: &[Fr]) -> Vec<Affine<C>> {
        let mut products = vec![Affine::INFINITY; scalars.len()];
        products.par_chunks_mut(CHUNK).zip(scalars.par_chunks(CHUNK)).for_each(
            |(products, scalars)| {
                dispatch(self.cpu, MultiplyChunk { base: self, scalars, products });
            },
        );
        products
    }
}

fn odd_multiples<C: Curve>(base: &Xyzz<C>) -> Vec<Affine<C>> {
    let double = base.double();
    let mut multiple = *base;
    let mut multiples = Vec::with_capacity(ODD_MULTIPLES);
    for _ in 0..ODD_MULTIPLES {
        multiples.push(multiple);
        multiple += double;
    }
    Affine::all_from(&multiples)
}

struct PackRows<'a, C: Curve> {
    points: &'a [Affine<C>],
}

impl<C: LaneCurve> Kernel for PackRows<'_, C> {
    type Output = Vec<Row>;

    #[inline(always)]
    fn run<F: Forms>(self) -> Vec<Row> {
        let height = C::Lanes::<F>::ROWS;
        let mut rows = vec![Row([[0; 4]; 2]); self.points.len() * height];
        for (eight, rows) in self.points.chunks(WIDTH).zip(rows.chunks_mut(WIDTH * height)) {
            let (x, y) = super::multiples::load_points::<C, C::Lanes<F>>(eight);
            let mut places = rows.chunks_mut(height);
            let places = std::array::from_fn(|_| places.next().expect("groups of eight"));
            FieldLanes::store_points(x, y, places);
        }
        rows
    }
}

struct MultiplyChunk<'a, C: LaneCurve> {
    base: &'a FixedBase<C>,
    scalars: &'a [Fr],
    products: &'a mut [Affine<C>],
}

impl<C: LaneCurve> Kernel for MultiplyChunk<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<F: Forms>(self) {
        let (one, zero) = (C::Lanes::<F>::splat(C::Base::ONE), C::Lanes::<F>::splat(C::Base::ZERO));
        let height = C::Lanes::<F>::ROWS;
        let rows = &self.base.rows;
        let mut batch = Batch::new(self.scalars.len().div_ceil(WIDTH));
        for scalars in self.scalars.chunks(WIDTH) {
            let digits = digits_of(scalars);
            let mut sum = Jacobian { x: one, y: one, z: one };
            for (i, digit) in digits.iter().enumerate() {
                // The next digit's entries, while this one's are added.
                if let Some(next) = digits.get(i + 1) {
                    for place in next.places {
                        prefetch(&rows[place * height]);
                    }
                }
                let mut entries: [&[Row]; WIDTH] = [&[]; WIDTH];
                for (entry, place) in entries.iter_mut().zip(digit.places) {
                    *entry = &rows[place * height..][..height];
                }
                let (x, y) = C::Lanes::<F>::load_points(entries);
                let y = y.replace_where(digit.negative, zero.sub::<4>(y));
                sum = if i == 0 { Jacobian { x, y, z: one } } else { sum.add_affine(x, y) };
            }
            batch.push(sum);
        }
        let (scalars, generator) = (self.scalars, &self.base.generator);
        batch.write(self.products, |i| multiply(generator, &scalars[i]).into());
    }
}

/// For one digit of eight scalars: where in the table its absolute value stands, and the lanes in which it counts
/// negative.
#[derive(Clone, Copy)]
struct Digit {
    places: [usize; WIDTH],
    negative: Mask,
}

fn digits_of(scalars: &[Fr]) -> [Digit; DIGITS] {
    let mut digits = [Digit { places: [0; WIDTH], negative: 0 }; DIGITS];
    for lane in 0..WIDTH {
        let scalar = scalars[lane.min(scalars.len() - 1)].to_plain();
        let is_even = scalar[0] & 1 == 0;
        let odd = if is_even { minus_from_r(&scalar) } else { scalar };
        // Σ n_i·2^(13i) = (k + 2^260 − 1)/2; digit i is 2·n_i − (2^13 − 1).
        let nibbles = [
            odd[0] >> 1 | odd[1] << 63,
            odd[1] >> 1 | odd[2] << 63,
            odd[2] >> 1 | odd[3] << 63,
            odd[3] >> 1,
            1 << 3,
        ];
        for (i, digit) in digits.iter_mut().enumerate() {
            let (word, bit) = (DIGIT_BITS * i / 64, DIGIT_BITS * i % 64);
            let mut n = nibbles[word] >> bit;
            if bit > 64 - DIGIT_BITS {
                n |= nibbles[word + 1] << (64 - bit);
            }
            let n = n as usize & (2 * ODD_MULTIPLES - 1);
            let is_negative = n < ODD_MULTIPLES;
            let place = if is_negative { ODD_MULTIPLES - 1 - n } else { n - ODD_MULTIPLES };
            digit.places[lane] = i * ODD_MULTIPLES + place;
            digit.negative |= Mask::from(is_negative ^ is_even) << lane;
        }
    }
    digits
}

fn minus_from_r(scalar: &[u64; 4]) -> [u64; 4] {
    use crate::field::modulus::{FrModulus, Modulus, subtract};
    subtract(&FrModulus::P, scalar).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{G1, G2};

    fn agrees<C: LaneCurve>() {
        let mut scalars: Vec<Fr> = (-9..=9i64).map(Fr::from).collect();
        scalars.extend((0..254).step_by(11).map(|bit| Fr::from(2u64).pow(&[bit])));
        scalars.extend((1..40u64).map(|i| Fr::from(i + 3).pow(&[1001])));
        let expected: Vec<Affine<C>> =
            scalars.iter().map(|scalar| multiply(&C::generator(), scalar).into()).collect();
        for cpu in Cpu::all() {
            let base = FixedBase::<C>::new(cpu);
            assert_eq!(base.multiply_all(&scalars), expected, "{cpu:?}");
            assert_eq!(base.multiply_all(&scalars[..3]), expected[..3], "{cpu:?}");
        }
    }

    #[test]
    fn multiplies_generators_as_the_curves_do() {
        agrees::<G1>();
        agrees::<G2>();
    }
}
