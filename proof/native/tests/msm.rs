//! Multi-scalar multiplication against the sum of single ones, in every form, over points and scalars that meet where the
//! formulas have exceptions.

use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{BigInt, PrimeField};
use assay_native::cpu::Cpu;
use assay_native::curve::{Affine, Curve, G1, G2, Xyzz, multiply};
use assay_native::field::{Field, Fr};
use assay_native::lanes::LaneCurve;
use assay_native::msm::{SmallScalar, Table, Windows, sum_of_products};
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;

/// Small multiples of the generator, so that equal and opposite points are frequent; 0 is infinity.
fn point<C: Curve>(k: i64) -> Affine<C> {
    multiply(&C::generator(), &Fr::from(k)).into()
}

fn expected<C: Curve>(ks: &[i64], scalars: &[Fr]) -> Xyzz<C> {
    let exponent = ks.iter().zip(scalars).fold(Fr::ZERO, |sum, (&k, &s)| sum + Fr::from(k) * s);
    multiply(&C::generator(), &exponent)
}

fn scalar() -> impl Strategy<Value = Fr> {
    prop_oneof![
        3 => any::<[u64; 4]>().prop_map(Fr::from_plain_unchecked),
        2 => (-3i64..4).prop_map(Fr::from),
        1 => (0..254u32).prop_map(|bit| (0..bit).fold(Fr::ONE, |power, _| power.double())),
    ]
}

fn in_every_form<C: LaneCurve>(ks: &[i64], scalars: &[Fr]) {
    let points: Vec<Affine<C>> = ks.iter().map(|&k| point(k)).collect();
    let expected = expected::<C>(ks, scalars);
    for cpu in Cpu::all() {
        assert_eq!(
            sum_of_products(cpu, &points, scalars),
            expected,
            "{cpu:?}, {} points",
            ks.len()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn sums_of_g1_are_the_sums_of_products(pairs in prop::collection::vec((-6i64..7, scalar()), 0..70)) {
        let (ks, scalars): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        in_every_form::<G1>(&ks, &scalars);
    }

    #[test]
    fn sums_of_g2_are_the_sums_of_products(pairs in prop::collection::vec((-6i64..7, scalar()), 0..30)) {
        let (ks, scalars): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        in_every_form::<G2>(&ks, &scalars);
    }

    #[test]
    fn a_table_changes_nothing(
        pairs in prop::collection::vec((1i64..2000, any::<[u64; 4]>()), 1..60),
        bits in 2..17u32,
        stride in 1..40usize,
        tabled in 1..60usize,
    ) {
        let ks: Vec<i64> = pairs.iter().map(|pair| pair.0).collect();
        let scalars: Vec<Fr> = pairs.iter().map(|pair| Fr::from_plain_unchecked(pair.1)).collect();
        let plain: Vec<[u64; 4]> = scalars.iter().map(|s| s.to_plain()).collect();
        let tabled = tabled.min(ks.len());
        let points: Vec<Affine<G1>> = ks.iter().map(|&k| point(k)).collect();
        let all = expected::<G1>(&ks[..tabled], &scalars[..tabled]);
        let places: Vec<u32> = (0..ks.len() as u32).collect();
        for cpu in Cpu::all() {
            let table = Table::build(cpu, &points, tabled, Windows::new(bits, stride)).expect("memory");
            prop_assert_eq!(table.sum_full(cpu, &plain[..tabled]), all);
            prop_assert_eq!(table.sum_some(cpu, &places, &plain), expected::<G1>(&ks, &scalars));
        }
    }

    #[test]
    fn small_scalars_need_no_table(pairs in prop::collection::vec((1i64..9, any::<i64>(), 0..63u32), 0..200)) {
        let ks: Vec<i64> = pairs.iter().map(|pair| pair.0).collect();
        let values: Vec<i64> = pairs.iter().map(|pair| pair.1 >> pair.2).collect();
        let small: Vec<SmallScalar> = values
            .iter()
            .enumerate()
            .map(|(i, &value)| SmallScalar { point: i as u32, value })
            .collect();
        let points: Vec<Affine<G2>> = ks.iter().map(|&k| point(k)).collect();
        let scalars: Vec<Fr> = values.iter().map(|&value| Fr::from(value)).collect();
        for cpu in Cpu::all() {
            let table = Table::build(cpu, &points, 0, Windows::new(8, 1)).expect("memory");
            prop_assert_eq!(table.sum_small(cpu, &small), expected::<G2>(&ks, &scalars));
        }
    }
}

type By<T> = Box<dyn Fn(usize) -> T>;

/// Every length, and one thread to five, on inputs of every awkward kind.
#[test]
fn every_length_and_number_of_threads() {
    let lengths = (1..=70).chain([127, 128, 129, 255, 256, 257, 1023, 1024, 1025]);
    for (i, n) in lengths.enumerate() {
        let pool = ThreadPoolBuilder::new().num_threads(i % 5 + 1).build().expect("a pool");
        let big = |k: usize| Fr::from(k as u64 + 2).inverse().expect("not zero");
        let kinds: [(By<i64>, By<Fr>); 7] = [
            (Box::new(|i| i as i64 + 1), Box::new(big)),
            (Box::new(|_| 1), Box::new(|_| -Fr::ONE)),
            (Box::new(|_| 0), Box::new(big)),
            (Box::new(|i| if i % 2 == 0 { 5 } else { -5 }), Box::new(|_| Fr::from(77u64))),
            (Box::new(|_| 3), Box::new(|_| Fr::ZERO)),
            (Box::new(|i| i64::from(i == 0)), Box::new(big)),
            (Box::new(|i| 1 << (i % 40)), Box::new(|i| Fr::from((i % 2) as u64))),
        ];
        let (k, s) = &kinds[i % kinds.len()];
        let ks: Vec<i64> = (0..n).map(k).collect();
        let scalars: Vec<Fr> = (0..n).map(s).collect();
        pool.install(|| in_every_form::<G1>(&ks, &scalars));
        if n < 130 {
            pool.install(|| in_every_form::<G2>(&ks, &scalars));
        }
    }
}

/// More lists than one batch holds, lists long enough to be split, and arkworks' own sum.
#[test]
fn many_points_agree_with_arkworks() {
    let n = 20_000;
    let mut running = Xyzz::<G1>::from(G1::generator());
    let sums: Vec<Xyzz<G1>> = (0..n)
        .map(|_| {
            running = running.double().add_affine(&G1::generator());
            running
        })
        .collect();
    let points = Affine::all_from(&sums);
    let mut s = Fr::from(3u64);
    let scalars: Vec<Fr> = (0..n)
        .map(|i| {
            s = s.square() + Fr::from(7u64);
            // Half of them are small: bucket 1 becomes heavy.
            if i % 2 == 0 { Fr::ONE } else { s }
        })
        .collect();
    let ark_points: Vec<ark_bn254::G1Affine> = points
        .iter()
        .map(|p| {
            let fq = |a: assay_native::field::Fq| {
                ark_bn254::Fq::from_bigint(BigInt(a.to_plain())).expect("below q")
            };
            ark_bn254::G1Affine::new(fq(p.x), fq(p.y))
        })
        .collect();
    let ark_scalars: Vec<ark_bn254::Fr> = scalars
        .iter()
        .map(|s| ark_bn254::Fr::from_bigint(BigInt(s.to_plain())).expect("below r"))
        .collect();
    let expected =
        ark_bn254::G1Projective::msm(&ark_points, &ark_scalars).expect("lengths").into_affine();
    for cpu in Cpu::all() {
        let sum = Affine::from(sum_of_products(cpu, &points, &scalars));
        assert_eq!(BigInt(sum.x.to_plain()), expected.x.into_bigint(), "{cpu:?}");
        assert_eq!(BigInt(sum.y.to_plain()), expected.y.into_bigint(), "{cpu:?}");
    }
}
