//! Coefficients in signed binary (non-adjacent form, Reitwiesner 1960): a third of the digits count, and of small numbers
//! of either sign there are few.

use crate::field::modulus::{add, subtract};
use crate::field::{Fr, FrModulus, Modulus};

/// A coefficient as the difference of two numbers without a common bit: bit k is the digit of 2^k.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedDigits {
    plus: [u64; 4],
    minus: [u64; 4],
}

impl SignedDigits {
    /// Of the coefficient or of its negative, whichever is smaller.
    pub fn of(coefficient: Fr) -> Self {
        let plain = coefficient.to_plain();
        let negated = subtract(&FrModulus::P, &plain).0;
        if subtract(&negated, &plain).1 {
            let Self { plus, minus } = Self::of_small(&negated);
            return Self { plus: minus, minus: plus };
        }
        Self::of_small(&plain)
    }

    /// For x below r/2, so that 3x fits: the digits of x are the bits in which 3x and x differ, but the lowest.
    fn of_small(x: &[u64; 4]) -> Self {
        let triple = add(&add(x, x).0, x).0;
        let mut digits = Self { plus: [0; 4], minus: [0; 4] };
        for i in 0..4 {
            let above = |limbs: &[u64; 4]| limbs.get(i + 1).map_or(0, |limb| limb << 63);
            let (t, x) = (triple[i] >> 1 | above(&triple), x[i] >> 1 | above(x));
            digits.plus[i] = t & !x;
            digits.minus[i] = x & !t;
        }
        digits
    }

    pub fn count(&self) -> usize {
        self.plus.iter().chain(&self.minus).map(|limb| limb.count_ones() as usize).sum()
    }

    /// Calls back with each place that has a digit, and whether that is −1.
    #[inline]
    pub fn for_each(&self, mut visit: impl FnMut(usize, bool)) {
        for i in 0..4 {
            let mut left = self.plus[i] | self.minus[i];
            while left != 0 {
                let bit = left.trailing_zeros() as usize;
                visit(64 * i + bit, self.minus[i] >> bit & 1 == 1);
                left &= left - 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::Field;
    use proptest::prelude::*;

    fn value(digits: &SignedDigits) -> Fr {
        let mut sum = Fr::from(0u64);
        digits.for_each(|place, negative| {
            let mut power = [0; 4];
            power[place / 64] = 1 << (place % 64);
            let power = Fr::from_plain_unchecked(power);
            if negative { sum -= power } else { sum += power }
        });
        sum
    }

    proptest! {
        #[test]
        fn digits_add_up_to_the_coefficient(limbs in any::<[u64; 4]>(), small in any::<i64>()) {
            for coefficient in [Fr::from_plain_unchecked(limbs), Fr::from(small), Fr::from(small >> 40)] {
                let digits = SignedDigits::of(coefficient);
                prop_assert_eq!(value(&digits), coefficient);
                let mut places = Vec::new();
                digits.for_each(|place, _| places.push(place));
                prop_assert_eq!(places.len(), digits.count());
                prop_assert!(places.windows(2).all(|pair| pair[1] > pair[0] + 1));
            }
            prop_assert!(SignedDigits::of(Fr::from(small)).count() <= 33);
        }
    }

    #[test]
    fn digits_of_the_middle_and_of_nothing() {
        let half = Fr::from(2u64).inverse().expect("not zero");
        for coefficient in [Fr::ZERO, half, -half, -Fr::ONE] {
            assert_eq!(value(&SignedDigits::of(coefficient)), coefficient);
        }
        assert_eq!(SignedDigits::of(-Fr::ONE).count(), 1);
    }
}
