//! A proof has one byte string of each form, and whatever is no point of its group is refused at the door.

mod trapdoor;

use assay_native::curve::{Affine, Curve, G1, G2, Xyzz};
use assay_native::field::{Fq, Fr};
use assay_native::verify::{Code, Proof, Rejection};
use proptest::prelude::*;
use trapdoor::{g1, g2, twist_point};

const PROOF_FILE: &[u8] = include_bytes!("vectors/proof.bin");

fn honest() -> Proof {
    Proof::from_compressed(PROOF_FILE).expect("sound")
}

fn refused(result: Result<Proof, Rejection>) -> Rejection {
    result.expect_err("it is no good")
}

#[test]
fn the_bytes_are_those_of_the_protocol() {
    let one = G1::generator();
    let proof = Proof::new(one, G2::generator(), -one).expect("points");
    let golden = "8000000000000000000000000000000000000000000000000000000000000001\
                  998e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2\
                  1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed\
                  c000000000000000000000000000000000000000000000000000000000000001";
    let hex: String = proof.to_compressed().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, golden);
    assert_eq!(Proof::from_compressed(&proof.to_compressed()), Ok(proof));
    let wide = proof.to_uncompressed();
    // EIP-197: the higher coefficient first.
    assert_eq!(wide[64..66], [0x19, 0x8e]);
    assert_eq!(wide[96..98], [0x18, 0x00]);
    assert_eq!(Proof::from_uncompressed(&wide), Ok(proof));
}

#[test]
fn other_forms_of_a_point_are_refused() {
    let bytes: [u8; 128] = PROOF_FILE.try_into().expect("128 bytes");
    let changed = |at: usize, change: fn(&mut [u8])| {
        let mut changed = bytes;
        change(&mut changed[at..at + 32]);
        refused(Proof::from_compressed(&changed))
    };
    for (at, name) in [(0, "proof.a"), (32, "proof.b"), (96, "proof.c")] {
        // Flags 00 and 01, a number not below q, an x of no point.
        for change in [|x: &mut [u8]| x[0] &= 0x3f, |x: &mut [u8]| x[0] = x[0] & 0x3f | 0x40] {
            assert_eq!(changed(at, change), Rejection::new(Code::NonCanonical, name));
        }
        let large = changed(at, |x| x[0] |= 0x3f);
        assert_eq!(large, Rejection::new(Code::NonCanonical, name));
        // Infinity, as others encode it.
        let infinity = changed(at, |x| (x.fill(0), x[0] = 0x40).1);
        assert_eq!(infinity, Rejection::new(Code::NonCanonical, name));
    }
    let zero = changed(0, |x| (x.fill(0), x[0] = 0x80).1);
    // x = 0 is of no point of G1, as 3 is no square.
    assert_eq!(zero, Rejection::new(Code::NotOnCurve, "proof.a"));
    for flag in [0x80, 0x40] {
        let mut flagged = bytes;
        flagged[64] |= flag;
        let refusal = refused(Proof::from_compressed(&flagged));
        assert_eq!(refusal, Rejection::new(Code::NonCanonical, "proof.b"));
    }
    // x + q: the same point, written otherwise. Of x = 1 it has 254 bits.
    let generator = Proof::new(G1::generator(), G2::generator(), G1::generator()).expect("points");
    let mut aliased = generator.to_compressed();
    aliased[..32].copy_from_slice(&[
        0x80 | 0x30,
        0x64,
        0x4e,
        0x72,
        0xe1,
        0x31,
        0xa0,
        0x29,
        0xb8,
        0x50,
        0x45,
        0xb6,
        0x81,
        0x81,
        0x58,
        0x5d,
        0x97,
        0x81,
        0x6a,
        0x91,
        0x68,
        0x71,
        0xca,
        0x8d,
        0x3c,
        0x20,
        0x8c,
        0x16,
        0xd8,
        0x7c,
        0xfd,
        0x48,
    ]);
    let refusal = refused(Proof::from_compressed(&aliased));
    assert_eq!(refusal, Rejection::new(Code::NonCanonical, "proof.a"));
    for length in [0, 127, 129, 256] {
        let refusal = refused(Proof::from_compressed(&vec![0; length]));
        assert_eq!(refusal, Rejection::new(Code::Malformed, "proof"));
    }
}

#[test]
fn points_that_are_none_are_refused_in_the_wide_form() {
    let proof = honest();
    let wide = proof.to_uncompressed();
    for (range, name) in [(0..64, "proof.a"), (64..192, "proof.b"), (192..256, "proof.c")] {
        let mut infinity = wide;
        infinity[range.clone()].fill(0);
        let refusal = refused(Proof::from_uncompressed(&infinity));
        assert_eq!(refusal, Rejection::new(Code::NotOnCurve, name));
        let mut off = wide;
        off[range.end - 1] ^= 1;
        let refusal = refused(Proof::from_uncompressed(&off));
        assert_eq!(refusal, Rejection::new(Code::NotOnCurve, name));
        for number in range.step_by(32) {
            let mut large = wide;
            large[number] |= 0xc0;
            let refusal = refused(Proof::from_uncompressed(&large));
            assert_eq!(refusal, Rejection::new(Code::NonCanonical, name));
        }
    }
    for length in [0, 128, 255, 257] {
        let refusal = refused(Proof::from_uncompressed(&vec![0; length]));
        assert_eq!(refusal, Rejection::new(Code::Malformed, "proof"));
    }
}

#[test]
fn a_b_outside_the_subgroup_is_refused_before_any_pairing() {
    let proof = honest();
    let shifted = Affine::from(Xyzz::from(twist_point(9)).add_affine(proof.b()));
    for b in [twist_point(1), twist_point(1000), shifted] {
        assert!(b.is_on_curve());
        let expected = Rejection::new(Code::NotInSubgroup, "proof.b");
        assert_eq!(refused(Proof::new(*proof.a(), b, *proof.c())), expected);
        let mut wide = proof.to_uncompressed();
        for (number, bytes) in
            [b.x.c1, b.x.c0, b.y.c1, b.y.c0].iter().zip(wide[64..].chunks_mut(32))
        {
            bytes.copy_from_slice(&reversed(number));
        }
        assert_eq!(refused(Proof::from_uncompressed(&wide)), expected);
        let mut narrow = proof.to_compressed();
        narrow[32..64].copy_from_slice(&reversed(&b.x.c1));
        narrow[64..96].copy_from_slice(&reversed(&b.x.c0));
        for flags in [0x80, 0xc0] {
            narrow[32] = narrow[32] & 0x3f | flags;
            assert_eq!(refused(Proof::from_compressed(&narrow)), expected);
        }
    }
    for (a, c) in [(Affine::INFINITY, *proof.c()), (*proof.a(), Affine::INFINITY)] {
        assert_eq!(refused(Proof::new(a, *proof.b(), c)).code, Code::NotOnCurve);
    }
    let infinity = Proof::new(*proof.a(), Affine::INFINITY, *proof.c());
    assert_eq!(refused(infinity), Rejection::new(Code::NotOnCurve, "proof.b"));
}

fn reversed(number: &Fq) -> [u8; 32] {
    let mut bytes = number.to_bytes();
    bytes.reverse();
    bytes
}

proptest! {
    #[test]
    fn a_proof_and_its_bytes_are_one(a in 1..u64::MAX, b in 1..u64::MAX, c in 1..u64::MAX) {
        let [a, b, c] = [a, b, c].map(Fr::from);
        let proof = Proof::new(g1(a), g2(b), g1(c)).expect("points");
        prop_assert_eq!(Proof::from_compressed(&proof.to_compressed()), Ok(proof));
        prop_assert_eq!(Proof::from_uncompressed(&proof.to_uncompressed()), Ok(proof));
    }

    #[test]
    fn bytes_that_are_a_proof_are_the_bytes_of_that_proof(
        mut bytes in prop::collection::vec(any::<u8>(), 128),
        b in 1..u64::MAX,
    ) {
        let b = Fr::from(b);
        // With a B of the subgroup one in four is a proof.
        let some = Proof::new(g1(b), g2(b), g1(b)).expect("points");
        bytes[32..96].copy_from_slice(&some.to_compressed()[32..96]);
        for at in [0, 96] {
            bytes[at] = bytes[at] & 0x5f | 0x80;
        }
        if let Ok(proof) = Proof::from_compressed(&bytes) {
            prop_assert_eq!(proof.to_compressed().to_vec(), bytes);
        }
    }
}
