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
    ProvingKey::from_bytes(ZKEY.to_vec(), KeyOptions { cpu, threads: 2, table_memory })
        .expect("a sound key")
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
    let short = Witness::from_integers(&[1, 2, 3], &[]).expect("integers");
    assert_eq!(key.prove(&short, &options).err().map(|e| e.code), Some("WRONG_WITNESS"));
    assert_eq!(key.learn(&short).err().map(|e| e.code), Some("WRONG_WITNESS"));
    cancel.cancel();
    assert_eq!(key.prove(&witness(), &options).err().map(|e| e.code), Some("CANCELLED"));
}
