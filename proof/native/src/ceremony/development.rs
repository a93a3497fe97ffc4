//! Powers of tau for development: prepared, and made in seconds, because the program that makes them knows tau and
//! writes every point down as a multiple of a generator. Whoever could read the memory of that program can forge proofs:
//! the one contribution is called `development`, and nothing but a local network may use keys made from it.

use super::contribute::{Secrets, record_of};
use super::fixed_base::FixedBase;
use super::powers::{Powers, PowersWriter, check_power, first_challenge};
use super::transcript::{Contribution, Origin, fresh_random_numbers};
use super::{Meter, Progress};
use crate::cpu::Cpu;
use crate::curve::{Affine, G1, G2, multiply};
use crate::error::Result;
use crate::field::{Field, Fr, invert_all};
use crate::files::PointBytes;
use crate::lanes::LaneCurve;
use crate::ntt::{powers, root_of_unity};
use std::path::Path;
use zeroize::Zeroizing;

/// The name of the only contribution to such a file: how it is told from others.
pub const NAME: &str = "development";

/// A multiplication in G2 takes so many times as long as one in G1.
const G2_COST: u64 = 3;
/// Multiplications between two looks at whether the caller still wants the result.
const PRODUCTS_PER_CHECK: usize = 1 << 16;

/// Prepared powers of tau for 2^power rows.
///
/// # Errors
/// `PTAU_POWER`, `NO_RANDOMNESS`, `CANCELLED`, and what writing a file gives.
pub fn development_powers(
    cpu: Cpu,
    out: &Path,
    power: u32,
    progress: &dyn Progress,
) -> Result<Contribution> {
    check_power(power)?;
    let n = 1u64 << power;
    let mut meter = Meter::new(progress, "multiples of the generators", (12 + 3 * G2_COST) * n);
    let mut random = fresh_random_numbers()?;
    let secrets = Secrets::draw(&mut random);
    let challenge = first_challenge(power, &mut meter)?;
    let keys = secrets.prove(&challenge, &mut random);
    let (g1, g2) = (FixedBase::<G1>::new(cpu), FixedBase::<G2>::new(cpu));
    let tau = Zeroizing::new(powers(secrets.tau, 2 * n as usize - 1));
    let low = &tau[..n as usize];
    meter.begin("powers")?;
    let made = Powers {
        power,
        tau_g1: multiples(&g1, &tau, 1, &mut meter)?,
        tau_g2: multiples(&g2, low, G2_COST, &mut meter)?,
        alpha_tau_g1: multiples(&g1, &scaled(low, secrets.alpha), 1, &mut meter)?,
        beta_tau_g1: multiples(&g1, &scaled(low, secrets.beta), 1, &mut meter)?,
        beta_g2: multiply(&crate::curve::Curve::generator(), &secrets.beta).into(),
    };
    meter.begin("hashing")?;
    let record = record_of(&made, keys, &challenge, Origin::new(NAME, None));
    let contribution = record.contribution();
    let mut file = PowersWriter::create(out, true)?;
    file.powers(&made, power, &[record])?;
    drop(made);
    meter.begin("Lagrange bases")?;
    let mut bases = Zeroizing::new(lagrange_scalars(secrets.tau, power + 1));
    let smaller_domains = 2 * n as usize - 1;
    drop_highest_power(secrets.tau, power + 1, &mut bases[smaller_domains..]);
    write_multiples(&mut file, 12, &g1, &bases, 1, &mut meter)?;
    let small = &bases[..smaller_domains];
    write_multiples(&mut file, 13, &g2, small, G2_COST, &mut meter)?;
    write_multiples(&mut file, 14, &g1, &scaled(small, secrets.alpha), 1, &mut meter)?;
    write_multiples(&mut file, 15, &g1, &scaled(small, secrets.beta), 1, &mut meter)?;
    file.finish()?;
    Ok(contribution)
}

fn scaled(scalars: &[Fr], factor: Fr) -> Zeroizing<Vec<Fr>> {
    Zeroizing::new(scalars.iter().map(|scalar| *scalar * factor).collect())
}

/// L_i(tau) for the domains of 1, 2, 4 … 2^most points, one after another.
fn lagrange_scalars(tau: Fr, most: u32) -> Vec<Fr> {
    let mut scalars = Vec::with_capacity((2 << most) - 1);
    let mut tau_n = tau;
    for k in 0..=most {
        // (tau^n − 1)/n · w^i/(tau − w^i)
        let roots = powers(root_of_unity(k), 1 << k);
        let mut inverses: Vec<Fr> = roots.iter().map(|root| tau - *root).collect();
        invert_all(&mut inverses);
        let factor = (tau_n - Fr::ONE) * one_in(k);
        scalars
            .extend(roots.iter().zip(&inverses).map(|(root, inverse)| factor * *root * *inverse));
        tau_n = tau_n.square();
    }
    scalars
}

/// The largest domain has one point more than there are powers: preparation takes infinity for tau^(n−1), which leaves
/// L_i(tau) − w^(−i·(n−1))/n · tau^(n−1), and w^(−i·(n−1)) = w^i. Keys do not see the difference, digests do.
fn drop_highest_power(tau: Fr, k: u32, basis: &mut [Fr]) {
    let highest = tau.pow(&[(1 << k) - 1]) * one_in(k);
    for (scalar, root) in basis.iter_mut().zip(powers(root_of_unity(k), 1 << k)) {
        *scalar -= root * highest;
    }
}

/// 2^−k.
fn one_in(k: u32) -> Fr {
    Fr::from(1u64 << k).inverse().expect("a power of two is not zero mod r")
}

fn multiples<C: LaneCurve>(
    base: &FixedBase<C>,
    scalars: &[Fr],
    cost: u64,
    meter: &mut Meter<'_>,
) -> Result<Vec<Affine<C>>> {
    let mut points = Vec::with_capacity(scalars.len());
    for scalars in scalars.chunks(PRODUCTS_PER_CHECK) {
        points.extend(base.multiply_all(scalars));
        meter.advance(scalars.len() as u64 * cost)?;
    }
    Ok(points)
}

fn write_multiples<C: LaneCurve + PointBytes>(
    file: &mut PowersWriter,
    id: u32,
    base: &FixedBase<C>,
    scalars: &[Fr],
    cost: u64,
    meter: &mut Meter<'_>,
) -> Result<()> {
    file.begin(id)?;
    for scalars in scalars.chunks(PRODUCTS_PER_CHECK) {
        file.more_points(&base.multiply_all(scalars))?;
        meter.advance(scalars.len() as u64 * cost)?;
    }
    file.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evaluates_lagrange_polynomials() {
        let tau = Fr::from(3u64).pow(&[12345]);
        let scalars = lagrange_scalars(tau, 5);
        for k in 0..=5 {
            let n = 1usize << k;
            let basis = &scalars[n - 1..2 * n - 1];
            for degree in 0..n as u64 {
                let values = powers(root_of_unity(k).pow(&[degree]), n);
                let sum = basis.iter().zip(values).fold(Fr::ZERO, |sum, (l, f)| sum + *l * f);
                assert_eq!(sum, tau.pow(&[degree]));
            }
        }
    }
}
