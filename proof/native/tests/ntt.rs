//! Transforms: the reference against arkworks, the lanes against the reference.

use ark_bn254::Fr as ArkFr;
use ark_ff::{BigInt, FftField, PrimeField};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use assay_native::cpu::Cpu;
use assay_native::field::{Field, Fr};
use assay_native::ntt::scalar::{evaluate_on_coset, interpolate};
use assay_native::ntt::{MIN_LOG_SIZE, TWO_ADICITY, coset_values, powers, root_of_unity};

fn ark(elements: &[Fr]) -> Vec<ArkFr> {
    let one = |element: &Fr| ArkFr::from_bigint(BigInt(element.to_plain())).expect("below r");
    elements.iter().map(one).collect()
}

/// Uniform values, and those where carries and reductions go wrong.
fn inputs(n: usize) -> Vec<Vec<Fr>> {
    let mut seed = Fr::from(n as u64 + 5);
    let uniform = (0..n).map(|_| {
        seed = seed.square() + Fr::ONE;
        seed
    });
    let minus_one = -Fr::ONE;
    let one_at = |place: usize| (0..n).map(|i| Fr::from(u64::from(i == place))).collect();
    let two = Fr::from(2u64);
    vec![
        uniform.collect(),
        vec![Fr::ZERO; n],
        vec![Fr::ONE; n],
        vec![minus_one; n],
        (0..n).map(|i| if i % 2 == 0 { Fr::ONE } else { minus_one }).collect(),
        (0..n).map(|i| two.pow(&[i as u64 % 254])).collect(),
        one_at(0),
        one_at(n / 2),
        one_at(n - 1),
    ]
}

#[test]
fn roots_are_those_of_everybody() {
    for k in 0..=TWO_ADICITY {
        let root = ArkFr::get_root_of_unity(1 << k).expect("2-adicity 28");
        assert_eq!(ark(&[root_of_unity(k)]), [root], "2^{k}");
    }
}

#[test]
#[should_panic(expected = "no root of unity of order 2^29")]
fn refuses_a_root_that_is_not_there() {
    root_of_unity(TWO_ADICITY + 1);
}

#[test]
fn the_reference_agrees_with_arkworks() {
    for k in 0..=12 {
        let n = 1 << k;
        let domain = Radix2EvaluationDomain::<ArkFr>::new(n).expect("small");
        let coset = domain.get_coset(ark(&[root_of_unity(k + 1)])[0]).expect("not zero");
        for values in inputs(n) {
            let mut coefficients = values.clone();
            interpolate(&mut coefficients);
            let expected = domain.ifft(&ark(&values));
            assert_eq!(ark(&coefficients), expected, "2^{k}");
            evaluate_on_coset(&mut coefficients);
            assert_eq!(ark(&coefficients), coset.fft(&expected), "2^{k}");
        }
    }
}

#[test]
fn lanes_agree_with_the_reference() {
    for cpu in Cpu::all() {
        for k in MIN_LOG_SIZE..=13 {
            for values in inputs(1 << k) {
                let mut expected = values.clone();
                interpolate(&mut expected);
                evaluate_on_coset(&mut expected);
                assert!(coset_values(cpu, &values) == expected, "{cpu:?}, 2^{k}");
            }
        }
    }
}

#[test]
fn powers_start_with_one() {
    let three = Fr::from(3u64);
    assert_eq!(powers(three, 3), [Fr::ONE, three, three.square()]);
    assert_eq!(powers(three, 0), []);
}
