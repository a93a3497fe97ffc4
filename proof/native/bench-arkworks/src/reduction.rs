//! From R1CS to QAP as snarkjs does it: no division by the vanishing polynomial. h is given by its values on the odd
//! points of the domain of twice the size, where the H points of the key are the Lagrange basis.

use ark_ff::PrimeField;
use ark_groth16::r1cs_to_qap::{R1CSToQAP, evaluate_constraint};
use ark_poly::EvaluationDomain;
use ark_relations::r1cs::{
    ConstraintMatrices, ConstraintSystemRef, Result as R1csResult, SynthesisError,
};
use rayon::prelude::*;

pub struct CircomReduction;

impl R1CSToQAP for CircomReduction {
    /// The key's maker needs this, and the keys come from elsewhere.
    fn instance_map_with_evaluation<F: PrimeField, D: EvaluationDomain<F>>(
        _: ConstraintSystemRef<F>,
        _: &F,
    ) -> R1csResult<(Vec<F>, Vec<F>, Vec<F>, F, usize, usize)> {
        Err(SynthesisError::Unsatisfiable)
    }

    /// The rows that bind the public inputs stand in the key with all others: `matrices` holds them.
    fn witness_map_from_matrices<F: PrimeField, D: EvaluationDomain<F>>(
        matrices: &ConstraintMatrices<F>,
        _num_inputs: usize,
        num_constraints: usize,
        witness: &[F],
    ) -> R1csResult<Vec<F>> {
        let domain = D::new(num_constraints).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let twice = D::new(2 * domain.size()).ok_or(SynthesisError::PolynomialDegreeTooLarge)?;
        let mut a = vec![F::zero(); domain.size()];
        let mut b = a.clone();
        a.par_iter_mut().zip(b.par_iter_mut()).zip(&matrices.a).zip(&matrices.b).for_each(
            |(((a, b), row_a), row_b)| {
                *a = evaluate_constraint(row_a, witness);
                *b = evaluate_constraint(row_b, witness);
            },
        );
        let mut c: Vec<F> = a.par_iter().zip(&b).map(|(a, b)| *a * b).collect();
        for values in [&mut a, &mut b, &mut c] {
            domain.ifft_in_place(values);
            D::distribute_powers(values, twice.group_gen());
            domain.fft_in_place(values);
        }
        a.par_iter_mut().zip(&b).zip(&c).for_each(|((a, b), c)| *a = *a * b - c);
        Ok(a)
    }

    /// As above: only the key's maker needs it.
    fn h_query_scalars<F: PrimeField, D: EvaluationDomain<F>>(
        _: usize,
        _: F,
        _: F,
        _: F,
    ) -> R1csResult<Vec<F>> {
        Err(SynthesisError::Unsatisfiable)
    }
}
