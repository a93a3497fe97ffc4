//! How far a step of many parts is, and whether it is still wanted.

use super::{Progress, check_wanted};
use crate::error::Result;

pub struct Meter<'a> {
    progress: &'a dyn Progress,
    line: String,
    done: u64,
    whole: u64,
}

impl<'a> Meter<'a> {
    /// @param whole how many units the whole step has
    pub fn new(progress: &'a dyn Progress, line: &str, whole: u64) -> Self {
        Self { progress, line: line.to_owned(), done: 0, whole }
    }

    /// What is done from here on.
    ///
    /// # Errors
    /// `CANCELLED` when the step is no longer wanted.
    pub fn begin(&mut self, line: impl Into<String>) -> Result<()> {
        self.line = line.into();
        self.advance(0)
    }

    /// # Errors
    /// `CANCELLED` when the step is no longer wanted.
    pub fn advance(&mut self, units: u64) -> Result<()> {
        self.done += units;
        self.progress.report(self.fraction(), &self.line);
        check_wanted(self.progress)
    }

    pub fn progress(&self) -> &'a dyn Progress {
        self.progress
    }

    pub fn is_done(&self) -> bool {
        self.done == self.whole
    }

    fn fraction(&self) -> f64 {
        if self.whole == 0 { 1.0 } else { (self.done as f64 / self.whole as f64).min(1.0) }
    }
}
