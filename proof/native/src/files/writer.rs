//! Writes iden3's container as a stream. A section's length is known before it begins, or patched in when it ends.

use super::atomic::AtomicFile;
use super::binfile::Format;
use crate::error::Result;
use std::path::Path;

/// Streams sections into an `AtomicFile`: nothing is at the path before `finish`.
#[derive(Debug)]
pub struct ContainerWriter {
    file: AtomicFile,
    sections_left: u32,
    open: Option<OpenSection>,
}

#[derive(Debug)]
struct OpenSection {
    begins_at: u64,
    length: Option<u64>,
}

impl ContainerWriter {
    /// # Errors
    /// `FILE_UNWRITABLE`, `DISK_FULL`, as all that writes here.
    pub fn create(path: &Path, format: &Format, sections: u32) -> Result<Self> {
        let mut file = AtomicFile::create(path)?;
        file.write(format.magic)?;
        file.write(&format.version.to_le_bytes())?;
        file.write(&sections.to_le_bytes())?;
        Ok(Self { file, sections_left: sections, open: None })
    }

    /// @param length of the payload, where it is known
    ///
    /// # Panics
    /// When a section is open, or there are as many as were announced.
    pub fn begin(&mut self, id: u32, length: Option<u64>) -> Result<()> {
        assert!(self.open.is_none(), "section {id} begins within another");
        self.sections_left =
            self.sections_left.checked_sub(1).expect("more sections than announced");
        self.file.write(&id.to_le_bytes())?;
        self.file.write(&length.unwrap_or(0).to_le_bytes())?;
        self.open = Some(OpenSection { begins_at: self.file.written(), length });
        Ok(())
    }

    /// # Panics
    /// Outside a section.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        assert!(self.open.is_some(), "bytes outside a section");
        self.file.write(bytes)
    }

    /// # Panics
    /// Outside a section, or when the section has another length than it announced.
    pub fn end(&mut self) -> Result<()> {
        let OpenSection { begins_at, length } = self.open.take().expect("no section is open");
        let written = self.file.written() - begins_at;
        match length {
            Some(length) => assert_eq!(written, length, "the length announced"),
            None => self.file.patch(begins_at - 8, &written.to_le_bytes())?,
        }
        Ok(())
    }

    /// A whole section.
    pub fn section(&mut self, id: u32, payload: &[u8]) -> Result<()> {
        self.begin(id, Some(payload.len() as u64))?;
        self.write(payload)?;
        self.end()
    }

    /// Brings the file into its place.
    ///
    /// # Panics
    /// When a section is open or missing.
    pub fn finish(self) -> Result<()> {
        assert!(self.open.is_none() && self.sections_left == 0, "every section is written");
        self.file.finish()
    }
}

/// A container of sections that are in memory, in this order.
///
/// # Errors
/// `FILE_UNWRITABLE`, `DISK_FULL`.
pub fn write_binfile(path: &Path, format: &Format, sections: &[(u32, &[u8])]) -> Result<()> {
    let count = u32::try_from(sections.len()).expect("a handful");
    let mut file = ContainerWriter::create(path, format, count)?;
    for (id, payload) in sections {
        file.section(*id, payload)?;
    }
    file.finish()
}
