//! With r and s fixed a proof has one byte string: of every form, with every number of threads, with tables and without,
//! in this version as in the one that wrote `test/golden/native-proof.txt`.
#![cfg(feature = "fixed-randomness")]

use assay_native::cancel::Cancel;
use assay_native::cpu::Cpu;
use assay_native::field::Fr;
use assay_native::files::{Wtns, Zkey};
use assay_native::prove::{KeyOptions, ProveOptions, ProvingKey};
use assay_native::verify::{VerificationKey, verify};
use assay_native::witness::Witness;

const ZKEY: &[u8] = include_bytes!("vectors/key.zkey");
const WTNS: &[u8] = include_bytes!("vectors/witness.wtns");
const GOLDEN: &str = include_str!("../../../test/golden/native-proof.txt");

#[test]
fn a_proof_of_fixed_randomness_has_the_same_bytes_everywhere() {
    let values = Wtns::parse(WTNS).expect("a sound witness").values;
    let witness = Witness::from_wtns(values.as_flattened()).expect("canonical");
    let zkey = Zkey::parse(ZKEY).expect("a sound key");
    let key = VerificationKey::from_zkey(&zkey).expect("a safe key");
    let cancel = Cancel::default();
    for cpu in Cpu::all() {
        for (threads, table_memory) in [(1, 0), (2, 1 << 20), (5, 1 << 20)] {
            let options = KeyOptions { cpu, threads: 1, table_memory, cache_dir: None };
            let proving = ProvingKey::from_bytes(ZKEY.to_vec(), options).expect("a sound key");
            let randomness = Some([Fr::from(0x5eed_0001u64), Fr::from(0x5eed_0002u64)]);
            let options = ProveOptions { threads, cancel: &cancel, randomness };
            let proven = proving.prove(&witness, &options).expect("a proof");
            let signals: Vec<[u8; 32]> =
                proven.public_signals.iter().map(|signal| signal.to_bytes()).collect();
            assert_eq!(verify(&key, &signals, &proven.proof), Ok(()));
            let bytes = proven.proof.to_compressed();
            let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(text, GOLDEN.trim(), "{cpu:?}, {threads} threads");
        }
    }
}
