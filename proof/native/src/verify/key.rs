//! The key a verifier holds: one circuit, with what a pairing needs of it computed once. Groth 2016, §3.2.

use super::combination::linear_combination;
use super::pairing::{Prepared, Target, final_exponentiation, miller, prepare};
use super::proof::{read_g1, read_g2, write_g1, write_g2};
use super::rejection::{Code, Rejection, check_point};
use crate::cpu::Cpu;
use crate::curve::{Curve, G1, G1Affine, G2, G2Affine, Xyzz};
use crate::field::Fr;
use crate::files::{PointBytes, Zkey, decode_point};
use crate::msm::FewPoints;

/// A key is held in memory whole: more signals than any circuit of ours has.
const MAX_PUBLIC: usize = 1 << 20;

/// Checked: every point in its group and none of them infinity; not one of the keys under which anybody forges.
#[derive(Clone, Debug)]
pub struct VerificationKey {
    alpha: G1Affine,
    beta: G2Affine,
    gamma: G2Affine,
    delta: G2Affine,
    ic: Vec<G1Affine>,
    pub(super) prepared: PreparedKey,
    /// Of `ic`, where they were asked for.
    multiples: Option<FewPoints<G1>>,
}

#[derive(Clone, Debug)]
pub(super) struct PreparedKey {
    pub alpha_beta: Target,
    pub beta: Prepared,
    pub gamma: Prepared,
    pub delta: Prepared,
}

impl VerificationKey {
    /// @param ic the constant term, then one point for each public signal
    ///
    /// # Errors
    /// `WRONG_SIGNAL_COUNT`, `NOT_ON_CURVE` (infinity, too), `NOT_IN_SUBGROUP`, `KEY_UNSAFE`.
    pub fn new(
        alpha: G1Affine,
        beta: G2Affine,
        gamma: G2Affine,
        delta: G2Affine,
        ic: Vec<G1Affine>,
    ) -> Result<Self, Rejection> {
        if ic.is_empty() || ic.len() > MAX_PUBLIC + 1 {
            return Err(Rejection::new(Code::WrongSignalCount, "IC"));
        }
        check_point(&alpha, "vk_alpha_1")?;
        check_point(&beta, "vk_beta_2")?;
        check_point(&gamma, "vk_gamma_2")?;
        check_point(&delta, "vk_delta_2")?;
        for (i, point) in ic.iter().enumerate() {
            // Infinity would bind nothing.
            check_point(point, &format!("IC[{i}]"))?;
        }
        if let Some(at) = unsafe_at(&alpha, &beta, &gamma, &delta) {
            return Err(Rejection::new(Code::KeyUnsafe, at));
        }
        let pair = miller([(alpha, prepare(&beta))]);
        let Some(alpha_beta) = final_exponentiation(pair) else {
            return Err(Rejection::new(Code::KeyUnsafe, "vk_alphabeta_12"));
        };
        let prepared = PreparedKey {
            alpha_beta,
            beta: prepare(&beta),
            gamma: prepare(&gamma),
            delta: prepare(&delta),
        };
        Ok(Self { alpha, beta, gamma, delta, ic, prepared, multiples: None })
    }

    /// Keeps multiples of the IC, up to 1 MiB: a statement then costs a seventh. For whoever verifies more than once.
    #[must_use]
    pub fn with_multiples(self, cpu: Cpu) -> Self {
        Self { multiples: FewPoints::new(cpu, &self.ic), ..self }
    }

    /// Σ scalars_i·IC_i. The first scalar is that of the constant term.
    pub(super) fn combine_ic(&self, scalars: &[Fr]) -> Xyzz<G1> {
        match &self.multiples {
            Some(multiples) => multiples.sum(scalars),
            None => linear_combination(&self.ic, scalars),
        }
    }

    /// The key of a `.zkey`.
    ///
    /// # Errors
    /// As `new`, and `NON_CANONICAL`.
    pub fn from_zkey(zkey: &Zkey<'_>) -> Result<Self, Rejection> {
        let header = &zkey.header;
        let mut ic = Vec::with_capacity(header.n_public + 1);
        for (i, bytes) in zkey.ic.chunks_exact(G1::BYTES).enumerate() {
            let point = decode_point::<G1>(bytes);
            ic.push(point.map_err(|fault| Rejection::new(fault.into(), format!("IC[{i}]")))?);
        }
        Self::new(header.alpha1, header.beta2, header.gamma2, header.delta2, ic)
    }

    /// alpha (64) ‖ beta (128) ‖ gamma (128) ‖ delta (128) ‖ IC (64 each), points as in the 256 bytes of a proof.
    ///
    /// # Errors
    /// As `new`, `MALFORMED` and `NON_CANONICAL`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Rejection> {
        let malformed = || Rejection::new(Code::Malformed, "verificationKey");
        let (head, ic) = bytes.split_at_checked(64 + 3 * 128).ok_or_else(malformed)?;
        let (ic, []) = ic.as_chunks::<64>() else { return Err(malformed()) };
        if ic.is_empty() || ic.len() > MAX_PUBLIC + 1 {
            return Err(Rejection::new(Code::WrongSignalCount, "IC"));
        }
        let alpha = read_g1(&head[..64], "vk_alpha_1")?;
        let beta = read_g2(&head[64..192], "vk_beta_2")?;
        let gamma = read_g2(&head[192..320], "vk_gamma_2")?;
        let delta = read_g2(&head[320..], "vk_delta_2")?;
        let ic = ic.iter().enumerate().map(|(i, bytes)| read_g1(bytes, &format!("IC[{i}]")));
        Self::new(alpha, beta, gamma, delta, ic.collect::<Result<_, _>>()?)
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let g2 = [&self.beta, &self.gamma, &self.delta].map(write_g2);
        let ic = self.ic.iter().flat_map(write_g1);
        write_g1(&self.alpha).into_iter().chain(g2.into_iter().flatten()).chain(ic).collect()
    }

    pub fn n_public(&self) -> usize {
        self.ic.len() - 1
    }

    pub fn alpha(&self) -> &G1Affine {
        &self.alpha
    }

    pub fn beta(&self) -> &G2Affine {
        &self.beta
    }

    pub fn gamma(&self) -> &G2Affine {
        &self.gamma
    }

    pub fn delta(&self) -> &G2Affine {
        &self.delta
    }

    pub fn ic(&self) -> &[G1Affine] {
        &self.ic
    }
}

/// gamma is the generator in every key of snarkjs, so that a delta equal to it says that nobody contributed; alpha and
/// beta equal to the generators say that the powers of tau are nobody's either. The same x is the same point or its
/// negative, and neither is safe.
fn unsafe_at(
    alpha: &G1Affine,
    beta: &G2Affine,
    gamma: &G2Affine,
    delta: &G2Affine,
) -> Option<&'static str> {
    let (g1, g2) = (G1::generator(), G2::generator());
    if alpha.x == g1.x {
        return Some("vk_alpha_1");
    }
    if beta.x == g2.x {
        return Some("vk_beta_2");
    }
    (delta.x == gamma.x || delta.x == g2.x).then_some("vk_delta_2")
}
