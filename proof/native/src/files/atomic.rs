//! A file that is there whole or not at all: written beside its place under a temporary name, brought to the disk, then
//! renamed. Dropped unfinished, it leaves nothing.

use crate::error::{Error, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// One write to the system for each MiB: sections are written point by point.
const BUFFER_BYTES: usize = 1 << 20;

#[derive(Debug)]
pub struct AtomicFile {
    file: BufWriter<File>,
    path: PathBuf,
    temporary: PathBuf,
    written: u64,
    finished: bool,
}

impl AtomicFile {
    /// What stands at the path stays there until `finish`.
    ///
    /// # Errors
    /// `FILE_UNWRITABLE`, `DISK_FULL`.
    pub fn create(path: &Path) -> Result<Self> {
        let fault = |error: io::Error| write_error(path, &error);
        let name = path.file_name().ok_or_else(|| {
            fault(io::Error::new(ErrorKind::InvalidInput, "not the name of a file"))
        })?;
        // In the form that store/atomic.ts sweeps: a run that is killed removes nothing. Of two that write the same
        // file at once, the later one to finish wins, and neither spoils the other's.
        let mut draw = [0; 8];
        getrandom::fill(&mut draw).map_err(|error| fault(io::Error::other(error.to_string())))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{:016x}.tmp", u64::from_le_bytes(draw)));
        let temporary = path.with_file_name(hidden);
        let file =
            OpenOptions::new().write(true).create_new(true).open(&temporary).map_err(fault)?;
        Ok(Self {
            file: BufWriter::with_capacity(BUFFER_BYTES, file),
            path: path.to_path_buf(),
            temporary,
            written: 0,
            finished: false,
        })
    }

    /// # Errors
    /// `FILE_UNWRITABLE`, `DISK_FULL`.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|error| write_error(&self.path, &error))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    /// How many bytes there are.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Replaces bytes that are written already.
    ///
    /// # Errors
    /// `FILE_UNWRITABLE`, `DISK_FULL`.
    ///
    /// # Panics
    /// When there are not as many bytes.
    pub fn patch(&mut self, at: u64, bytes: &[u8]) -> Result<()> {
        assert!(at + bytes.len() as u64 <= self.written, "only what is written is patched");
        let mut patch = || -> io::Result<()> {
            self.file.seek(SeekFrom::Start(at))?;
            self.file.write_all(bytes)?;
            self.file.seek(SeekFrom::Start(self.written))?;
            Ok(())
        };
        patch().map_err(|error| write_error(&self.path, &error))
    }

    /// Brings everything to the disk and the file into its place.
    ///
    /// # Errors
    /// `FILE_UNWRITABLE`, `DISK_FULL`. What stands at the path then is either what stood there or the whole new file.
    pub fn finish(mut self) -> Result<()> {
        let mut finish = || -> io::Result<()> {
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            fs::rename(&self.temporary, &self.path)?;
            self.finished = true;
            sync_folder(&self.path)
        };
        finish().map_err(|error| write_error(&self.path, &error))
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if !self.finished {
            // Nobody is left to tell; the name says that it is a part.
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// The rename itself must be on the disk before anything else relies on it.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Elsewhere a folder is no file that can be opened.
#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

fn write_error(path: &Path, error: &io::Error) -> Error {
    let message = format!("{}: {error}", path.display());
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Error::new("DISK_FULL", message, "Make room on the disk and start it again.")
        }
        _ => Error::new(
            "FILE_UNWRITABLE",
            message,
            "Look whether the folder is there and may be written.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_other_faults() {
        let code = |kind| write_error(Path::new("key.zkey"), &io::Error::from(kind)).code;
        assert_eq!(code(ErrorKind::StorageFull), "DISK_FULL");
        assert_eq!(code(ErrorKind::QuotaExceeded), "DISK_FULL");
        assert_eq!(code(ErrorKind::PermissionDenied), "FILE_UNWRITABLE");
    }

    #[test]
    fn what_a_killed_run_leaves_has_the_name_that_is_swept() {
        let path = std::env::temp_dir().join(format!("assay-swept-{}", std::process::id()));
        let unfinished = AtomicFile::create(&path).expect("a folder that may be written");
        let name = unfinished.temporary.file_name().and_then(|name| name.to_str()).expect("UTF-8");
        // /^\..+\.[0-9a-f]{16}\.tmp$/ of store/atomic.ts.
        let (start, draw) = name.strip_suffix(".tmp").and_then(|n| n.rsplit_once('.')).expect(name);
        assert!(start.starts_with(".assay-swept-"), "{name}");
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        assert!(draw.len() == 16 && draw.bytes().all(is_hex), "{name}");
        assert!(unfinished.temporary.exists() && !path.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_that_the_disk_is_full_in_these_words() {
        let mut full = OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
        let error = full.write_all(&[0]).expect_err("it is full");
        assert_eq!(write_error(Path::new("key.zkey"), &error).code, "DISK_FULL");
    }
}
