//! Verification through the door. Keys are opened once and kept: the pairing of alpha and beta and the lines of the
//! other points are most of what one verification costs.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{ClassInstance, Either, Null, Uint8Array};
use napi_derive::napi;

use super::task::{Outcome, Promised, promised, settled};
use crate::cpu::Cpu;
use crate::error::{Error, Result};
use crate::verify::{self, Claim, Proof, VerificationKey};

#[napi]
pub struct VerifyingKey(Arc<VerificationKey>);

/// Why something was refused, as proof/rejection.ts has it.
#[napi(object)]
pub struct Rejection {
    pub code: String,
    pub at: String,
}

impl From<verify::Rejection> for Rejection {
    fn from(verify::Rejection { code, at }: verify::Rejection) -> Self {
        Self { code: code.as_str().to_owned(), at }
    }
}

#[napi(object, object_to_js = false)]
pub struct NativeClaim<'env> {
    pub key: ClassInstance<'env, VerifyingKey>,
    pub public_signals: Uint8Array,
    /// 128 bytes as they travel, or 256 of points that JavaScript holds.
    pub proof: Uint8Array,
}

/// Some milliseconds, on the caller's thread: once for each key that a process meets.
#[napi]
pub fn open_verifying_key(key: Uint8Array) -> Outcome<Either<Rejection, VerifyingKey>> {
    settled(Cpu::from_environment().map(|cpu| match VerificationKey::from_bytes(&key) {
        Ok(key) => Either::B(VerifyingKey(Arc::new(key.with_multiples(cpu)))),
        Err(rejection) => Either::A(rejection.into()),
    }))
}

/// The verdicts in the order of the claims; null for one that holds.
#[napi]
pub fn verify<'env>(env: &'env Env, claims: Vec<NativeClaim<'_>>) -> napi::Result<Promised<'env>> {
    // Decoded on the far thread: a point of G2 costs tens of microseconds. Until then these are bytes of our own.
    let given: Vec<_> = claims
        .into_iter()
        .map(|claim| (claim.key.0.clone(), claim.public_signals.to_vec(), claim.proof.to_vec()))
        .collect();
    promised(env, move || verdicts(&given))
}

type Given = (Arc<VerificationKey>, Vec<u8>, Vec<u8>);

fn verdicts(given: &[Given]) -> Result<Vec<Either<Rejection, Null>>> {
    let proofs: Vec<_> = given.iter().map(|(_, _, proof)| decode(proof)).collect();
    let mut claims = Vec::with_capacity(given.len());
    for ((key, signals, _), proof) in given.iter().zip(&proofs) {
        let (signals, rest) = signals.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(Error::new(
                "MALFORMED_CLAIM",
                format!("{} bytes are left after {} signals", rest.len(), signals.len()),
                "Give 32 bytes for each public signal.",
            ));
        }
        if let Ok(proof) = proof {
            claims.push(Claim { key, signals, proof });
        }
    }
    let mut checked = match claims.as_slice() {
        // Alone there is nothing to share, and no random weight to draw.
        [Claim { key, signals, proof }] => vec![verify::verify(key, signals, proof)],
        claims => verify::verify_batch(claims),
    }
    .into_iter();
    let verdicts = proofs.into_iter().map(|proof| {
        match proof.and_then(|_| checked.next().expect("one verdict for each claim that decodes")) {
            Ok(()) => Either::B(Null),
            Err(rejection) => Either::A(rejection.into()),
        }
    });
    Ok(verdicts.collect())
}

fn decode(bytes: &[u8]) -> std::result::Result<Proof, verify::Rejection> {
    if bytes.len() == 256 { Proof::from_uncompressed(bytes) } else { Proof::from_compressed(bytes) }
}
