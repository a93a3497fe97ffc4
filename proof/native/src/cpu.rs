//! Which form of the arithmetic this machine runs. One binary holds all of them.

use crate::error::{Error, Result};

/// A form of the hot arithmetic. Each exists as a value only where the processor has what it needs: whoever holds an
/// `Ifma` may execute AVX-512 IFMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cpu(Form);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 4 × 64-bit limbs in plain Rust: runs everywhere.
    Plain,
    /// The same limbs, multiplied by mulx, adcx and adox.
    Mulx,
    /// 5 × 52-bit limbs, eight elements at a time, in AVX-512 IFMA.
    Ifma,
}

impl Cpu {
    /// The fastest form of this machine, or the one that `ASSAY_CPU` asks for: `portable` or `ifma`.
    ///
    /// # Errors
    /// `CPU_UNSUPPORTED` when the form asked for does not run here, or has no such name.
    pub fn from_environment() -> Result<Self> {
        match std::env::var("ASSAY_CPU").as_deref() {
            Err(_) | Ok("") => Ok(Self::fastest()),
            Ok("portable") => Ok(Self::portable()),
            Ok("ifma") => Self::ifma().ok_or_else(|| {
                Error::new(
                    "CPU_UNSUPPORTED",
                    "ASSAY_CPU=ifma, but this processor has no AVX-512 IFMA",
                    "Leave ASSAY_CPU unset: the fastest form that runs here is chosen.",
                )
            }),
            Ok(other) => Err(Error::new(
                "CPU_UNSUPPORTED",
                format!("ASSAY_CPU is {other:?}, expected portable or ifma"),
                "Leave ASSAY_CPU unset: the fastest form that runs here is chosen.",
            )),
        }
    }

    pub fn fastest() -> Self {
        Self::ifma().unwrap_or_else(Self::portable)
    }

    /// Scalar code: with mulx where the processor has it.
    pub fn portable() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("bmi2") && is_x86_feature_detected!("adx") {
            return Self(Form::Mulx);
        }
        Self::plain()
    }

    pub fn plain() -> Self {
        Self(Form::Plain)
    }

    pub fn ifma() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vbmi2")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("adx")
        {
            return Some(Self(Form::Ifma));
        }
        None
    }

    /// Every form that runs here, the slowest first: what a test goes through.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::plain(), Self::portable()];
        all.dedup();
        all.extend(Self::ifma());
        all
    }

    pub fn form(self) -> Form {
        self.0
    }
}
