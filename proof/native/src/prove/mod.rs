//! Groth16 proofs (Groth 2016, §3.2) from snarkjs's keys and witnesses.
//!
//! ```text
//!   key        a .zkey opened: checked, its points sorted into queries, tables built       (once)
//!   cache      the tables on disk                                                          (once)
//!   query      Σ w_s·P_s over the points of one section: zeros skipped, bits, small, full  (each proof)
//!   proof      quotient → five sums → A, B, C                                              (each proof)
//! ```

mod cache;
mod key;
mod pools;
mod proof;
mod query;

pub use key::{KeyOptions, ProvingKey};
pub use proof::{ProveOptions, Proven};
