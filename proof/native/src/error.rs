//! What goes wrong: one shape for every error, the one that the rest of Assay prints.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Runs `work`; a panic in it is an error and ends nothing else. What `work` shares with others is immutable or behind a
/// lock that a panic poisons, hence `AssertUnwindSafe`.
///
/// # Errors
/// Those of `work`, and `NATIVE_PANIC`.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(Error::new(
            "NATIVE_PANIC",
            format!("the native core met a fault of its own: {}", words_of(&*panic)),
            "Report this with the files it was given; the reference engine still works.",
        ))
    })
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it left no words")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_words_and_anything_else_is_itself() {
        let silence = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        let index = std::hint::black_box(7);
        let formatted = guarded::<()>(|| panic!("row {index} of none"));
        let literal = guarded(|| Ok([1, 2, 3][..index].len()));
        std::panic::set_hook(silence);

        let error = formatted.unwrap_err();
        assert_eq!(error.code, "NATIVE_PANIC");
        assert!(error.message.ends_with("row 7 of none"), "{error}");
        assert_eq!(literal.unwrap_err().code, "NATIVE_PANIC");
        assert_eq!(guarded(|| Ok(5)), Ok(5));
        assert_eq!(guarded::<()>(|| Err(Error::cancelled())), Err(Error::cancelled()));
    }
}
