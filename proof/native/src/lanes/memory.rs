//! Rows in memory of their own, on large pages where the system has them: a table is read at random, and with pages of
//! 4 KiB nearly every read would miss the translation cache as well.

use super::Row;
use crate::error::{Error, Result};
use memmap2::MmapMut;
use std::ops::{Deref, DerefMut};

/// A fixed number of rows, zero at first.
pub struct Rows {
    /// None for no rows: an empty map does not exist.
    memory: Option<MmapMut>,
}

impl Rows {
    /// # Errors
    /// `OUT_OF_MEMORY`.
    pub fn new(count: usize) -> Result<Self> {
        if count == 0 {
            return Ok(Self { memory: None });
        }
        let bytes = count.checked_mul(size_of::<Row>()).ok_or_else(|| out_of_memory(usize::MAX))?;
        let memory = MmapMut::map_anon(bytes).map_err(|_| out_of_memory(bytes))?;
        // Advice only: without it everything is right, and slower.
        #[cfg(target_os = "linux")]
        let _ = memory.advise(memmap2::Advice::HugePage);
        Ok(Self { memory: Some(memory) })
    }

    /// The same memory, as the bytes of its words in this machine's order.
    pub fn as_bytes(&self) -> &[u8] {
        self.memory.as_deref().unwrap_or(&[])
    }

    pub fn as_bytes_mut(&mut self) -> &mut [u8] {
        self.memory.as_deref_mut().unwrap_or(&mut [])
    }
}

impl Deref for Rows {
    type Target = [Row];
    fn deref(&self) -> &[Row] {
        let Some(memory) = &self.memory else { return &[] };
        let count = memory.len() / size_of::<Row>();
        // SAFETY: a row is 64 bytes of plain words, of which every pattern is a value; the map begins at a page, and
        // holds a whole number of rows.
        unsafe { std::slice::from_raw_parts(memory.as_ptr().cast(), count) }
    }
}

impl DerefMut for Rows {
    fn deref_mut(&mut self) -> &mut [Row] {
        let Some(memory) = &mut self.memory else { return &mut [] };
        let count = memory.len() / size_of::<Row>();
        // SAFETY: as in `deref`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(memory.as_mut_ptr().cast(), count) }
    }
}

fn out_of_memory(bytes: usize) -> Error {
    Error::new(
        "OUT_OF_MEMORY",
        format!("no {} MiB of memory for a table of points", bytes >> 20),
        "Allow tables less memory, or free some.",
    )
}
