//! What is read back is what was written, and nothing is read that would be written otherwise.

use super::*;
use assay_native::ceremony::record::Record;
use assay_native::ceremony::transcript::Origin;
use assay_native::files::Ptau;
use proptest::prelude::*;

fn any_beacon() -> impl Strategy<Value = Option<Beacon>> {
    let beacon = (prop::collection::vec(any::<u8>(), 1..256), Beacon::ITERATIONS_EXP);
    prop::option::of(beacon.prop_map(|(hash, exp)| Beacon::new(hash, exp).expect("within bounds")))
}

fn written(origin: &Origin) -> Vec<u8> {
    let mut bytes = Vec::new();
    origin.write(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn reads_back_an_origin(name: String, beacon in any_beacon(), rest: Vec<u8>) {
        let origin = Origin::new(&name, beacon);
        let bytes = [written(&origin), rest.clone()].concat();
        let mut left = bytes.as_slice();
        prop_assert_eq!(Origin::read(&mut left), Some(origin));
        prop_assert_eq!(left, rest.as_slice());
    }

    #[test]
    fn reads_an_origin_in_one_form_only(name in "[a-c]{0,3}", beacon in any_beacon(), at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let mut bytes = written(&Origin::new(&name, beacon));
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let mut left = bytes.as_slice();
        if let Some(origin) = Origin::read(&mut left) {
            prop_assert_eq!(written(&origin), &bytes[..bytes.len() - left.len()]);
        }
        let mut left = &bytes[..cut.index(bytes.len())];
        if let Some(origin) = Origin::read(&mut left) {
            prop_assert!(bytes.starts_with(&written(&origin)));
        }
    }

    #[test]
    fn reads_a_record_in_one_form_only(at: prop::sample::Index, bit in 0..8u8) {
        let file = Ptau::parse(ONCE).expect("parsed");
        let mut bytes = file.contributions[4..].to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let mut left = bytes.as_slice();
        if let Ok(record) = Record::read(&mut left, "it") {
            let mut again = Vec::new();
            record.write(&mut again);
            prop_assert_eq!(again.as_slice(), &bytes[..bytes.len() - left.len()]);
        }
    }

    #[test]
    fn never_panics_on_a_damaged_file(at: prop::sample::Index, byte: u8, length: prop::sample::Index) {
        let mut bytes = PREPARED[..=length.index(PREPARED.len())].to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(file) = Ptau::parse(&bytes) {
            let _ = Record::read_all(&file);
        }
    }
}

#[test]
fn cuts_a_name_where_the_reference_does() {
    let name = |name: &str| Origin::new(name, None).name().to_owned();
    assert_eq!(name(&"ß".repeat(65)), "ß".repeat(64));
    // Half of a pair of surrogates is no character.
    assert_eq!(name(&format!("{}😀", "a".repeat(63))), format!("{}\u{fffd}", "a".repeat(63)));
}

#[test]
fn takes_beacons_within_the_bounds_of_the_reference() {
    assert!(Beacon::new(vec![1], 10).is_some() && Beacon::new(vec![1; 255], 63).is_some());
    for (bytes, exp) in [(0, 10), (256, 10), (32, 9), (32, 64)] {
        assert_eq!(Beacon::new(vec![1; bytes], exp), None);
    }
}

#[test]
fn reads_back_the_records_of_the_reference() {
    for bytes in [ONCE, FINAL, PREPARED] {
        let file = Ptau::parse(bytes).expect("parsed");
        let records = Record::read_all(&file).expect("records");
        let mut again = (records.len() as u32).to_le_bytes().to_vec();
        records.iter().for_each(|record| record.write(&mut again));
        assert_eq!(again, file.contributions);
    }
}
