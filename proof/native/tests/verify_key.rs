//! Keys are read strictly, and one under which anybody forges is none.

mod trapdoor;

use assay_native::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine};
use assay_native::field::Fr;
use assay_native::files::Zkey;
use assay_native::verify::{Code, Rejection, VerificationKey};
use proptest::prelude::*;
use trapdoor::{Trapdoor, g1, g2, twist_point};

const ZKEY_FILE: &[u8] = include_bytes!("vectors/key.zkey");

/// What a key is made of, to be altered before it is made.
#[derive(Clone)]
struct Parts {
    alpha: G1Affine,
    beta: G2Affine,
    gamma: G2Affine,
    delta: G2Affine,
    ic: Vec<G1Affine>,
}

impl Parts {
    fn sound() -> Self {
        let key = Trapdoor::new(1, 2).key();
        Self {
            alpha: *key.alpha(),
            beta: *key.beta(),
            gamma: *key.gamma(),
            delta: *key.delta(),
            ic: key.ic().to_vec(),
        }
    }

    fn make(self) -> Result<VerificationKey, Rejection> {
        VerificationKey::new(self.alpha, self.beta, self.gamma, self.delta, self.ic)
    }
}

fn assert_refused(change: impl FnOnce(&mut Parts), code: Code, at: &str) {
    let mut parts = Parts::sound();
    change(&mut parts);
    let refusal = parts.make().expect_err("it is no good");
    assert_eq!(refusal, Rejection::new(code, at));
}

#[test]
fn keys_under_which_anybody_forges_are_refused() {
    assert!(Parts::sound().make().is_ok());
    let unsafe_key = Code::KeyUnsafe;
    assert_refused(|key| key.delta = key.gamma, unsafe_key, "vk_delta_2");
    assert_refused(|key| key.delta = -key.gamma, unsafe_key, "vk_delta_2");
    assert_refused(|key| key.delta = G2::generator(), unsafe_key, "vk_delta_2");
    assert_refused(|key| key.delta = -G2::generator(), unsafe_key, "vk_delta_2");
    assert_refused(|key| key.beta = G2::generator(), unsafe_key, "vk_beta_2");
    assert_refused(|key| key.beta = -G2::generator(), unsafe_key, "vk_beta_2");
    assert_refused(|key| key.alpha = G1::generator(), unsafe_key, "vk_alpha_1");
    assert_refused(|key| key.alpha = -G1::generator(), unsafe_key, "vk_alpha_1");
    // gamma is the generator in every key of snarkjs.
    let mut usual = Parts::sound();
    usual.gamma = G2::generator();
    assert!(usual.make().is_ok());
}

#[test]
fn points_that_are_none_are_refused() {
    let (off, infinity) =
        (Affine::new(g1(Fr::from(5u64)).x, g1(Fr::from(6u64)).y), Affine::INFINITY);
    for bad in [off, infinity] {
        assert_refused(|key| key.alpha = bad, Code::NotOnCurve, "vk_alpha_1");
        assert_refused(|key| key.ic[0] = bad, Code::NotOnCurve, "IC[0]");
        assert_refused(|key| key.ic[2] = bad, Code::NotOnCurve, "IC[2]");
    }
    let infinity = Affine::INFINITY;
    let off = Affine::new(g2(Fr::from(5u64)).x, g2(Fr::from(6u64)).y);
    for (bad, code) in [
        (off, Code::NotOnCurve),
        (infinity, Code::NotOnCurve),
        (twist_point(3), Code::NotInSubgroup),
    ] {
        assert_refused(|key| key.beta = bad, code, "vk_beta_2");
        assert_refused(|key| key.gamma = bad, code, "vk_gamma_2");
        assert_refused(|key| key.delta = bad, code, "vk_delta_2");
    }
    assert_refused(|key| key.ic.clear(), Code::WrongSignalCount, "IC");
}

#[test]
fn a_key_of_a_file_is_the_key_of_its_bytes() {
    let zkey = Zkey::parse(ZKEY_FILE).expect("sound");
    let key = VerificationKey::from_zkey(&zkey).expect("sound");
    assert_eq!((key.n_public(), key.ic().len()), (3, 4));
    assert_eq!(*key.gamma(), G2::generator());
    let bytes = key.to_bytes();
    assert_eq!(bytes.len(), 64 + 3 * 128 + 4 * 64);
    let again = VerificationKey::from_bytes(&bytes).expect("sound");
    assert_eq!(again.to_bytes(), bytes);
    for length in 0..bytes.len() {
        let refusal = VerificationKey::from_bytes(&bytes[..length]).err();
        // Without its last point it is a key of fewer signals.
        let is_shorter_key = length > 448 && (length - 448) % 64 == 0;
        let code = if length == 448 { Code::WrongSignalCount } else { Code::Malformed };
        assert_eq!(refusal.map(|it| it.code), (!is_shorter_key).then_some(code), "{length}");
    }
    let mut large = bytes.clone();
    large[64 * 7] |= 0xc0;
    let refusal = VerificationKey::from_bytes(&large).expect_err("not below q");
    assert_eq!(refusal, Rejection::new(Code::NonCanonical, "IC[0]"));
}

#[test]
fn a_key_file_without_a_contribution_is_refused() {
    let mut zkey = Zkey::parse(ZKEY_FILE).expect("sound");
    zkey.header.delta2 = zkey.header.gamma2;
    let refusal = VerificationKey::from_zkey(&zkey).expect_err("anybody forges");
    assert_eq!(refusal, Rejection::new(Code::KeyUnsafe, "vk_delta_2"));
    let mut ic = zkey.ic.to_vec();
    ic[64..128].fill(0);
    let mut unbound = Zkey::parse(ZKEY_FILE).expect("sound");
    unbound.ic = &ic;
    let refusal = VerificationKey::from_zkey(&unbound).expect_err("it binds nothing");
    assert_eq!(refusal, Rejection::new(Code::NotOnCurve, "IC[1]"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn any_bytes_are_a_key_or_refused(
        length in 0..1000usize,
        noise in any::<[u8; 32]>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let zkey = Zkey::parse(ZKEY_FILE).expect("sound");
        let mut bytes = VerificationKey::from_zkey(&zkey).expect("sound").to_bytes();
        bytes.extend(noise.iter().cycle().take(length));
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(key) = VerificationKey::from_bytes(&bytes) {
            prop_assert_eq!(key.to_bytes(), bytes);
        }
    }
}
