//! Phase 2: the key of one circuit. Made from the circuit and prepared powers of tau; each contributor multiplies delta
//! by a secret of its own, and one honest contributor is enough (Bowe, Gabizon, Miers 2017, eprint 2017/1050, §6).
//!
//! ```text
//!   new_key     contribute     check          circuit + powers of tau → key → key; and does it follow?
//!   initial     contributions  sections       its points before anybody contributed, its record, its bytes
//!   circuit_hash               overrun        its name, and where snarkjs reads too far
//!   columns     denominators                  the circuit by signal; rows of fractions
//!   sums        join   digits  lists          many short sums of points at once
//!   scale                                     many points times one number
//!   batch       packed                        eight sums of two points side by side, in one inversion
//! ```

mod batch;
mod check;
mod circuit_hash;
mod columns;
mod contribute;
mod contributions;
mod denominators;
mod digits;
mod initial;
mod join;
mod lists;
mod new_key;
mod overrun;
mod packed;
mod scale;
mod sections;
mod sums;

pub use check::check;
pub use contribute::{apply_beacon, contribute};
pub use new_key::new_key;
