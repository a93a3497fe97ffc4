//! Every damaged file is refused with its code, and none makes a parser panic.

mod iden3;

use assay_native::field::{Field, Fq, FqModulus, FrModulus, Modulus};
use assay_native::files::Zkey;
use iden3::{FORMATS, PTAU_FILE, R1CS_FILE, WTNS_FILE, ZKEY_FILE};
use iden3::{altered, assert_refused, bytes_of, plus_one, put_together, take_apart};
use proptest::prelude::*;

/// A file, a section, a place in it, what is written there, and what the refusal says.
type Case<'a> = (&'static [u8], u32, usize, &'a [u8], &'static str);

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
    let cases: &[Case<'_>] = &[
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
