//! A ceremony makes the keys of a circuit: powers of tau for every circuit up to a size, then a phase of its own for
//! one circuit. Bowe, Gabizon, Miers 2017, "Scalable Multi-party Computation for zk-SNARK Parameters in the Random
//! Beacon Model" (eprint 2017/1050). Files, hashes and random numbers are snarkjs 0.7's to the byte: a contribution
//! made by either program is verified by the other.
//!
//! ```text
//!   contribute   development   check   key       steps of a ceremony, and their verification; phase 2
//!   lagrange   fixed_base   multiples            many points, eight at a time
//!   powers   record   published                  a .ptau file: points, contributions, well-known digests
//!   transcript                                   who contributed, and the proof that the contributor knew the secret
//!   encoding   blake2b   chacha                  forms that are hashed, the hash, random numbers from a hash
//! ```

pub mod blake2b;
mod butterflies;
pub mod chacha;
pub mod check;
pub mod contribute;
pub mod development;
pub mod encoding;
mod fixed_base;
mod halves;
mod jacobian;
pub mod key;
pub mod lagrange;
mod meter;
pub mod multiples;
mod pairing;
pub mod powers;
pub mod published;
pub mod record;
pub mod transcript;

pub use encoding::Encode;
pub use meter::Meter;
pub use pairing::is_same_ratio;

use crate::error::{Error, Result};

/// Where a long step tells how far it is, and asks whether it is still wanted.
pub trait Progress: Sync {
    /// @param fraction how much of the whole step is done, 0 to 1
    /// @param line what is being done now, for people
    fn report(&self, fraction: f64, line: &str);
    fn is_cancelled(&self) -> bool;
}

/// Nobody listens, and nobody cancels.
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _fraction: f64, _line: &str) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// # Errors
/// `CANCELLED` when the step is no longer wanted.
pub fn check_wanted(progress: &dyn Progress) -> Result<()> {
    if progress.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
}
