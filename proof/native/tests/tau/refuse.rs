use super::*;
use assay_native::ceremony::chacha::ChaCha;
use assay_native::ceremony::contribute::{Secrets, record_of};
use assay_native::ceremony::powers::{Powers, PowersWriter};
use assay_native::ceremony::record::Record;
use assay_native::ceremony::transcript::Origin;
use assay_native::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine, multiply};
use assay_native::field::{Field, Fq, Fq2, FqModulus, Fr, Modulus};
use assay_native::files::{PTAU, PointBytes, Ptau, write_binfile};
use assay_native::verify::Code;

/// The file with one section replaced by what `alter` makes of it.
fn altered(bytes: &[u8], id: u32, alter: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let file = assay_native::files::Container::parse(bytes, &PTAU).expect("a container");
    let mut sections: Vec<(u32, Vec<u8>)> =
        file.sections().iter().map(|(id, payload)| (*id, payload.to_vec())).collect();
    let section = sections.iter_mut().find(|(other, _)| *other == id).expect("it is there");
    alter(&mut section.1);
    let folder = Folder::new();
    let borrowed: Vec<(u32, &[u8])> =
        sections.iter().map(|(id, payload)| (*id, payload.as_slice())).collect();
    write_binfile(&folder.at("altered"), &PTAU, &borrowed).expect("written");
    folder.read("altered")
}

fn refusal(bytes: &[u8]) -> (Code, String) {
    let Rejection { code, at } = check(bytes).expect_err("a forged file");
    (code, at)
}

/// The file with other contributions, and everything else as it was.
fn with_records(alter: impl FnOnce(&mut Vec<Record>)) -> Vec<u8> {
    let file = Ptau::parse(PREPARED).expect("parsed");
    let mut records = Record::read_all(&file).expect("records");
    alter(&mut records);
    altered(PREPARED, 7, |section| {
        *section = (records.len() as u32).to_le_bytes().to_vec();
        for record in &records {
            record.write(section);
        }
    })
}

#[test]
fn refuses_powers_to_which_nobody_contributed() {
    let folder = Folder::new();
    let path = folder.at("new");
    assay_native::ceremony::contribute::new_powers(&path, 2).expect("made");
    assert_eq!(refusal(&folder.read("new")), (Code::KeyUnsafe, "contributions".into()));
}

#[test]
fn refuses_powers_whose_every_factor_is_public() {
    use assay_native::ceremony::contribute::{apply_beacon, contribute, new_powers};
    let folder = Folder::new();
    let (new, public, secret) = (folder.at("new"), folder.at("public"), folder.at("secret"));
    new_powers(&new, 2).expect("made");
    let cpu = Cpu::fastest();
    apply_beacon(cpu, &new, &public, "", beacon(), &Silent).expect("applied");
    assert_eq!(refusal(&folder.read("public")), (Code::KeyUnsafe, "contributions".into()));
    contribute(cpu, &public, &secret, "", &Silent).expect("contributed");
    assert!(check(&folder.read("secret")).is_ok());
}

#[test]
fn refuses_a_chain_with_a_contribution_removed_doubled_or_moved() {
    let mismatch = |alter: fn(&mut Vec<Record>)| {
        let (code, at) = refusal(&with_records(alter));
        assert_eq!(code, Code::KeyMismatch, "{at}");
        at
    };
    assert!(check(&with_records(|_| ())).is_ok());
    assert!(mismatch(|records| drop(records.remove(0))).starts_with("contribution 1"));
    assert!(mismatch(|records| drop(records.remove(1))).starts_with("contribution 2"));
    assert_eq!(mismatch(|records| drop(records.pop())), "section 2");
    assert!(mismatch(|records| records.swap(0, 1)).starts_with("contribution 1"));
    assert!(
        mismatch(|records| records.insert(1, records[0].clone())).starts_with("contribution 2")
    );
}

#[test]
fn refuses_a_beacon_that_does_not_give_these_points() {
    let with_beacon = |hash: Vec<u8>, exp| {
        with_records(move |records| {
            let name = records[2].origin.name().to_owned();
            records[2].origin = Origin::new(&name, Beacon::new(hash, exp));
        })
    };
    assert!(check(&with_beacon(beacon().hash().to_vec(), 10)).is_ok());
    let mut other = beacon().hash().to_vec();
    other[31] ^= 1;
    let expected = (Code::KeyMismatch, "contribution 3, its beacon".to_owned());
    assert_eq!(refusal(&with_beacon(other, 10)), expected);
    assert_eq!(refusal(&with_beacon(beacon().hash().to_vec(), 11)), expected);
    // A contribution that is said to be a beacon.
    let claimed = with_records(|records| records[0].origin = Origin::new("", Some(beacon())));
    assert_eq!(refusal(&claimed), (Code::KeyMismatch, "contribution 1, its beacon".into()));
}

#[test]
fn refuses_a_proof_of_knowledge_of_another_secret() {
    for (i, name) in ["tau", "alpha", "beta"].into_iter().enumerate() {
        let exchanged = with_records(|records| records[0].keys[i] = records[1].keys[i]);
        let expected = format!("contribution 1, {name}'s proof of knowledge");
        assert_eq!(refusal(&exchanged), (Code::KeyMismatch, expected));
        let half = with_records(|records| records[1].keys[i].g2_spx = records[0].keys[i].g2_spx);
        let expected = format!("contribution 2, {name}'s proof of knowledge");
        assert_eq!(refusal(&half), (Code::KeyMismatch, expected));
    }
}

#[test]
fn refuses_points_of_a_contribution_that_do_not_follow() {
    let refused = |alter: fn(&mut Record), at: &str| {
        let (code, place) = refusal(&with_records(|records| alter(&mut records[1])));
        assert_eq!((code, place.as_str()), (Code::KeyMismatch, at));
    };
    refused(|record| record.heads.tau_g1 = G1::generator(), "contribution 2, tau in G1");
    refused(|record| record.heads.tau_g2 = G2::generator(), "contribution 2, tau in G2");
    refused(|record| record.heads.alpha_g1 = G1::generator(), "contribution 2, alpha");
    refused(|record| record.heads.beta_g1 = G1::generator(), "contribution 2, beta in G1");
    refused(|record| record.heads.beta_g2 = G2::generator(), "contribution 2, beta in G2");
}

#[test]
fn refuses_challenges_that_are_not_the_hash_of_what_was_there() {
    let next = with_records(|records| records[0].next_challenge[5] ^= 1);
    assert_eq!(
        refusal(&next),
        (Code::KeyMismatch, "contribution 2, tau's proof of knowledge".into())
    );
    let last = with_records(|records| records[2].next_challenge[5] ^= 1);
    assert_eq!(refusal(&last), (Code::KeyMismatch, "section 7, the last challenge".into()));
    let state = with_records(|records| records[2].partial = records[1].partial.clone());
    assert_eq!(refusal(&state), (Code::KeyMismatch, "section 7, the last challenge".into()));
}

/// A file for 2^3 rows with one contribution of known secrets, its record made for whatever the sections hold.
fn forged(alter: impl FnOnce(&mut Powers)) -> Vec<u8> {
    let mut random = ChaCha::new(&[9; 32]);
    let secrets = Secrets::draw(&mut random);
    let mut meter = assay_native::ceremony::Meter::new(&Silent, "", 0);
    let challenge = assay_native::ceremony::powers::first_challenge(3, &mut meter).expect("hashed");
    let keys = secrets.prove(&challenge, &mut random);
    fn section<C: Curve>(first: Fr, tau: Fr, count: usize) -> Vec<Affine<C>> {
        let scalars = assay_native::ntt::powers(tau, count);
        scalars.iter().map(|power| multiply(&C::generator(), &(first * *power)).into()).collect()
    }
    let mut powers = Powers {
        power: 3,
        tau_g1: section(Fr::ONE, secrets.tau, 15),
        tau_g2: section(Fr::ONE, secrets.tau, 8),
        alpha_tau_g1: section(secrets.alpha, secrets.tau, 8),
        beta_tau_g1: section(secrets.beta, secrets.tau, 8),
        beta_g2: multiply(&G2::generator(), &secrets.beta).into(),
    };
    alter(&mut powers);
    let record = record_of(&powers, keys, &challenge, Origin::new("forger", None));
    let folder = Folder::new();
    let mut file = PowersWriter::create(&folder.at("forged"), false).expect("created");
    file.powers(&powers, 3, &[record]).expect("written");
    file.finish().expect("finished");
    folder.read("forged")
}

#[test]
fn refuses_sections_that_are_no_powers_though_every_hash_is_right() {
    assert!(check(&forged(|_| ())).is_ok());
    let refused = |alter: &dyn Fn(&mut Powers), section: u32| {
        let expected = (Code::KeyMismatch, format!("section {section}"));
        assert_eq!(refusal(&forged(|powers| alter(powers))), expected);
    };
    for i in [2, 7, 14] {
        refused(&|powers| powers.tau_g1[i] = powers.tau_g1[1], 2);
    }
    for i in [2, 7] {
        refused(&|powers| powers.tau_g2[i] = powers.tau_g2[1], 3);
    }
    for i in [1, 7] {
        refused(&|powers| powers.alpha_tau_g1[i] = powers.tau_g1[1], 4);
        refused(&|powers| powers.beta_tau_g1[i] = powers.tau_g1[1], 5);
    }
    refused(&|powers| powers.tau_g1[0] = powers.tau_g1[1], 2);
    refused(&|powers| powers.tau_g2[0] = powers.tau_g2[1], 3);
    // Two that were exchanged, whose plain sum is what it was.
    refused(&|powers| powers.tau_g1.swap(5, 6), 2);
    refused(&|powers| powers.tau_g2.swap(5, 6), 3);
    // First points, which the record of the contribution takes over.
    let alpha = forged(|powers| powers.alpha_tau_g1[0] = powers.tau_g1[1]);
    assert_eq!(refusal(&alpha), (Code::KeyMismatch, "contribution 1, alpha".into()));
    let beta = forged(|powers| powers.beta_g2 = powers.tau_g2[1]);
    assert_eq!(refusal(&beta), (Code::KeyMismatch, "contribution 1, beta in G2".into()));
}

#[test]
fn refuses_sections_that_the_last_contribution_did_not_leave() {
    for (id, size) in [(2, 64), (3, 128), (4, 64), (5, 64)] {
        let exchanged =
            altered(PREPARED, id, |section| section.copy_within(size..2 * size, 3 * size));
        let expected = (Code::KeyMismatch, "section 7, the last challenge".to_owned());
        assert_eq!(refusal(&exchanged), expected, "section {id}");
    }
    let beta = altered(PREPARED, 6, |section| G2::write(&G2::generator(), section));
    assert_eq!(refusal(&beta), (Code::KeyMismatch, "section 6".into()));
}

#[test]
fn refuses_lagrange_bases_of_other_powers() {
    for (id, size, count) in [(12, 64, 31), (13, 128, 15), (14, 64, 15), (15, 64, 15)] {
        for i in [0, 1, 2, count / 2, count - 1] {
            let from = if i == 3 { 4 } else { 3 };
            let exchanged = altered(PREPARED, id, |section| {
                section.copy_within(from * size..(from + 1) * size, i * size);
            });
            let expected = (Code::KeyMismatch, format!("section {id}"));
            assert_eq!(refusal(&exchanged), expected, "section {id}, point {i}");
        }
        // Two of one domain, exchanged.
        let exchanged = altered(PREPARED, id, |section| {
            let (low, high) = section.split_at_mut(8 * size);
            low[7 * size..].swap_with_slice(&mut high[..size]);
        });
        assert_eq!(refusal(&exchanged), (Code::KeyMismatch, format!("section {id}")));
    }
}

/// On the curve of G2, outside the subgroup.
fn outside_the_subgroup() -> G2Affine {
    (1..)
        .find_map(|x: u64| {
            let x = Fq2::new(Fq::from(x), Fq::ONE);
            let y = (x.square() * x + G2::b()).sqrt()?;
            let point = G2Affine::new(x, y);
            (!G2::is_in_subgroup(&point)).then_some(point)
        })
        .expect("most points of the curve are outside")
}

#[test]
fn refuses_points_outside_the_subgroup() {
    let outside = outside_the_subgroup();
    for (id, i) in [(3, 5), (6, 0), (13, 9)] {
        let planted = altered(PREPARED, id, |section| {
            G2::write(&outside, &mut section[128 * i..][..128]);
        });
        let expected = (Code::NotInSubgroup, format!("section {id}, point {i}"));
        assert_eq!(refusal(&planted), expected);
    }
    let planted = with_records(|records| records[1].keys[2].g2_spx = outside);
    assert_eq!(refusal(&planted), (Code::NotInSubgroup, "contribution 2, g2_spx".into()));
    let planted = with_records(|records| records[1].heads.tau_g2 = outside);
    assert_eq!(refusal(&planted), (Code::NotInSubgroup, "contribution 2, tau in G2".into()));
}

#[test]
fn refuses_points_off_the_curve_and_at_infinity() {
    for (id, size) in [(2, 64), (3, 128), (4, 64), (5, 64), (6, 128)] {
        let off = altered(PREPARED, id, |section| section[size - 32] ^= 1);
        assert_eq!(refusal(&off), (Code::NotOnCurve, format!("section {id}, point 0")));
        let infinity = altered(PREPARED, id, |section| section[..size].fill(0));
        assert_eq!(refusal(&infinity), (Code::NotOnCurve, format!("section {id}, point 0")));
    }
    for id in 12..=15 {
        let off = altered(PREPARED, id, |section| *section.last_mut().expect("not empty") ^= 1);
        assert_eq!(refusal(&off).0, Code::NotOnCurve);
        let size = if id == 13 { 128 } else { 64 };
        let infinity = altered(PREPARED, id, |section| section[..size].fill(0));
        assert_eq!(refusal(&infinity), (Code::KeyMismatch, format!("section {id}")));
    }
    let infinity = with_records(|records| records[0].keys[0].g1_s = G1Affine::INFINITY);
    assert_eq!(refusal(&infinity), (Code::NotOnCurve, "contribution 1, g1_s".into()));
}

#[test]
fn refuses_numbers_that_are_not_below_q() {
    let q = FqModulus::P.map(u64::to_le_bytes);
    for id in [2, 3, 4, 5, 6, 12, 13, 14, 15] {
        let large =
            altered(PREPARED, id, |section| section[..32].copy_from_slice(q.as_flattened()));
        assert_eq!(refusal(&large), (Code::NonCanonical, format!("section {id}, point 0")));
    }
    let large = altered(PREPARED, 7, |section| section[4..36].copy_from_slice(q.as_flattened()));
    assert_eq!(refusal(&large), (Code::NonCanonical, "contribution 1, tau in G1".into()));
}

#[test]
fn refuses_files_cut_short_or_continued() {
    for length in (0..PREPARED.len()).step_by(331).chain([PREPARED.len() - 1]) {
        assert_eq!(refusal(&PREPARED[..length]).0, Code::Malformed, "{length} bytes");
    }
    let mut longer = PREPARED.to_vec();
    longer.push(0);
    assert_eq!(refusal(&longer).0, Code::Malformed);
}

#[test]
fn refuses_records_that_are_not_written_in_the_one_way() {
    let file = Ptau::parse(ONCE).expect("parsed");
    let end = file.contributions.len();
    // type u32, length u32, then 1, 5, "first".
    let fields = end - 7;
    let alter = |at: usize, byte: u8| altered(ONCE, 7, |section| section[at] = byte);
    assert!(check(&alter(end - 1, b'T')).is_ok(), "a name binds nobody");
    let cases = [
        (fields, 2),     // an exponent where no beacon is
        (fields, 4),     // a field that nobody knows
        (fields + 1, 4), // a name that leaves a byte over
        (fields + 1, 6), // a name that is longer than its record
        (end - 1, 0xff), // no UTF-8
        (fields - 8, 1), // a beacon without a beacon
        (fields - 8, 2), // a kind that nobody knows
    ];
    for (at, byte) in cases {
        assert_eq!(refusal(&alter(at, byte)), (Code::Malformed, "contribution 1".into()), "{at}");
    }
    // The state of the hash: more in its buffer than that holds.
    let buffered = fields - 8 - 64 - 216 + 200;
    assert_eq!(refusal(&alter(buffered, 129)), (Code::Malformed, "contribution 1".into()));
}
