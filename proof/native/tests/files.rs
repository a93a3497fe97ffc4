//! The parsers against files that the reference made (vectors/make.ts): what they hold is read, and every damaged file
//! is refused with its code.

use assay_native::error::Result;
use assay_native::field::{Field, Fq, FqModulus, Fr, FrModulus, Modulus};
use assay_native::files::{
    Mapped, PTAU, Ptau, R1CS, R1cs, Row, WTNS, Wtns, ZKEY, Zkey, g1_at, g2_at,
};
use proptest::prelude::*;
use std::path::Path;

const ZKEY_FILE: &[u8] = include_bytes!("vectors/key.zkey");
const WTNS_FILE: &[u8] = include_bytes!("vectors/witness.wtns");
const R1CS_FILE: &[u8] = include_bytes!("vectors/circuit.r1cs");
const PTAU_FILE: &[u8] = include_bytes!("vectors/powers.ptau");

/// Each format: a sound file, its code, and a reader that looks at everything a parser promises.
type Reader = fn(&[u8]) -> Result<()>;
const FORMATS: [(&[u8], &str, Reader); 4] = [
    (ZKEY_FILE, "ZKEY_MALFORMED", read_zkey),
    (WTNS_FILE, "WTNS_MALFORMED", read_wtns),
    (R1CS_FILE, "R1CS_MALFORMED", read_r1cs),
    (PTAU_FILE, "PTAU_MALFORMED", read_ptau),
];

fn read_zkey(bytes: &[u8]) -> Result<()> {
    let zkey = Zkey::parse(bytes)?;
    let header = &zkey.header;
    assert_eq!(zkey.ic.len(), 64 * (header.n_public + 1));
    assert_eq!([zkey.a.len(), zkey.b1.len()], [64 * header.n_vars; 2]);
    assert_eq!(zkey.b2.len(), 128 * header.n_vars);
    assert_eq!(zkey.c.len(), 64 * (header.n_vars - header.n_public - 1));
    assert_eq!(zkey.h.len(), 64 << header.power);
    for point in [header.alpha1, header.beta1, header.delta1] {
        assert!(point.is_on_curve() && !point.is_infinity());
    }
    for coefficient in zkey.coefficients() {
        let coefficient = coefficient?;
        assert!(coefficient.matrix < 2 && (coefficient.row as usize) < header.domain_size);
        assert!((coefficient.signal as usize) < header.n_vars);
    }
    Ok(())
}

fn read_wtns(bytes: &[u8]) -> Result<()> {
    let wtns = Wtns::parse(bytes)?;
    assert!(wtns.values.iter().all(|value| Fr::from_bytes(value).is_some()));
    assert_eq!(Fr::from_bytes(&wtns.values[0]), Some(Fr::ONE));
    Ok(())
}

fn read_r1cs(bytes: &[u8]) -> Result<()> {
    let r1cs = R1cs::parse(bytes)?;
    assert!(1 + r1cs.n_public() <= r1cs.n_wires);
    let mut count = 0;
    for constraint in r1cs.constraints() {
        for row in [constraint.a, constraint.b, constraint.c] {
            assert_eq!(row.terms().len(), row.len());
            assert!(row.terms().all(|(wire, _)| (wire as usize) < r1cs.n_wires));
        }
        count += 1;
    }
    assert_eq!(count, r1cs.n_constraints);
    Ok(())
}

fn read_ptau(bytes: &[u8]) -> Result<()> {
    let ptau = Ptau::parse(bytes)?;
    assert!(ptau.power <= ptau.ceremony_power);
    assert_eq!(ptau.tau_g1.len(), 64 * ((2 << ptau.power) - 1));
    assert_eq!(ptau.tau_g2.len(), 128 << ptau.power);
    if let Some(lagrange) = ptau.lagrange {
        assert_eq!(lagrange.tau_g1.len(), 64 * ((4 << ptau.power) - 1));
        assert_eq!(lagrange.tau_g2.len(), 128 * ((2 << ptau.power) - 1));
    }
    Ok(())
}

/// The twelve bytes before the sections, then the sections.
fn take_apart(bytes: &[u8]) -> (Vec<u8>, Vec<(u32, Vec<u8>)>) {
    let (head, mut rest) = bytes.split_at(12);
    let mut sections = Vec::new();
    while !rest.is_empty() {
        let id = u32::from_le_bytes(rest[..4].try_into().expect("4"));
        let length = u64::from_le_bytes(rest[4..12].try_into().expect("8")) as usize;
        sections.push((id, rest[12..12 + length].to_vec()));
        rest = &rest[12 + length..];
    }
    (head.to_vec(), sections)
}

/// With a true count of the sections and their true lengths.
fn put_together(head: &[u8], sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = head[..8].to_vec();
    bytes.extend((sections.len() as u32).to_le_bytes());
    for (id, payload) in sections {
        bytes.extend(id.to_le_bytes());
        bytes.extend((payload.len() as u64).to_le_bytes());
        bytes.extend(payload);
    }
    bytes
}

/// The file with one of its sections changed.
fn altered(file: &[u8], id: u32, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let (head, mut sections) = take_apart(file);
    let section = sections.iter_mut().find(|(other, _)| *other == id).expect("it has the section");
    change(&mut section.1);
    put_together(&head, &sections)
}

/// Refused, with this code and this in the message.
fn assert_refused(result: Result<()>, code: &str, says: &str) {
    let error = result.expect_err(says);
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(says), "{error} does not say {says:?}");
}

fn plus_one(limbs: [u64; 4]) -> [u8; 32] {
    let mut limbs = limbs;
    limbs[0] += 1;
    bytes_of(limbs)
}

fn bytes_of(limbs: [u64; 4]) -> [u8; 32] {
    limbs.map(u64::to_le_bytes).as_flattened().try_into().expect("32 bytes")
}

#[test]
fn files_of_the_reference_are_read() {
    for (file, code, read) in FORMATS {
        assert_eq!(read(file), Ok(()), "{code}");
    }
    let zkey = Zkey::parse(ZKEY_FILE).expect("sound");
    assert_eq!((zkey.header.n_public, zkey.header.domain_size, zkey.header.power), (3, 8, 3));
    assert_eq!(zkey.check_points(), Ok(()));
    let wtns = Wtns::parse(WTNS_FILE).expect("sound");
    let r1cs = R1cs::parse(R1CS_FILE).expect("sound");
    assert_eq!([wtns.values.len(), r1cs.n_wires], [zkey.header.n_vars; 2]);
    assert_eq!((r1cs.n_outputs, r1cs.n_public_inputs, r1cs.n_private_inputs), (2, 1, 2));
    let ptau = Ptau::parse(PTAU_FILE).expect("sound");
    assert_eq!((ptau.power, ptau.ceremony_power, ptau.is_prepared()), (3, 3, true));
    // The key was made from these powers of tau.
    assert_eq!(g1_at(ptau.alpha_tau_g1, 0), zkey.header.alpha1);
    assert_eq!(g1_at(ptau.beta_tau_g1, 0), zkey.header.beta1);
    assert_eq!(g2_at(ptau.beta_g2, 0), zkey.header.beta2);
}

#[test]
fn the_key_holds_the_matrices_of_the_circuit() {
    let zkey = Zkey::parse(ZKEY_FILE).expect("sound");
    let r1cs = R1cs::parse(R1CS_FILE).expect("sound");
    let mut expected = Vec::new();
    for (row, constraint) in r1cs.constraints().enumerate() {
        for (matrix, terms) in [(0, constraint.a), (1, constraint.b)] {
            expected.extend(terms.terms().map(|(wire, value)| (matrix, row as u32, wire, value)));
        }
    }
    // Then a row for the constant and each public signal.
    let rows = r1cs.n_constraints as u32;
    expected.extend((0..=r1cs.n_public() as u32).map(|i| (0, rows + i, i, Fr::ONE)));
    let found: Vec<_> = zkey
        .coefficients()
        .map(|one| one.expect("sound"))
        .map(|one| (one.matrix, one.row, one.signal, one.coefficient()))
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn a_coefficient_times_a_plain_number_is_in_montgomery_form() {
    let zkey = Zkey::parse(ZKEY_FILE).expect("sound");
    let w = [123, 456, 789, 1];
    for coefficient in zkey.coefficients() {
        let coefficient = coefficient.expect("sound");
        let product = coefficient.value_r2 * Fr::from_montgomery(w);
        let expected = coefficient.coefficient() * Fr::from_plain(w).expect("below r");
        assert_eq!(product, expected);
    }
}

#[test]
fn the_witness_satisfies_the_circuit_and_another_does_not() {
    let wtns = Wtns::parse(WTNS_FILE).expect("sound");
    let mut witness: Vec<Fr> =
        wtns.values.iter().map(|value| Fr::from_bytes(value).expect("below r")).collect();
    let r1cs = R1cs::parse(R1CS_FILE).expect("sound");
    let satisfies = |witness: &[Fr]| {
        let value = |row: Row<'_>| {
            row.terms().fold(Fr::ZERO, |sum, (wire, k)| sum + k * witness[wire as usize])
        };
        r1cs.constraints().all(|row| value(row.a) * value(row.b) == value(row.c))
    };
    assert!(satisfies(&witness));
    witness[1] += Fr::ONE;
    assert!(!satisfies(&witness));
}

#[test]
fn powers_of_tau_are_read_unprepared_and_not_half_prepared() {
    let (head, sections) = take_apart(PTAU_FILE);
    let without = |ids: &[u32]| {
        let mut left = sections.clone();
        left.retain(|(id, _)| !ids.contains(id));
        put_together(&head, &left)
    };
    let unprepared = without(&[12, 13, 14, 15]);
    assert!(!Ptau::parse(&unprepared).expect("sound").is_prepared());
    for id in [12, 13, 14, 15] {
        assert_refused(read_ptau(&without(&[id])), "PTAU_MALFORMED", &format!("section {id}"));
    }
}

#[test]
fn another_magic_word_or_version_is_refused() {
    for (file, code, read) in FORMATS {
        for (other, ..) in FORMATS.iter().filter(|(other, ..)| *other != file) {
            assert_refused(read(other), code, "the magic word");
        }
        let mut newer = file.to_vec();
        newer[4] += 1;
        assert_refused(read(&newer), code, "the version");
    }
}

#[test]
fn a_section_of_another_length_is_refused() {
    for (file, code, read) in FORMATS {
        for (id, payload) in take_apart(file).1 {
            let whole = payload.len();
            let shorter = [0, 1, whole.saturating_sub(32), whole - 1];
            for length in shorter.into_iter().chain([whole + 1, whole + 32, 2 * whole]) {
                let changed = altered(file, id, |section| section.resize(length, 0));
                assert_refused(read(&changed), code, &format!("section {id}"));
            }
        }
    }
}

#[test]
fn a_length_that_lies_is_refused() {
    for (file, code, read) in FORMATS {
        let mut at = 12;
        for (id, payload) in take_apart(file).1 {
            let true_length = payload.len() as u64;
            let lies = [0, true_length - 1, true_length + 1, 1 << 32, 1 << 63, u64::MAX];
            for lie in lies.into_iter().filter(|lie| *lie != true_length) {
                let mut changed = file.to_vec();
                changed[at + 4..at + 12].copy_from_slice(&lie.to_le_bytes());
                assert_eq!(read(&changed).expect_err("a lie").code, code, "section {id}: {lie}");
            }
            at += 12 + payload.len();
        }
    }
}

#[test]
fn a_section_missing_doubled_or_unknown_is_refused() {
    for (file, code, read) in FORMATS {
        let (head, sections) = take_apart(file);
        for (i, (id, payload)) in sections.iter().enumerate() {
            let mut missing = sections.clone();
            missing.remove(i);
            let file_without = put_together(&head, &missing);
            if *id == 3 && code == "R1CS_MALFORMED" {
                assert_eq!(read(&file_without), Ok(()), "labels may be absent");
            } else {
                assert_refused(read(&file_without), code, &format!("section {id}"));
            }
            // In the place of each other section, so that their number is right.
            for j in (0..sections.len()).filter(|j| *j != i) {
                let mut doubled = sections.clone();
                doubled[j] = (*id, payload.clone());
                assert_refused(read(&put_together(&head, &doubled)), code, "it twice");
            }
            let mut unknown = sections.clone();
            unknown[i].0 = 99;
            assert_refused(read(&put_together(&head, &unknown)), code, "got 99");
            let mut added = sections.clone();
            added.push((*id, payload.clone()));
            assert_eq!(read(&put_together(&head, &added)).expect_err("one too many").code, code);
        }
        let mut counted = file.to_vec();
        counted[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_refused(read(&counted), code, "the number of sections");
    }
}

#[test]
fn sections_may_stand_in_any_order_and_not_under_each_others_names() {
    for (file, code, read) in FORMATS {
        let (head, sections) = take_apart(file);
        let mut reversed = sections.clone();
        reversed.reverse();
        assert_eq!(read(&put_together(&head, &reversed)), Ok(()), "{code}");
        for i in 0..sections.len() {
            for j in 0..i {
                let mut swapped = sections.clone();
                (swapped[i].0, swapped[j].0) = (sections[j].0, sections[i].0);
                // Two sections of points of the same length cannot be told apart by their form.
                let alike = sections[i].1.len() == sections[j].1.len();
                let result = read(&put_together(&head, &swapped));
                assert_eq!(
                    result.is_ok(),
                    alike,
                    "{code}: {} and {}",
                    sections[i].0,
                    sections[j].0
                );
            }
        }
    }
}

#[test]
fn numbers_out_of_range_are_refused() {
    let q = bytes_of(FqModulus::P);
    let r = bytes_of(FrModulus::P);
    let cases: &[(&[u8], u32, usize, &[u8], &str)] = &[
        // Another field, another proof system, impossible sizes.
        (ZKEY_FILE, 1, 0, &[2], "Groth16"),
        (ZKEY_FILE, 2, 0, &[31], "32 bytes"),
        (ZKEY_FILE, 2, 4, &r, "section 2, q"),
        (ZKEY_FILE, 2, 40, &q, "section 2, r"),
        (ZKEY_FILE, 2, 72, &[3, 0, 0, 0], "public signals"),
        (ZKEY_FILE, 2, 76, &[8], "public signals"),
        (ZKEY_FILE, 2, 80, &[9], "power of two"),
        (ZKEY_FILE, 2, 80, &[0], "power of two"),
        (ZKEY_FILE, 2, 80, &[0, 0, 0, 0x20], "power of two"),
        // alpha1.x and delta2.y1 that are not below q; alpha1 off the curve; infinity.
        (ZKEY_FILE, 2, 84, &q, "alpha1"),
        (ZKEY_FILE, 2, 660 - 32, &[0xff; 32], "delta2"),
        (ZKEY_FILE, 2, 84, &[0; 32], "alpha1"),
        (ZKEY_FILE, 2, 84, &[0; 64], "infinity"),
        // More coefficients than there are bytes for; matrix, row, signal and value of the first.
        (ZKEY_FILE, 4, 0, &[0xff; 4], "the coefficients"),
        (ZKEY_FILE, 4, 4, &[2], "the matrix of coefficient 0"),
        (ZKEY_FILE, 4, 8, &[8], "the row of coefficient 0"),
        (ZKEY_FILE, 4, 12, &[200], "the signal of coefficient 0"),
        (ZKEY_FILE, 4, 16, &r, "the value of coefficient 0"),
        (ZKEY_FILE, 10, 64, &[0xff; 4], "contribution"),
        (WTNS_FILE, 1, 0, &[33], "32 bytes"),
        (WTNS_FILE, 1, 4, &q, "section 1, r"),
        (WTNS_FILE, 1, 36, &[6], "section 2"),
        (WTNS_FILE, 2, 0, &[2], "wire 0"),
        (WTNS_FILE, 2, 32, &r, "wire 1"),
        (WTNS_FILE, 2, 64, &plus_one(FrModulus::P), "wire 2"),
        (WTNS_FILE, 2, 96, &[0xff; 32], "wire 3"),
        (R1CS_FILE, 1, 0, &[31], "32 bytes"),
        (R1CS_FILE, 1, 4, &q, "section 1, r"),
        (R1CS_FILE, 1, 36, &[3], "the number of wires"),
        (R1CS_FILE, 1, 40, &[0xff; 8], "the number of wires"),
        (R1CS_FILE, 1, 60, &[4], "section 2"),
        (R1CS_FILE, 1, 60, &[2], "left over"),
        (R1CS_FILE, 2, 0, &[0xff; 4], "row 0 of A"),
        (R1CS_FILE, 2, 4, &[99], "wire 99"),
        (R1CS_FILE, 2, 8, &r, "row 0 of A"),
        (PTAU_FILE, 1, 0, &[31], "32 bytes"),
        (PTAU_FILE, 1, 4, &r, "section 1, q"),
        (PTAU_FILE, 1, 36, &[4], "the power"),
        (PTAU_FILE, 1, 36, &[0], "the power"),
        (PTAU_FILE, 1, 36, &[2], "section"),
        (PTAU_FILE, 1, 40, &[29], "the power of the ceremony"),
        (PTAU_FILE, 1, 40, &[0], "the power of the ceremony"),
        (PTAU_FILE, 7, 0, &[0xff; 4], "contribution"),
    ];
    for (file, id, at, bytes, says) in cases {
        let (_, code, read) =
            FORMATS.into_iter().find(|(one, ..)| one == file).expect("one of them");
        let changed = altered(file, *id, |section| {
            section[*at..at + bytes.len()].copy_from_slice(bytes);
        });
        assert_refused(read(&changed), code, says);
    }
}

#[test]
fn points_that_are_none_are_found() {
    let q_as_one = bytes_of(FqModulus::P);
    for id in [3, 5, 6, 7, 8, 9] {
        let bytes = if id == 7 { 128 } else { 64 };
        let count =
            take_apart(ZKEY_FILE).1.iter().find(|(other, _)| *other == id).expect("it").1.len()
                / bytes;
        for i in [0, count - 1] {
            let infinite = altered(ZKEY_FILE, id, |section| section[i * bytes..][..bytes].fill(0));
            let off = |coordinate: &[u8]| {
                altered(ZKEY_FILE, id, |section| {
                    section[i * bytes..][..bytes].fill(0);
                    section[i * bytes..][..32].copy_from_slice(coordinate);
                })
            };
            let check = |file: &[u8]| Zkey::parse(file).and_then(|zkey| zkey.check_points());
            assert_eq!(check(&infinite), Ok(()));
            let place = format!("section {id}, point {i}:");
            let off_curve = off(&Fq::ONE.to_montgomery_bytes());
            assert_refused(check(&off_curve), "ZKEY_MALFORMED", &place);
            assert_refused(check(&off_curve), "ZKEY_MALFORMED", "off the curve");
            assert_refused(check(&off(&q_as_one)), "ZKEY_MALFORMED", &place);
            assert_refused(check(&off(&q_as_one)), "ZKEY_MALFORMED", "not below q");
        }
    }
    let value = altered(ZKEY_FILE, 4, |section| section[16..48].fill(0xff));
    let unsound = Zkey::parse(&value).and_then(|zkey| zkey.check_points());
    assert_refused(unsound, "ZKEY_MALFORMED", "the value of coefficient 0");
}

#[test]
fn every_file_cut_short_or_prolonged_is_refused() {
    for (file, code, read) in FORMATS {
        for length in 0..file.len() {
            assert_eq!(read(&file[..length]).expect_err("cut short").code, code, "{length}");
        }
        let prolonged = [file, &[0]].concat();
        assert_refused(read(&prolonged), code, "left over");
    }
}

#[test]
fn every_file_with_one_byte_changed_is_read_or_refused() {
    for (file, code, read) in FORMATS {
        let mut changed = file.to_vec();
        for at in 0..file.len() {
            // Another bit at each place: the property below takes the others.
            changed[at] ^= 1 << (at % 8);
            if let Err(error) = read(&changed) {
                assert_eq!(error.code, code, "byte {at}");
            }
            changed[at] = file[at];
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_bytes_are_read_or_refused(
        format in 0..4usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        noise in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (file, code, read) = FORMATS[format];
        let mut bytes = file.to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(file.len()));
            bytes.extend(noise);
        }
        if let Err(error) = read(&bytes) {
            prop_assert_eq!(error.code, code);
        }
    }
}

#[test]
fn files_are_mapped_or_the_reason_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mapped = Mapped::open(&folder.join("key.zkey")).expect("it is there");
    assert_eq!(&*mapped, ZKEY_FILE);
    assert_eq!(&*Mapped::from(vec![1, 2, 3]), [1, 2, 3]);
    assert_eq!(Mapped::open(&folder.join("none.zkey")).expect_err("missing").code, "FILE_MISSING");
    assert_eq!(Mapped::open(&folder).expect_err("a folder").code, "FILE_UNREADABLE");
    for (_, code, read) in FORMATS {
        assert_eq!(read(&[]).expect_err("empty").code, code);
    }
    for (format, code) in [&ZKEY, &WTNS, &R1CS, &PTAU].iter().zip(FORMATS.map(|(_, code, _)| code))
    {
        assert_eq!(format.code, code);
    }
}
