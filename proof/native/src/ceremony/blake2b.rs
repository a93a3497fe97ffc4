//! BLAKE2b-512 (RFC 7693, no key) whose state can be written down in the middle: a `.ptau` file holds the state of the
//! response hash before the public keys of the contributor, 216 bytes in the layout of snarkjs:
//!
//! ```text
//!   0 buffer 128   128 chain 8 × u64   192 bytes compressed u64   200 bytes in the buffer u64   208 zero
//! ```

const BLOCK: usize = 128;
pub const STATE_BYTES: usize = 216;

const IV: [u64; 8] = [
    0x6a09e667f3bcc908,
    0xbb67ae8584caa73b,
    0x3c6ef372fe94f82b,
    0xa54ff53a5f1d36f1,
    0x510e527fade682d1,
    0x9b05688c2b3e6c1f,
    0x1f83d9abfb41bd6b,
    0x5be0cd19137e2179,
];

const SIGMA: [[usize; 16]; 10] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
];

pub type Digest = [u8; 64];

#[derive(Clone, Debug)]
pub struct Blake2b {
    chain: [u64; 8],
    /// Never compressed before more follows: the last block is marked as such.
    buffer: [u8; BLOCK],
    buffered: usize,
    compressed: u64,
}

impl Default for Blake2b {
    fn default() -> Self {
        Self::new()
    }
}

impl Blake2b {
    pub fn new() -> Self {
        let mut chain = IV;
        // 64 bytes of digest, no key, one leaf.
        chain[0] ^= 0x0101_0040;
        Self { chain, buffer: [0; BLOCK], buffered: 0, compressed: 0 }
    }

    pub fn digest_of(bytes: &[u8]) -> Digest {
        let mut hash = Self::new();
        hash.update(bytes);
        hash.digest()
    }

    pub fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.buffered == BLOCK {
                let block = self.buffer;
                self.compress(&block, BLOCK, false);
                self.buffered = 0;
            }
            // Whole blocks with something behind them go past the buffer. What it held stays in it, behind its end,
            // and is part of the state that snarkjs writes: it decides the bytes of a beacon's record.
            while self.buffered == 0 && bytes.len() > BLOCK {
                let (block, rest) = bytes.split_at(BLOCK);
                self.compress(block.try_into().expect("one block"), BLOCK, false);
                bytes = rest;
            }
            let taken = bytes.len().min(BLOCK - self.buffered);
            let (head, rest) = bytes.split_at(taken);
            self.buffer[self.buffered..self.buffered + taken].copy_from_slice(head);
            self.buffered += taken;
            bytes = rest;
        }
    }

    pub fn digest(&self) -> Digest {
        let mut last = self.clone();
        let mut block = self.buffer;
        block[self.buffered..].fill(0);
        last.compress(&block, self.buffered, true);
        let mut digest = [0; 64];
        for (bytes, word) in digest.chunks_exact_mut(8).zip(last.chain) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        digest
    }

    /// How many bytes were hashed.
    pub fn length(&self) -> u64 {
        self.compressed + self.buffered as u64
    }

    pub fn to_state(&self) -> [u8; STATE_BYTES] {
        let mut state = [0; STATE_BYTES];
        state[..128].copy_from_slice(&self.buffer);
        for (bytes, word) in state[128..192].chunks_exact_mut(8).zip(self.chain) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        state[192..200].copy_from_slice(&self.compressed.to_le_bytes());
        state[200..208].copy_from_slice(&(self.buffered as u64).to_le_bytes());
        state
    }

    /// None unless the state is one that hashing leaves: whole blocks compressed, at most one in the buffer.
    pub fn from_state(state: &[u8; STATE_BYTES]) -> Option<Self> {
        let word =
            |at: usize| u64::from_le_bytes(state[at..at + 8].try_into().expect("8 bytes of 216"));
        let (compressed, buffered) = (word(192), word(200));
        let is_state = compressed.is_multiple_of(BLOCK as u64)
            && compressed.checked_add(BLOCK as u64).is_some()
            && buffered <= BLOCK as u64
            && (buffered > 0 || compressed == 0)
            && word(208) == 0;
        is_state.then(|| Self {
            chain: std::array::from_fn(|i| word(128 + 8 * i)),
            buffer: state[..128].try_into().expect("128 bytes"),
            buffered: buffered as usize,
            compressed,
        })
    }

    fn compress(&mut self, block: &[u8; BLOCK], length: usize, is_last: bool) {
        self.compressed += length as u64;
        let mut m = [0u64; 16];
        for (word, bytes) in m.iter_mut().zip(block.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
        }
        let mut v = [0u64; 16];
        v[..8].copy_from_slice(&self.chain);
        v[8..].copy_from_slice(&IV);
        v[12] ^= self.compressed;
        if is_last {
            v[14] = !v[14];
        }
        // Ten orders of the message in twelve rounds.
        for s in SIGMA.iter().chain(&SIGMA[..2]) {
            mix(&mut v, [0, 4, 8, 12], m[s[0]], m[s[1]]);
            mix(&mut v, [1, 5, 9, 13], m[s[2]], m[s[3]]);
            mix(&mut v, [2, 6, 10, 14], m[s[4]], m[s[5]]);
            mix(&mut v, [3, 7, 11, 15], m[s[6]], m[s[7]]);
            mix(&mut v, [0, 5, 10, 15], m[s[8]], m[s[9]]);
            mix(&mut v, [1, 6, 11, 12], m[s[10]], m[s[11]]);
            mix(&mut v, [2, 7, 8, 13], m[s[12]], m[s[13]]);
            mix(&mut v, [3, 4, 9, 14], m[s[14]], m[s[15]]);
        }
        for i in 0..8 {
            self.chain[i] ^= v[i] ^ v[i + 8];
        }
    }
}

#[inline(always)]
fn mix(v: &mut [u64; 16], [a, b, c, d]: [usize; 4], x: u64, y: u64) {
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(x);
    v[d] = (v[d] ^ v[a]).rotate_right(32);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(24);
    v[a] = v[a].wrapping_add(v[b]).wrapping_add(y);
    v[d] = (v[d] ^ v[a]).rotate_right(16);
    v[c] = v[c].wrapping_add(v[d]);
    v[b] = (v[b] ^ v[c]).rotate_right(63);
}

#[cfg(test)]
mod tests {
    use super::*;
    use blake2::Digest as _;
    use proptest::prelude::*;

    #[test]
    fn hashes_nothing_as_the_rfc_does() {
        let expected = blake2::Blake2b512::digest([]);
        assert_eq!(Blake2b::new().digest()[..], expected[..]);
    }

    #[test]
    fn refuses_a_state_that_no_hashing_leaves() {
        let mut hash = Blake2b::new();
        hash.update(&[7; 1000]);
        let state = hash.to_state();
        assert!(Blake2b::from_state(&state).is_some());
        for (at, byte) in [(192, 1), (200, 129), (201, 1), (207, 1), (208, 1), (200, 0)] {
            let mut altered = state;
            altered[at] = byte;
            assert!(Blake2b::from_state(&altered).is_none(), "byte {at}");
        }
        let mut overflowing = state;
        overflowing[192..200].copy_from_slice(&(!127u64).to_le_bytes());
        assert!(Blake2b::from_state(&overflowing).is_none());
    }

    proptest! {
        #[test]
        fn agrees_with_the_kept_library(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..600), 0..6)) {
            let (mut ours, mut theirs) = (Blake2b::new(), blake2::Blake2b512::new());
            for part in &parts {
                ours.update(part);
                theirs.update(part);
                // Half of the way through a state that was written down.
                ours = Blake2b::from_state(&ours.to_state()).expect("a state");
            }
            prop_assert_eq!(ours.length(), parts.iter().map(Vec::len).sum::<usize>() as u64);
            prop_assert_eq!(&ours.digest()[..], &theirs.finalize()[..]);
        }
    }
}
