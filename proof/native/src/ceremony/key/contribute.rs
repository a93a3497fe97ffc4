//! A contribution: delta is multiplied by a secret x, and what is divided by delta is divided by x. Whoever knows all
//! the secrets can forge; x is gone when this returns.

use super::contributions::{Contributions, Record, Transcript};
use super::packed::Packed;
use super::scale::scale_all;
use super::sections;
use crate::ceremony::blake2b::Digest;
use crate::ceremony::chacha::ChaCha;
use crate::ceremony::transcript::{Beacon, Knowledge, Origin, fresh_random_numbers};
use crate::ceremony::{Progress, check_wanted};
use crate::cpu::Cpu;
use crate::curve::{G1, G1Affine, multiply};
use crate::error::Result;
use crate::field::{Field, Fr};
use crate::files::{
    Container, ContainerWriter, PointBytes, ZKEY, Zkey, ZkeyHeader, check_points, g1_at,
};
use rayon::prelude::*;
use std::path::Path;
use zeroize::Zeroizing;

/// Contributes a fresh secret from the operating system, and gives the hash that the contributor publishes. In the
/// current rayon pool.
///
/// # Errors
/// `ZKEY_MALFORMED`, `CANCELLED`, `NO_RANDOMNESS`, `FILE_UNWRITABLE`, `DISK_FULL`. Nothing is at the path then.
pub fn contribute(
    cpu: Cpu,
    zkey: &[u8],
    out: &Path,
    name: &str,
    progress: &dyn Progress,
) -> Result<Digest> {
    apply(cpu, zkey, out, Origin::new(name, None), &mut fresh_random_numbers()?, progress)
}

/// Contributes what everybody can compute from the beacon: byte for byte what `snarkjs zkey beacon` writes.
///
/// # Errors
/// As `contribute`.
pub fn apply_beacon(
    cpu: Cpu,
    zkey: &[u8],
    out: &Path,
    name: &str,
    beacon: Beacon,
    progress: &dyn Progress,
) -> Result<Digest> {
    progress.report(0.0, "hashing the beacon");
    let mut random = beacon.random_numbers(progress)?;
    apply(cpu, zkey, out, Origin::new(name, Some(beacon)), &mut random, progress)
}

fn apply(
    cpu: Cpu,
    bytes: &[u8],
    out: &Path,
    origin: Origin,
    random: &mut ChaCha,
    progress: &dyn Progress,
) -> Result<Digest> {
    let zkey = Zkey::parse(bytes)?;
    let mut contributions = Contributions::parse(zkey.contributions).map_err(|rejection| {
        ZKEY.malformed("section 10", "a record of contributions", rejection)
    })?;
    // What was read is multiplied and signed with a name: it must be points.
    for (id, section) in [(sections::C, zkey.c), (sections::H, zkey.h)] {
        check_points::<G1>(section).map_err(|(i, fault)| {
            ZKEY.malformed(format!("section {id}, point {i}"), "a point of the group", fault)
        })?;
    }
    check_wanted(progress)?;

    let x = Zeroizing::new(nonzero(random));
    let inverse = Zeroizing::new(x.inverse().expect("not zero"));
    let transcript = contributions.transcript_before(contributions.records.len());
    let mut challenge = [0; 64];
    let knowledge = Knowledge::prove(&x, random, |g1_s, g1_sx| {
        challenge = transcript.challenge(g1_s, g1_sx);
        Transcript::point(&challenge)
    });
    let header = ZkeyHeader {
        delta1: multiply(&zkey.header.delta1, &x).into(),
        delta2: multiply(&zkey.header.delta2, &x).into(),
        ..zkey.header
    };
    let record = Record { delta_after: header.delta1, knowledge, transcript: challenge, origin };
    let hash = record.hash();
    contributions.records.push(record);

    progress.report(0.1, "dividing the points of C");
    let c = divide(cpu, zkey.c, &inverse);
    check_wanted(progress)?;
    progress.report(0.5, "dividing the points of H");
    let h = divide(cpu, zkey.h, &inverse);
    check_wanted(progress)?;

    progress.report(0.9, "writing the key");
    let file = Container::parse(bytes, &ZKEY)?;
    let mut written = ContainerWriter::create(out, &ZKEY, sections::COUNT)?;
    written.section(sections::PROTOCOL, &sections::GROTH16)?;
    written.section(sections::HEADER, &sections::header(&header))?;
    for id in [sections::IC, sections::COEFFICIENTS, sections::A, sections::B1, sections::B2] {
        written.section(id, file.section(id)?)?;
    }
    sections::write_points(&mut written, sections::C, &c)?;
    sections::write_points(&mut written, sections::H, &h)?;
    written.section(sections::CONTRIBUTIONS, &contributions.to_bytes())?;
    written.finish()?;
    progress.report(1.0, "the contribution is written");
    Ok(hash)
}

fn divide(cpu: Cpu, section: &[u8], inverse: &Fr) -> Vec<G1Affine> {
    let count = section.len() / G1::BYTES;
    let points: Vec<G1Affine> = (0..count).into_par_iter().map(|i| g1_at(section, i)).collect();
    scale_all(cpu, &Packed::pack(cpu, &points), inverse).unpack(cpu)
}

fn nonzero(random: &mut ChaCha) -> Fr {
    loop {
        let x: Fr = random.next_prime();
        if !x.is_zero() {
            return x;
        }
    }
}
