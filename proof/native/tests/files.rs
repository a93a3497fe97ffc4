//! The parsers read from files of the reference what is in them.

mod iden3;

use assay_native::curve::{Affine, Curve, G1, G2, Xyzz};
use assay_native::field::{Field, Fr};
use assay_native::files::{
    Lagrange, Mapped, PTAU, PointBytes, Ptau, R1CS, R1cs, Row, WTNS, Wtns, ZKEY, Zkey, g1_at,
    g2_at, point_at,
};
use iden3::{FORMATS, PTAU_FILE, R1CS_FILE, WTNS_FILE, ZKEY_FILE};
use iden3::{assert_refused, put_together, read_ptau, take_apart};
use std::path::Path;

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
fn each_domain_of_the_lagrange_bases_is_found() {
    let ptau = Ptau::parse(PTAU_FILE).expect("sound");
    let lagrange = ptau.lagrange.expect("prepared");
    // The Lagrange polynomials of a domain add up to 1.
    fn sum<C: PointBytes>(section: &[u8], power: u32) -> Affine<C> {
        let domain = Lagrange::domain::<C>(section, power);
        assert_eq!(domain.len(), C::BYTES << power);
        (0..1 << power).map(|i| Xyzz::from(point_at::<C>(domain, i))).sum::<Xyzz<C>>().into()
    }
    for power in 0..=ptau.power {
        assert_eq!(sum::<G1>(lagrange.tau_g1, power), G1::generator());
        assert_eq!(sum::<G2>(lagrange.tau_g2, power), G2::generator());
        assert_eq!(sum::<G1>(lagrange.alpha_tau_g1, power), g1_at(ptau.alpha_tau_g1, 0));
        assert_eq!(sum::<G1>(lagrange.beta_tau_g1, power), g1_at(ptau.beta_tau_g1, 0));
    }
    assert_eq!(Lagrange::domain::<G1>(lagrange.tau_g1, ptau.power + 1).len(), 64 * 16);
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
