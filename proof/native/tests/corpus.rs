//! What the fuzz targets run, with the stable compiler: every file of the corpus, and thousands of mutations of them. A
//! door that panics fails the test; so does a corpus without a file that its door lets in.

#[path = "../fuzz/doors.rs"]
mod doors;

use assay_native::files::{Ptau, R1cs, Wtns, Zkey};
use assay_native::verify::{Proof, VerificationKey};
use doors::DOORS;
use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::path::Path;

/// The kept files of one door; what a fuzzer found on this machine has no extension.
fn corpus(door: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(door);
    let entries = fs::read_dir(folder).expect("a corpus for each door");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut kept: Vec<_> = paths.filter(|path| path.extension().is_some()).collect();
    kept.sort();
    kept.iter().map(|path| fs::read(path).expect("a file")).collect()
}

#[derive(Clone, Debug)]
enum Change {
    Set(Index, u8),
    Flip(Index, u8),
    /// A number where a count or a length may stand.
    Number(Index, u32),
    Cut(Index),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// Bytes of one place at another.
    Copy(Index, Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    let number = prop_oneof![0..5u32, any::<u32>(), Just(u32::MAX), Just(1 << 31), Just(1 << 28)];
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (index(), 0..8u8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (index(), number).prop_map(|(at, number)| Change::Number(at, number)),
        index().prop_map(Change::Cut),
        (index(), prop::collection::vec(any::<u8>(), 1..70))
            .prop_map(|(at, b)| Change::Insert(at, b)),
        (index(), 1..130usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (index(), index(), 1..130usize).prop_map(|(from, to, n)| Change::Copy(from, to, n)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    if bytes.is_empty() {
        return;
    }
    let length = bytes.len();
    match change {
        Change::Set(at, byte) => bytes[at.index(length)] = *byte,
        Change::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
        Change::Number(at, number) => {
            let at = at.index(length);
            let end = length.min(at + 4);
            bytes[at..end].copy_from_slice(&number.to_le_bytes()[..end - at]);
        }
        Change::Cut(at) => bytes.truncate(at.index(length)),
        Change::Insert(at, inserted) => {
            let at = at.index(length);
            bytes.splice(at..at, inserted.iter().copied());
        }
        Change::Remove(at, count) => {
            let at = at.index(length);
            bytes.drain(at..length.min(at + count));
        }
        Change::Copy(from, to, count) => {
            let (from, to) = (from.index(length), to.index(length));
            let end = from + (*count).min(length - from.max(to));
            bytes.copy_within(from..end, to);
        }
    }
}

#[test]
fn every_door_lets_in_what_is_kept_for_it() {
    for (name, door) in DOORS {
        let kept = corpus(name);
        kept.iter().for_each(|bytes| door(bytes));
        let lets_in = |bytes: &Vec<u8>| match name {
            "zkey" => Zkey::parse(bytes).is_ok_and(|zkey| zkey.check_points().is_ok()),
            "wtns" => Wtns::parse(bytes).is_ok(),
            "r1cs" => R1cs::parse(bytes).is_ok(),
            "ptau" => Ptau::parse(bytes).is_ok(),
            "proof" => {
                Proof::from_compressed(bytes).is_ok() || Proof::from_uncompressed(bytes).is_ok()
            }
            "verification_key" => VerificationKey::from_bytes(bytes).is_ok(),
            other => panic!("a door without a test: {other}"),
        };
        assert!(!kept.is_empty() && kept.iter().all(lets_in), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn no_door_panics(
        door in 0..DOORS.len(),
        file in any::<Index>(),
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let (name, door) = DOORS[door];
        let kept = corpus(name);
        let mut bytes = file.get(&kept).clone();
        changes.iter().for_each(|change| apply(&mut bytes, change));
        door(&bytes);
    }
}
