//! Many proofs at once have the verdicts that each has alone, and errors that cancel are no proofs.

mod trapdoor;

use assay_native::cpu::Cpu;
use assay_native::curve::Xyzz;
use assay_native::field::{Field, Fr};
use assay_native::verify::{Claim, Code, Proof, Rejection, VerificationKey, verify, verify_batch};
use proptest::prelude::*;
use trapdoor::{Trapdoor, encoded, g1, number};

/// A claim that owns what it is about.
struct Owned {
    key: usize,
    signals: Vec<[u8; 32]>,
    proof: Proof,
}

fn claims<'a>(keys: &'a [VerificationKey], owned: &'a [Owned]) -> Vec<Claim<'a>> {
    let borrow =
        |one: &'a Owned| Claim { key: &keys[one.key], signals: &one.signals, proof: &one.proof };
    owned.iter().map(borrow).collect()
}

fn honest(trapdoors: &[Trapdoor], key: usize, i: u64) -> Owned {
    let trapdoor = &trapdoors[key];
    let signals: Vec<Fr> = (1..trapdoor.ic.len() as u64).map(|j| number(100 * i + j)).collect();
    let proof = trapdoor.prove(&signals, number(i), number(i + 1));
    Owned { key, signals: encoded(&signals), proof }
}

/// The same proof with k·G added to C.
fn shifted(mut owned: Owned, k: Fr) -> Owned {
    let proof = owned.proof;
    let c = Xyzz::from(*proof.c()).add_affine(&g1(k));
    owned.proof = Proof::new(*proof.a(), *proof.b(), c.into()).expect("points");
    owned
}

fn invalid() -> Result<(), Rejection> {
    Err(Rejection::new(Code::ProofInvalid, "proof"))
}

#[test]
fn all_honest_proofs_are_accepted_whatever_their_number() {
    let trapdoors = [Trapdoor::new(1, 3), Trapdoor::new(2, 0)];
    let keys = trapdoors.each_ref().map(Trapdoor::key);
    for count in [0, 1, 2, 3, 4, 5, 8, 9, 33] {
        let owned: Vec<Owned> = (0..count).map(|i| honest(&trapdoors, i as usize % 2, i)).collect();
        assert_eq!(verify_batch(&claims(&keys, &owned)), vec![Ok(()); owned.len()]);
    }
}

#[test]
fn bad_proofs_are_found_and_no_others() {
    let trapdoors = [Trapdoor::new(1, 3), Trapdoor::new(2, 1)];
    let keys = trapdoors.each_ref().map(|each| each.key().with_multiples(Cpu::fastest()));
    for bad in [&[0][..], &[18], &[7, 8], &[0, 5, 6, 17], &(0..19).collect::<Vec<_>>()] {
        let owned: Vec<Owned> = (0..19)
            .map(|i| {
                let one = honest(&trapdoors, usize::from(i > 9), i);
                if bad.contains(&i) { shifted(one, Fr::ONE) } else { one }
            })
            .collect();
        let verdicts = verify_batch(&claims(&keys, &owned));
        for (i, verdict) in (0..).zip(verdicts) {
            assert_eq!(
                verdict,
                if bad.contains(&i) { invalid() } else { Ok(()) },
                "{i} of {bad:?}"
            );
        }
    }
}

#[test]
fn signals_that_are_none_spoil_no_other_claim() {
    let trapdoors = [Trapdoor::new(1, 2)];
    let keys = trapdoors.each_ref().map(Trapdoor::key);
    let mut owned: Vec<Owned> = (0..6).map(|i| honest(&trapdoors, 0, i)).collect();
    owned[1].signals[1] = [0xff; 32];
    owned[3].signals.pop();
    owned[5].signals.push([0; 32]);
    let count = Err(Rejection::new(Code::WrongSignalCount, "publicSignals"));
    let wild = Err(Rejection::new(Code::NonCanonical, "publicSignals[1]"));
    let verdicts = verify_batch(&claims(&keys, &owned));
    assert_eq!(verdicts, [Ok(()), wild, Ok(()), count.clone(), Ok(()), count]);
}

/// Two errors that would cancel if every weight were 1.
#[test]
fn errors_that_cancel_are_refused() {
    let trapdoors = [Trapdoor::new(1, 2), Trapdoor::new(2, 2)];
    let keys = trapdoors.each_ref().map(Trapdoor::key);
    let x = number(77);
    // Under one key: C + x and C − x. Under two: e(x, delta) and e(−x·delta/delta', delta').
    let ratio = trapdoors[0].delta * trapdoors[1].delta.inverse().expect("not zero");
    for (second, y) in [(0, -x), (1, -(x * ratio))] {
        let pair =
            [shifted(honest(&trapdoors, 0, 1), x), shifted(honest(&trapdoors, second, 2), y)];
        let errors = x * trapdoors[0].delta + y * trapdoors[second].delta;
        assert_eq!(errors, Fr::ZERO, "unweighted they cancel");
        for _ in 0..3 {
            assert_eq!(verify_batch(&claims(&keys, &pair)), [invalid(), invalid()]);
        }
        // Among honest ones, too.
        let mut crowd: Vec<Owned> = (0..10).map(|i| honest(&trapdoors, 0, i)).collect();
        crowd.extend(pair);
        let verdicts = verify_batch(&claims(&keys, &crowd));
        assert_eq!(verdicts[..10], vec![Ok(()); 10]);
        assert_eq!(verdicts[10..], [invalid(), invalid()]);
    }
    // A proof and its claim twice over cancel nothing either: ten errors whose sum is zero.
    let ten: Vec<Owned> = (0..10)
        .map(|i| shifted(honest(&trapdoors, 0, i), Fr::from(if i == 9 { -9i64 } else { 1 })))
        .collect();
    assert_eq!(verify_batch(&claims(&keys, &ten)), vec![invalid(); 10]);
}

#[test]
fn one_claim_may_stand_many_times() {
    let trapdoors = [Trapdoor::new(1, 2)];
    let keys = trapdoors.each_ref().map(Trapdoor::key);
    let owned = [honest(&trapdoors, 0, 1), shifted(honest(&trapdoors, 0, 1), Fr::ONE)];
    let both = claims(&keys, &owned);
    let many: Vec<Claim<'_>> = both.iter().cycle().take(20).copied().collect();
    let verdicts = verify_batch(&many);
    for (i, verdict) in verdicts.into_iter().enumerate() {
        assert_eq!(verdict, if i % 2 == 0 { Ok(()) } else { invalid() });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn the_verdicts_are_those_of_each_alone(
        kinds in prop::collection::vec((0..3usize, 0..8u32), 0..24),
    ) {
        let trapdoors = [Trapdoor::new(1, 3), Trapdoor::new(2, 1), Trapdoor::new(3, 0)];
        let keys = trapdoors.each_ref().map(Trapdoor::key);
        let owned: Vec<Owned> = (0..)
            .zip(kinds)
            .map(|(i, (key, kind))| {
                let mut one = honest(&trapdoors, key, i);
                match kind {
                    0 => one = shifted(one, Fr::ONE),
                    1 => one.key = (key + 1) % 3,
                    2 => one.signals.iter_mut().for_each(|signal| signal[31] ^= 0x80),
                    3 => one.signals.iter_mut().for_each(|signal| signal[0] ^= 1),
                    _ => {}
                }
                one
            })
            .collect();
        let claims = claims(&keys, &owned);
        let alone: Vec<_> =
            claims.iter().map(|one| verify(one.key, one.signals, one.proof)).collect();
        prop_assert_eq!(verify_batch(&claims), alone);
    }
}
