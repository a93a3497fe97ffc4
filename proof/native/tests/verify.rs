//! Verification of one proof: what holds is accepted, and every forgery of threats.md C.1 refused by its name.

mod trapdoor;

use ark_bn254::{
    Bn254, Fq as ArkFq, Fq2 as ArkFq2, Fr as ArkFr, G1Affine as Ark1, G2Affine as Ark2,
};
use ark_ff::{BigInt, PrimeField};
use ark_groth16::{Groth16, prepare_verifying_key};
use assay_native::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine, Xyzz, multiply};
use assay_native::field::{Field, Fq, Fq2, Fr, FrModulus, Modulus};
use assay_native::files::Zkey;
use assay_native::verify::{Code, Proof, Rejection, VerificationKey, linear_combination, verify};
use proptest::prelude::*;
use trapdoor::{Trapdoor, encoded, g1, g2, number, twist_point};

const ZKEY_FILE: &[u8] = include_bytes!("vectors/key.zkey");
const PROOF_FILE: &[u8] = include_bytes!("vectors/proof.bin");
const SIGNALS_FILE: &[u8] = include_bytes!("vectors/signals.bin");

fn snarkjs() -> (VerificationKey, Vec<[u8; 32]>, Proof) {
    let zkey = Zkey::parse(ZKEY_FILE).expect("sound");
    let key = VerificationKey::from_zkey(&zkey).expect("sound");
    (key, SIGNALS_FILE.as_chunks().0.to_vec(), Proof::from_compressed(PROOF_FILE).expect("sound"))
}

fn rejection(code: Code, at: &str) -> Result<(), Rejection> {
    Err(Rejection::new(code, at))
}

fn refused<T>(result: Result<T, Rejection>) -> Rejection {
    result.err().expect("it is no good")
}

#[test]
fn a_proof_of_snarkjs_is_accepted_and_about_nothing_else() {
    let (key, signals, proof) = snarkjs();
    assert_eq!(verify(&key, &signals, &proof), Ok(()));
    let again = Proof::from_uncompressed(&proof.to_uncompressed()).expect("sound");
    assert_eq!(verify(&key, &signals, &again), Ok(()));
    for i in 0..signals.len() {
        let mut changed = signals.clone();
        changed[i][0] ^= 1;
        assert_eq!(verify(&key, &changed, &proof), rejection(Code::ProofInvalid, "proof"));
    }
    let other = Trapdoor::new(1, signals.len()).key();
    assert_eq!(verify(&other, &signals, &proof), rejection(Code::ProofInvalid, "proof"));
}

#[test]
fn signals_are_counted_and_have_one_form() {
    let (key, signals, proof) = snarkjs();
    let few = verify(&key, &signals[..signals.len() - 1], &proof);
    assert_eq!(few, rejection(Code::WrongSignalCount, "publicSignals"));
    let many = [signals.as_slice(), &[[0; 32]]].concat();
    assert_eq!(verify(&key, &many, &proof), rejection(Code::WrongSignalCount, "publicSignals"));
    assert_eq!(verify(&key, &[], &proof), rejection(Code::WrongSignalCount, "publicSignals"));
    // The signal + r is the same number mod r.
    for i in 0..signals.len() {
        let mut wild = signals.clone();
        wild[i] = plus_r(&signals[i]);
        let at = format!("publicSignals[{i}]");
        assert_eq!(verify(&key, &wild, &proof), rejection(Code::NonCanonical, &at));
        wild[i] = [0xff; 32];
        assert_eq!(verify(&key, &wild, &proof), rejection(Code::NonCanonical, &at));
    }
}

fn plus_r(signal: &[u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = 0;
    for (i, byte) in sum.iter_mut().enumerate() {
        let total =
            u16::from(signal[i]) + u16::from(FrModulus::P[i / 8].to_le_bytes()[i % 8]) + carry;
        *byte = total as u8;
        carry = total >> 8;
    }
    assert_eq!(carry, 0, "2r < 2^256");
    sum
}

#[test]
fn a_signal_that_stands_in_no_row_is_bound_too() {
    // Every public wire has an IC of its own, be it used or not: here the second stands for one that is not.
    let trapdoor = Trapdoor::new(2, 2);
    let (key, signals) = (trapdoor.key(), [number(1), Fr::ZERO]);
    let proof = trapdoor.prove(&signals, number(2), number(3));
    assert_eq!(verify(&key, &encoded(&signals), &proof), Ok(()));
    let changed = [number(1), Fr::ONE];
    let verdict = verify(&key, &encoded(&changed), &proof);
    assert_eq!(verdict, rejection(Code::ProofInvalid, "proof"));
}

#[test]
fn who_holds_a_proof_can_make_others_of_the_same_statement() {
    let (key, signals, proof) = snarkjs();
    let (a, b, c) = (*proof.a(), *proof.b(), *proof.c());
    let negated = Proof::new(-a, -b, c).expect("points");
    assert_eq!(verify(&key, &signals, &negated), Ok(()));
    // (A/r1, r1·B + r1·r2·delta, C + r2·A).
    let (r1, r2) = (number(7), number(8));
    let moved = Proof::new(
        multiply(&a, &r1.inverse().expect("not zero")).into(),
        (multiply(&b, &r1) + multiply(key.delta(), &(r1 * r2))).into(),
        (multiply(&a, &r2).add_affine(&c)).into(),
    )
    .expect("points");
    assert_eq!(verify(&key, &signals, &moved), Ok(()));
    for (a, b, c) in [(-a, b, c), (a, -b, c), (a, b, -c), (c, b, a)] {
        let forged = Proof::new(a, b, c).expect("points");
        assert_eq!(verify(&key, &signals, &forged), rejection(Code::ProofInvalid, "proof"));
    }
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
    let (_, _, proof) = snarkjs();
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
    let (_, _, proof) = snarkjs();
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

#[test]
fn a_bit_flipped_anywhere_is_refused() {
    let (key, signals, proof) = snarkjs();
    for bit in 0..8 * 128 {
        let mut changed = proof.to_compressed();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verdict = Proof::from_compressed(&changed).and_then(|p| verify(&key, &signals, &p));
        assert!(verdict.is_err(), "bit {bit}");
    }
    for bit in 0..8 * 256 {
        let mut changed = proof.to_uncompressed();
        changed[bit / 8] ^= 1 << (bit % 8);
        let verdict = Proof::from_uncompressed(&changed).and_then(|p| verify(&key, &signals, &p));
        assert!(verdict.is_err(), "bit {bit}");
    }
}

#[test]
fn many_signals_are_bound_one_by_one() {
    for n_public in [0, 1, 100, 795] {
        let trapdoor = Trapdoor::new(3, n_public);
        let key = trapdoor.key();
        // The outputs of a network, negative ones too, with a tag among them.
        let mut signals: Vec<Fr> = (0..n_public as i64).map(|i| Fr::from(i * i - 5000)).collect();
        if let Some(tag) = signals.get_mut(10) {
            *tag = number(99);
        }
        let proof = trapdoor.prove(&signals, number(4), number(5));
        assert_eq!(verify(&key, &encoded(&signals), &proof), Ok(()));
        for i in [0, n_public / 2, n_public.saturating_sub(1)] {
            let mut changed = signals.clone();
            if let Some(signal) = changed.get_mut(i) {
                *signal = -*signal;
                let verdict = verify(&key, &encoded(&changed), &proof);
                assert_eq!(verdict, rejection(Code::ProofInvalid, "proof"));
            }
        }
    }
}

fn ark_fq(a: Fq) -> ArkFq {
    ArkFq::from_bigint(BigInt(a.to_plain())).expect("below q")
}
fn ark_g1(p: &G1Affine) -> Ark1 {
    Ark1::new(ark_fq(p.x), ark_fq(p.y))
}
fn ark_fq2(a: Fq2) -> ArkFq2 {
    ArkFq2::new(ark_fq(a.c0), ark_fq(a.c1))
}
fn ark_g2(p: &G2Affine) -> Ark2 {
    Ark2::new(ark_fq2(p.x), ark_fq2(p.y))
}

/// The verdict of arkworks.
fn ark_accepts(key: &VerificationKey, signals: &[Fr], proof: &Proof) -> bool {
    let key = prepare_verifying_key(&ark_groth16::VerifyingKey::<Bn254> {
        alpha_g1: ark_g1(key.alpha()),
        beta_g2: ark_g2(key.beta()),
        gamma_g2: ark_g2(key.gamma()),
        delta_g2: ark_g2(key.delta()),
        gamma_abc_g1: key.ic().iter().map(ark_g1).collect(),
    });
    let proof =
        ark_groth16::Proof { a: ark_g1(proof.a()), b: ark_g2(proof.b()), c: ark_g1(proof.c()) };
    let to_ark = |signal: &Fr| ArkFr::from_bigint(BigInt(signal.to_plain())).expect("below r");
    let signals: Vec<ArkFr> = signals.iter().map(to_ark).collect();
    Groth16::<Bn254>::verify_proof(&key, &proof, &signals).expect("as many signals as IC")
}

/// Full-size numbers and the integers of a network.
fn scalar() -> impl Strategy<Value = Fr> {
    prop_oneof![
        3 => any::<[u64; 4]>().prop_map(Fr::from_plain_unchecked),
        3 => any::<i32>().prop_map(|value| Fr::from(i64::from(value))),
        1 => (-2i64..3).prop_map(Fr::from),
        1 => any::<u64>().prop_map(Fr::from),
        1 => Just(Fr::from_plain_unchecked([0, 0, 0, 0x1832_2739_7098_d014])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_verdict_is_that_of_arkworks(
        seed in 0..1000u64,
        signals in prop::collection::vec(scalar(), 0..6),
        (a, b) in (1..u64::MAX, 1..u64::MAX),
        forgery in 0..6usize,
        by in scalar(),
    ) {
        let trapdoor = Trapdoor::new(seed, signals.len());
        let key = trapdoor.key();
        let honest = trapdoor.prove(&signals, Fr::from(a), Fr::from(b));
        prop_assert!(ark_accepts(&key, &signals, &honest));
        prop_assert_eq!(verify(&key, &encoded(&signals), &honest), Ok(()));
        let mut claimed = signals.clone();
        let (mut a, mut b, mut c) = (*honest.a(), *honest.b(), *honest.c());
        match forgery {
            0 => a = Xyzz::from(a).add_affine(&g1(by)).into(),
            1 => b = Xyzz::from(b).add_affine(&g2(by)).into(),
            2 => c = Xyzz::from(c).add_affine(&g1(by)).into(),
            3 => (a, b) = (-a, -b),
            4 => c = a,
            _ => claimed.iter_mut().for_each(|signal| *signal += by),
        }
        if let Ok(forged) = Proof::new(a, b, c) {
            let accepts = verify(&key, &encoded(&claimed), &forged).is_ok();
            prop_assert_eq!(accepts, ark_accepts(&key, &claimed, &forged));
        }
    }

    #[test]
    fn a_proof_and_its_bytes_are_one(a in scalar(), b in scalar(), c in scalar()) {
        prop_assume!(![a, b, c].contains(&Fr::ZERO));
        let proof = Proof::new(g1(a), g2(b), g1(c)).expect("points");
        prop_assert_eq!(Proof::from_compressed(&proof.to_compressed()), Ok(proof));
        prop_assert_eq!(Proof::from_uncompressed(&proof.to_uncompressed()), Ok(proof));
    }

    #[test]
    fn bytes_that_are_a_proof_are_the_bytes_of_that_proof(
        mut bytes in prop::collection::vec(any::<u8>(), 128),
        b in scalar(),
    ) {
        prop_assume!(b != Fr::ZERO);
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

    #[test]
    fn a_combination_is_the_sum_of_its_terms(
        scalars in prop::collection::vec(scalar(), 0..40),
        repeats in any::<u64>(),
    ) {
        // Points that are equal, opposite and infinite among them.
        let points: Vec<G1Affine> = (0..scalars.len() as u64)
            .map(|i| match repeats >> (i % 32 * 2) & 3 {
                0 => Affine::INFINITY,
                1 => G1::generator(),
                2 => -G1::generator(),
                _ => g1(number(i)),
            })
            .collect();
        let expected: Xyzz<G1> = points.iter().zip(&scalars).map(|(p, k)| multiply(p, k)).sum();
        prop_assert_eq!(linear_combination(&points, &scalars), expected);
        let points: Vec<G2Affine> = (0..scalars.len() as u64).map(|i| g2(number(i))).collect();
        let expected: Xyzz<G2> = points.iter().zip(&scalars).map(|(p, k)| multiply(p, k)).sum();
        prop_assert_eq!(linear_combination(&points, &scalars), expected);
    }
}
