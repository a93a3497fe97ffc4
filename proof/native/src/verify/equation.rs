//! One proof: e(A, B) = e(alpha, beta) · e(IC_0 + Σ a_i·IC_i, gamma) · e(C, delta). Groth 2016, §3.2.

use super::key::VerificationKey;
use super::pairing::{final_exponentiation, miller, prepare};
use super::proof::Proof;
use super::rejection::{Code, Rejection};
use crate::curve::G1Affine;
use crate::field::{Field, Fr};

/// @param signals little-endian, each below r
///
/// # Errors
/// `WRONG_SIGNAL_COUNT`, `NON_CANONICAL` for a signal that is not below r, `PROOF_INVALID`.
pub fn verify(key: &VerificationKey, signals: &[[u8; 32]], proof: &Proof) -> Result<(), Rejection> {
    let statement: G1Affine = {
        let signals = read_signals(key, signals)?;
        key.combine_ic(&signals).into()
    };
    let pairs = miller([
        (*proof.a(), prepare(proof.b())),
        (-statement, key.prepared.gamma.clone()),
        (-*proof.c(), key.prepared.delta.clone()),
    ]);
    if final_exponentiation(pairs) == Some(key.prepared.alpha_beta) {
        Ok(())
    } else {
        Err(Rejection::new(Code::ProofInvalid, "proof"))
    }
}

/// The scalars of the IC: 1, then the signals.
pub(super) fn read_signals(
    key: &VerificationKey,
    signals: &[[u8; 32]],
) -> Result<Vec<Fr>, Rejection> {
    if signals.len() != key.n_public() {
        return Err(Rejection::new(Code::WrongSignalCount, "publicSignals"));
    }
    let mut scalars = Vec::with_capacity(signals.len() + 1);
    scalars.push(Fr::ONE);
    for (i, signal) in signals.iter().enumerate() {
        let scalar = Fr::from_bytes(signal);
        let wild = || Rejection::new(Code::NonCanonical, format!("publicSignals[{i}]"));
        scalars.push(scalar.ok_or_else(wild)?);
    }
    Ok(scalars)
}
