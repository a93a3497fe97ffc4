//! A key before anybody contributed, from a circuit and prepared powers of tau: for each signal s with the polynomials
//! A_s, B_s, C_s of its columns (Groth 2016, §3.2, with gamma = delta = 1), A_s(tau), B_s(tau) in G1 and in G2, and
//! beta·A_s(tau) + alpha·B_s(tau) + C_s(tau); and the odd points of the Lagrange basis of twice the domain, which carry
//! the quotient. Nothing is multiplied by tau: sums over the Lagrange bases of the `.ptau` file.

use super::circuit_hash::CircuitHash;
use super::columns::{Circuit, Columns};
use super::denominators::divide;
use super::digits::SignedDigits;
use super::packed::Packed;
use super::sums::{Part, sums_by_signal};
use crate::ceremony::blake2b::Digest;
use crate::ceremony::{Progress, check_wanted};
use crate::cpu::Cpu;
use crate::curve::{Affine, G1, G1Affine, G2, G2Affine};
use crate::error::{Error, Result};
use crate::files::{
    Container, Fault, Lagrange, PTAU, PointBytes, Ptau, R1cs, g1_at, g2_at, point_at,
};
use crate::lanes::LaneCurve;
use rayon::prelude::*;

/// Fr has no root of unity for twice the domain of 2^28, where snarkjs's files differ.
const MAX_POWER: u32 = 27;

#[derive(Debug)]
pub struct InitialKey {
    pub circuit: Circuit,
    pub power: u32,
    pub alpha1: G1Affine,
    pub beta1: G1Affine,
    pub beta2: G2Affine,
    /// For the constant and each public signal.
    pub ic: Vec<G1Affine>,
    pub a: Vec<G1Affine>,
    pub b1: Vec<G1Affine>,
    pub b2: Vec<G2Affine>,
    /// For each signal that is not public.
    pub c: Vec<G1Affine>,
    pub h: Vec<G1Affine>,
    pub circuit_hash: Digest,
}

impl InitialKey {
    /// In the current rayon pool. The points of the `.ptau` that are used are looked at: that they are on their curve.
    /// That they are in the subgroup, and powers of one tau, is for `ceremony::tau` to check.
    ///
    /// # Errors
    /// `R1CS_MALFORMED`, `PTAU_MALFORMED`, `PTAU_UNPREPARED`, `PTAU_TOO_SMALL`, `CANCELLED`.
    pub fn compute(cpu: Cpu, r1cs: &[u8], ptau: &[u8], progress: &dyn Progress) -> Result<Self> {
        progress.report(0.0, "reading the circuit");
        let circuit = Circuit::from_r1cs(&R1cs::parse(r1cs)?);
        let file = Container::parse(ptau, &PTAU)?;
        let ptau = Ptau::parse(ptau)?;
        let power = circuit.power();
        let lagrange = bases(&ptau, power)?;
        check_wanted(progress)?;

        progress.report(0.1, "checking the points of the powers of tau");
        let powers = 2 << power;
        let tau_powers = &ptau.tau_g1[..ptau.tau_g1.len().min(powers * G1::BYTES)];
        let tau1 = checked::<G1>(cpu, Lagrange::domain::<G1>(lagrange.tau_g1, power), 12)?;
        let alpha = checked::<G1>(cpu, Lagrange::domain::<G1>(lagrange.alpha_tau_g1, power), 14)?;
        let beta = checked::<G1>(cpu, Lagrange::domain::<G1>(lagrange.beta_tau_g1, power), 15)?;
        let tau2 = checked::<G2>(cpu, Lagrange::domain::<G2>(lagrange.tau_g2, power), 13)?;
        let twice = Lagrange::domain::<G1>(lagrange.tau_g1, power + 1);
        check::<G1>(twice, 12)?;
        check::<G1>(tau_powers, 2)?;
        check::<G1>(&ptau.alpha_tau_g1[..G1::BYTES], 4)?;
        check::<G1>(&ptau.beta_tau_g1[..G1::BYTES], 5)?;
        check::<G2>(ptau.beta_g2, 6)?;
        let (alpha1, beta1) = (g1_at(ptau.alpha_tau_g1, 0), g1_at(ptau.beta_tau_g1, 0));
        let beta2 = g2_at(ptau.beta_g2, 0);
        check_wanted(progress)?;

        let digits: Vec<SignedDigits> = circuit
            .coefficients
            .par_iter()
            .map(|coefficient| SignedDigits::of(*coefficient))
            .collect();
        let n = circuit.n_signals;
        progress.report(0.2, "summing the points of A");
        let a = sums_by_signal(cpu, &[part(cpu, &circuit.a, &tau1)], n, &digits);
        check_wanted(progress)?;
        progress.report(0.3, "summing the points of B");
        let b1 = sums_by_signal(cpu, &[part(cpu, &circuit.b, &tau1)], n, &digits);
        check_wanted(progress)?;
        progress.report(0.4, "summing the points of B in G2");
        let b2 = sums_by_signal(cpu, &[part(cpu, &circuit.b, &tau2)], n, &digits);
        check_wanted(progress)?;
        progress.report(0.6, "summing the points of C");
        let all = [
            part(cpu, &circuit.a, &beta),
            part(cpu, &circuit.b, &alpha),
            part(cpu, &circuit.c, &tau1),
        ];
        let mut ic = sums_by_signal(cpu, &all, n, &digits);
        let c = ic.split_off(circuit.n_public + 1);
        check_wanted(progress)?;

        let h = (0..1 << power).into_par_iter().map(|i| g1_at(twice, 2 * i + 1)).collect();
        progress.report(0.9, "hashing the circuit");
        let mut hash = CircuitHash::new(&alpha1, &beta1, &beta2);
        hash.points(&ic);
        hash.differences(cpu, &file, power)?;
        hash.points(&c);
        hash.points(&a);
        hash.points(&b1);
        hash.points(&b2);
        let circuit_hash = hash.digest();
        Ok(Self { circuit, power, alpha1, beta1, beta2, ic, a, b1, b2, c, h, circuit_hash })
    }
}

fn bases<'a>(ptau: &Ptau<'a>, power: u32) -> Result<Lagrange<'a>> {
    let most = ptau.power.min(MAX_POWER);
    if power > most {
        return Err(Error::new(
            "PTAU_TOO_SMALL",
            format!(
                "the circuit needs powers of tau for 2^{power} rows, these serve up to 2^{most}"
            ),
            "Take powers of tau of a larger ceremony.",
        ));
    }
    ptau.lagrange.ok_or_else(|| {
        Error::new(
            "PTAU_UNPREPARED",
            "the powers of tau are not prepared for phase 2",
            "Prepare them first: a key is made from their Lagrange bases.",
        )
    })
}

fn part<'a, C: LaneCurve>(cpu: Cpu, columns: &'a Columns, points: &'a Packed<C>) -> Part<'a, C> {
    Part { columns, points, divided: divide(cpu, points, &columns.divided) }
}

fn check<C: PointBytes>(section: &[u8], id: u32) -> Result<()> {
    let fault = |bytes| match C::read(bytes) {
        None => Some(Fault::NonCanonical),
        Some(point) => (!point.is_on_curve()).then_some(Fault::NotOnCurve),
    };
    let found = section
        .par_chunks_exact(C::BYTES)
        .enumerate()
        .find_map_first(|(i, bytes)| fault(bytes).map(|fault| (i, fault)));
    found.map_or(Ok(()), |(i, fault)| {
        let place = format!("section {id}, point {i} of a domain");
        Err(PTAU.malformed(place, "a point of the curve", fault))
    })
}

fn checked<C: PointBytes + LaneCurve>(cpu: Cpu, section: &[u8], id: u32) -> Result<Packed<C>> {
    check::<C>(section, id)?;
    let count = section.len() / C::BYTES;
    let points: Vec<Affine<C>> = (0..count).into_par_iter().map(|i| point_at(section, i)).collect();
    Ok(Packed::pack(cpu, &points))
}
