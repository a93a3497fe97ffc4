//! What both phases of a ceremony write down about a contributor: a name, the beacon if it was one, and a proof that
//! whoever changed the secret knew by what factor. The proof for a factor x: a random s·G1, its multiple s·x·G1, and
//! x·P for a point P of G2 that a hash of those and of everything before chose (eprint 2017/1050, §4, "POK").

use super::blake2b::{Blake2b, Digest};
use super::chacha::ChaCha;
use super::encoding::uncompressed;
use super::{Progress, check_wanted, is_same_ratio};
use crate::curve::{Affine, G1Affine, G2Affine, multiply};
use crate::error::{Error, Result};
use crate::field::Fr;
use crate::files::PointBytes;
use sha2::{Digest as _, Sha256};
use std::ops::RangeInclusive;
use zeroize::Zeroize;

/// A contribution as its file tells it, after everything in it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    pub origin: Origin,
    /// What the participant publishes.
    pub hash: Digest,
}

/// A public number that nobody could choose in advance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beacon {
    hash: Vec<u8>,
    iterations_exp: u8,
}

impl Beacon {
    /// snarkjs's bounds: fewer than 2^10 rounds delay nobody.
    pub const ITERATIONS_EXP: RangeInclusive<u8> = 10..=63;
    /// Rounds between two looks at the caller's wish to stop: about 5 ms.
    const ROUNDS_PER_CHECK: u64 = 1 << 16;

    /// None unless the hash has 1 to 255 bytes and the exponent is within bounds.
    pub fn new(hash: Vec<u8>, iterations_exp: u8) -> Option<Self> {
        let is_beacon =
            (1..=255).contains(&hash.len()) && Self::ITERATIONS_EXP.contains(&iterations_exp);
        is_beacon.then_some(Self { hash, iterations_exp })
    }

    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    pub fn iterations_exp(&self) -> u8 {
        self.iterations_exp
    }

    /// The random numbers after SHA-256, 2^iterations_exp times.
    ///
    /// # Errors
    /// `CANCELLED`. An exponent of 40 takes a day: who checks a stranger's file gives a `progress` that ends.
    pub fn random_numbers(&self, progress: &dyn Progress) -> Result<ChaCha> {
        let mut hash: [u8; 32] = Sha256::digest(&self.hash).into();
        for round in 1..1u64 << self.iterations_exp {
            if round.is_multiple_of(Self::ROUNDS_PER_CHECK) {
                check_wanted(progress)?;
            }
            hash = Sha256::digest(hash).into();
        }
        Ok(ChaCha::new(&hash))
    }
}

/// Who a contribution is from. In a file: u32 type (1 for a beacon), u32 length, then tagged fields in rising order:
/// 1 name (u8 length, UTF-8), 2 exponent (u8), 3 hash of the beacon (u8 length).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    name: String,
    beacon: Option<Beacon>,
}

impl Origin {
    /// A longer name is cut where snarkjs cuts it.
    const NAME_UTF16_UNITS: usize = 64;

    pub fn new(name: &str, beacon: Option<Beacon>) -> Self {
        let units: Vec<u16> = name.encode_utf16().take(Self::NAME_UTF16_UNITS).collect();
        Self { name: String::from_utf16_lossy(&units), beacon }
    }

    /// Empty for a contributor without a name.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn beacon(&self) -> Option<&Beacon> {
        self.beacon.as_ref()
    }

    pub fn write(&self, bytes: &mut Vec<u8>) {
        let mut fields = Vec::new();
        if !self.name.is_empty() {
            fields.extend([1, self.name.len() as u8]);
            fields.extend(self.name.bytes());
        }
        if let Some(beacon) = &self.beacon {
            fields.extend([2, beacon.iterations_exp, 3, beacon.hash.len() as u8]);
            fields.extend(&beacon.hash);
        }
        bytes.extend(u32::from(self.beacon.is_some()).to_le_bytes());
        bytes.extend((fields.len() as u32).to_le_bytes());
        bytes.extend(fields);
    }

    /// Takes an origin off the front of the bytes. None unless it is written in the one way that `write` has.
    pub fn read(bytes: &mut &[u8]) -> Option<Self> {
        let kind = u32::from_le_bytes(*bytes.split_off(..4)?.first_chunk()?);
        let length = u32::from_le_bytes(*bytes.split_off(..4)?.first_chunk()?);
        let mut fields = bytes.split_off(..usize::try_from(length).ok()?)?;
        let mut name = String::new();
        if fields.split_off_if(1).is_some() {
            name = String::from_utf8(fields.counted()?.to_vec()).ok()?;
            if name.is_empty() {
                return None;
            }
        }
        let beacon = match kind {
            0 => None,
            1 => {
                fields.split_off_if(2)?;
                let iterations_exp = *fields.split_off_first()?;
                fields.split_off_if(3)?;
                Some(Beacon::new(fields.counted()?.to_vec(), iterations_exp)?)
            }
            _ => return None,
        };
        fields.is_empty().then_some(Self { name, beacon })
    }
}

trait Fields<'a> {
    fn split_off_if(&mut self, tag: u8) -> Option<()>;
    fn counted(&mut self) -> Option<&'a [u8]>;
}

impl<'a> Fields<'a> for &'a [u8] {
    fn split_off_if(&mut self, tag: u8) -> Option<()> {
        if self.first() != Some(&tag) {
            return None;
        }
        self.split_off_first().map(|_| ())
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = usize::from(*self.split_off_first()?);
        self.split_off(..length)
    }
}

/// The proof that a contributor knew the factor x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knowledge {
    pub g1_s: G1Affine,
    pub g1_sx: G1Affine,
    pub g2_spx: G2Affine,
}

impl Knowledge {
    /// @param challenge chooses the point of G2 from g1_s and g1_sx
    pub fn prove(
        x: &Fr,
        random: &mut ChaCha,
        challenge: impl FnOnce(&G1Affine, &G1Affine) -> G2Affine,
    ) -> Self {
        let g1_s = random.next_g1();
        let g1_sx = multiply(&g1_s, x).into();
        let g2_spx = multiply(&challenge(&g1_s, &g1_sx), x).into();
        Self { g1_s, g1_sx, g2_spx }
    }

    /// @param g2_sp the point that the challenge gives for g1_s and g1_sx. Asked of points on the curve and in the subgroup.
    pub fn is_valid(&self, g2_sp: &G2Affine) -> bool {
        is_same_ratio((&self.g1_s, &self.g1_sx), (g2_sp, &self.g2_spx))
    }
}

/// A point of G2 whose logarithm nobody knows, from the first 32 bytes of a hash.
pub fn hash_to_g2(hash: &Digest) -> G2Affine {
    ChaCha::new(hash.first_chunk().expect("32 of 64 bytes")).next_g2()
}

/// The point of G2 for a proof in phase 1.
///
/// @param personalization which secret: 0 tau, 1 alpha, 2 beta
/// @param challenge the hash of the file that the contributor started from
pub fn g2_sp(
    personalization: u8,
    challenge: &Digest,
    g1_s: &G1Affine,
    g1_sx: &G1Affine,
) -> G2Affine {
    let mut hash = Blake2b::new();
    hash.update(&[personalization]);
    hash.update(challenge);
    hash.update(&uncompressed(g1_s));
    hash.update(&uncompressed(g1_sx));
    hash_to_g2(&hash.digest())
}

/// Random numbers from the operating system, for a contributor's secrets.
///
/// # Errors
/// `NO_RANDOMNESS` where the system has none.
pub fn fresh_random_numbers() -> Result<ChaCha> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| {
        Error::new(
            "NO_RANDOMNESS",
            format!("the operating system gave no random bytes: {error}"),
            "A secret made without them would be known to others: nothing was written.",
        )
    })?;
    let random = ChaCha::new(&seed);
    seed.zeroize();
    Ok(random)
}

/// Takes a point in Montgomery form off the front of the bytes. None unless every number is below q.
pub fn take_point<C: PointBytes>(bytes: &mut &[u8]) -> Option<Affine<C>> {
    C::read(bytes.split_off(..C::BYTES)?)
}

pub fn append_point<C: PointBytes>(point: &Affine<C>, bytes: &mut Vec<u8>) {
    let start = bytes.len();
    bytes.resize(start + C::BYTES, 0);
    C::write(point, &mut bytes[start..]);
}
