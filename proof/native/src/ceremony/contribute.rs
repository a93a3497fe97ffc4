//! Steps of the ceremony of powers of tau: begin, contribute, apply a beacon, prepare for phase 2. Each reads one file
//! and writes another; given the same secrets, the bytes are snarkjs's.

use super::blake2b::Digest;
use super::chacha::ChaCha;
use super::halves::Endomorphism;
use super::lagrange::{cost, lagrange_basis, multiply_metered, products_in_basis};
use super::powers::{Powers, PowersWriter, check_power, first_challenge};
use super::record::{Heads, Keys, Record};
use super::transcript::{Beacon, Contribution, Knowledge, Origin, fresh_random_numbers, g2_sp};
use super::{Meter, Progress};
use crate::cpu::Cpu;
use crate::curve::{Affine, G1, G2};
use crate::error::{Error, Result};
use crate::field::Fr;
use crate::files::{Mapped, Ptau};
use crate::lanes::LaneCurve;
use crate::ntt::powers;
use crate::verify::Rejection;
use std::path::Path;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The factors by which a contributor changes tau, alpha and beta. Forgotten when dropped.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secrets {
    pub tau: Fr,
    pub alpha: Fr,
    pub beta: Fr,
}

impl Secrets {
    /// In the order in which snarkjs draws them.
    pub fn draw(random: &mut ChaCha) -> Self {
        Self { tau: random.next_prime(), alpha: random.next_prime(), beta: random.next_prime() }
    }

    pub fn prove(&self, challenge: &Digest, random: &mut ChaCha) -> Keys {
        let mut number = 0;
        [&self.tau, &self.alpha, &self.beta].map(|secret| {
            let proof = Knowledge::prove(secret, random, |s, sx| g2_sp(number, challenge, s, sx));
            number += 1;
            proof
        })
    }
}

/// Fresh powers of tau: every secret is 1.
///
/// # Errors
/// `PTAU_POWER`, and what writing a file gives.
pub fn new_powers(out: &Path, power: u32) -> Result<()> {
    check_power(power)?;
    let mut file = PowersWriter::create(out, false)?;
    file.powers(&Powers::trivial(power), power, &[])?;
    file.finish()
}

/// Multiplies the secrets of a file by fresh ones that nobody will know.
///
/// # Errors
/// `PTAU_TRUNCATED`, `PTAU_MALFORMED`, `PTAU_MISMATCH` for a file that cannot be contributed to, `NO_RANDOMNESS`,
/// `CANCELLED`, and what reading and writing files give.
pub fn contribute(
    cpu: Cpu,
    from: &Path,
    out: &Path,
    name: &str,
    progress: &dyn Progress,
) -> Result<Contribution> {
    let random = fresh_random_numbers()?;
    advance(cpu, from, out, Origin::new(name, None), random, progress)
}

/// Multiplies the secrets of a file by what a public number gives.
///
/// # Errors
/// As `contribute`.
pub fn apply_beacon(
    cpu: Cpu,
    from: &Path,
    out: &Path,
    name: &str,
    beacon: Beacon,
    progress: &dyn Progress,
) -> Result<Contribution> {
    let random = beacon.random_numbers(progress)?;
    advance(cpu, from, out, Origin::new(name, Some(beacon)), random, progress)
}

fn advance(
    cpu: Cpu,
    from: &Path,
    out: &Path,
    origin: Origin,
    mut random: ChaCha,
    progress: &dyn Progress,
) -> Result<Contribution> {
    let bytes = Mapped::open(from)?;
    let file = Ptau::parse(&bytes)?;
    if file.power != file.ceremony_power {
        return Err(Error::new(
            "PTAU_TRUNCATED",
            format!(
                "this file holds 2^{} of the ceremony's 2^{} powers",
                file.power, file.ceremony_power
            ),
            "Contribute to the whole file, and cut it afterwards.",
        ));
    }
    check_power(file.power)?;
    let n = 1u64 << file.power;
    let mut meter = Meter::new(progress, "reading", 4 * n * cost::<G1>() + n * cost::<G2>());
    let mut records = Record::read_all(&file).map_err(refused)?;
    let old = Powers::read(&file).map_err(refused)?;
    let challenge = current_challenge(&old, &records, &mut meter)?;
    let secrets = Secrets::draw(&mut random);
    let keys = secrets.prove(&challenge, &mut random);
    let new = apply(cpu, &old, &secrets, &mut meter)?;
    drop((old, secrets));
    meter.begin("hashing")?;
    let record = record_of(&new, keys, &challenge, origin);
    let contribution = record.contribution();
    records.push(record);
    let mut file = PowersWriter::create(out, false)?;
    file.powers(&new, new.power, &records)?;
    file.finish()?;
    Ok(contribution)
}

/// What the next contributor starts from, if the points are those that the last one left.
fn current_challenge(powers: &Powers, records: &[Record], meter: &mut Meter<'_>) -> Result<Digest> {
    let (recorded, response) = match records.last() {
        Some(last) => (last.next_challenge, last.response()),
        None => (first_challenge(powers.power, meter)?, super::blake2b::Blake2b::new().digest()),
    };
    if powers.challenge(&response) == recorded {
        return Ok(recorded);
    }
    Err(Error::new(
        "PTAU_MISMATCH",
        "the points of this file are not those that its last contribution left",
        "Take the file again from whoever contributed last.",
    ))
}

/// The record of whoever made these powers.
pub fn record_of(powers: &Powers, keys: Keys, challenge: &Digest, origin: Origin) -> Record {
    let heads = Heads {
        tau_g1: powers.tau_g1[1],
        tau_g2: powers.tau_g2[1],
        alpha_g1: powers.alpha_tau_g1[0],
        beta_g1: powers.beta_tau_g1[0],
        beta_g2: powers.beta_g2,
    };
    let partial = powers.response(challenge);
    let mut record = Record { heads, keys, partial, next_challenge: [0; 64], origin };
    record.next_challenge = powers.challenge(&record.response());
    record
}

fn apply(cpu: Cpu, old: &Powers, secrets: &Secrets, meter: &mut Meter<'_>) -> Result<Powers> {
    let tau = Zeroizing::new(powers(secrets.tau, old.tau_g1.len()));
    let n = old.tau_g2.len();
    meter.begin("tau in G1")?;
    let tau_g1 = multiply_metered(cpu, &old.tau_g1, &tau, meter)?;
    meter.begin("tau in G2")?;
    let tau_g2 = multiply_metered(cpu, &old.tau_g2, &tau[..n], meter)?;
    let mut times = |factor: Fr, points: &[Affine<G1>], line: &str| {
        meter.begin(line)?;
        let scalars = Zeroizing::new(tau[..n].iter().map(|t| *t * factor).collect::<Vec<Fr>>());
        multiply_metered(cpu, points, &scalars, meter)
    };
    Ok(Powers {
        power: old.power,
        tau_g1,
        tau_g2,
        alpha_tau_g1: times(secrets.alpha, &old.alpha_tau_g1, "alpha in G1")?,
        beta_tau_g1: times(secrets.beta, &old.beta_tau_g1, "beta in G1")?,
        beta_g2: crate::curve::multiply(&old.beta_g2, &secrets.beta).into(),
    })
}

/// Adds the Lagrange bases of every domain, from which keys are made.
///
/// A truncated file stays one: its ceremony's power is kept, where snarkjs forgets it and can verify the file no more.
///
/// # Errors
/// `PTAU_MALFORMED`, `PTAU_POWER`, `CANCELLED`, and what reading and writing files give.
pub fn prepare(cpu: Cpu, from: &Path, out: &Path, progress: &dyn Progress) -> Result<()> {
    let bytes = Mapped::open(from)?;
    let file = Ptau::parse(&bytes)?;
    check_power(file.power)?;
    let records = Record::read_all(&file).map_err(refused)?;
    let powers = Powers::read(&file).map_err(refused)?;
    let up_to = |power: u32| (0..=power).map(products_in_basis).sum::<u64>();
    let small = up_to(powers.power);
    let whole = (up_to(powers.power + 1) + 2 * small) * cost::<G1>() + small * cost::<G2>();
    let mut meter = Meter::new(progress, "preparing", whole);
    let mut written = PowersWriter::create(out, true)?;
    written.powers(&powers, file.ceremony_power, &records)?;
    let mut tau_g1 = powers.tau_g1;
    // The largest domain has a point more than there are powers.
    tau_g1.push(Affine::INFINITY);
    write_bases(cpu, &mut written, 12, &tau_g1, &mut meter)?;
    write_bases(cpu, &mut written, 13, &powers.tau_g2, &mut meter)?;
    write_bases(cpu, &mut written, 14, &powers.alpha_tau_g1, &mut meter)?;
    write_bases(cpu, &mut written, 15, &powers.beta_tau_g1, &mut meter)?;
    written.finish()
}

/// The bases of the domains of 1, 2, 4 … points.len() points, one after another.
fn write_bases<C: Endomorphism + LaneCurve + crate::files::PointBytes>(
    cpu: Cpu,
    file: &mut PowersWriter,
    id: u32,
    points: &[Affine<C>],
    meter: &mut Meter<'_>,
) -> Result<()> {
    file.begin(id)?;
    for k in 0..=points.len().ilog2() {
        meter.begin(format!("section {id}, domain of 2^{k}"))?;
        file.more_points(&lagrange_basis(cpu, &points[..1 << k], meter)?)?;
    }
    file.end()
}

fn refused(rejection: Rejection) -> Error {
    Error::new(
        "PTAU_MALFORMED",
        format!("powers of tau refused: {rejection}"),
        "Take the file again from whoever contributed last.",
    )
}
