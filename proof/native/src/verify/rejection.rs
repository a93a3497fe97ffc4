//! Why a proof, a key or a statement was refused: the words of proof/rejection.ts.

use crate::curve::{Affine, Curve};
use crate::files::Fault;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Not the shape this format demands: a wrong length or leftover bytes.
    Malformed,
    /// A number that is not written in the one way the format allows, or is not below its modulus.
    NonCanonical,
    /// A point that does not satisfy the curve equation, or is the point at infinity where none may be.
    NotOnCurve,
    /// A point on the curve that lies outside the subgroup of prime order.
    NotInSubgroup,
    /// The number of public signals is not the number the verification key binds.
    WrongSignalCount,
    /// Everything is well formed and the pairing equation does not hold.
    ProofInvalid,
    /// A key whose parameters would let anybody forge: gamma = delta, a generator.
    KeyUnsafe,
    /// A chain of contributions, or a key, that does not follow from the files it claims to follow from.
    KeyMismatch,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "MALFORMED",
            Self::NonCanonical => "NON_CANONICAL",
            Self::NotOnCurve => "NOT_ON_CURVE",
            Self::NotInSubgroup => "NOT_IN_SUBGROUP",
            Self::WrongSignalCount => "WRONG_SIGNAL_COUNT",
            Self::ProofInvalid => "PROOF_INVALID",
            Self::KeyUnsafe => "KEY_UNSAFE",
            Self::KeyMismatch => "KEY_MISMATCH",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub code: Code,
    /// Where: `proof.b`, `publicSignals[12]`, `vk_delta_2`.
    pub at: String,
}

impl Rejection {
    pub fn new(code: Code, at: impl Into<String>) -> Self {
        Self { code, at: at.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.code.as_str(), self.at)
    }
}

impl From<Fault> for Code {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NonCanonical => Self::NonCanonical,
            Fault::NotOnCurve => Self::NotOnCurve,
            Fault::NotInSubgroup => Self::NotInSubgroup,
        }
    }
}

/// In the group and not infinity.
pub fn check_point<C: Curve>(point: &Affine<C>, at: &str) -> Result<(), Rejection> {
    if point.is_infinity() || !point.is_on_curve() {
        return Err(Rejection::new(Code::NotOnCurve, at));
    }
    if C::is_in_subgroup(point) { Ok(()) } else { Err(Rejection::new(Code::NotInSubgroup, at)) }
}
