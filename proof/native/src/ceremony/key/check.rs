//! Does a key follow from its circuit, its powers of tau and the contributions that it tells of?
//!
//! What no contribution changes is made again and compared byte for byte: exact, no more than the price of a new key,
//! and needed in any case, because the name of the circuit, with which every transcript begins, hashes the points of C
//! before the first contribution. What contributions divide by delta (C and H) is compared in a random combination:
//! e(Σ ρᵢ·before, 1) = e(Σ ρᵢ·after, delta) holds for each ρᵢ of 128 bits if every point was divided by delta, and with
//! probability at most 2^−128 if one was not, because the points are in a group of prime order and ρ is drawn when they
//! are fixed.

use super::contributions::{Contributions, Transcript};
use super::initial::InitialKey;
use super::sections::{self, coefficients, points_to_bytes};
use crate::ceremony::transcript::{Contribution, Knowledge};
use crate::ceremony::{Progress, check_wanted, is_same_ratio};
use crate::cpu::Cpu;
use crate::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use crate::error::{Error, Result};
use crate::field::Fr;
use crate::files::{PointBytes, R1cs, Zkey, ZkeyHeader, check_points, g1_at};
use crate::msm::sum_of_products;
use crate::verify::{Code, Rejection};
use rayon::prelude::*;

/// What a file answers to a check.
type Answer<T> = std::result::Result<T, Rejection>;

const WEIGHT_BYTES: usize = 16;

/// Everybody who contributed, the first one first; in the current rayon pool. That the powers of tau are sound is for
/// `ceremony::tau` to check.
///
/// @param progress ends a check that takes too long, too: a stranger's file may claim a beacon of 2^63 rounds
///
/// # Errors
/// `CANCELLED`, `NO_RANDOMNESS`. Whatever is wrong with the files is a `Rejection`: `KEY_MISMATCH`, `KEY_UNSAFE` when
/// nobody contributed but a beacon, and for bytes that are no key, `MALFORMED`, `NON_CANONICAL`, `NOT_ON_CURVE`,
/// `NOT_IN_SUBGROUP`.
pub fn check(
    cpu: Cpu,
    r1cs: &[u8],
    ptau: &[u8],
    zkey: &[u8],
    progress: &dyn Progress,
) -> Result<Answer<Vec<Contribution>>> {
    let zkey = match Zkey::parse(zkey) {
        Ok(zkey) => zkey,
        Err(error) => return Ok(Err(refusal(error, "key")?)),
    };
    let contributions = match check_record(&zkey) {
        Ok(contributions) => contributions,
        Err(rejection) => return Ok(Err(rejection)),
    };
    check_wanted(progress)?;
    let initial = match InitialKey::compute(cpu, r1cs, ptau, &Portion(progress)) {
        Ok(initial) => initial,
        Err(error) => return Ok(Err(refusal(error, "circuit or powers of tau")?)),
    };
    progress.report(0.8, "comparing the key");
    let compared = compare_header(&zkey.header, &initial.header())
        .and_then(|()| compare_sections(&zkey, &initial))
        .and_then(|()| compare_hash(&contributions, &initial))
        .and_then(|()| compare_coefficients(&zkey, r1cs))
        .and_then(|()| check_scaled("C", zkey.c))
        .and_then(|()| check_scaled("H", zkey.h));
    if let Err(rejection) = compared {
        return Ok(Err(rejection));
    }
    check_wanted(progress)?;
    progress.report(0.85, "comparing what was divided by delta");
    for (name, section, before) in [("C", zkey.c, &initial.c), ("H", zkey.h, &initial.h)] {
        if !is_divided(cpu, before, section, &zkey.header.delta2)? {
            return Ok(Err(mismatch(name)));
        }
        check_wanted(progress)?;
    }
    progress.report(0.95, "hashing the beacons");
    if let Err(rejection) = check_beacons(&contributions, progress)? {
        return Ok(Err(rejection));
    }
    if contributions.records.iter().all(|record| record.origin.beacon().is_some()) {
        return Ok(Err(Rejection::new(Code::KeyUnsafe, "contributions")));
    }
    progress.report(1.0, "the key is checked");
    let told = contributions.records.iter();
    Ok(Ok(told
        .map(|record| Contribution { origin: record.origin.clone(), hash: record.hash() })
        .collect()))
}

/// The transcript, and delta from 1 to what the key has, each step by a factor that its contributor knew.
fn check_record(zkey: &Zkey<'_>) -> Answer<Contributions> {
    let contributions = Contributions::parse(zkey.contributions)?;
    let mut transcript = Transcript::new(&contributions.circuit_hash);
    let mut delta = G1::generator();
    for (record, number) in contributions.records.iter().zip(1..) {
        let at = |what: &str| mismatch(format!("contribution {number}, {what}"));
        let knowledge = &record.knowledge;
        if transcript.challenge(&knowledge.g1_s, &knowledge.g1_sx) != record.transcript {
            return Err(at("transcript"));
        }
        let point = Transcript::point(&record.transcript);
        if !knowledge.is_valid(&point) {
            return Err(at("proof of knowledge"));
        }
        if !is_same_ratio((&delta, &record.delta_after), (&point, &knowledge.g2_spx)) {
            return Err(at("delta"));
        }
        transcript.append(record);
        delta = record.delta_after;
    }
    if zkey.header.delta1 != delta {
        return Err(mismatch("delta1"));
    }
    if !is_same_ratio((&G1::generator(), &delta), (&G2::generator(), &zkey.header.delta2)) {
        return Err(mismatch("delta2"));
    }
    Ok(contributions)
}

/// Without delta, which `check_record` has followed.
fn compare_header(header: &ZkeyHeader, initial: &ZkeyHeader) -> Answer<()> {
    let same = [
        ("number of wires", header.n_vars == initial.n_vars),
        ("number of public signals", header.n_public == initial.n_public),
        ("size of the domain", header.domain_size == initial.domain_size),
        ("alpha1", header.alpha1 == initial.alpha1),
        ("beta1", header.beta1 == initial.beta1),
        ("beta2", header.beta2 == initial.beta2),
        ("gamma2", header.gamma2 == initial.gamma2),
    ];
    let other = same.into_iter().find(|(_, is_same)| !is_same);
    other.map_or(Ok(()), |(what, _)| Err(mismatch(what)))
}

fn compare_sections(zkey: &Zkey<'_>, initial: &InitialKey) -> Answer<()> {
    compare_points("IC", zkey.ic, &initial.ic)?;
    compare_points("A", zkey.a, &initial.a)?;
    compare_points("B1", zkey.b1, &initial.b1)?;
    compare_points("B2", zkey.b2, &initial.b2)
}

fn compare_points<C: PointBytes>(name: &str, section: &[u8], points: &[Affine<C>]) -> Answer<()> {
    // As bytes: then the section is in canonical form, on the curve and in the subgroup, too.
    let expected = points_to_bytes(points);
    let other = section.chunks(C::BYTES).zip(expected.chunks(C::BYTES)).position(|(a, b)| a != b);
    other.map_or(Ok(()), |i| Err(mismatch(format!("{name}[{i}]"))))
}

fn compare_hash(contributions: &Contributions, initial: &InitialKey) -> Answer<()> {
    let is_same = contributions.circuit_hash == initial.circuit_hash;
    if is_same { Ok(()) } else { Err(mismatch("hash of the circuit")) }
}

fn compare_coefficients(zkey: &Zkey<'_>, r1cs: &[u8]) -> Answer<()> {
    let Ok(r1cs) = R1cs::parse(r1cs) else {
        return Err(Rejection::new(Code::Malformed, "circuit"));
    };
    let mut expected = coefficients(&r1cs);
    let entries = zkey.coefficients.chunks(sections::COEFFICIENT_BYTES);
    for (entry, i) in entries.zip(0..) {
        if expected.next().is_none_or(|expected| entry != expected) {
            return Err(mismatch(format!("coefficient {i}")));
        }
    }
    if expected.next().is_some() { Err(mismatch("number of coefficients")) } else { Ok(()) }
}

fn check_scaled(name: &str, section: &[u8]) -> Answer<()> {
    check_points::<G1>(section)
        .map_err(|(i, fault)| Rejection::new(fault.into(), format!("{name}[{i}]")))
}

/// Is each point of the section the one before, divided by delta?
fn is_divided(cpu: Cpu, before: &[G1Affine], section: &[u8], delta2: &G2Affine) -> Result<bool> {
    let after: Vec<G1Affine> =
        (0..before.len()).into_par_iter().map(|i| g1_at(section, i)).collect();
    let weights = random_weights(before.len())?;
    let before = G1Affine::from(sum_of_products(cpu, before, &weights));
    let after = G1Affine::from(sum_of_products(cpu, &after, &weights));
    // Of nothing but infinity, as in a circuit without private signals, there is no ratio.
    Ok(before.is_infinity() && after.is_infinity()
        || is_same_ratio((&after, &before), (&G2::generator(), delta2)))
}

fn random_weights(count: usize) -> Result<Vec<Fr>> {
    let mut bytes = vec![0; count * WEIGHT_BYTES];
    getrandom::fill(&mut bytes).map_err(|error| {
        Error::new(
            "NO_RANDOMNESS",
            format!("the operating system gave no random bytes: {error}"),
            "A check without them could be foreseen by whoever made the file.",
        )
    })?;
    let weight = |bytes: &[u8; WEIGHT_BYTES]| {
        let mut wide = [0; 32];
        wide[..WEIGHT_BYTES].copy_from_slice(bytes);
        Fr::from_bytes(&wide).expect("128 bits are below r")
    };
    Ok(bytes.as_chunks().0.iter().map(weight).collect())
}

/// A beacon's secret is no secret: whoever says to have used one must have.
fn check_beacons(contributions: &Contributions, progress: &dyn Progress) -> Result<Answer<()>> {
    for (record, number) in contributions.records.iter().zip(1..) {
        let Some(beacon) = record.origin.beacon() else { continue };
        let mut random = beacon.random_numbers(progress)?;
        let x: Fr = random.next_prime();
        let expected =
            Knowledge::prove(&x, &mut random, |_, _| Transcript::point(&record.transcript));
        if expected != record.knowledge {
            return Ok(Err(mismatch(format!("contribution {number}, beacon"))));
        }
    }
    Ok(Ok(()))
}

fn mismatch(at: impl Into<String>) -> Rejection {
    Rejection::new(Code::KeyMismatch, at)
}

/// Files that cannot be read say so; a fault of this machine stays an error.
fn refusal(error: Error, at: &str) -> Result<Rejection> {
    match error.code {
        "ZKEY_MALFORMED" | "R1CS_MALFORMED" | "PTAU_MALFORMED" => {
            Ok(Rejection::new(Code::Malformed, format!("{at}: {}", error.message)))
        }
        "PTAU_TOO_SMALL" | "PTAU_UNPREPARED" => Ok(mismatch(format!("{at}: {}", error.message))),
        _ => Err(error),
    }
}

/// Making the key again is the first four fifths of checking it.
struct Portion<'a>(&'a dyn Progress);

impl Progress for Portion<'_> {
    fn report(&self, fraction: f64, line: &str) {
        self.0.report(fraction * 0.8, line);
    }

    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}
