//! From a key's coefficients and a witness to the scalars of the H query.

mod coefficients;
pub mod reference;
mod rows;

pub use coefficients::{Coefficients, Matrix, Term};
