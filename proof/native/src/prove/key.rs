//! A proving key, opened: everything about it that does not depend on a witness, computed once.

use super::cache::CacheFile;
use super::pools::run_with_threads;
use super::proof::Tables;
use crate::cpu::Cpu;
use crate::error::{Error, Result};
use crate::files::{Coefficient, Mapped, Zkey, ZkeyHeader};
use crate::lanes::LaneCurve;
use crate::msm::Windows;
use crate::quotient::{Coefficients, Matrix, Quotient, Term};
use crate::witness::Witness;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

/// What `KeyOptions::table_memory` is when nobody says: the tables of a circuit of 2^19 rows.
const TABLE_MEMORY: u64 = 1 << 30;

#[derive(Clone, Debug)]
pub struct KeyOptions {
    pub cpu: Cpu,
    /// Threads that open the key.
    pub threads: usize,
    /// Bytes that tables of points may take; 0 for none.
    pub table_memory: u64,
    /// A folder that keeps tables from one run to the next.
    pub cache_dir: Option<PathBuf>,
}

impl KeyOptions {
    /// # Errors
    /// `CPU_UNSUPPORTED`: see `Cpu::from_environment`.
    pub fn from_environment() -> Result<Self> {
        Ok(Self {
            cpu: Cpu::from_environment()?,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            table_memory: TABLE_MEMORY,
            cache_dir: None,
        })
    }
}

/// Shared by all proofs under this key, at the same time if they like.
pub struct ProvingKey {
    pub(super) cpu: Cpu,
    pub(super) header: ZkeyHeader,
    pub(super) quotient: Quotient,
    /// Replaced as a whole when more is known about the circuit's witnesses.
    tables: RwLock<Arc<Tables>>,
    file: Mapped,
    cache: Option<CacheFile>,
    cache_fault: Mutex<Option<Error>>,
    options: KeyOptions,
}

impl ProvingKey {
    /// Opens and checks a key: its structure, and every point and coefficient of it.
    ///
    /// # Errors
    /// `FILE_MISSING`, `FILE_UNREADABLE`, `ZKEY_MALFORMED`, `OUT_OF_MEMORY`, `THREADS_UNAVAILABLE`.
    pub fn open(path: &Path, options: KeyOptions) -> Result<Self> {
        Self::from_file(Mapped::open(path)?, options)
    }

    /// As `open`, from bytes in memory.
    pub fn from_bytes(bytes: Vec<u8>, options: KeyOptions) -> Result<Self> {
        Self::from_file(bytes.into(), options)
    }

    fn from_file(file: Mapped, options: KeyOptions) -> Result<Self> {
        let opened = run_with_threads(options.threads, || {
            let zkey = Zkey::parse(&file)?;
            let header = zkey.header.clone();
            let cache = options.cache_dir.as_deref().map(|folder| {
                let digest = Sha256::digest(&*file).into();
                CacheFile::new(folder, &digest, options.cpu, options.table_memory)
            });
            // Tables are kept of checked keys only.
            let kept = cache
                .as_ref()
                .and_then(CacheFile::read)
                .and_then(|loaded| Tables::from_cache(loaded, &header));
            let is_kept = kept.is_some();
            if !is_kept {
                zkey.check_points()?;
            }
            let coefficients = Coefficients::new(
                header.domain_size,
                header.n_vars,
                Terms { zkey: &zkey, next: 0 },
            )?;
            let quotient = Quotient::new(options.cpu, coefficients, header.power);
            let tables = match kept {
                Some(tables) => tables,
                None => Tables::new(&options, &zkey)?,
            };
            let cache_fault = match &cache {
                Some(cache) if !is_kept => tables.write(cache).err(),
                _ => None,
            };
            Ok::<_, Error>((header, quotient, tables, cache, cache_fault))
        })?;
        let (header, quotient, tables, cache, cache_fault) = opened?;
        Ok(Self {
            cpu: options.cpu,
            header,
            quotient,
            tables: RwLock::new(Arc::new(tables)),
            file,
            cache,
            cache_fault: Mutex::new(cache_fault),
            options,
        })
    }

    /// Why tables could not be kept on disk, if they could not: the key proves all the same.
    pub fn cache_fault(&self) -> Option<Error> {
        self.cache_fault.lock().expect("nobody panics holding it").clone()
    }

    pub fn n_public(&self) -> usize {
        self.header.n_public
    }

    pub fn n_wires(&self) -> usize {
        self.header.n_vars
    }

    pub(super) fn tables(&self) -> Arc<Tables> {
        Arc::clone(&self.tables.read().expect("nobody panics holding it"))
    }

    /// Learns from a witness which wires take full-size values, and builds tables for their points: later proofs of
    /// such witnesses are faster, all others as before. Proofs go on meanwhile.
    ///
    /// # Errors
    /// `WRONG_WITNESS` for another circuit's; `OUT_OF_MEMORY` or `FILE_CHANGED`, and the key proves as before.
    pub fn learn(&self, witness: &Witness) -> Result<()> {
        self.check_witness(witness)?;
        self.file.check_unchanged()?;
        let learned = run_with_threads(self.options.threads, || {
            let zkey = Zkey::parse(&self.file)?;
            self.tables().learned(&self.options, &zkey, witness)
        })??;
        if let Some(cache) = &self.cache {
            let fault = learned.write(cache).err();
            *self.cache_fault.lock().expect("nobody panics holding it") = fault;
        }
        *self.tables.write().expect("nobody panics holding it") = Arc::new(learned);
        Ok(())
    }

    pub(super) fn check_witness(&self, witness: &Witness) -> Result<()> {
        if witness.len() == self.n_wires() {
            return Ok(());
        }
        Err(Error::new(
            "WRONG_WITNESS",
            format!("a witness of {} wires, expected {}", witness.len(), self.n_wires()),
            "Compute the witness with the circuit that this key is of.",
        ))
    }

    /// Bytes that this key holds in memory, beside the file.
    pub fn bytes(&self) -> usize {
        self.tables().bytes() + self.quotient.bytes()
    }
}

/// The coefficients of a checked key.
#[derive(Clone)]
struct Terms<'a> {
    zkey: &'a Zkey<'a>,
    next: usize,
}

impl Iterator for Terms<'_> {
    type Item = Term;

    fn next(&mut self) -> Option<Term> {
        if self.next == self.zkey.n_coefficients() {
            return None;
        }
        let coefficient: Coefficient =
            self.zkey.coefficient(self.next).expect("the key was checked");
        self.next += 1;
        Some(Term {
            matrix: if coefficient.matrix == 0 { Matrix::A } else { Matrix::B },
            row: coefficient.row,
            wire: coefficient.signal,
            coefficient: coefficient.coefficient(),
        })
    }
}

/// The widest windows for a table of n points within a number of bytes; of one row when none fits.
pub(super) fn windows_within<C: LaneCurve>(n: usize, bytes: u64) -> Windows {
    [1, 2, 4]
        .into_iter()
        .map(|stride| Windows::for_table(n, stride))
        .find(|windows| (n * C::ROWS * 64 * (windows.rows() - 1)) as u64 <= bytes)
        .unwrap_or_else(|| Windows::without_table(n))
}
