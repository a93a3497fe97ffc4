//! Keys made here and by snarkjs from the same files are the same bytes, and a key that does not follow from its files
//! is refused. `vectors/make-keys.ts` made the files.

use assay_native::ceremony::Silent;
use assay_native::ceremony::key::new_key;
use std::fs;
use std::path::{Path, PathBuf};

fn vector(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/keys").join(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A folder of this test alone, gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = std::env::temp_dir().join(format!("assay-keys-{}-{test}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn new_keys_are_those_of_snarkjs_to_the_byte() {
    let folder = Folder::new("new");
    let ptau = vector("powers.ptau");
    for circuit in ["full", "public", "private"] {
        let out = folder.at(circuit);
        new_key(&vector(&format!("{circuit}.r1cs")), &ptau, &out, &Silent).expect("a key");
        let ours = fs::read(&out).expect("the key");
        assert_eq!(ours, vector(&format!("{circuit}-0.zkey")), "{circuit}");
    }
}
