//! A scalar as the smaller of s and r − s, and which of them: the integers of a network, negative ones included, are
//! short, and what is computed with them costs a tenth of what full-size scalars do.

use crate::field::{Fr, FrModulus, Modulus, modulus::subtract};

/// Below r/2.
#[derive(Clone, Copy, Debug)]
pub struct Magnitude {
    pub limbs: [u64; 4],
    pub negative: bool,
}

impl From<&Fr> for Magnitude {
    fn from(scalar: &Fr) -> Self {
        let plain = scalar.to_plain();
        let negated = subtract(&FrModulus::P, &plain).0;
        let negative = subtract(&negated, &plain).1;
        Self { limbs: if negative { negated } else { plain }, negative }
    }
}

impl Magnitude {
    /// 0 for zero.
    pub fn bits(&self) -> u32 {
        let top = self.limbs.iter().rposition(|limb| *limb != 0);
        top.map_or(0, |i| 64 * i as u32 + self.limbs[i].ilog2() + 1)
    }
}
