//! iden3's container: a magic word, a version, then sections, each with its id and its length; little-endian, without
//! padding, in any order. Strict: no section twice, none that the format does not know, no gap, nothing left over.

use super::cursor::Cursor;
use crate::error::{Error, Result};
use std::fmt::Display;

/// What distinguishes the formats.
#[derive(Debug)]
pub struct Format {
    pub magic: &'static [u8; 4],
    pub version: u32,
    /// A section of another id may change what the file means, as circom's custom gates do: it is refused.
    pub sections: &'static [u32],
    /// The code of whatever is wrong with such a file.
    pub code: &'static str,
}

impl Format {
    /// @param place as in `section 4`
    pub fn malformed(
        &self,
        place: impl Display,
        expected: impl Display,
        got: impl Display,
    ) -> Error {
        let magic = String::from_utf8_lossy(self.magic);
        Error::new(
            self.code,
            format!("not a .{magic} file: {place}: expected {expected}, got {got}"),
            "Make the file again, or take it from where it is published.",
        )
    }
}

/// The sections of a file, in the order in which they stand there.
#[derive(Debug)]
pub struct Container<'a> {
    format: &'static Format,
    sections: Vec<(u32, &'a [u8])>,
}

impl<'a> Container<'a> {
    /// # Errors
    /// The format's own code.
    pub fn parse(bytes: &'a [u8], format: &'static Format) -> Result<Self> {
        let mut file = Cursor::new(bytes, format, "the file".into());
        let magic = file.take(4, "the magic word")?;
        if magic != format.magic {
            return Err(format.malformed(
                "the magic word",
                format.magic.escape_ascii(),
                magic.escape_ascii(),
            ));
        }
        let version = file.u32("the version")?;
        if version != format.version {
            return Err(format.malformed("the version", format.version, version));
        }
        let count = file.u32("the number of sections")?;
        // None may stand twice, so that there are no more of them than the format knows.
        if count as usize > format.sections.len() {
            let most = format!("at most {}", format.sections.len());
            return Err(format.malformed("the number of sections", most, count));
        }
        let mut sections: Vec<(u32, &[u8])> = Vec::new();
        for i in 0..count {
            let id = file.u32("the id of a section")?;
            if !format.sections.contains(&id) {
                let known = format!("one of {:?}", format.sections);
                return Err(format.malformed(
                    format!("the id of section no. {}", i + 1),
                    known,
                    id,
                ));
            }
            if sections.iter().any(|(other, _)| *other == id) {
                return Err(format.malformed(format!("section {id}"), "it once", "it twice"));
            }
            let length = file.u64("the length of a section")?;
            let left = file.left();
            let payload = usize::try_from(length)
                .ok()
                .and_then(|length| file.split(length))
                .ok_or_else(|| {
                    let expected = format!("{length} bytes, as it says");
                    format.malformed(format!("section {id}"), expected, format!("{left} left"))
                })?;
            sections.push((id, payload));
        }
        file.end()?;
        Ok(Self { format, sections })
    }

    /// # Errors
    /// The format's own code, when the section is missing.
    pub fn section(&self, id: u32) -> Result<&'a [u8]> {
        self.optional(id)
            .ok_or_else(|| self.format.malformed(format!("section {id}"), "it", "none"))
    }

    pub fn optional(&self, id: u32) -> Option<&'a [u8]> {
        self.sections.iter().find(|(other, _)| *other == id).map(|(_, payload)| *payload)
    }

    /// A section that must have this many bytes.
    ///
    /// # Errors
    /// The format's own code, when it is missing or has another length.
    pub fn section_of(&self, id: u32, length: u64) -> Result<&'a [u8]> {
        let payload = self.section(id)?;
        if payload.len() as u64 != length {
            let expected = format!("{length} bytes");
            return Err(self.format.malformed(format!("section {id}"), expected, payload.len()));
        }
        Ok(payload)
    }

    /// To read a section that must be there from its beginning.
    pub(super) fn cursor(&self, id: u32) -> Result<Cursor<'a>> {
        Ok(Cursor::new(self.section(id)?, self.format, format!("section {id}")))
    }

    /// Ids and payloads, in the order in which they stand in the file.
    pub fn sections(&self) -> &[(u32, &'a [u8])] {
        &self.sections
    }
}
