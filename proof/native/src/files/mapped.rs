//! A file as bytes: mapped into memory, read-only, so that a key of gigabytes costs no memory that other work needs.

use crate::error::{Error, Result};
use memmap2::Mmap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Deref;
use std::path::Path;

/// The bytes of a file, or bytes in memory.
#[derive(Debug)]
pub enum Mapped {
    File(Mmap),
    Memory(Vec<u8>),
}

impl Mapped {
    /// # Errors
    /// `FILE_MISSING`, `FILE_UNREADABLE`.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |error: io::Error| read_error(path, &error);
        // Looked at before it is opened: opening a pipe would wait for whoever writes to it.
        let metadata = std::fs::metadata(path).map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unreadable(io::Error::other("it is no regular file")));
        }
        if metadata.len() == 0 {
            return Ok(Self::Memory(Vec::new()));
        }
        let file = File::open(path).map_err(unreadable)?;
        // SAFETY: the map is read-only and private to this value, and whoever writes files here renames a finished one
        // into its place (`AtomicFile`), so that the file behind this map keeps its bytes. A foreign program that
        // shortens it in place ends this process (SIGBUS), as it would any program that maps it.
        let map = unsafe { Mmap::map(&file) }.map_err(unreadable)?;
        Ok(Self::File(map))
    }
}

impl From<Vec<u8>> for Mapped {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }
}

impl Deref for Mapped {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Self::File(map) => map,
            Self::Memory(bytes) => bytes,
        }
    }
}

fn read_error(path: &Path, error: &io::Error) -> Error {
    let message = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::NotFound => {
            Error::new("FILE_MISSING", message, "Look whether the path is spelled right.")
        }
        _ => Error::new("FILE_UNREADABLE", message, "Look whether it is a file that may be read."),
    }
}
