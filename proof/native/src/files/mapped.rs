//! A file as bytes: mapped into memory, read-only, so that a key of gigabytes costs no memory that other work needs.

use crate::error::{Error, Result};
use memmap2::Mmap;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The bytes of a file, or bytes in memory.
#[derive(Debug)]
pub enum Mapped {
    File(MappedFile),
    Memory(Vec<u8>),
}

/// A file, and what it was like when it was mapped.
#[derive(Debug)]
pub struct MappedFile {
    map: Mmap,
    file: File,
    path: PathBuf,
    modified: Option<SystemTime>,
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
        // shortens it in place may end this process (SIGBUS), as it would any program that maps it.
        let map = unsafe { Mmap::map(&file) }.map_err(unreadable)?;
        let modified = file.metadata().and_then(|metadata| metadata.modified()).ok();
        Ok(Self::File(MappedFile { map, file, path: path.to_path_buf(), modified }))
    }

    /// Whether the file is still what was mapped, for whoever comes back to it after a while: it may have been changed in
    /// place, and reading where a shortened file has no bytes any more ends the process
    /// (docs/decisions/keys-are-mapped.md).
    ///
    /// # Errors
    /// `FILE_CHANGED`.
    pub fn check_unchanged(&self) -> Result<()> {
        let Self::File(MappedFile { map, file, path, modified }) = self else { return Ok(()) };
        let is_same = file.metadata().is_ok_and(|metadata| {
            metadata.len() == map.len() as u64 && metadata.modified().ok() == *modified
        });
        if is_same {
            return Ok(());
        }
        Err(Error::new(
            "FILE_CHANGED",
            format!("{} was changed after it had been opened", path.display()),
            "Replace a file by renaming another into its place; then open it again.",
        ))
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
            Self::File(file) => &file.map,
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
