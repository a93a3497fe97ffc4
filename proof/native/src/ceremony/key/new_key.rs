//! The key of a circuit before anybody contributed. Its delta is 1: with it anybody forges. To the byte what `snarkjs
//! groth16 setup` writes.

use super::initial::InitialKey;
use super::sections::{self, write_coefficients, write_points};
use crate::ceremony::blake2b::Digest;
use crate::ceremony::{Progress, check_wanted};
use crate::cpu::Cpu;
use crate::curve::{Curve, G1, G2};
use crate::error::Result;
use crate::files::{ContainerWriter, R1cs, ZKEY, ZkeyHeader};
use std::path::Path;

/// Gives the hash that names the circuit. In the current rayon pool.
///
/// # Errors
/// As `InitialKey::compute`; `FILE_UNWRITABLE`, `DISK_FULL`. Nothing is at the path then.
pub fn new_key(
    cpu: Cpu,
    r1cs: &[u8],
    ptau: &[u8],
    out: &Path,
    progress: &dyn Progress,
) -> Result<Digest> {
    let key = InitialKey::compute(cpu, r1cs, ptau, progress)?;
    check_wanted(progress)?;
    progress.report(0.95, "writing the key");
    let mut file = ContainerWriter::create(out, &ZKEY, sections::COUNT)?;
    file.section(sections::PROTOCOL, &sections::GROTH16)?;
    file.section(sections::HEADER, &sections::header(&key.header()))?;
    write_coefficients(&mut file, &R1cs::parse(r1cs)?, &key.circuit)?;
    write_points(&mut file, sections::IC, &key.ic)?;
    write_points(&mut file, sections::H, &key.h)?;
    write_points(&mut file, sections::C, &key.c)?;
    write_points(&mut file, sections::A, &key.a)?;
    write_points(&mut file, sections::B1, &key.b1)?;
    write_points(&mut file, sections::B2, &key.b2)?;
    // Nobody contributed.
    let contributions = [key.circuit_hash.as_slice(), &0u32.to_le_bytes()].concat();
    file.section(sections::CONTRIBUTIONS, &contributions)?;
    file.finish()?;
    progress.report(1.0, "the key is written");
    Ok(key.circuit_hash)
}

impl InitialKey {
    pub fn header(&self) -> ZkeyHeader {
        ZkeyHeader {
            n_vars: self.circuit.n_signals,
            n_public: self.circuit.n_public,
            domain_size: 1 << self.power,
            power: self.power,
            alpha1: self.alpha1,
            beta1: self.beta1,
            beta2: self.beta2,
            gamma2: G2::generator(),
            delta1: G1::generator(),
            delta2: G2::generator(),
        }
    }
}
