//! A ceremony makes the keys of a circuit: powers of tau for every circuit up to a size, then a phase of its own for
//! one circuit. Bowe, Gabizon, Miers 2017, "Scalable Multi-party Computation for zk-SNARK Parameters in the Random
//! Beacon Model" (eprint 2017/1050). Files, hashes and random numbers are snarkjs 0.7's to the byte: a contribution
//! made by either program is verified by the other.
//!
//! ```text
//!   transcript   who contributed, and the proof that the contributor knew the secret
//!   encoding     the forms of a point that are hashed
//!   blake2b      BLAKE2b-512 with a state that can be written down
//!   chacha       random numbers from a hash
//! ```

pub mod blake2b;
pub mod chacha;
pub mod encoding;
mod halves;
pub mod key;
pub mod multiples;
mod pairing;
pub mod transcript;

pub use encoding::Encode;
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
