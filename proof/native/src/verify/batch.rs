//! Many proofs at once: each equation raised to a random power of its own and all of them multiplied, so that one final
//! exponentiation, and for each key three Miller loops, serve all. A wrong equation is a value of GT that is not 1; its
//! order is r, so that of 2^128 powers one at most makes the product 1 whatever the others are: a batch with a bad proof
//! passes with a probability of 2^−128. (Bellare, Garay, Rabin 1998, "Fast batch verification for modular exponentiation
//! and digital signatures", the small exponents test.) That rests on two things. The weights are drawn after every proof
//! is fixed, or errors could be made to cancel; and every B is in the subgroup, or its pairing may have a smaller order:
//! a `Proof` has no other.
//!
//! When a batch fails it is halved until the bad ones are alone. One bad proof hides and spoils no other.

use super::combination::linear_combination;
use super::equation::{read_signals, verify};
use super::key::VerificationKey;
use super::pairing::{Miller, final_exponentiation, miller, prepare, product};
use super::proof::Proof;
use super::rejection::Rejection;
use crate::curve::{G1Affine, Xyzz};
use crate::field::{Field, Fr};
use ark_ff::Zero;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// arkworks' Miller loop shares its squarings among four pairs.
const LEAF: usize = 4;

/// This proof, under this key, about these public signals (little-endian).
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub key: &'a VerificationKey,
    pub signals: &'a [[u8; 32]],
    pub proof: &'a Proof,
}

/// A claim that is well formed, with its weight.
struct Weighted<'a> {
    /// Its place among the claims.
    place: usize,
    claim: Claim<'a>,
    /// 1, then the signals.
    scalars: Vec<Fr>,
    weight: [u64; 2],
}

/// Up to four claims of one key, and Π e([weight]A, B) before the final exponentiation.
struct Leaf<'a> {
    claims: &'a [Weighted<'a>],
    miller: Miller,
}

/// As `verify` for each claim, in order. In the current rayon pool.
pub fn verify_batch(claims: &[Claim<'_>]) -> Vec<Result<(), Rejection>> {
    let mut verdicts: Vec<Result<(), Rejection>> = Vec::with_capacity(claims.len());
    let mut of_keys: BTreeMap<*const VerificationKey, Vec<Weighted<'_>>> = BTreeMap::new();
    let Some(weights) = draw_weights(claims.len()) else {
        // Without random bits each stands for itself.
        return claims.par_iter().map(|one| verify(one.key, one.signals, one.proof)).collect();
    };
    for (place, (claim, weight)) in claims.iter().zip(weights).enumerate() {
        match read_signals(claim.key, claim.signals) {
            Ok(scalars) => {
                let weighted = Weighted { place, claim: *claim, scalars, weight };
                of_keys.entry(std::ptr::from_ref(claim.key)).or_default().push(weighted);
                verdicts.push(Ok(()));
            }
            Err(rejection) => verdicts.push(Err(rejection)),
        }
    }
    let chunks: Vec<&[Weighted<'_>]> =
        of_keys.values().flat_map(|claims| claims.chunks(LEAF)).collect();
    let leaves: Vec<Leaf<'_>> = chunks.into_par_iter().map(Leaf::new).collect();
    if !all_hold(&leaves) {
        for (place, rejection) in find_bad(&leaves) {
            verdicts[place] = Err(rejection);
        }
    }
    verdicts
}

fn draw_weights(count: usize) -> Option<Vec<[u64; 2]>> {
    let mut bytes = vec![[[0u8; 8]; 2]; count];
    getrandom::fill(bytes.as_flattened_mut().as_flattened_mut()).ok()?;
    Some(bytes.into_iter().map(|halves| halves.map(u64::from_le_bytes)).collect())
}

impl<'a> Leaf<'a> {
    fn new(claims: &'a [Weighted<'a>]) -> Self {
        let weighted: Vec<Xyzz<_>> = claims
            .iter()
            .map(|one| Xyzz::from(*one.claim.proof.a()).mul_plain(&one.weight))
            .collect();
        let points = G1Affine::all_from(&weighted);
        let prepared = claims.iter().map(|one| prepare(one.claim.proof.b()));
        Self { claims, miller: miller(points.into_iter().zip(prepared)) }
    }

    fn key(&self) -> &'a VerificationKey {
        self.claims[0].claim.key
    }
}

/// The bad ones among leaves that do not hold together.
fn find_bad(leaves: &[Leaf<'_>]) -> Vec<(usize, Rejection)> {
    if let [leaf] = leaves {
        let verdict = |one: &Weighted<'_>| {
            let Claim { key, signals, proof } = one.claim;
            verify(key, signals, proof).err().map(|rejection| (one.place, rejection))
        };
        return leaf.claims.par_iter().filter_map(verdict).collect();
    }
    let (left, right) = leaves.split_at(leaves.len() / 2);
    if all_hold(left) {
        return find_bad(right);
    }
    let (mut bad, others) = rayon::join(
        || find_bad(left),
        || if all_hold(right) { Vec::new() } else { find_bad(right) },
    );
    bad.extend(others);
    bad
}

/// Does the product of their equations hold?
fn all_hold(leaves: &[Leaf<'_>]) -> bool {
    // Leaves of one key stand side by side.
    let of_keys: Vec<&[Leaf<'_>]> =
        leaves.chunk_by(|a, b| std::ptr::eq(a.key(), b.key())).collect();
    let right_sides = of_keys.into_par_iter().map(right_side).collect::<Vec<_>>();
    let left_sides = leaves.iter().map(|leaf| leaf.miller);
    final_exponentiation(product(left_sides.chain(right_sides))).is_some_and(|one| one.is_zero())
}

/// Π (e(alpha, beta) · e(IC_0 + Σ a_i·IC_i, gamma) · e(C, delta))^−weight for leaves of one key.
fn right_side(leaves: &[Leaf<'_>]) -> Miller {
    let Some(first) = leaves.first() else { return product([]) };
    let key = first.key();
    let mut scalars = vec![Fr::ZERO; key.ic().len()];
    let (mut points, mut weights) = (Vec::new(), Vec::new());
    for one in leaves.iter().flat_map(|leaf| leaf.claims) {
        let weight = Fr::from_plain_unchecked([one.weight[0], one.weight[1], 0, 0]);
        for (sum, scalar) in scalars.iter_mut().zip(&one.scalars) {
            *sum += weight * *scalar;
        }
        points.push(*one.claim.proof.c());
        weights.push(weight);
    }
    // The scalar of IC_0 is the sum of the weights.
    let alpha = Xyzz::from(*key.alpha()).mul_plain(&scalars[0].to_plain());
    let sums = [alpha, key.combine_ic(&scalars), linear_combination(&points, &weights)];
    let prepared = &key.prepared;
    let g2 = [&prepared.beta, &prepared.gamma, &prepared.delta].map(Clone::clone);
    miller(G1Affine::all_from(&sums).into_iter().map(|point| -point).zip(g2))
}
