//! The groups of BN254: G1: y² = x³ + 3 over Fq; G2: y² = x³ + 3/(9 + u) over Fq2, of which the points of order r
//! count. One point at a time, complete formulas: the reference for every faster form in `msm`.

mod affine;
mod xyzz;

pub use affine::Affine;
pub use xyzz::Xyzz;

use crate::field::{Field, Fq, Fq2, FqModulus, Fr, Modulus};
use std::fmt::Debug;

pub trait Curve: Copy + Clone + Debug + PartialEq + Eq + Send + Sync + 'static {
    type Base: Field;

    /// The constant of y² = x³ + b.
    fn b() -> Self::Base;
    fn generator() -> Affine<Self>;
    /// For a point on the curve: is its order r (or is it infinity)?
    fn is_in_subgroup(point: &Affine<Self>) -> bool;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G1;
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct G2;

pub type G1Affine = Affine<G1>;
pub type G2Affine = Affine<G2>;

impl Curve for G1 {
    type Base = Fq;

    fn b() -> Fq {
        Fq::from(3u64)
    }

    fn generator() -> G1Affine {
        Affine::new(Fq::ONE, Fq::from(2u64))
    }

    /// The cofactor is 1.
    fn is_in_subgroup(_point: &G1Affine) -> bool {
        true
    }
}

impl Curve for G2 {
    type Base = Fq2;

    fn b() -> Fq2 {
        let xi = Fq2::new(Fq::from(9u64), Fq::ONE);
        let inverse = xi.inverse().expect("9 + u is not zero");
        Fq2::new(Fq::from(3u64), Fq::ZERO) * inverse
    }

    fn generator() -> G2Affine {
        let fq = |limbs| Fq::from_plain(limbs).expect("below q");
        Affine::new(
            Fq2::new(
                fq([
                    0x46debd5cd992f6ed,
                    0x674322d4f75edadd,
                    0x426a00665e5c4479,
                    0x1800deef121f1e76,
                ]),
                fq([
                    0x97e485b7aef312c2,
                    0xf1aa493335a9e712,
                    0x7260bfb731fb5d25,
                    0x198e9393920d483a,
                ]),
            ),
            Fq2::new(
                fq([
                    0x4ce6cc0166fa7daa,
                    0xe3d1e7690c43d37b,
                    0x4aab71808dcb408f,
                    0x12c85ea5db8c6deb,
                ]),
                fq([
                    0x55acdadcd122975b,
                    0xbc4b313370b38ef3,
                    0xec9e99ad690c3395,
                    0x090689d0585ff075,
                ]),
            ),
        )
    }

    /// [6x²]P = ψ(P), with x the parameter of the curve and ψ the endomorphism that Frobenius gives on the twist: true
    /// for exactly the points of order r (Scott 2021, "A note on group membership tests for G1, G2 and GT on BLS
    /// pairing-friendly curves"; for BN, Dai et al. 2022, eprint 2022/352, §4: [x + 1]P + ψ([x]P) + ψ²([x]P) = ψ³([2x]P)).
    fn is_in_subgroup(point: &G2Affine) -> bool {
        let x = [BN_X, 0, 0, 0];
        let xp = Xyzz::from(*point).mul_plain(&x);
        let left = xp + Xyzz::from(*point) + psi(&xp) + psi(&psi(&xp));
        let right = psi(&psi(&psi(&xp.double())));
        left == right
    }
}

/// The parameter of BN254: q = 36x⁴ + 36x³ + 24x² + 6x + 1.
pub const BN_X: u64 = 4965661367192848881;

/// ψ = twist⁻¹ ∘ Frobenius ∘ twist on G2, in XYZZ coordinates: each is conjugated, x multiplied by ξ^((q−1)/3), y by
/// ξ^((q−1)/2), with ξ = 9 + u.
pub fn psi(point: &Xyzz<G2>) -> Xyzz<G2> {
    let (third, half) = frobenius_constants();
    Xyzz {
        x: point.x.conjugate() * third,
        y: point.y.conjugate() * half,
        zz: point.zz.conjugate(),
        zzz: point.zzz.conjugate(),
    }
}

fn frobenius_constants() -> (Fq2, Fq2) {
    static CONSTANTS: std::sync::OnceLock<(Fq2, Fq2)> = std::sync::OnceLock::new();
    *CONSTANTS.get_or_init(|| {
        let xi = Fq2::new(Fq::from(9u64), Fq::ONE);
        let mut minus_one = FqModulus::P;
        minus_one[0] -= 1;
        (xi.pow(&divide(&minus_one, 3)), xi.pow(&divide(&minus_one, 2)))
    })
}

/// a / d, rounded down, for a small d.
fn divide(a: &[u64; 4], d: u64) -> [u64; 4] {
    let mut quotient = [0; 4];
    let mut remainder = 0u128;
    for i in (0..4).rev() {
        let dividend = remainder << 64 | u128::from(a[i]);
        quotient[i] = (dividend / u128::from(d)) as u64;
        remainder = dividend % u128::from(d);
    }
    quotient
}

/// [scalar]point by double and add, in a time that depends on both.
pub fn multiply<C: Curve>(point: &Affine<C>, scalar: &Fr) -> Xyzz<C> {
    Xyzz::from(*point).mul_plain(&scalar.to_plain())
}
