//! Proofs of every form verify, and only for what they are about.

use assay_native::cancel::Cancel;
use assay_native::cpu::Cpu;
use assay_native::field::{Field, Fr};
use assay_native::files::{Wtns, Zkey};
use assay_native::prove::{KeyOptions, ProveOptions, Proven, ProvingKey};
use assay_native::verify::{VerificationKey, verify};
use assay_native::witness::Witness;

const ZKEY: &[u8] = include_bytes!("vectors/key.zkey");
const WTNS: &[u8] = include_bytes!("vectors/witness.wtns");

fn open(cpu: Cpu, table_memory: u64) -> ProvingKey {
    ProvingKey::from_bytes(
        ZKEY.to_vec(),
        KeyOptions { cpu, threads: 2, table_memory, cache_dir: None },
    )
    .expect("a sound key")
}

/// A folder of this test's own, gone afterwards.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("assay-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn only_file(&self) -> std::path::PathBuf {
        let mut files = std::fs::read_dir(&self.0)
            .expect("the folder")
            .map(|file| file.expect("a file").path());
        let file = files.next().expect("one file");
        assert_eq!(files.next(), None);
        file
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn witness() -> Witness {
    let values = Wtns::parse(WTNS).expect("a sound witness").values;
    Witness::from_wtns(values.as_flattened()).expect("canonical")
}

fn prove(key: &ProvingKey, witness: &Witness, threads: usize) -> Proven {
    let cancel = Cancel::default();
    let options = ProveOptions {
        threads,
        cancel: &cancel,
        #[cfg(feature = "fixed-randomness")]
        randomness: None,
    };
    key.prove(witness, &options).expect("a proof")
}

fn verdict(proven: &Proven, signals: &[Fr]) -> Result<(), assay_native::verify::Rejection> {
    let zkey = Zkey::parse(ZKEY).expect("a sound key");
    let key = VerificationKey::from_zkey(&zkey).expect("a safe key");
    let signals: Vec<[u8; 32]> = signals.iter().map(|signal| signal.to_bytes()).collect();
    verify(&key, &signals, &proven.proof)
}

#[test]
fn proofs_of_every_form_and_number_of_threads_hold() {
    for cpu in Cpu::all() {
        for table_memory in [0, 1 << 20] {
            let key = open(cpu, table_memory);
            for threads in 1..=5 {
                let proven = prove(&key, &witness(), threads);
                assert_eq!(verdict(&proven, &proven.public_signals), Ok(()), "{cpu:?} {threads}");
            }
        }
    }
}

#[test]
fn a_proof_of_a_broken_witness_does_not_hold() {
    let values = Wtns::parse(WTNS).expect("a sound witness").values;
    let key = open(Cpu::fastest(), 0);
    for wire in 1..values.len() {
        let mut broken = values.to_vec();
        let value = Fr::from_bytes(&broken[wire]).expect("below r") + Fr::ONE;
        broken[wire] = value.to_bytes();
        let witness = Witness::from_wtns(broken.as_flattened()).expect("canonical");
        let proven = prove(&key, &witness, 1);
        assert!(verdict(&proven, &proven.public_signals).is_err(), "wire {wire}");
    }
}

#[test]
fn two_proofs_of_one_witness_differ() {
    let key = open(Cpu::fastest(), 0);
    let (one, other) = (prove(&key, &witness(), 1), prove(&key, &witness(), 1));
    assert_ne!(one.proof, other.proof);
    let mut signals = one.public_signals.clone();
    assert_eq!(verdict(&one, &signals), Ok(()));
    signals[0] += Fr::ONE;
    assert!(verdict(&one, &signals).is_err());
}

#[test]
fn what_is_not_of_this_circuit_is_refused() {
    let key = open(Cpu::fastest(), 0);
    let cancel = Cancel::default();
    let options = ProveOptions {
        threads: 1,
        cancel: &cancel,
        #[cfg(feature = "fixed-randomness")]
        randomness: None,
    };
    let short = Witness::from_integers(vec![1, 2, 3], [].into_iter()).expect("integers");
    assert_eq!(key.prove(&short, &options).err().map(|e| e.code), Some("WRONG_WITNESS"));
    assert_eq!(key.learn(&short).err().map(|e| e.code), Some("WRONG_WITNESS"));
    cancel.cancel();
    assert_eq!(key.prove(&witness(), &options).err().map(|e| e.code), Some("CANCELLED"));
}

#[test]
fn tables_are_kept_on_disk_and_made_anew_when_anything_about_them_is_wrong() {
    for cpu in Cpu::all() {
        let folder = Folder::new("tables");
        let open = || {
            let cache_dir = Some(folder.0.clone());
            let options = KeyOptions { cpu, threads: 1, table_memory: 1 << 20, cache_dir };
            let key = ProvingKey::from_bytes(ZKEY.to_vec(), options).expect("a sound key");
            assert_eq!(key.cache_fault(), None);
            let proven = prove(&key, &witness(), 1);
            assert_eq!(verdict(&proven, &proven.public_signals), Ok(()), "{cpu:?}");
        };
        open();
        let file = folder.only_file();
        let good = std::fs::read(&file).expect("the tables");
        open();
        assert_eq!(std::fs::read(&file).expect("the tables"), good, "found, and left alone");

        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        std::fs::File::open(&file).expect("tables").set_modified(long_ago).expect("our own file");
        open();
        let used = std::fs::metadata(&file).expect("tables").modified().expect("a time");
        assert!(used.elapsed().expect("the past").as_secs() < 60, "its time is that of its use");

        // The magic, the version, the form, the digest, the memory, a shape, the body's digest, a point, a wire.
        for place in [0, 8, 16, 24, 56, 64, 88, 270, 4096, 4096 + 64 * 5, good.len() - 1] {
            let mut damaged = good.clone();
            damaged[place] ^= 1;
            std::fs::write(&file, &damaged).expect("written");
            open();
            assert!(std::fs::read(&file).expect("the tables") == good, "byte {place} is mended");
        }
        for length in [0, 100, 4096, good.len() - 1] {
            std::fs::write(&file, &good[..length]).expect("written");
            open();
            assert!(std::fs::read(&file).expect("the tables") == good, "length {length} is mended");
        }
        std::fs::write(&file, [good.as_slice(), &[0]].concat()).expect("written");
        open();
        assert!(std::fs::read(&file).expect("the tables") == good);
    }
}

#[test]
fn a_key_whose_file_is_changed_under_it_proves_and_learns_no_more() {
    let folder = Folder::new("changed");
    let path = folder.0.join("key.zkey");
    std::fs::write(&path, ZKEY).expect("written");
    let options =
        KeyOptions { cpu: Cpu::fastest(), threads: 1, table_memory: 1 << 20, cache_dir: None };
    let key = ProvingKey::open(&path, options).expect("a sound key");
    assert_eq!(key.learn(&witness()), Ok(()));
    // In place: what was mapped behind the new end is there no more.
    std::fs::File::options()
        .write(true)
        .open(&path)
        .and_then(|file| file.set_len(100))
        .expect("ours");
    assert_eq!(key.learn(&witness()).map_err(|error| error.code), Err("FILE_CHANGED"));
    let proven = prove(&key, &witness(), 1);
    assert_eq!(verdict(&proven, &proven.public_signals), Ok(()));
    // As long as before, and other bytes.
    std::fs::write(&path, vec![0; ZKEY.len()]).expect("written");
    assert_eq!(key.learn(&witness()).map_err(|error| error.code), Err("FILE_CHANGED"));
}

#[test]
fn a_folder_that_cannot_be_written_is_told_and_the_key_proves() {
    let cache_dir = Some("/proc/no-such-folder".into());
    let options = KeyOptions { cpu: Cpu::fastest(), threads: 1, table_memory: 0, cache_dir };
    let key = ProvingKey::from_bytes(ZKEY.to_vec(), options).expect("a sound key");
    assert_eq!(key.cache_fault().map(|fault| fault.code), Some("FILE_UNWRITABLE"));
    let proven = prove(&key, &witness(), 1);
    assert_eq!(verdict(&proven, &proven.public_signals), Ok(()));
}
