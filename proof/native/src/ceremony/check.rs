//! Is this `.ptau` what it says it is? The chain of contributions from the generators to the last, every section a
//! geometric progression with the ratio of the last contribution (by random combinations and pairings, as in eprint
//! 2017/1050 §6), and the Lagrange bases those of the powers. A false file passes with a probability of at most 2^−120,
//! over random weights of this machine.

use super::contribute::Secrets;
use super::development::NAME;
use super::powers::{Powers, check_power, first_challenge};
use super::published::Published;
use super::record::{Heads, Record};
use super::transcript::{Contribution, fresh_random_numbers, g2_sp};
use super::{Meter, Progress, is_same_ratio};
use crate::cpu::Cpu;
use crate::curve::{Affine, Curve, G1, G2};
use crate::error::{Error, Result};
use crate::field::{Field, Fr};
use crate::files::{Lagrange, PointBytes, Ptau, check_points, point_at};
use crate::lanes::LaneCurve;
use crate::msm::sum_of_products;
use crate::ntt;
use crate::verify::{Code, Rejection};
use rayon::prelude::*;

/// A file that was checked from end to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<'a> {
    pub power: u32,
    pub is_prepared: bool,
    /// Oldest first.
    pub contributions: Vec<Contribution>,
    /// The pin whose bytes these are.
    pub published: Option<&'a str>,
}

impl Checked<'_> {
    /// Was it made on one machine that knew the secrets, and says so?
    pub fn is_development(&self) -> bool {
        self.contributions.iter().any(|contribution| contribution.origin.name() == NAME)
    }
}

/// An answer about the file, or none because the check itself could not go on.
enum Stop {
    Rejected(Rejection),
    Failed(Error),
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

type Checking<T> = std::result::Result<T, Stop>;

/// Checks everything in a file. Of a truncated one, the last challenge cannot be: it hashes powers that are gone.
///
/// @param pins files that are known by their bytes
///
/// # Errors
/// `PTAU_POWER` for 2^28 rows, `NO_RANDOMNESS`, `CANCELLED`. Whatever is wrong with the file is a `Rejection`.
pub fn check_powers<'a>(
    cpu: Cpu,
    bytes: &[u8],
    pins: &[Published<'a>],
    progress: &dyn Progress,
) -> Result<std::result::Result<Checked<'a>, Rejection>> {
    match check(cpu, bytes, pins, progress) {
        Ok(checked) => Ok(Ok(checked)),
        Err(Stop::Rejected(rejection)) => Ok(Err(rejection)),
        Err(Stop::Failed(error)) => Err(error),
    }
}

fn check<'a>(
    cpu: Cpu,
    bytes: &[u8],
    pins: &[Published<'a>],
    progress: &dyn Progress,
) -> Checking<Checked<'a>> {
    let file =
        Ptau::parse(bytes).map_err(|error| Rejection::new(Code::Malformed, error.message))?;
    check_power(file.power)?;
    // What each part costs, roughly, in the time of one point of G1.
    let n = 1u64 << file.power;
    let lagrange = if file.is_prepared() { 40 * n } else { 0 };
    let mut meter = Meter::new(progress, "reading", 20 * n + lagrange);
    let records = Record::read_all(&file)?;
    if records.iter().all(|record| record.origin.beacon().is_some()) {
        // What a beacon multiplies by is public: without one contribution, everybody knows the secrets.
        return Err(Rejection::new(Code::KeyUnsafe, "contributions").into());
    }
    let powers = Powers::read(&file)?;
    meter.advance(5 * n)?;
    check_chain(&records, file.ceremony_power, &mut meter)?;
    let last = records.last().expect("one at least");
    check_heads(&powers, &last.heads)?;
    meter.begin("hashing")?;
    if file.power == file.ceremony_power
        && powers.challenge(&last.response()) != last.next_challenge
    {
        return Err(Rejection::new(Code::KeyMismatch, "section 7, the last challenge").into());
    }
    meter.advance(5 * n)?;
    check_progressions(cpu, &powers, &last.heads, &mut meter)?;
    meter.advance(10 * n)?;
    if let Some(lagrange) = &file.lagrange {
        check_lagrange(cpu, &powers, lagrange, &mut meter)?;
    }
    meter.begin("comparing with published files")?;
    Ok(Checked {
        power: file.power,
        is_prepared: file.is_prepared(),
        contributions: records.iter().map(Record::contribution).collect(),
        published: Published::find(pins, bytes),
    })
}

/// Each contribution from the one before it.
fn check_chain(records: &[Record], ceremony_power: u32, meter: &mut Meter<'_>) -> Checking<()> {
    meter.begin("hashing the first challenge")?;
    let mut heads = Heads::generators();
    let mut challenge = first_challenge(ceremony_power, meter)?;
    for (i, record) in records.iter().enumerate() {
        let at = |what: &str| format!("contribution {}{what}", i + 1);
        let mismatch = |what: &str| Stop::from(Rejection::new(Code::KeyMismatch, at(what)));
        meter.begin(at(""))?;
        if let Some(beacon) = record.origin.beacon() {
            let mut random = beacon.random_numbers(meter.progress())?;
            let secrets = Secrets::draw(&mut random);
            if secrets.prove(&challenge, &mut random) != record.keys {
                return Err(mismatch(", its beacon"));
            }
        }
        let sp: [_; 3] = std::array::from_fn(|number| {
            let key = &record.keys[number];
            g2_sp(number as u8, &challenge, &key.g1_s, &key.g1_sx)
        });
        let names = [
            ", tau's proof of knowledge",
            ", alpha's proof of knowledge",
            ", beta's proof of knowledge",
        ];
        for ((key, sp), name) in record.keys.iter().zip(&sp).zip(names) {
            if !key.is_valid(sp) {
                return Err(mismatch(name));
            }
        }
        let [tau, alpha, beta] = &record.keys;
        let new = &record.heads;
        let follows = [
            (is_same_ratio((&heads.tau_g1, &new.tau_g1), (&sp[0], &tau.g2_spx)), ", tau in G1"),
            (is_same_ratio((&tau.g1_s, &tau.g1_sx), (&heads.tau_g2, &new.tau_g2)), ", tau in G2"),
            (is_same_ratio((&heads.alpha_g1, &new.alpha_g1), (&sp[1], &alpha.g2_spx)), ", alpha"),
            (is_same_ratio((&heads.beta_g1, &new.beta_g1), (&sp[2], &beta.g2_spx)), ", beta in G1"),
            (
                is_same_ratio((&beta.g1_s, &beta.g1_sx), (&heads.beta_g2, &new.beta_g2)),
                ", beta in G2",
            ),
        ];
        for (is_so, name) in follows {
            if !is_so {
                return Err(mismatch(name));
            }
        }
        heads = record.heads;
        challenge = record.next_challenge;
    }
    Ok(())
}

/// The sections begin where the last contribution ended.
fn check_heads(powers: &Powers, heads: &Heads) -> Checking<()> {
    let begins = [
        (powers.tau_g1[..2] == [G1::generator(), heads.tau_g1], 2),
        (powers.tau_g2[..2] == [G2::generator(), heads.tau_g2], 3),
        (powers.alpha_tau_g1[0] == heads.alpha_g1, 4),
        (powers.beta_tau_g1[0] == heads.beta_g1, 5),
        (powers.beta_g2 == heads.beta_g2, 6),
    ];
    match begins.into_iter().find(|(is_so, _)| !is_so) {
        Some((_, id)) => Err(mismatch_of_section(id)),
        None => Ok(()),
    }
}

fn mismatch_of_section(id: u32) -> Stop {
    Rejection::new(Code::KeyMismatch, format!("section {id}")).into()
}

/// Each point of a section is tau times the one before it.
fn check_progressions(
    cpu: Cpu,
    powers: &Powers,
    heads: &Heads,
    meter: &mut Meter<'_>,
) -> Checking<()> {
    let (g1, g2) = (G1::generator(), G2::generator());
    for (points, id) in [(&powers.tau_g1, 2), (&powers.alpha_tau_g1, 4), (&powers.beta_tau_g1, 5)] {
        meter.begin(format!("section {id}"))?;
        let (low, high) = shifted_sums(cpu, points)?;
        if !is_same_ratio((&low, &high), (&g2, &heads.tau_g2)) {
            return Err(mismatch_of_section(id));
        }
    }
    meter.begin("section 3")?;
    let (low, high) = shifted_sums(cpu, &powers.tau_g2)?;
    if is_same_ratio((&g1, &heads.tau_g1), (&low, &high)) {
        Ok(())
    } else {
        Err(mismatch_of_section(3))
    }
}

/// Σ w_i·P_i and Σ w_i·P_(i+1).
fn shifted_sums<C: LaneCurve>(cpu: Cpu, points: &[Affine<C>]) -> Result<(Affine<C>, Affine<C>)> {
    let weights = random_weights(points.len() - 1)?;
    let low = sum_of_products(cpu, &points[..points.len() - 1], &weights);
    let high = sum_of_products(cpu, &points[1..], &weights);
    Ok((low.into(), high.into()))
}

/// Uniform below 2^128.
fn random_weights(count: usize) -> Result<Vec<Fr>> {
    let mut random = fresh_random_numbers()?;
    let mut weight = || Fr::from_plain_unchecked([random.next_u64(), random.next_u64(), 0, 0]);
    Ok((0..count).map(|_| weight()).collect())
}

fn check_lagrange(
    cpu: Cpu,
    powers: &Powers,
    lagrange: &Lagrange<'_>,
    meter: &mut Meter<'_>,
) -> Checking<()> {
    let n = 1u64 << powers.power;
    check_bases(cpu, &powers.tau_g1, lagrange.tau_g1, 12, meter)?;
    meter.advance(15 * n)?;
    check_bases(cpu, &powers.tau_g2, lagrange.tau_g2, 13, meter)?;
    meter.advance(15 * n)?;
    check_bases(cpu, &powers.alpha_tau_g1, lagrange.alpha_tau_g1, 14, meter)?;
    meter.advance(5 * n)?;
    check_bases(cpu, &powers.beta_tau_g1, lagrange.beta_tau_g1, 15, meter)?;
    meter.advance(5 * n)?;
    Ok(())
}

/// Σ_j f_j·P_j = Σ_i f(w^i)·L_i in every domain, for one random f cut to the domain's degree: the sums of all domains at
/// once, each with a random weight g_k.
fn check_bases<C: LaneCurve + PointBytes>(
    cpu: Cpu,
    powers: &[Affine<C>],
    section: &[u8],
    id: u32,
    meter: &mut Meter<'_>,
) -> Checking<()> {
    meter.begin(format!("section {id}"))?;
    // Where two powers coincide, a base may be infinity; it lies in the group as it should.
    check_points::<C>(section)
        .map_err(|(i, fault)| Rejection::new(fault.into(), format!("section {id}, point {i}")))?;
    let domains = (section.len() / C::BYTES + 1).ilog2();
    let largest = 1usize << (domains - 1);
    let mut f = random_weights(largest)?;
    // The powers in G1 are one fewer than the largest domain: the file takes infinity for the one that is missing.
    f[powers.len().min(largest)..].fill(Fr::ZERO);
    let weights = random_weights(domains as usize)?;
    let mut values = Vec::with_capacity(2 * largest - 1);
    let mut weight_of_power = vec![Fr::ZERO; largest];
    for (k, weight) in weights.iter().enumerate() {
        let mut domain = f[..1 << k].to_vec();
        ntt::scalar::transform(&mut domain, ntt::root_of_unity(k as u32));
        values.extend(domain.iter().map(|value| *value * *weight));
        for sum in &mut weight_of_power[..1 << k] {
            *sum += *weight;
        }
    }
    let coefficients: Vec<Fr> =
        f.iter().zip(&weight_of_power).map(|(f, weight)| *f * *weight).take(powers.len()).collect();
    meter.advance(0)?;
    let bases: Vec<Affine<C>> =
        (0..values.len()).into_par_iter().map(|i| point_at(section, i)).collect();
    let by_values = sum_of_products(cpu, &bases, &values);
    let by_coefficients = sum_of_products(cpu, &powers[..coefficients.len()], &coefficients);
    if by_values == by_coefficients { Ok(()) } else { Err(mismatch_of_section(id)) }
}
