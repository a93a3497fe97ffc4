//! The small files of the reference (vectors/make.ts), readers that look at everything a parser promises, and the means
//! to damage a file and nothing else about it.

#![allow(dead_code, reason = "each test file takes of it what it needs")]

use assay_native::error::Result;
use assay_native::field::{Field, Fr};
use assay_native::files::{Ptau, R1cs, Wtns, Zkey};
pub const ZKEY_FILE: &[u8] = include_bytes!("../vectors/key.zkey");
pub const WTNS_FILE: &[u8] = include_bytes!("../vectors/witness.wtns");
pub const R1CS_FILE: &[u8] = include_bytes!("../vectors/circuit.r1cs");
pub const PTAU_FILE: &[u8] = include_bytes!("../vectors/powers.ptau");

/// Each format: a sound file, its code, and a reader that looks at everything a parser promises.
pub type Reader = fn(&[u8]) -> Result<()>;

pub const FORMATS: [(&[u8], &str, Reader); 4] = [
    (ZKEY_FILE, "ZKEY_MALFORMED", read_zkey),
    (WTNS_FILE, "WTNS_MALFORMED", read_wtns),
    (R1CS_FILE, "R1CS_MALFORMED", read_r1cs),
    (PTAU_FILE, "PTAU_MALFORMED", read_ptau),
];

pub fn read_zkey(bytes: &[u8]) -> Result<()> {
    let zkey = Zkey::parse(bytes)?;
    let header = &zkey.header;
    assert_eq!(zkey.ic.len(), 64 * (header.n_public + 1));
    assert_eq!([zkey.a.len(), zkey.b1.len()], [64 * header.n_vars; 2]);
    assert_eq!(zkey.b2.len(), 128 * header.n_vars);
    assert_eq!(zkey.c.len(), 64 * (header.n_vars - header.n_public - 1));
    assert_eq!(zkey.h.len(), 64 << header.power);
    for point in [header.alpha1, header.beta1, header.delta1] {
        assert!(point.is_on_curve() && !point.is_infinity());
    }
    for coefficient in zkey.coefficients() {
        let coefficient = coefficient?;
        assert!(coefficient.matrix < 2 && (coefficient.row as usize) < header.domain_size);
        assert!((coefficient.signal as usize) < header.n_vars);
    }
    Ok(())
}

pub fn read_wtns(bytes: &[u8]) -> Result<()> {
    let wtns = Wtns::parse(bytes)?;
    assert!(wtns.values.iter().all(|value| Fr::from_bytes(value).is_some()));
    assert_eq!(Fr::from_bytes(&wtns.values[0]), Some(Fr::ONE));
    Ok(())
}

pub fn read_r1cs(bytes: &[u8]) -> Result<()> {
    let r1cs = R1cs::parse(bytes)?;
    assert!(r1cs.n_public() < r1cs.n_wires);
    let mut count = 0;
    for constraint in r1cs.constraints() {
        for row in [constraint.a, constraint.b, constraint.c] {
            assert_eq!(row.terms().len(), row.len());
            assert!(row.terms().all(|(wire, _)| (wire as usize) < r1cs.n_wires));
        }
        count += 1;
    }
    assert_eq!(count, r1cs.n_constraints);
    Ok(())
}

pub fn read_ptau(bytes: &[u8]) -> Result<()> {
    let ptau = Ptau::parse(bytes)?;
    assert!(ptau.power <= ptau.ceremony_power);
    assert_eq!(ptau.tau_g1.len(), 64 * ((2 << ptau.power) - 1));
    assert_eq!(ptau.tau_g2.len(), 128 << ptau.power);
    if let Some(lagrange) = ptau.lagrange {
        assert_eq!(lagrange.tau_g1.len(), 64 * ((4 << ptau.power) - 1));
        assert_eq!(lagrange.tau_g2.len(), 128 * ((2 << ptau.power) - 1));
    }
    Ok(())
}

/// The twelve bytes before the sections, then the sections.
pub fn take_apart(bytes: &[u8]) -> (Vec<u8>, Vec<(u32, Vec<u8>)>) {
    let (head, mut rest) = bytes.split_at(12);
    let mut sections = Vec::new();
    while !rest.is_empty() {
        let id = u32::from_le_bytes(rest[..4].try_into().expect("4"));
        let length = u64::from_le_bytes(rest[4..12].try_into().expect("8")) as usize;
        sections.push((id, rest[12..12 + length].to_vec()));
        rest = &rest[12 + length..];
    }
    (head.to_vec(), sections)
}

/// With a true count of the sections and their true lengths.
pub fn put_together(head: &[u8], sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = head[..8].to_vec();
    bytes.extend((sections.len() as u32).to_le_bytes());
    for (id, payload) in sections {
        bytes.extend(id.to_le_bytes());
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(payload);
    }
    bytes
}

/// The file with one of its sections changed.
pub fn altered(file: &[u8], id: u32, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (head, mut sections) = take_apart(file);
    let section = sections.iter_mut().find(|(other, _)| *other == id).expect("it has the section");
    change(&mut section.1);
    put_together(&head, &sections)
}

/// Refused, with this code and this in the message.
pub fn assert_refused(result: Result<()>, code: &str, says: &str) {
    let error = result.expect_err(says);
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(says), "{error} does not say {says:?}");
}

pub fn plus_one(limbs: [u64; 4]) -> [u8; 32] {
    let mut limbs = limbs;
    limbs[0] += 1;
    bytes_of(limbs)
}

pub fn bytes_of(limbs: [u64; 4]) -> [u8; 32] {
    limbs.map(u64::to_le_bytes).as_flattened().try_into().expect("32 bytes")
}
