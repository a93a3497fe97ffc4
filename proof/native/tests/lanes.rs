//! Every form of the lanes against the scalar fields, at the edges of the bounds that each operation states.

use assay_native::cpu::Cpu;
use assay_native::field::{Field, Fq, Fq2, FqModulus, Fr, FrModulus, Modulus, Prime};
use assay_native::lanes::{FieldLanes, Forms, Kernel, PrimeLanes, Row, WIDTH, dispatch};
use proptest::prelude::*;
use std::marker::PhantomData;

type Eight<M> = [Prime<M>; WIDTH];

fn element<M: Modulus>() -> impl Strategy<Value = Prime<M>> {
    let edge = (0..260u32, any::<bool>(), 0..3u64).prop_map(|(bit, negative, off)| {
        let power = (0..bit).fold(Prime::<M>::ONE, |power, _| power.double());
        let near = power + Prime::from(off) - Prime::ONE;
        if negative { -near } else { near }
    });
    prop_oneof![
        3 => any::<[u64; 4]>().prop_map(Prime::<M>::from_plain_unchecked),
        2 => edge,
        1 => (0..2u64).prop_map(Prime::<M>::from),
    ]
}

fn eight<M: Modulus>() -> impl Strategy<Value = Eight<M>> {
    prop::array::uniform8(element::<M>())
}

/// k times an element without a reduction: bound k.
#[inline(always)]
fn times<M: Modulus, L: PrimeLanes<M>>(a: L, k: u64) -> L {
    (1..k).fold(a, |sum, _| sum.add(a))
}

struct Operations<M: Modulus>(Eight<M>, Eight<M>, u8, PhantomData<M>);

impl<M: Modulus> Operations<M> {
    #[inline(always)]
    fn check<L: PrimeLanes<M>>(self) {
        let Self(a, b, mask, _) = self;
        let (x, y) = (L::load(&a), L::load(&b));
        let expect = |got: L, f: &dyn Fn(usize) -> Prime<M>, what: &str| {
            assert_eq!(got.store(), std::array::from_fn(f), "{what}");
        };
        let small = |k: u64| Prime::<M>::from(k);
        let sign = |i: usize, v: Prime<M>| if mask >> i & 1 == 1 { -v } else { v };
        expect(x, &|i| a[i], "load and store");
        expect(L::splat(a[0]), &|_| a[0], "splat");
        expect(x.add(y), &|i| a[i] + b[i], "add");
        expect(x.sub::<1>(y), &|i| a[i] - b[i], "sub");
        expect(
            times(x, 8).sub::<7>(times(y, 7)),
            &|i| a[i] * small(8) - b[i] * small(7),
            "sub of 7",
        );
        expect(x.mul(y), &|i| a[i] * b[i], "mul");
        for (k, l) in [(5, 8), (8, 5), (1, 40), (4, 10), (2, 20)] {
            let product = |i: usize| a[i] * b[i] * small(k * l);
            expect(times(x, k).mul(times(y, l)), &product, "mul at its bounds");
            // Its result has bound 4: twice it is still a factor of bound 8.
            let result = times(x, k).mul(times(y, l));
            expect(
                result.add(result).mul(times(y, 5)),
                &|i| product(i) * b[i] * small(10),
                "then again",
            );
            expect(result.reduce::<2>().reduce::<1>(), &product, "reduced");
        }
        expect(times(x, 8).square(), &|i| a[i] * a[i] * small(64), "square at its bound");
        expect(times(x, 10).reduce::<5>().mul(times(y, 8)), &|i| a[i] * b[i] * small(80), "reduce");
        let signed = x.signed_sub::<5>(mask, times(y, 4));
        expect(signed, &|i| sign(i, a[i]) - b[i] * small(4), "signed sub");
        expect(
            x.replace_where(mask, y),
            &|i| if mask >> i & 1 == 1 { b[i] } else { a[i] },
            "replace",
        );
        let zeros = (0..WIDTH).fold(0, |zeros, i| zeros | u8::from(a[i] == b[i]) << i);
        assert_eq!(x.sub::<1>(y).zeros(), zeros);
        assert_eq!(times(x.sub::<1>(x), 8).zeros(), 0xff);
        let rows = L::store_rows(times(x, 16), y);
        let (first, second) = L::load_rows(std::array::from_fn(|i| &rows[i]));
        expect(first, &|i| a[i] * small(16), "rows");
        expect(second, &|i| b[i], "rows");
        assert_eq!(std::array::from_fn(|i| rows[i].0[1]), y.store_packed());
        assert_eq!(y.store_packed(), b.map(L::pack));
        assert_eq!(y.store_packed().map(L::unpack), b);
    }
}

impl Kernel for Operations<FqModulus> {
    type Output = ();
    #[inline(always)]
    fn run<F: Forms>(self) {
        self.check::<F::Fq>();
    }
}

impl Kernel for Operations<FrModulus> {
    type Output = ();
    #[inline(always)]
    fn run<F: Forms>(self) {
        self.check::<F::Fr>();
    }
}

struct Quadratic([Fq2; WIDTH], [Fq2; WIDTH], u8);

impl Kernel for Quadratic {
    type Output = ();
    #[inline(always)]
    fn run<F: Forms>(self) {
        let Self(a, b, mask) = self;
        let (x, y) = (F::Fq2::load(&a), F::Fq2::load(&b));
        let times = |v: F::Fq2, k: u64| (1..k).fold(v, |sum, _| sum.add(v));
        let small = |k: u64| Fq2::new(Fq::from(k), Fq::ZERO);
        let sign = |i: usize, v: Fq2| if mask >> i & 1 == 1 { -v } else { v };
        let expect = |got: F::Fq2, f: &dyn Fn(usize) -> Fq2, what: &str| {
            assert_eq!(got.store(), std::array::from_fn(f), "{what}");
        };
        expect(x, &|i| a[i], "load and store");
        for (k, l) in [(5, 8), (8, 5), (1, 40), (4, 10)] {
            let product = times(x, k).mul(times(y, l));
            expect(product, &|i| a[i] * b[i] * small(k * l), "mul at its bounds");
            expect(
                product.square(),
                &|i| (a[i] * b[i] * small(k * l)).square(),
                "square of a product",
            );
        }
        expect(times(x, 4).square(), &|i| a[i].square() * small(16), "square at its bound");
        expect(
            x.signed_sub::<5>(mask, times(y, 4)),
            &|i| sign(i, a[i]) - b[i] * small(4),
            "signed sub",
        );
        expect(
            times(x, 10).reduce::<5>().sub::<3>(times(y, 3)),
            &|i| a[i] * small(10) - b[i] * small(3),
            "reduce, sub",
        );
        expect(
            x.replace_where(mask, y),
            &|i| if mask >> i & 1 == 1 { b[i] } else { a[i] },
            "replace",
        );
        let zeros = (0..WIDTH).fold(0, |zeros, i| zeros | u8::from(a[i] == b[i]) << i);
        assert_eq!(x.sub::<1>(y).zeros(), zeros);
        let mut rows = [[Row::ZERO; 2]; WIDTH];
        F::Fq2::store_points(x, y, rows.each_mut().map(|point| point.as_mut_slice()));
        let (first, second) = F::Fq2::load_points(rows.each_ref().map(|point| point.as_slice()));
        expect(first, &|i| a[i], "points");
        expect(second, &|i| b[i], "points");
    }
}

fn in_every_form<K: Kernel<Output = ()>>(kernel: impl Fn() -> K) {
    for cpu in Cpu::all() {
        dispatch(cpu, kernel());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn lanes_of_fq_compute_what_fq_computes(a in eight(), b in eight(), mask: u8) {
        in_every_form(|| Operations::<FqModulus>(a, b, mask, PhantomData));
        in_every_form(|| Operations::<FqModulus>(a, a, mask, PhantomData));
    }

    #[test]
    fn lanes_of_fr_compute_what_fr_computes(a in eight(), b in eight(), mask: u8) {
        in_every_form(|| Operations::<FrModulus>(a, b, mask, PhantomData));
    }

    #[test]
    fn lanes_of_fq2_compute_what_fq2_computes(a in eight(), b in eight(), c in eight(), d in eight(), mask: u8) {
        let pair = |a: Eight<FqModulus>, b: Eight<FqModulus>| std::array::from_fn(|i| Fq2::new(a[i], b[i]));
        in_every_form(|| Quadratic(pair(a, b), pair(c, d), mask));
        in_every_form(|| Quadratic(pair(a, a), pair(a, a), mask));
    }
}

#[test]
fn the_largest_elements_stay_within_the_bounds() {
    let largest = [-Fq::ONE; WIDTH];
    in_every_form(|| Operations::<FqModulus>(largest, largest, 0xff, PhantomData));
    in_every_form(|| {
        Quadratic(
            [Fq2::new(-Fq::ONE, -Fq::ONE); WIDTH],
            [Fq2::new(-Fq::ONE, Fq::ZERO); WIDTH],
            0x55,
        )
    });
    let largest = [-Fr::ONE; WIDTH];
    in_every_form(|| Operations::<FrModulus>(largest, largest, 0xff, PhantomData));
}
