//! The fields of BN254 ("alt_bn128", EIP-196): Fq of coordinates, Fr of scalars, Fq2 = Fq[u]/(u² + 1). One element at
//! a time, in Montgomery form, always reduced: the reference for every faster form in `lanes`.

mod inverse;
pub mod modulus;
mod prime;
mod quadratic;

use std::fmt::Debug;
use std::hash::Hash;
use std::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

pub use modulus::{FqModulus, FrModulus, Modulus};
pub use prime::Prime;
pub use quadratic::Fq2;

/// Coordinates of points.
pub type Fq = Prime<FqModulus>;
/// Scalars: exponents, signals, witnesses.
pub type Fr = Prime<FrModulus>;

pub trait Field:
    Copy
    + Debug
    + Eq
    + Hash
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    const ZERO: Self;
    const ONE: Self;

    fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    fn double(self) -> Self {
        self + self
    }

    fn square(self) -> Self;

    /// None for zero. Takes a time that depends on the value.
    fn inverse(self) -> Option<Self>;

    /// A square root, where there is one.
    fn sqrt(self) -> Option<Self>;

    /// @param exponent little-endian limbs
    fn pow(self, exponent: &[u64]) -> Self {
        let mut power = Self::ONE;
        for limb in exponent.iter().rev() {
            for bit in (0..64).rev() {
                power = power.square();
                if limb >> bit & 1 == 1 {
                    power *= self;
                }
            }
        }
        power
    }
}

/// Replaces each element by its inverse and leaves zeros as they are: one inversion and three products each
/// (Montgomery 1987).
pub fn invert_all<F: Field>(elements: &mut [F]) {
    let mut products = Vec::with_capacity(elements.len());
    let mut product = F::ONE;
    for element in elements.iter().filter(|element| !element.is_zero()) {
        products.push(product);
        product *= *element;
    }
    let Some(mut inverse) = product.inverse() else { return };
    for element in elements.iter_mut().rev().filter(|element| !element.is_zero()) {
        let before = products.pop().expect("one product for each element that is not zero");
        let inverted = inverse * before;
        inverse *= *element;
        *element = inverted;
    }
}
