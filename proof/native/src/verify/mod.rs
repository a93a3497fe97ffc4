//! Verification of Groth16 over BN254 (Groth 2016, §3.2), strictly: whatever comes from outside is decoded once, in one
//! form, with every point in its group, before anything is computed with it. A bad proof is an answer (`Rejection`),
//! and no input makes this code panic. Pairings are arkworks'.

mod batch;
mod combination;
mod equation;
mod key;
mod pairing;
mod proof;
mod rejection;

pub use batch::{Claim, verify_batch};
pub use combination::linear_combination;
pub use equation::verify;
pub use key::VerificationKey;
pub use proof::Proof;
pub use rejection::{Code, Rejection};
