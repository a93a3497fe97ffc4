//! Keys whose secrets are known, and proofs made from them alone: honest by the equation, about whatever is wanted.

#![allow(dead_code, reason = "each test file takes of it what it needs")]

use assay_native::curve::{Affine, Curve, G1, G1Affine, G2, G2Affine, multiply};
use assay_native::field::{Field, Fq, Fq2, Fr};
use assay_native::verify::{Proof, VerificationKey};

pub struct Trapdoor {
    pub alpha: Fr,
    pub beta: Fr,
    pub gamma: Fr,
    pub delta: Fr,
    pub ic: Vec<Fr>,
}

pub fn g1(k: Fr) -> G1Affine {
    multiply(&G1::generator(), &k).into()
}

pub fn g2(k: Fr) -> G2Affine {
    multiply(&G2::generator(), &k).into()
}

/// Numbers that look like nothing in particular: powers of 5.
pub fn number(i: u64) -> Fr {
    Fr::from(5u64).pow(&[1000 + 37 * i])
}

impl Trapdoor {
    pub fn new(seed: u64, n_public: usize) -> Self {
        let seed = 10_000 * seed;
        Self {
            alpha: number(seed),
            beta: number(seed + 1),
            gamma: number(seed + 2),
            delta: number(seed + 3),
            ic: (0..=n_public as u64).map(|i| number(seed + 4 + i)).collect(),
        }
    }

    pub fn key(&self) -> VerificationKey {
        let ic = self.ic.iter().map(|k| g1(*k)).collect();
        VerificationKey::new(g1(self.alpha), g2(self.beta), g2(self.gamma), g2(self.delta), ic)
            .expect("sound")
    }

    /// a·b = alpha·beta + IC·gamma + c·delta, solved for c.
    pub fn prove(&self, signals: &[Fr], a: Fr, b: Fr) -> Proof {
        let statement = signals.iter().zip(&self.ic[1..]).map(|(signal, ic)| *signal * *ic);
        let statement = statement.fold(self.ic[0], |sum, term| sum + term);
        let rest = a * b - self.alpha * self.beta - statement * self.gamma;
        let c = rest * self.delta.inverse().expect("not zero");
        Proof::new(g1(a), g2(b), g1(c)).expect("points of the groups")
    }
}

pub fn encoded(signals: &[Fr]) -> Vec<[u8; 32]> {
    signals.iter().map(|signal| signal.to_bytes()).collect()
}

/// A point on the curve of G2 and outside the subgroup, as nearly all are.
pub fn twist_point(x0: u64) -> G2Affine {
    (x0..)
        .find_map(|x0| {
            let x = Fq2::new(Fq::from(x0), Fq::ONE);
            (x.square() * x + G2::b()).sqrt().map(|y| Affine::new(x, y))
        })
        .expect("every second x is one of a point")
}
