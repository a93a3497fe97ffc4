//! Random numbers from a seed of 32 bytes: the ChaCha20 key stream from block 0, drawn as ffjavascript draws them, so
//! that a beacon gives everybody the same secrets and a hash gives everybody the same point of G2. Bernstein 2008.

use crate::curve::{Curve, G1, G1Affine, G2, G2Affine, Xyzz};
use crate::field::{Field, Fq, Fq2, Modulus, Prime};
use zeroize::{Zeroize, ZeroizeOnDrop};

#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ChaCha {
    state: [u32; 16],
    block: [u32; 16],
    used: usize,
}

impl ChaCha {
    pub fn new(seed: &[u8; 32]) -> Self {
        let mut state = [0; 16];
        state[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
        for (word, bytes) in state[4..12].iter_mut().zip(seed.chunks_exact(4)) {
            *word = u32::from_be_bytes(bytes.try_into().expect("4 bytes"));
        }
        Self { state, block: [0; 16], used: 16 }
    }

    pub fn next_u32(&mut self) -> u32 {
        if self.used == 16 {
            self.fill();
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// The higher half comes first.
    pub fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) << 32 | u64::from(self.next_u32())
    }

    /// Uniform below p: 254 bits, again until they are below. They are taken for the Montgomery form.
    pub fn next_prime<M: Modulus>(&mut self) -> Prime<M> {
        loop {
            let mut limbs = [0; 4];
            for limb in &mut limbs {
                *limb = self.next_u64();
            }
            limbs[3] &= u64::MAX >> 2;
            if is_below(&limbs, &M::P) {
                return Prime::from_montgomery(limbs);
            }
        }
    }

    pub fn next_g1(&mut self) -> G1Affine {
        loop {
            let x: Fq = self.next_prime();
            let is_larger = self.next_u32() & 1 == 1;
            if let Some(y) = (x.square() * x + G1::b()).sqrt() {
                return G1Affine::new(x, if y.is_larger_root() == is_larger { y } else { -y });
            }
        }
    }

    pub fn next_g2(&mut self) -> G2Affine {
        loop {
            let c0 = self.next_prime();
            let x = Fq2::new(c0, self.next_prime());
            let is_larger = self.next_u32() & 1 == 1;
            if let Some(y) = (x.square() * x + G2::b()).sqrt() {
                let point = G2Affine::new(x, if y.is_larger_root() == is_larger { y } else { -y });
                return Xyzz::from(point).mul_plain(&G2_COFACTOR).into();
            }
        }
    }

    fn fill(&mut self) {
        self.block = self.state;
        for _ in 0..10 {
            for [a, b, c, d] in [
                [0, 4, 8, 12],
                [1, 5, 9, 13],
                [2, 6, 10, 14],
                [3, 7, 11, 15],
                [0, 5, 10, 15],
                [1, 6, 11, 12],
                [2, 7, 8, 13],
                [3, 4, 9, 14],
            ] {
                quarter_round(&mut self.block, a, b, c, d);
            }
        }
        for (word, start) in self.block.iter_mut().zip(&self.state) {
            *word = word.wrapping_add(*start);
        }
        self.used = 0;
        // One counter of 128 bits.
        for word in &mut self.state[12..] {
            *word = word.wrapping_add(1);
            if *word != 0 {
                break;
            }
        }
    }
}

/// The number of points of the twist over Fq2, divided by r: 2q − r.
const G2_COFACTOR: [u64; 4] =
    [0x345f2299c0f9fa8d, 0x06ceecda572a2489, 0xb85045b68181585e, 0x30644e72e131a029];

fn is_below(a: &[u64; 4], b: &[u64; 4]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn quarter_round(s: &mut [u32; 16], a: usize, b: usize, c: usize, d: usize) {
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(16);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(12);
    s[a] = s[a].wrapping_add(s[b]);
    s[d] = (s[d] ^ s[a]).rotate_left(8);
    s[c] = s[c].wrapping_add(s[d]);
    s[b] = (s[b] ^ s[c]).rotate_left(7);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::{Fr, FrModulus};

    #[test]
    fn streams_as_the_rfc_does() {
        // RFC 8439, A.1, test vectors 1 and 2: key, nonce and counter of zeros, then the next block.
        let mut random = ChaCha::new(&[0; 32]);
        let first: [u32; 16] = std::array::from_fn(|_| random.next_u32());
        assert_eq!(first[..4], [0xade0_b876, 0x903d_f1a0, 0xe56a_5d40, 0x28bd_8653]);
        assert_eq!(first[15], 0x8665_eeb2);
        assert_eq!(random.next_u32(), 0xbee7_079f);
    }

    #[test]
    fn counts_in_all_four_words() {
        let mut random = ChaCha::new(&[1; 32]);
        random.state[12..].copy_from_slice(&[u32::MAX, u32::MAX, 7, 0]);
        random.fill();
        assert_eq!(random.state[12..], [0, 0, 8, 0]);
    }

    #[test]
    fn draws_below_the_modulus_and_in_the_groups() {
        let mut random = ChaCha::new(&[2; 32]);
        let draws: Vec<Fr> = (0..50).map(|_| random.next_prime::<FrModulus>()).collect();
        assert!(draws.iter().all(|draw| is_below(&draw.to_montgomery(), &FrModulus::P)));
        assert!(draws.windows(2).all(|pair| pair[0] != pair[1]));
        for _ in 0..5 {
            let (one, two) = (random.next_g1(), random.next_g2());
            assert!(one.is_on_curve() && !one.is_infinity());
            assert!(two.is_on_curve() && !two.is_infinity() && G2::is_in_subgroup(&two));
        }
    }
}
