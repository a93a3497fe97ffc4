//! Section 10 of a `.zkey`: the hash that names the circuit, then who contributed: each record with the delta after it
//! and the proof that its contributor knew the factor. A transcript chains them: it hashes the name of the circuit,
//! all records before, and the first two points of the new one.

use crate::ceremony::Encode;
use crate::ceremony::blake2b::{Blake2b, Digest};
use crate::ceremony::encoding::uncompressed;
use crate::ceremony::transcript::{Knowledge, Origin, append_point, hash_to_g2};
use crate::curve::{Affine, G1Affine, G2Affine};
use crate::files::{PointBytes, decode_point};
use crate::verify::{Code, Rejection};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributions {
    pub circuit_hash: Digest,
    pub records: Vec<Record>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub delta_after: G1Affine,
    pub knowledge: Knowledge,
    pub transcript: Digest,
    pub origin: Origin,
}

impl Contributions {
    /// Every point in its group and none at infinity, every record in the one way of writing it.
    ///
    /// # Errors
    /// `MALFORMED`, `NON_CANONICAL`, `NOT_ON_CURVE`, `NOT_IN_SUBGROUP`, at `contribution 1` and so on.
    pub fn parse(mut bytes: &[u8]) -> Result<Self, Rejection> {
        let malformed = |at: &str| Rejection::new(Code::Malformed, at);
        let head = || malformed("contributions");
        let circuit_hash = take(&mut bytes).ok_or_else(head)?;
        let count = u32::from_le_bytes(take(&mut bytes).ok_or_else(head)?);
        // Read as long as there are bytes: nothing is allocated for what the count claims.
        let mut records = Vec::new();
        for number in 1..=count {
            records.push(Record::parse(&mut bytes, &format!("contribution {number}"))?);
        }
        if bytes.is_empty() { Ok(Self { circuit_hash, records }) } else { Err(head()) }
    }

    /// The payload of the section.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.circuit_hash.to_vec();
        let count = u32::try_from(self.records.len()).expect("as files count");
        bytes.extend(count.to_le_bytes());
        for record in &self.records {
            append_point(&record.delta_after, &mut bytes);
            append_point(&record.knowledge.g1_s, &mut bytes);
            append_point(&record.knowledge.g1_sx, &mut bytes);
            append_point(&record.knowledge.g2_spx, &mut bytes);
            bytes.extend(record.transcript);
            record.origin.write(&mut bytes);
        }
        bytes
    }

    /// The state of the transcript before the record at this index.
    pub fn transcript_before(&self, index: usize) -> Transcript {
        let mut transcript = Transcript::new(&self.circuit_hash);
        for record in &self.records[..index] {
            transcript.append(record);
        }
        transcript
    }
}

impl Record {
    fn parse(bytes: &mut &[u8], at: &str) -> Result<Self, Rejection> {
        let delta_after = take_point(bytes, at)?;
        let g1_s = take_point(bytes, at)?;
        let g1_sx = take_point(bytes, at)?;
        let knowledge = Knowledge { g1_s, g1_sx, g2_spx: take_point(bytes, at)? };
        let malformed = || Rejection::new(Code::Malformed, at);
        let transcript = take(bytes).ok_or_else(malformed)?;
        let origin = Origin::read(bytes).ok_or_else(malformed)?;
        Ok(Self { delta_after, knowledge, transcript, origin })
    }

    /// What the contributor publishes.
    pub fn hash(&self) -> Digest {
        let mut hash = Blake2b::new();
        self.hash_into(&mut hash);
        hash.digest()
    }

    fn hash_into(&self, hash: &mut Blake2b) {
        hash.update(&uncompressed(&self.delta_after));
        hash.update(&uncompressed(&self.knowledge.g1_s));
        hash.update(&uncompressed(&self.knowledge.g1_sx));
        hash.update(&uncompressed(&self.knowledge.g2_spx));
        hash.update(&self.transcript);
    }
}

/// The hash of the circuit and of all records so far.
#[derive(Clone, Debug)]
pub struct Transcript(Blake2b);

impl Transcript {
    pub fn new(circuit_hash: &Digest) -> Self {
        let mut hash = Blake2b::new();
        hash.update(circuit_hash);
        Self(hash)
    }

    pub fn append(&mut self, record: &Record) {
        record.hash_into(&mut self.0);
    }

    /// What the next contributor must multiply by the factor is chosen by this.
    pub fn challenge(&self, g1_s: &G1Affine, g1_sx: &G1Affine) -> Digest {
        let mut hash = self.0.clone();
        hash.update(&uncompressed(g1_s));
        hash.update(&uncompressed(g1_sx));
        hash.digest()
    }

    pub fn point(challenge: &Digest) -> G2Affine {
        hash_to_g2(challenge)
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    bytes.split_off(..N)?.try_into().ok()
}

fn take_point<C: Encode + PointBytes>(bytes: &mut &[u8], at: &str) -> Result<Affine<C>, Rejection> {
    let point = bytes.split_off(..<C as PointBytes>::BYTES);
    let point = point.ok_or_else(|| Rejection::new(Code::Malformed, at))?;
    let point = decode_point(point).map_err(|fault| Rejection::new(fault.into(), at))?;
    if point.is_infinity() { Err(Rejection::new(Code::NotOnCurve, at)) } else { Ok(point) }
}
