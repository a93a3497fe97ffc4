//! A key's tables on disk, so that a key opened again is ready in a fraction of a second and need not be checked again.
//!
//! ```text
//!   0     "assaytbl", version, form of the packed points
//!   …     SHA-256 of the .zkey, bytes that tables may take
//!   …     for h, a, b1, b2, c: points, tabled, window bits, stride, wires (0 where row i belongs to wire i)
//!   …     SHA-256 of all that and everything after the header
//!   4096  rows of h, a, b1, b2, c; wires of h, a, b1, b2, c
//! ```
//! A file that says anything else, has another length or another digest is as good as none: tables are built anew. The
//! The time at which it was last used is that of its modification: store/home.ts removes what nobody uses. The
//! folder is trusted as far as the machine's own memory is: who can write there can make proofs fail, not pass.

use crate::cpu::{Cpu, Form};
use crate::error::Result;
use crate::files::AtomicFile;
use crate::lanes::{LaneCurve, Row, Rows};
use crate::msm::{Shape, Table, Windows};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const MAGIC: &[u8; 8] = b"assaytbl";
/// Of the layout of this file and of packed points.
const VERSION: u64 = 1;
const HEADER_BYTES: usize = 4096;
const QUERIES: usize = 5;
/// Magic, version, form, digest of the key, memory; five numbers for each query.
const WORDS: usize = 1 + 1 + 1 + 4 + 1 + 5 * QUERIES;
/// Bytes that are hashed and read at a time.
const BLOCK: usize = 1 << 20;

/// One query as a file keeps it.
pub struct Kept<C: LaneCurve> {
    pub table: Table<C>,
    /// The wire of each point.
    pub wires: Vec<u32>,
}

/// Where the tables of one key are kept, and what they must be of.
pub struct CacheFile {
    path: PathBuf,
    head: [u64; 8],
}

impl CacheFile {
    /// @param key SHA-256 of the `.zkey`
    pub fn new(folder: &Path, key: &[u8; 32], cpu: Cpu, table_memory: u64) -> Self {
        let form = match cpu.form() {
            // One packed form: both have R = 2^256.
            Form::Plain | Form::Mulx => 0,
            Form::Ifma => 1,
        };
        let name: String = key[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let path = folder.join(format!("{name}-{form}-{}.tables", table_memory >> 20));
        let (words, _) = key.as_chunks::<8>();
        let mut head = [0; 8];
        head[0] = u64::from_le_bytes(*MAGIC);
        head[1] = VERSION;
        head[2] = form;
        for (word, bytes) in head[3..7].iter_mut().zip(words) {
            *word = u64::from_le_bytes(*bytes);
        }
        head[7] = table_memory;
        Self { path, head }
    }

    /// Undefined for whatever is not wholly the file that `write` made of this key.
    pub fn read(&self) -> Option<Loaded> {
        let mut file = File::open(&self.path).ok()?;
        let length = file.metadata().ok()?.len();
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header).ok()?;
        let word = |i: usize| u64::from_le_bytes(header[8 * i..8 * i + 8].try_into().expect("8"));
        if (0..8).any(|i| word(i) != self.head[i]) {
            return None;
        }
        let layouts = (0..QUERIES)
            .map(|q| Layout::from_words(std::array::from_fn(|i| word(8 + 5 * q + i))))
            .collect::<Option<Vec<Layout>>>()?;
        let expected = layouts
            .iter()
            .enumerate()
            .try_fold(HEADER_BYTES as u64, |sum, (q, layout)| sum.checked_add(layout.bytes(q)?))?;
        if expected != length {
            return None;
        }
        let mut body = Body { file, hash: Sha256::new_with_prefix(&header[..8 * WORDS]) };
        let mut rows = Vec::with_capacity(QUERIES);
        for (q, layout) in layouts.iter().enumerate() {
            let mut memory = Rows::new(layout.rows(q)).ok()?;
            body.read(memory.as_bytes_mut())?;
            rows.push(memory);
        }
        let mut wires = Vec::with_capacity(QUERIES);
        for layout in &layouts {
            let mut bytes = vec![0; 4 * layout.wires];
            body.read(&mut bytes)?;
            let (words, _) = bytes.as_chunks::<4>();
            wires.push(words.iter().map(|word| u32::from_le_bytes(*word)).collect());
        }
        let digest: [u8; 32] = body.hash.finalize().into();
        if digest != header[8 * WORDS..8 * WORDS + 32] {
            return None;
        }
        // Not on every system may who reads a file say so: then it is removed and made again.
        let _ = body.file.set_modified(SystemTime::now());
        let shapes = layouts.into_iter().map(|layout| layout.shape).collect();
        Some(Loaded { shapes, rows: rows.into_iter(), wires: wires.into_iter(), next: 0 })
    }

    /// # Errors
    /// `DISK_FULL`, `FILE_UNWRITABLE`: the tables in memory are as good as before.
    pub fn write(&self, queries: [KeptRef<'_>; QUERIES]) -> Result<()> {
        let mut file = AtomicFile::create(&self.path)?;
        let mut header = [0u8; HEADER_BYTES];
        let numbers = queries.iter().flat_map(KeptRef::words);
        for (bytes, word) in header.chunks_exact_mut(8).zip(self.head.into_iter().chain(numbers)) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        file.write(&header)?;
        let mut hash = Sha256::new_with_prefix(&header[..8 * WORDS]);
        let mut append = |bytes: &[u8]| {
            hash.update(bytes);
            file.write(bytes)
        };
        for query in &queries {
            append(query.rows.as_bytes())?;
        }
        for query in &queries {
            for wires in query.wires.chunks(BLOCK) {
                append(&wires.iter().flat_map(|wire| wire.to_le_bytes()).collect::<Vec<u8>>())?;
            }
        }
        let digest: [u8; 32] = hash.finalize().into();
        file.patch(8 * WORDS as u64, &digest)?;
        file.finish()
    }
}

/// A query to be written.
pub struct KeptRef<'a> {
    shape: Shape,
    rows: &'a Rows,
    wires: &'a [u32],
}

impl<'a> KeptRef<'a> {
    pub fn new<C: LaneCurve>(table: &'a Table<C>, wires: &'a [u32]) -> Self {
        Self { shape: table.shape(), rows: table.rows(), wires }
    }

    fn words(&self) -> [u64; 5] {
        let Shape { n, tabled, windows } = self.shape;
        [
            n as u64,
            tabled as u64,
            windows.bits.into(),
            windows.stride as u64,
            self.wires.len() as u64,
        ]
    }
}

/// What a file holds, in the order h, a, b1, b2, c.
pub struct Loaded {
    shapes: Vec<Shape>,
    rows: std::vec::IntoIter<Rows>,
    wires: std::vec::IntoIter<Vec<u32>>,
    next: usize,
}

impl Loaded {
    pub fn next<C: LaneCurve>(&mut self) -> Kept<C> {
        let shape = self.shapes[self.next];
        self.next += 1;
        let rows = self.rows.next().expect("five queries");
        let wires = self.wires.next().expect("five queries");
        Kept { table: Table::from_rows(rows, shape), wires }
    }
}

#[derive(Clone, Copy)]
struct Layout {
    shape: Shape,
    wires: usize,
}

impl Layout {
    fn from_words([n, tabled, bits, stride, wires]: [u64; 5]) -> Option<Self> {
        // The digest vouches for these numbers; here they only must not overflow.
        let limit = 1 << 32;
        if n > limit || tabled > n || !(2..=32).contains(&bits) || wires > n {
            return None;
        }
        let windows = Windows::new(bits as u32, usize::try_from(stride).ok()?);
        let shape = Shape { n: n as usize, tabled: tabled as usize, windows };
        Some(Self { shape, wires: wires as usize })
    }

    /// Rows of memory: query 3 is that of G2.
    fn rows(&self, query: usize) -> usize {
        let Shape { n, tabled, windows } = self.shape;
        (n + (windows.rows() - 1) * tabled) * if query == 3 { 2 } else { 1 }
    }

    fn bytes(&self, query: usize) -> Option<u64> {
        let rows = (self.rows(query) as u64).checked_mul(size_of::<Row>() as u64)?;
        rows.checked_add(4 * self.wires as u64)
    }
}

struct Body {
    file: File,
    hash: Sha256,
}

impl Body {
    fn read(&mut self, bytes: &mut [u8]) -> Option<()> {
        for block in bytes.chunks_mut(BLOCK) {
            self.file.read_exact(block).ok()?;
            self.hash.update(&*block);
        }
        Some(())
    }
}
