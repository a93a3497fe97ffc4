//! One contribution to powers of tau, as its file keeps it: what the points became, the proofs of knowledge of the three
//! factors, the state of the response hash before those proofs, and the challenge for the next contributor.

use super::blake2b::{Blake2b, Digest, STATE_BYTES};
use super::encoding::uncompressed;
use super::transcript::{Contribution, Knowledge, Origin, append_point, take_point};
use crate::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use crate::files::{PointBytes, Ptau};
use crate::verify::{Code, Rejection};

/// The first point of each section that a secret has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heads {
    pub tau_g1: G1Affine,
    pub tau_g2: G2Affine,
    pub alpha_g1: G1Affine,
    pub beta_g1: G1Affine,
    pub beta_g2: G2Affine,
}

impl Heads {
    /// Before anybody contributed.
    pub fn generators() -> Self {
        let (g1, g2) = (G1::generator(), G2::generator());
        Self { tau_g1: g1, tau_g2: g2, alpha_g1: g1, beta_g1: g1, beta_g2: g2 }
    }
}

/// Proofs of knowledge of the factors of tau, alpha and beta.
pub type Keys = [Knowledge; 3];

#[derive(Clone, Debug)]
pub struct Record {
    pub heads: Heads,
    pub keys: Keys,
    /// The response hash up to the keys.
    pub partial: Blake2b,
    pub next_challenge: Digest,
    pub origin: Origin,
}

impl Record {
    /// The hash that the contributor publishes.
    pub fn response(&self) -> Digest {
        let mut hash = self.partial.clone();
        hash_keys(&mut hash, &self.keys);
        hash.digest()
    }

    pub fn contribution(&self) -> Contribution {
        Contribution { origin: self.origin.clone(), hash: self.response() }
    }

    pub fn write(&self, bytes: &mut Vec<u8>) {
        let Heads { tau_g1, tau_g2, alpha_g1, beta_g1, beta_g2 } = &self.heads;
        append_point(tau_g1, bytes);
        append_point(tau_g2, bytes);
        append_point(alpha_g1, bytes);
        append_point(beta_g1, bytes);
        append_point(beta_g2, bytes);
        for key in &self.keys {
            append_point(&key.g1_s, bytes);
            append_point(&key.g1_sx, bytes);
        }
        for key in &self.keys {
            append_point(&key.g2_spx, bytes);
        }
        bytes.extend(self.partial.to_state());
        bytes.extend(self.next_challenge);
        self.origin.write(bytes);
    }

    /// Takes a record off the front of the bytes: every point in its group and none at infinity, every field in the one
    /// form it has. Whether it follows from what was before is not asked.
    ///
    /// @param at as in `contribution 2`
    pub fn read(bytes: &mut &[u8], at: &str) -> Result<Self, Rejection> {
        let malformed = || Rejection::new(Code::Malformed, at);
        let heads = Heads {
            tau_g1: point(bytes, at, "tau in G1")?,
            tau_g2: point(bytes, at, "tau in G2")?,
            alpha_g1: point(bytes, at, "alpha in G1")?,
            beta_g1: point(bytes, at, "beta in G1")?,
            beta_g2: point(bytes, at, "beta in G2")?,
        };
        let mut pairs = [(G1Affine::INFINITY, G1Affine::INFINITY); 3];
        for pair in &mut pairs {
            *pair = (point(bytes, at, "g1_s")?, point(bytes, at, "g1_sx")?);
        }
        let mut keys = pairs.map(|(g1_s, g1_sx)| Knowledge { g1_s, g1_sx, g2_spx: heads.tau_g2 });
        for key in &mut keys {
            key.g2_spx = point(bytes, at, "g2_spx")?;
        }
        let state = bytes.split_off(..STATE_BYTES).and_then(<[u8]>::first_chunk);
        let partial = state.and_then(Blake2b::from_state).ok_or_else(malformed)?;
        let next_challenge = bytes.split_off(..64).and_then(<[u8]>::first_chunk);
        Ok(Self {
            heads,
            keys,
            partial,
            next_challenge: *next_challenge.ok_or_else(malformed)?,
            origin: Origin::read(bytes).ok_or_else(malformed)?,
        })
    }

    /// All records of a file, oldest first.
    pub fn read_all(file: &Ptau<'_>) -> Result<Vec<Self>, Rejection> {
        let malformed = || Rejection::new(Code::Malformed, "section 7");
        let mut bytes = file.contributions;
        let count = bytes.split_off(..4).and_then(<[u8]>::first_chunk).ok_or_else(malformed)?;
        let mut records = Vec::new();
        for i in 1..=u32::from_le_bytes(*count) {
            records.push(Self::read(&mut bytes, &format!("contribution {i}"))?);
        }
        if bytes.is_empty() { Ok(records) } else { Err(malformed()) }
    }
}

pub fn hash_keys(hash: &mut Blake2b, keys: &Keys) {
    for key in keys {
        hash.update(&uncompressed(&key.g1_s));
        hash.update(&uncompressed(&key.g1_sx));
    }
    for key in keys {
        hash.update(&uncompressed(&key.g2_spx));
    }
}

fn point<C: PointBytes>(bytes: &mut &[u8], at: &str, name: &str) -> Result<Affine<C>, Rejection> {
    let reject = |code| Rejection::new(code, format!("{at}, {name}"));
    if bytes.len() < C::BYTES {
        return Err(reject(Code::Malformed));
    }
    let point = take_point::<C>(bytes).ok_or_else(|| reject(Code::NonCanonical))?;
    if point.is_infinity() || !point.is_on_curve() {
        return Err(reject(Code::NotOnCurve));
    }
    if C::is_in_subgroup(&point) { Ok(point) } else { Err(reject(Code::NotInSubgroup)) }
}
