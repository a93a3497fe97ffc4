//! What goes wrong: one shape for every error, the one that the rest of Assay prints.

use std::borrow::Cow;
use std::fmt;

/// `code` is for programs, `message` says what, expected and got, `hint` what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    pub code: &'static str,
    pub message: String,
    pub hint: Cow<'static, str>,
}

impl Error {
    pub fn new(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, message: message.into(), hint: hint.into() }
    }

    /// The caller asked to stop, and nothing half-done is left.
    pub fn cancelled() -> Self {
        Self::new("CANCELLED", "stopped before the end, as asked", "Start it again when wanted.")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;
