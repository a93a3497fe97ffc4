//! One proof: A = α + Σ w_s·A_s + rδ, B = β + Σ w_s·B_s + sδ, C = Σ_private w_s·C_s + Σ h_i·H_i + sA + rB − rsδ.
//! Groth 2016, §3.2, with the queries as snarkjs's keys hold them.

use super::cache::{CacheFile, Kept, KeptRef, Loaded};
use super::key::{KeyOptions, ProvingKey, windows_within};
use super::pools::run_with_threads;
use super::query::Query;
use crate::cancel::Cancel;
use crate::cpu::Cpu;
use crate::curve::{Affine, G1, G2, Xyzz, multiply};
use crate::error::{Error, Result};
use crate::field::Fr;
use crate::files::{Zkey, ZkeyHeader, point_at};
use crate::msm::Table;
use crate::verify::Proof;
use crate::witness::Witness;
use rayon::prelude::*;
use std::sync::Arc;
use std::time::Instant;
use zeroize::{Zeroize, Zeroizing};

pub struct ProveOptions<'a> {
    /// Threads that this proof has to itself.
    pub threads: usize,
    pub cancel: &'a Cancel,
    /// r and s, so that a test can pin a proof's bytes.
    #[cfg(feature = "fixed-randomness")]
    pub randomness: Option<[Fr; 2]>,
}

#[derive(Debug)]
pub struct Proven {
    pub proof: Proof,
    /// Of the first wires after the constant: outputs, then public inputs.
    pub public_signals: Vec<Fr>,
    /// Milliseconds by stage, in the order in which the stages ran.
    pub stages: Vec<(&'static str, f64)>,
}

/// The points of a key, as proofs add them up.
pub struct Tables {
    h: HQuery,
    a: Arc<Query<G1>>,
    b1: Arc<Query<G1>>,
    b2: Arc<Query<G2>>,
    c: Arc<Query<G1>>,
}

/// The H query: all its scalars are full-size.
#[derive(Clone)]
struct HQuery {
    table: Arc<Table<G1>>,
    /// The rows whose points are finite, where some are not.
    finite: Option<Arc<Vec<u32>>>,
}

impl Tables {
    pub fn new(options: &KeyOptions, zkey: &Zkey<'_>) -> Result<Self> {
        let cpu = options.cpu;
        let first_private = zkey.header.n_public + 1;
        Ok(Self {
            h: HQuery::new(options, zkey)?,
            a: Arc::new(Query::new(cpu, zkey.a, 0)?),
            b1: Arc::new(Query::new(cpu, zkey.b1, 0)?),
            b2: Arc::new(Query::new(cpu, zkey.b2, 0)?),
            c: Arc::new(Query::new(cpu, zkey.c, first_private)?),
        })
    }

    /// With tables for the points that this witness multiplies by full-size values, as far as memory allows.
    pub fn learned(
        &self,
        options: &KeyOptions,
        zkey: &Zkey<'_>,
        witness: &Witness,
    ) -> Result<Self> {
        let cpu = options.cpu;
        let first_private = zkey.header.n_public + 1;
        let mut left = options.table_memory.saturating_sub(self.h.table.bytes() as u64);
        let mut g1 = |section, first, before: &Arc<Query<G1>>| {
            let windows = |n| windows_within::<G1>(n, left);
            let query = Query::learned(cpu, section, first, witness, windows)?;
            let query = query.map_or_else(|| Arc::clone(before), Arc::new);
            left = left.saturating_sub(query.bytes() as u64);
            Ok::<_, Error>(query)
        };
        let a = g1(zkey.a, 0, &self.a)?;
        let b1 = g1(zkey.b1, 0, &self.b1)?;
        let c = g1(zkey.c, first_private, &self.c)?;
        let windows = |n| windows_within::<G2>(n, left);
        let b2 = Query::learned(cpu, zkey.b2, 0, witness, windows)?;
        let b2 = b2.map_or_else(|| Arc::clone(&self.b2), Arc::new);
        Ok(Self { h: self.h.clone(), a, b1, b2, c })
    }

    /// None unless the file fits this key.
    pub fn from_cache(mut loaded: Loaded, header: &ZkeyHeader) -> Option<Self> {
        let ZkeyHeader { n_vars, domain_size, .. } = *header;
        Some(Self {
            h: HQuery::from_kept(loaded.next(), domain_size)?,
            a: Arc::new(Query::from_kept(loaded.next(), n_vars)?),
            b1: Arc::new(Query::from_kept(loaded.next(), n_vars)?),
            b2: Arc::new(Query::from_kept(loaded.next(), n_vars)?),
            c: Arc::new(Query::from_kept(loaded.next(), n_vars)?),
        })
    }

    pub fn write(&self, cache: &CacheFile) -> Result<()> {
        let Self { h, a, b1, b2, c } = self;
        cache.write([h.kept(), a.kept(), b1.kept(), b2.kept(), c.kept()])
    }

    pub fn bytes(&self) -> usize {
        let queries = self.a.bytes() + self.b1.bytes() + self.b2.bytes() + self.c.bytes();
        self.h.table.bytes() + queries
    }
}

impl HQuery {
    fn new(options: &KeyOptions, zkey: &Zkey<'_>) -> Result<Self> {
        let points: Vec<Affine<G1>> =
            (0..zkey.header.domain_size).into_par_iter().map(|i| point_at(zkey.h, i)).collect();
        let is_whole = points.par_iter().all(|point| !point.is_infinity());
        let finite = (!is_whole).then(|| {
            let rows = (0..points.len() as u32).filter(|i| !points[*i as usize].is_infinity());
            Arc::new(rows.collect::<Vec<u32>>())
        });
        let points = match &finite {
            None => points,
            Some(rows) => rows.iter().map(|row| points[*row as usize]).collect(),
        };
        let windows = windows_within::<G1>(points.len(), options.table_memory);
        let table = Arc::new(Table::build(options.cpu, &points, points.len(), windows)?);
        Ok(Self { table, finite })
    }

    fn from_kept(Kept { table, wires }: Kept<G1>, rows: usize) -> Option<Self> {
        let is_whole = wires.is_empty() && table.len() == rows
            || wires.len() == table.len() && wires.iter().all(|row| (*row as usize) < rows);
        let finite = (!wires.is_empty()).then(|| Arc::new(wires));
        is_whole.then_some(Self { table: Arc::new(table), finite })
    }

    fn kept(&self) -> KeptRef<'_> {
        KeptRef::new(&self.table, self.finite.as_deref().map_or(&[], Vec::as_slice))
    }

    fn sum(&self, cpu: Cpu, scalars: &[[u64; 4]]) -> Xyzz<G1> {
        match &self.finite {
            None => self.table.sum_full(cpu, scalars),
            Some(rows) => {
                let mut of_finite: Vec<[u64; 4]> =
                    rows.iter().map(|row| scalars[*row as usize]).collect();
                let sum = self.table.sum_full(cpu, &of_finite);
                of_finite.zeroize();
                sum
            }
        }
    }
}

impl ProvingKey {
    /// A proof that this witness fulfils the circuit; of one that does not, a proof that no verifier accepts.
    ///
    /// # Errors
    /// `WRONG_WITNESS`, `CANCELLED`, `RANDOMNESS_UNAVAILABLE`, `THREADS_UNAVAILABLE`.
    pub fn prove(&self, witness: &Witness, options: &ProveOptions<'_>) -> Result<Proven> {
        self.check_witness(witness)?;
        let randomness = Zeroizing::new(options.draw()?);
        run_with_threads(options.threads, || self.prove_with(witness, *randomness, options.cancel))?
    }

    fn prove_with(&self, witness: &Witness, [r, s]: [Fr; 2], cancel: &Cancel) -> Result<Proven> {
        let (cpu, header, tables) = (self.cpu, &self.header, self.tables());
        let mut stages = Stages { cancel, start: Instant::now(), done: Vec::new() };

        // Wiped however this ends.
        let mut h = Zeroizing::new(Vec::new());
        self.quotient.h_scalars(witness, &mut h);
        stages.end("quotient")?;
        let h_sum = tables.h.sum(cpu, &h);
        drop(h);
        stages.end("h")?;
        let a_sum = tables.a.sum(cpu, witness);
        stages.end("a")?;
        let b1_sum = tables.b1.sum(cpu, witness);
        stages.end("b1")?;
        let b2_sum = tables.b2.sum(cpu, witness);
        stages.end("b2")?;
        let c_sum = tables.c.sum(cpu, witness);
        stages.end("c")?;

        let a = a_sum.add_affine(&header.alpha1) + multiply(&header.delta1, &r);
        let b1 = b1_sum.add_affine(&header.beta1) + multiply(&header.delta1, &s);
        let b2 = b2_sum.add_affine(&header.beta2) + multiply(&header.delta2, &s);
        let c = c_sum + h_sum + a.mul_plain(&s.to_plain()) + b1.mul_plain(&r.to_plain())
            - multiply(&header.delta1, &(r * s));
        let proof = Proof::new(a.into(), b2.into(), c.into()).map_err(|rejection| {
            Error::new(
                "PROOF_DEGENERATE",
                format!("the proof has no {}: {:?}", rejection.at, rejection.code),
                "Prove again: with sound memory this happens once in 2^250 proofs.",
            )
        })?;
        stages.end("proof")?;

        let public_signals = (1..=header.n_public).map(|wire| witness.element(wire)).collect();
        Ok(Proven { proof, public_signals, stages: stages.done })
    }
}

/// Times what was done, and stops where a caller may stop it.
struct Stages<'a> {
    cancel: &'a Cancel,
    start: Instant,
    done: Vec<(&'static str, f64)>,
}

impl Stages<'_> {
    fn end(&mut self, stage: &'static str) -> Result<()> {
        let now = Instant::now();
        self.done.push((stage, (now - self.start).as_secs_f64() * 1e3));
        self.start = now;
        self.cancel.check()
    }
}

impl ProveOptions<'_> {
    fn draw(&self) -> Result<[Fr; 2]> {
        #[cfg(feature = "fixed-randomness")]
        if let Some(randomness) = self.randomness {
            return Ok(randomness);
        }
        Ok([random_scalar()?, random_scalar()?])
    }
}

/// 48 bytes of the operating system, mod r: a bias below 2^−130.
fn random_scalar() -> Result<Fr> {
    let mut bytes = [0; 64];
    getrandom::fill(&mut bytes[..48]).map_err(|error| {
        Error::new(
            "RANDOMNESS_UNAVAILABLE",
            format!("the operating system gives no random bytes: {error}"),
            "Look whether /dev/urandom may be read.",
        )
    })?;
    let scalar = Fr::from_wide_bytes(&bytes);
    bytes.zeroize();
    Ok(scalar)
}
