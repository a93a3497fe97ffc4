//! What snarkjs makes and what we make are the same, or accepted by either.

use super::{Folder, beacon, vector};
use assay_native::ceremony::Silent;
use assay_native::ceremony::key::{apply_beacon, check, contribute, new_key};
use assay_native::cpu::Cpu;
use assay_native::verify::Rejection;
use std::fs;

pub fn answer(key: &[u8]) -> Result<Vec<String>, Rejection> {
    answer_for("full.r1cs", key)
}

/// The names of those who contributed.
pub fn answer_for(circuit: &str, key: &[u8]) -> Result<Vec<String>, Rejection> {
    let (r1cs, ptau) = (vector(circuit), vector("powers.ptau"));
    let answer = check(Cpu::fastest(), &r1cs, &ptau, key, &Silent).expect("an answer");
    answer.map(|told| told.iter().map(|one| one.origin.name().to_string()).collect())
}

#[test]
fn new_keys_are_those_of_snarkjs_to_the_byte() {
    let folder = Folder::new("new");
    let ptau = vector("powers.ptau");
    for cpu in Cpu::all() {
        for circuit in ["full", "fractions", "public", "private"] {
            let out = folder.at(circuit);
            let r1cs = vector(&format!("{circuit}.r1cs"));
            new_key(cpu, &r1cs, &ptau, &out, &Silent).expect("a key");
            let ours = fs::read(&out).expect("the key");
            assert!(ours == vector(&format!("{circuit}-0.zkey")), "{circuit}, {cpu:?}");
        }
    }
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

#[test]
fn accepts_chains_of_snarkjs_and_tells_what_their_contributors_published() {
    let hashes = vector("full-hashes.bin");
    for (steps, names) in
        [(1, &["Ada"][..]), (2, &["Ada", "Charles"]), (3, &["Ada", "Charles", "the beacon"])]
    {
        let (r1cs, ptau) = (vector("full.r1cs"), vector("powers.ptau"));
        for cpu in Cpu::all() {
            let key = vector(&format!("full-{steps}.zkey"));
            let told = check(cpu, &r1cs, &ptau, &key, &Silent).expect("an answer").expect("sound");
            let told_names: Vec<&str> = told.iter().map(|one| one.origin.name()).collect();
            assert_eq!(told_names, names);
            let told_hashes: Vec<u8> = told.iter().flat_map(|one| one.hash).collect();
            assert_eq!(told_hashes, hashes[..64 * steps]);
            assert_eq!(
                told.last().expect("one").origin.beacon().cloned(),
                (steps == 3).then(beacon)
            );
        }
    }
}

#[test]
fn accepts_own_contributions_after_those_of_snarkjs_and_after_own_keys() {
    let folder = Folder::new("own");
    let (first, second) = (folder.at("1"), folder.at("2"));
    for circuit in ["full", "fractions", "public", "private"] {
        let r1cs = vector(&format!("{circuit}.r1cs"));
        let cpu = Cpu::fastest();
        new_key(cpu, &r1cs, &vector("powers.ptau"), &first, &Silent).expect("a key");
        contribute(cpu, &fs::read(&first).expect("a key"), &second, "Grace", &Silent).expect("one");
        apply_beacon(cpu, &fs::read(&second).expect("a key"), &first, "", beacon(), &Silent)
            .expect("a beacon");
        let told = answer_for(&format!("{circuit}.r1cs"), &fs::read(&first).expect("a key"));
        assert_eq!(told, Ok(vec!["Grace".to_string(), String::new()]), "{circuit}");
    }
    contribute(Cpu::fastest(), &vector("full-2.zkey"), &first, "Grace", &Silent).expect("one");
    let told = answer(&fs::read(&first).expect("a key"));
    assert_eq!(told, Ok(["Ada", "Charles", "Grace"].map(String::from).to_vec()));
}

#[test]
fn each_contribution_is_another_secret() {
    let folder = Folder::new("fresh");
    let key = vector("full-0.zkey");
    let hash = |name: &str| contribute(Cpu::fastest(), &key, &folder.at(name), "", &Silent);
    assert_ne!(hash("1"), hash("2"));
}
