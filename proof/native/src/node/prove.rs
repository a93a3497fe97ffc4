//! Proofs through the door. A key stays open until it is closed, and whoever proves with it meanwhile is not disturbed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use napi::Env;
use napi::bindgen_prelude::{Either, Int32Array, Null, Uint8Array, Uint32Array};
use napi_derive::napi;

use super::memory::map_large_blocks;
use super::stop::Stop;
use super::task::{Fault, Promised, promised};
use crate::error::{Error, Result, guarded};
use crate::files::Wtns;
use crate::prove::{KeyOptions, ProveOptions, Proven, ProvingKey as OpenKey};
use crate::witness::Witness;

#[napi]
pub struct ProvingKey(Option<Arc<OpenKey>>);

#[napi(object)]
pub struct NativeKeyOptions {
    /// Bytes that tables may take; 0 for none.
    pub table_bytes: Option<f64>,
    /// A folder that keeps tables from one run to the next.
    pub cache_dir: Option<String>,
}

/// Maps and checks a key, and builds the tables that every proof uses.
#[napi]
pub fn open_proving_key<'env>(
    env: &'env Env,
    path: String,
    options: NativeKeyOptions,
) -> napi::Result<Promised<'env>> {
    map_large_blocks();
    promised(env, move || {
        let mut open = KeyOptions::from_environment()?;
        if let Some(bytes) = options.table_bytes {
            open.table_memory = bytes as u64;
        }
        open.cache_dir = options.cache_dir.map(PathBuf::from);
        Ok(ProvingKey(Some(Arc::new(OpenKey::open(path.as_ref(), open)?))))
    })
}

/// Small integers, and the wires of full size with their 32 bytes each.
#[napi(object, object_to_js = false)]
pub struct CompactWitness {
    pub values: Int32Array,
    pub full_wires: Uint32Array,
    pub full_values: Uint8Array,
}

/// Read before the call returns: JavaScript may change its arrays as soon as it does, and a witness takes a quarter of
/// the memory that a copy of its file would, in the same time.
fn read(given: &Either<Uint8Array, CompactWitness>) -> Result<Witness> {
    match given {
        Either::A(bytes) => Witness::from_wtns(Wtns::parse_structure(bytes)?.values.as_flattened()),
        Either::B(CompactWitness { values, full_wires, full_values }) => {
            let values = values.iter().copied().map(i64::from).collect();
            let (full_values, _) = full_values.as_chunks();
            Witness::from_integers(values, full_wires.iter().copied().zip(full_values))
        }
    }
}

#[napi(object)]
pub struct MadeProof {
    /// 256 bytes.
    pub proof: Uint8Array,
    pub public_signals: Uint8Array,
    pub stages: Vec<Stage>,
}

/// One stage of a proof.
#[napi(object)]
pub struct Stage {
    pub name: String,
    pub ms: f64,
}

#[napi]
impl ProvingKey {
    #[napi]
    pub fn prove<'env>(
        &self,
        env: &'env Env,
        witness: Either<Uint8Array, CompactWitness>,
        threads: u32,
        stop: &Stop,
    ) -> napi::Result<Promised<'env>> {
        let start = Instant::now();
        let (key, witness, cancel) = (self.open(), guarded(|| read(&witness)), stop.cancel());
        promised(env, move || {
            let witness = witness?;
            let options = ProveOptions {
                threads: threads.max(1) as usize,
                cancel: &cancel,
                #[cfg(feature = "fixed-randomness")]
                randomness: None,
            };
            let Proven { proof, public_signals, stages } = key?.prove(&witness, &options)?;
            let signals = public_signals.iter().flat_map(|signal| signal.to_bytes());
            let whole = Stage { name: "prove".to_owned(), ms: start.elapsed().as_secs_f64() * 1e3 };
            let parts =
                stages.into_iter().map(|(name, ms)| Stage { name: format!("prove.{name}"), ms });
            Ok(MadeProof {
                proof: Uint8Array::from(proof.to_uncompressed().to_vec()),
                public_signals: Uint8Array::from(signals.collect::<Vec<u8>>()),
                stages: [whole].into_iter().chain(parts).collect(),
            })
        })
    }

    /// Builds tables for what witnesses like this one have at full size: later proofs of such witnesses are faster.
    #[napi]
    pub fn learn<'env>(
        &self,
        env: &'env Env,
        witness: Either<Uint8Array, CompactWitness>,
    ) -> napi::Result<Promised<'env>> {
        let (key, witness) = (self.open(), guarded(|| read(&witness)));
        promised(env, move || key?.learn(&witness?).map(|()| Null))
    }

    /// Beside the file's own pages, which the system takes back when it needs them.
    #[napi]
    pub fn memory_bytes(&self) -> f64 {
        self.0.as_ref().map_or(0.0, |key| key.bytes() as f64)
    }

    /// Why its tables could not be kept on disk; null when they are, or need not be.
    #[napi]
    pub fn cache_fault(&self) -> Option<Fault> {
        self.0.as_ref().and_then(|key| key.cache_fault()).map(Fault::from)
    }

    /// Gives the key back when the last proof that uses it has ended.
    #[napi]
    pub fn close(&mut self) {
        self.0 = None;
    }

    fn open(&self) -> Result<Arc<OpenKey>> {
        self.0.clone().ok_or_else(|| {
            Error::new(
                "KEY_CLOSED",
                "this proving key was closed",
                "Open it again, or prove with the engine, which does.",
            )
        })
    }
}
