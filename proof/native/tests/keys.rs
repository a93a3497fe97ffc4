//! Keys made here and by snarkjs from the same files are the same bytes, and a key that does not follow from its files
//! is refused. `vectors/make-keys.ts` made the files.

use assay_native::ceremony::Silent;
use assay_native::ceremony::key::{apply_beacon, new_key};
use assay_native::ceremony::transcript::Beacon;
use assay_native::cpu::Cpu;
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
    for cpu in Cpu::all() {
        for circuit in ["full", "public", "private"] {
            let out = folder.at(circuit);
            let r1cs = vector(&format!("{circuit}.r1cs"));
            new_key(cpu, &r1cs, &ptau, &out, &Silent).expect("a key");
            let ours = fs::read(&out).expect("the key");
            assert!(ours == vector(&format!("{circuit}-0.zkey")), "{circuit}, {cpu:?}");
        }
    }
}

/// As in `make-keys.ts`.
fn beacon() -> Beacon {
    Beacon::new(vec![0xc3; 32], 10).expect("a beacon")
}

#[test]
fn beacons_are_those_of_snarkjs_to_the_byte() {
    let folder = Folder::new("beacon");
    let out = folder.at("key");
    for cpu in Cpu::all() {
        let key = vector("full-2.zkey");
        apply_beacon(cpu, &key, &out, "the beacon", beacon(), &Silent).expect("a beacon");
        let ours = fs::read(&out).expect("the key");
        assert!(ours == vector("full-3.zkey"), "{cpu:?}");
    }
}
