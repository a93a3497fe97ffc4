//! Phase 2: the key of one circuit. Made from the circuit and prepared powers of tau; each contributor multiplies delta
//! by a secret of its own, and one honest contributor is enough (Bowe, Gabizon, Miers 2017, eprint 2017/1050, §6).
//!
//! ```text
//!   new_key      circuit + powers of tau → the key of delta = 1
//!   initial      its points         sums, columns, batch   many short sums of points at once
//!   circuit_hash its name           overrun                where snarkjs reads too far
//!   sections     its bytes
//! ```

mod batch;
mod check;
mod circuit_hash;
mod columns;
mod contribute;
mod contributions;
mod initial;
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
