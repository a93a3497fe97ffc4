//! Keys made here and by snarkjs from the same files are the same bytes, and a key that does not follow from its files
//! is refused. `vectors/make-keys.ts` made the files.

mod accept;
mod large;
mod refuse;

use assay_native::ceremony::transcript::Beacon;
use std::fs;
use std::path::{Path, PathBuf};

pub fn vector(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/keys").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder of this test alone, gone with the value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("assay-keys-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// As in `make-keys.ts`.
pub fn beacon() -> Beacon {
    Beacon::new(vec![0xc3; 32], 10).expect("a beacon")
}
