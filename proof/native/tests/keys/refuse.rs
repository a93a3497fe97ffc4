//! A key that does not follow from its circuit, its powers of tau and its contributions is refused, wherever it differs.

use super::accept::{answer, answer_for};
use super::{Folder, beacon, vector};
use assay_native::ceremony::key::{apply_beacon, check, contribute, new_key};
use assay_native::ceremony::{Progress, Silent};
use assay_native::cpu::Cpu;
use assay_native::files::{Container, ZKEY, write_binfile};
use assay_native::verify::{Code, Rejection};
use proptest::prelude::*;
use std::fs;

const CIRCUIT_HASH: usize = 64;

/// The key with the payload of one section changed.
fn with_section(key: &[u8], id: u32, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let file = Container::parse(key, &ZKEY).expect("a key");
    let mut changed = file.section(id).expect("the section").to_vec();
    change(&mut changed);
    let sections: Vec<(u32, &[u8])> = file
        .sections()
        .iter()
        .map(|(other, payload)| (*other, if *other == id { changed.as_slice() } else { payload }))
        .collect();
    let folder = Folder::new(&format!("section-{:?}", std::thread::current().id()));
    let path = folder.at("key");
    write_binfile(&path, &ZKEY, &sections).expect("written");
    fs::read(path).expect("read")
}

fn assert_refused(key: &[u8], code: Code, at: &str) {
    let rejection = answer(key).expect_err(at);
    assert_eq!(rejection.code, code, "{rejection}");
    assert!(rejection.at.contains(at), "{rejection}, expected {at}");
}

#[test]
fn refuses_a_key_to_which_nobody_contributed() {
    assert_refused(&vector("full-0.zkey"), Code::KeyUnsafe, "contributions");
    let folder = Folder::new("beacon-only");
    let out = folder.at("key");
    let key = vector("full-0.zkey");
    apply_beacon(Cpu::fastest(), &key, &out, "", beacon(), &Silent).expect("a beacon");
    assert_refused(&fs::read(out).expect("a key"), Code::KeyUnsafe, "contributions");
}

#[test]
fn refuses_points_that_are_exchanged_or_negated_in_any_section() {
    let key = vector("full-3.zkey");
    assert!(answer(&key).is_ok());
    for (id, name, size) in
        [(3, "IC", 64), (5, "A", 64), (6, "B1", 64), (7, "B2", 128), (8, "C", 64), (9, "H", 64)]
    {
        let count = Container::parse(&key, &ZKEY).unwrap().section(id).unwrap().len() / size;
        for place in [0, count / 2, count - 1] {
            let exchanged = with_section(&key, id, |bytes| {
                let (a, b) = (place, (place + 1) % count);
                let (one, other) = (a.min(b), a.max(b));
                let (head, tail) = bytes.split_at_mut(other * size);
                head[one * size..][..size].swap_with_slice(&mut tail[..size]);
            });
            // Some neighbours are equal: two wires that stand nowhere.
            if exchanged != key {
                assert_refused(&exchanged, Code::KeyMismatch, name);
            }
            let removed = with_section(&key, id, |bytes| bytes[place * size..][..size].fill(0));
            if removed != key {
                assert_refused(&removed, Code::KeyMismatch, name);
            }
            let off_curve = with_section(&key, id, |bytes| bytes[place * size] ^= 1);
            let rejection = answer(&off_curve).expect_err(name);
            let codes = [Code::KeyMismatch, Code::NotOnCurve];
            assert!(codes.contains(&rejection.code), "{rejection}");
        }
    }
}

#[test]
fn refuses_another_coefficient_row_or_signal() {
    let key = vector("full-3.zkey");
    let count = (Container::parse(&key, &ZKEY).unwrap().section(4).unwrap().len() - 4) / 44;
    for entry in [0, count / 2, count - 1] {
        for byte in [0, 4, 8, 12, 43] {
            let altered = with_section(&key, 4, |bytes| bytes[4 + 44 * entry + byte] ^= 1);
            assert_refused(&altered, Code::KeyMismatch, "coefficient");
        }
    }
    let fewer = with_section(&key, 4, |bytes| {
        bytes.truncate(4 + 44 * (count - 1));
        bytes[..4].copy_from_slice(&(count as u32 - 1).to_le_bytes());
    });
    assert_refused(&fewer, Code::KeyMismatch, "number of coefficients");
    let more = with_section(&key, 4, |bytes| {
        bytes.extend_from_within(4..48);
        bytes[..4].copy_from_slice(&(count as u32 + 1).to_le_bytes());
    });
    assert_refused(&more, Code::KeyMismatch, "coefficient");
}

#[test]
fn refuses_another_header() {
    let key = vector("full-3.zkey");
    let g2 = |from: usize, to: usize| {
        with_section(&key, 2, |bytes| bytes.copy_within(from..from + 128, to))
    };
    let g1 = |from: usize, to: usize| {
        with_section(&key, 2, |bytes| bytes.copy_within(from..from + 64, to))
    };
    // Two moduli with their sizes, three counts; alpha1, beta1, beta2, gamma2, delta1, delta2.
    const ALPHA1: usize = 84;
    const BETA1: usize = ALPHA1 + 64;
    const BETA2: usize = BETA1 + 64;
    const GAMMA2: usize = BETA2 + 128;
    const DELTA1: usize = GAMMA2 + 128;
    const DELTA2: usize = DELTA1 + 64;
    assert_refused(&g1(BETA1, ALPHA1), Code::KeyMismatch, "alpha1");
    assert_refused(&g1(ALPHA1, BETA1), Code::KeyMismatch, "beta1");
    assert_refused(&g2(GAMMA2, BETA2), Code::KeyMismatch, "beta2");
    assert_refused(&g2(BETA2, GAMMA2), Code::KeyMismatch, "gamma2");
    assert_refused(&g1(ALPHA1, DELTA1), Code::KeyMismatch, "delta1");
    assert_refused(&g2(GAMMA2, DELTA2), Code::KeyMismatch, "delta2");
}

#[test]
fn refuses_parts_of_another_step_of_the_chain() {
    let (before, after) = (vector("full-1.zkey"), vector("full-2.zkey"));
    let old = Container::parse(&before, &ZKEY).unwrap();
    for (id, name) in [(2, "delta1"), (8, "C"), (9, "H"), (10, "delta1")] {
        let mixed = with_section(&after, id, |bytes| *bytes = old.section(id).unwrap().to_vec());
        assert_refused(&mixed, Code::KeyMismatch, name);
    }
    // Another secret in the same place of the chain.
    let folder = Folder::new("another");
    let out = folder.at("key");
    contribute(Cpu::fastest(), &before, &out, "Charles", &Silent).expect("one");
    let other = fs::read(out).expect("a key");
    let other = Container::parse(&other, &ZKEY).unwrap();
    for (id, name) in [(2, "delta1"), (8, "C"), (9, "H"), (10, "delta1")] {
        let mixed = with_section(&after, id, |bytes| *bytes = other.section(id).unwrap().to_vec());
        assert_refused(&mixed, Code::KeyMismatch, name);
    }
}

/// Where the records of section 10 begin, and the end.
fn records(section: &[u8]) -> Vec<usize> {
    let mut ends = vec![CIRCUIT_HASH + 4];
    while *ends.last().expect("one") < section.len() {
        let parameters = ends.last().expect("one") + 3 * 64 + 128 + 64 + 4;
        let length: [u8; 4] = section[parameters..parameters + 4].try_into().expect("4 bytes");
        ends.push(parameters + 4 + u32::from_le_bytes(length) as usize);
    }
    ends
}

#[test]
fn refuses_a_contribution_removed_repeated_or_moved() {
    let key = vector("full-3.zkey");
    let rebuilt = |order: &[usize]| {
        with_section(&key, 10, |bytes| {
            let ends = records(bytes);
            let mut section = bytes[..CIRCUIT_HASH].to_vec();
            section.extend((order.len() as u32).to_le_bytes());
            for i in order {
                section.extend(&bytes[ends[*i]..ends[i + 1]]);
            }
            *bytes = section;
        })
    };
    assert!(rebuilt(&[0, 1, 2]) == key);
    for (order, at) in [
        (&[1, 2][..], "contribution 1, transcript"),
        (&[0, 2], "contribution 2, transcript"),
        (&[0, 1], "delta1"),
        (&[], "delta1"),
        (&[1, 0, 2], "contribution 1, transcript"),
        (&[0, 1, 2, 2], "contribution 4, transcript"),
    ] {
        assert_refused(&rebuilt(order), Code::KeyMismatch, at);
    }
    // The same count with fewer records, and more than it says.
    let cut = with_section(&key, 10, |bytes| bytes.truncate(records(bytes)[2]));
    assert_refused(&cut, Code::Malformed, "");
    let count = with_section(&key, 10, |bytes| bytes[CIRCUIT_HASH] = 2);
    assert_refused(&count, Code::Malformed, "");
}

#[test]
fn refuses_a_record_that_is_altered_anywhere() {
    let key = vector("full-3.zkey");
    let ends = records(Container::parse(&key, &ZKEY).unwrap().section(10).unwrap());
    for (record, number) in ends[..3].iter().zip(1..) {
        // delta after, g1_s, g1_sx, g2_spx exchanged for other points of the group; then the transcript.
        for (to, from) in [(0, 64), (64, 128), (128, 0)] {
            let altered = with_section(&key, 10, |bytes| {
                bytes.copy_within(record + from..record + from + 64, record + to);
            });
            assert_refused(&altered, Code::KeyMismatch, &format!("contribution {number}"));
        }
        let foreign = with_section(&key, 10, |bytes| {
            let other = if number == 1 { ends[1] } else { ends[0] };
            bytes.copy_within(other + 192..other + 320, record + 192);
        });
        assert_refused(&foreign, Code::KeyMismatch, "proof of knowledge");
        for byte in [320, 351, 383] {
            let altered = with_section(&key, 10, |bytes| bytes[record + byte] ^= 1);
            assert_refused(&altered, Code::KeyMismatch, "transcript");
        }
    }
    let renamed_circuit = with_section(&key, 10, |bytes| bytes[0] ^= 1);
    assert_refused(&renamed_circuit, Code::KeyMismatch, "transcript");
}

#[test]
fn refuses_a_beacon_that_is_another_or_none() {
    let key = vector("full-3.zkey");
    let length = Container::parse(&key, &ZKEY).unwrap().section(10).unwrap().len();
    // The last byte of the hash, then the exponent before the hash and its two head bytes.
    let other = with_section(&key, 10, |bytes| bytes[length - 1] ^= 1);
    assert_refused(&other, Code::KeyMismatch, "contribution 3, beacon");
    let longer = with_section(&key, 10, |bytes| bytes[length - 32 - 3] = 11);
    assert_refused(&longer, Code::KeyMismatch, "contribution 3, beacon");
}

#[test]
fn refuses_the_key_of_another_circuit_and_of_other_powers() {
    let key = vector("full-3.zkey");
    let r1cs = vector("full.r1cs");
    for circuit in ["public.r1cs", "private.r1cs"] {
        let rejection = answer_for(circuit, &key).expect_err(circuit);
        assert_eq!(rejection.code, Code::KeyMismatch, "{rejection}");
    }
    // The same circuit but for one coefficient: the last byte but one of section 2, in front of the labels.
    let file = Container::parse(&r1cs, &assay_native::files::R1CS).unwrap();
    let labels = 12 + file.section(3).unwrap().len();
    let mut other = r1cs.clone();
    let place = r1cs.len() - labels - 32;
    other[place] ^= 1;
    let ptau = vector("powers.ptau");
    let answered = check(Cpu::fastest(), &other, &ptau, &key, &Silent).expect("an answer");
    assert_eq!(answered.expect_err("another circuit").code, Code::KeyMismatch);

    // Powers of another ceremony: those that the tests of files have, for 2^3 rows.
    let folder = Folder::new("powers");
    let out = folder.at("key");
    contribute(Cpu::fastest(), &vector("public-0.zkey"), &out, "", &Silent).expect("one");
    let public = fs::read(out).expect("a key");
    assert!(answer_for("public.r1cs", &public).is_ok());
    let other = vector("../powers.ptau");
    let r1cs = vector("public.r1cs");
    let answered = check(Cpu::fastest(), &r1cs, &other, &public, &Silent).expect("an answer");
    assert_eq!(answered.expect_err("other powers"), Rejection::new(Code::KeyMismatch, "alpha1"));
}

#[test]
fn refuses_powers_that_are_too_few_or_altered() {
    let key = vector("full-3.zkey");
    let (r1cs, ptau) = (vector("full.r1cs"), vector("powers.ptau"));
    let small = vector("../powers.ptau");
    let answered = check(Cpu::fastest(), &r1cs, &small, &key, &Silent).expect("an answer");
    assert_eq!(answered.expect_err("too few").code, Code::KeyMismatch);
    let out = Folder::new("few");
    let error = new_key(Cpu::fastest(), &r1cs, &small, &out.at("key"), &Silent).unwrap_err();
    assert_eq!(error.code, "PTAU_TOO_SMALL");
    let mut altered = ptau.clone();
    let place = ptau.len() - 40;
    altered[place] ^= 1;
    let error = new_key(Cpu::fastest(), &r1cs, &altered, &out.at("key"), &Silent).unwrap_err();
    assert_eq!(error.code, "PTAU_MALFORMED");
    assert!(!out.at("key").exists());
}

struct Cancelled;

impl Progress for Cancelled {
    fn report(&self, _fraction: f64, _line: &str) {}
    fn is_cancelled(&self) -> bool {
        true
    }
}

#[test]
fn stops_when_nobody_wants_it_any_more_and_leaves_nothing() {
    let folder = Folder::new("cancelled");
    let out = folder.at("key");
    let (r1cs, ptau, cpu) = (vector("full.r1cs"), vector("powers.ptau"), Cpu::fastest());
    let key = vector("full-1.zkey");
    let cancelled = |error: assay_native::error::Error| assert_eq!(error.code, "CANCELLED");
    cancelled(new_key(cpu, &r1cs, &ptau, &out, &Cancelled).unwrap_err());
    cancelled(contribute(cpu, &key, &out, "", &Cancelled).unwrap_err());
    cancelled(apply_beacon(cpu, &key, &out, "", beacon(), &Cancelled).unwrap_err());
    cancelled(check(cpu, &r1cs, &ptau, &key, &Cancelled).unwrap_err());
    assert_eq!(fs::read_dir(folder.at("")).expect("the folder").count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn refuses_any_one_bit_flipped(place in any::<prop::sample::Index>(), bit in 0..8u32) {
        let mut key = vector("full-1.zkey");
        let place = place.index(key.len());
        // A name is signed by nobody, in snarkjs's format.
        let name = key.len() - "Ada".len();
        prop_assume!(place < name);
        key[place] ^= 1u8 << bit;
        prop_assert!(answer(&key).is_err(), "byte {place}");
    }

    #[test]
    fn refuses_a_key_cut_anywhere(length in any::<prop::sample::Index>()) {
        let mut key = vector("full-1.zkey");
        key.truncate(length.index(key.len()));
        prop_assert_eq!(answer(&key).unwrap_err().code, Code::Malformed);
        let out = Folder::new("cut");
        let error = contribute(Cpu::fastest(), &key, &out.at("key"), "", &Silent).unwrap_err();
        prop_assert_eq!(error.code, "ZKEY_MALFORMED");
    }
}
