//! Groth16 over BN254: the native proving core of Assay. Proofs, verification and keys, in files of iden3's formats.
//!
//! ```text
//!   node        the door for JavaScript                       (pointers, promises)
//!   prove   verify   ceremony                                 (Groth16 2016, MMORPG 2017)
//!   msm     quotient  ntt    witness                          (where the time goes)
//!   lanes   eight elements at once: portable, mulx, IFMA      (all the SIMD there is)
//!   curve   G1, G2          files  .zkey .wtns .r1cs .ptau    (untrusted bytes, decoded once)
//!   field   Fq, Fr, Fq2     cpu    which form this machine runs
//! ```
//! Imports only fall. Verifier code returns `Result`; whoever proves or makes keys may assert.

pub mod cancel;
pub mod ceremony;
pub mod cpu;
pub mod curve;
pub mod error;
pub mod field;
pub mod files;
pub mod lanes;
pub mod msm;
pub mod ntt;
pub mod prove;
pub mod quotient;
pub mod verify;
pub mod witness;

#[cfg(feature = "node")]
mod node;
