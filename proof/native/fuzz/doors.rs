//! The doors by which bytes of strangers come in: each takes any bytes, and whatever it lets in must be what it
//! promises. The fuzz targets run them, and so does tests/corpus.rs with the stable compiler.

use assay_native::field::{Field, Fr};
use assay_native::files::{Ptau, R1cs, Wtns, Zkey};
use assay_native::verify::{Proof, VerificationKey};

/// A door by the name of its fuzz target and of its corpus.
pub type Door = fn(&[u8]);
pub const DOORS: [(&str, Door); 6] = [
    ("zkey", zkey),
    ("wtns", wtns),
    ("r1cs", r1cs),
    ("ptau", ptau),
    ("proof", proof),
    ("verification_key", verification_key),
];

pub fn zkey(bytes: &[u8]) {
    let Ok(zkey) = Zkey::parse(bytes) else { return };
    let header = &zkey.header;
    let points = |section: &[u8]| section.len() / 64;
    assert_eq!(points(zkey.ic), header.n_public + 1);
    assert_eq!([zkey.a, zkey.b1].map(points), [header.n_vars; 2]);
    assert_eq!(points(zkey.b2), 2 * header.n_vars);
    assert_eq!(points(zkey.c) + header.n_public + 1, header.n_vars);
    assert_eq!(points(zkey.h), header.domain_size);
    let sound = zkey.coefficients().filter_map(Result::ok);
    for coefficient in sound {
        assert!(coefficient.matrix < 2 && (coefficient.row as usize) < header.domain_size);
        assert!((coefficient.signal as usize) < header.n_vars);
    }
    if zkey.check_points().is_ok() {
        assert!(zkey.coefficients().all(|coefficient| coefficient.is_ok()));
    }
    if let Ok(key) = VerificationKey::from_zkey(&zkey) {
        assert_eq!(key.n_public(), header.n_public);
    }
}

pub fn wtns(bytes: &[u8]) {
    let Ok(wtns) = Wtns::parse(bytes) else { return };
    let values: Option<Vec<Fr>> = wtns.values.iter().map(Fr::from_bytes).collect();
    assert_eq!(values.expect("each below r")[0], Fr::ONE);
}

pub fn r1cs(bytes: &[u8]) {
    let Ok(r1cs) = R1cs::parse(bytes) else { return };
    assert!(r1cs.n_public() < r1cs.n_wires);
    let rows = r1cs.constraints().flat_map(|row| [row.a, row.b, row.c]);
    let mut count = 0;
    for row in rows {
        assert!(row.terms().all(|(wire, _)| (wire as usize) < r1cs.n_wires));
        count += 1;
    }
    assert_eq!(count, 3 * r1cs.n_constraints);
}

pub fn ptau(bytes: &[u8]) {
    let Ok(ptau) = Ptau::parse(bytes) else { return };
    let size = 1 << ptau.power;
    assert!(ptau.power <= ptau.ceremony_power);
    assert_eq!(ptau.tau_g1.len(), 64 * (2 * size - 1));
    assert_eq!(ptau.tau_g2.len(), 128 * size);
    assert_eq!([ptau.alpha_tau_g1.len(), ptau.beta_tau_g1.len()], [64 * size; 2]);
    if let Some(lagrange) = ptau.lagrange {
        assert_eq!(lagrange.tau_g1.len(), 64 * (4 * size - 1));
        assert_eq!(lagrange.tau_g2.len(), 128 * (2 * size - 1));
    }
}

pub fn proof(bytes: &[u8]) {
    if let Ok(proof) = Proof::from_compressed(bytes) {
        assert_eq!(proof.to_compressed(), bytes);
        assert_eq!(Proof::from_uncompressed(&proof.to_uncompressed()), Ok(proof));
    }
    if let Ok(proof) = Proof::from_uncompressed(bytes) {
        assert_eq!(proof.to_uncompressed(), bytes);
        assert_eq!(Proof::from_compressed(&proof.to_compressed()), Ok(proof));
    }
}

pub fn verification_key(bytes: &[u8]) {
    if let Ok(key) = VerificationKey::from_bytes(bytes) {
        assert_eq!(key.to_bytes(), bytes);
    }
}
