//! From powers of tau to Lagrange bases: L_i = 1/n · Σ_j w^(−ij)·P_j for the domain of n = 2^k points, an inverse Fourier
//! transform whose values are points (Cooley, Tukey 1965, decimation in time). n/2·(k − 2) scalar multiplications, and
//! n/2 more for 1/n.

use super::Meter;
use super::butterflies::add_and_subtract;
use super::halves::Endomorphism;
use super::multiples::multiply_all;
use crate::cpu::Cpu;
use crate::curve::Affine;
use crate::error::Result;
use crate::field::{Field, Fr};
use crate::lanes::LaneCurve;
use crate::ntt::{powers, root_of_unity};

/// Multiplications between two looks at whether the caller still wants the result: a tenth of a second.
const PRODUCTS_PER_CHECK: usize = 1 << 15;

/// How many multiplications `lagrange_basis` takes for 2^k points.
pub fn products_in_basis(k: u32) -> u64 {
    // In layer l, n/2 − n/2^l in the layers 2 … k − 1, and n in the last.
    if k == 0 { 0 } else { (1 << (k - 1)) * u64::from(k - 1) + 2 }
}

/// The Lagrange basis of the domain of points.len() = 2^k points, from powers of tau.
///
/// # Errors
/// `CANCELLED`.
pub fn lagrange_basis<C: Endomorphism + LaneCurve>(
    cpu: Cpu,
    points: &[Affine<C>],
    meter: &mut Meter<'_>,
) -> Result<Vec<Affine<C>>> {
    let n = points.len();
    let k = n.trailing_zeros();
    assert!(n.is_power_of_two(), "a domain");
    if k == 0 {
        return Ok(points.to_vec());
    }
    // In the order of reversed bits, so that the values come out in their own.
    let mut values: Vec<Affine<C>> =
        (0..n).map(|i| points[i.reverse_bits() >> (usize::BITS - k)]).collect();
    let root = root_of_unity(k).inverse().expect("a root is not zero");
    let roots = powers(root, n / 2);
    let scale = Fr::from(n as u64).inverse().expect("2 is not r");
    for layer in 1..=k {
        let is_last = layer == k;
        let half = 1usize << (layer - 1);
        let twiddle = |j: usize| roots[j << (k - layer)];
        let (mut low, mut high) = split(&values, half);
        if is_last {
            // 1/n for all: in the twiddles of the upper half, and for the lower half on its own.
            let scaled: Vec<Fr> = (0..n / 2).map(|j| twiddle(j) * scale).collect();
            low = multiply_metered(cpu, &low, &vec![scale; n / 2], meter)?;
            high = multiply_metered(cpu, &high, &scaled, meter)?;
        } else if half > 1 {
            // The twiddle of j = 0 is 1.
            let turned: Vec<usize> = (0..n / 2).filter(|i| i % half != 0).collect();
            let factors: Vec<Fr> = turned.iter().map(|i| twiddle(i % half)).collect();
            let before: Vec<Affine<C>> = turned.iter().map(|i| high[*i]).collect();
            let products = multiply_metered(cpu, &before, &factors, meter)?;
            for (i, product) in turned.into_iter().zip(products) {
                high[i] = product;
            }
        }
        add_and_subtract(cpu, &mut low, &mut high);
        join(&mut values, half, &low, &high);
    }
    Ok(values)
}

/// The lower and the upper halves of all blocks of 2·half.
fn split<T: Copy>(values: &[T], half: usize) -> (Vec<T>, Vec<T>) {
    let blocks = values.chunks_exact(2 * half);
    let low = blocks.clone().flat_map(|block| &block[..half]).copied().collect();
    (low, blocks.flat_map(|block| &block[half..]).copied().collect())
}

fn join<T: Copy>(values: &mut [T], half: usize, low: &[T], high: &[T]) {
    let halves = low.chunks_exact(half).zip(high.chunks_exact(half));
    for (block, (low, high)) in values.chunks_exact_mut(2 * half).zip(halves) {
        block[..half].copy_from_slice(low);
        block[half..].copy_from_slice(high);
    }
}

/// `multiply_all` that can be stopped, and says how far it is.
///
/// # Errors
/// `CANCELLED`.
pub fn multiply_metered<C: Endomorphism + LaneCurve>(
    cpu: Cpu,
    points: &[Affine<C>],
    scalars: &[Fr],
    meter: &mut Meter<'_>,
) -> Result<Vec<Affine<C>>> {
    let mut products = Vec::with_capacity(points.len());
    for (points, scalars) in
        points.chunks(PRODUCTS_PER_CHECK).zip(scalars.chunks(PRODUCTS_PER_CHECK))
    {
        products.extend(multiply_all(cpu, points, scalars));
        meter.advance(points.len() as u64 * cost::<C>())?;
    }
    Ok(products)
}

/// Of one multiplication, relative to others.
pub fn cost<C: LaneCurve>() -> u64 {
    // Measured: a multiplication in G2 takes 3.4 times as long.
    if size_of::<Affine<C>>() == 64 { 3 } else { 10 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ceremony::Silent;
    use crate::curve::{G1, G2, Xyzz, multiply};

    fn agrees<C: Endomorphism + LaneCurve>(tau: Fr, most: u32) {
        let cpu = Cpu::fastest();
        let points: Vec<Affine<C>> =
            powers(tau, 1 << most).iter().map(|s| multiply(&C::generator(), s).into()).collect();
        for k in 0..=most {
            let n = 1u64 << k;
            let mut meter = Meter::new(&Silent, "", products_in_basis(k) * cost::<C>());
            let basis = lagrange_basis(cpu, &points[..1 << k], &mut meter).expect("not cancelled");
            assert!(meter.is_done(), "{k}: every multiplication was foreseen");
            // Interpolation: Σ f(w^i)·L_i(tau) = f(tau), for every monomial f of degree below n.
            let w = root_of_unity(k);
            for degree in 0..n.min(5) {
                let values = powers(w.pow(&[degree]), 1 << k);
                let sum: Xyzz<C> = basis.iter().zip(&values).map(|(l, f)| multiply(l, f)).sum();
                assert_eq!(sum, multiply(&C::generator(), &tau.pow(&[degree])), "{k} {degree}");
            }
        }
    }

    #[test]
    fn interpolates() {
        agrees::<G1>(Fr::from(1234567u64).pow(&[99]), 7);
        agrees::<G2>(Fr::from(7654321u64).pow(&[99]), 5);
    }

    #[test]
    fn interpolates_where_points_coincide() {
        // Nobody has contributed: tau is 1, and all but one of the basis are infinity.
        agrees::<G1>(Fr::ONE, 4);
    }
}
