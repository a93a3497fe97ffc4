//! Verification of one proof: what holds is accepted, and every forgery refused by its name.

mod trapdoor;

use ark_bn254::{
    Bn254, Fq as ArkFq, Fq2 as ArkFq2, Fr as ArkFr, G1Affine as Ark1, G2Affine as Ark2,
};
use ark_ff::{BigInt, PrimeField};
use ark_groth16::{Groth16, prepare_verifying_key};
use assay_native::cpu::Cpu;
use assay_native::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine, Xyzz, multiply};
use assay_native::field::{Field, Fq, Fq2, Fr, FrModulus, Modulus};
use assay_native::files::Zkey;
use assay_native::verify::{Code, Proof, Rejection, VerificationKey, linear_combination, verify};
use proptest::prelude::*;
use trapdoor::{Trapdoor, encoded, g1, g2, number};

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
        let ready = Cpu::all().into_iter().map(|cpu| key.clone().with_multiples(cpu));
        for key in ready.chain([key.clone()]) {
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
    #![proptest_config(ProptestConfig::with_cases(16))]
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
