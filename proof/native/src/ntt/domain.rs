//! A domain of N = 2^k roots of unity on eight lanes: from values there to values on the coset of w_2N, times N.

use super::columns::Columns;
use super::edge::Edge;
use crate::cpu::Cpu;
use crate::field::{Field, Fr, FrModulus};
use crate::lanes::{Forms, Kernel, PrimeLanes, WIDTH, Work, dispatch};

/// Eight lanes by eight places: below, the edges have nothing to transpose.
pub const MIN_LOG_SIZE: u32 = 6;

pub struct Domain<F: Forms> {
    cpu: Cpu,
    k: u32,
    pub entry: Edge<F::Fr>,
    pub exit: Edge<F::Fr>,
    columns: Columns<F>,
}

impl<F: Forms> Domain<F> {
    /// @param cpu that `dispatch` chose this form for
    pub fn new(cpu: Cpu, k: u32) -> Self {
        assert!(k >= MIN_LOG_SIZE, "2^{k} values do not fill eight lanes");
        Self {
            cpu,
            k,
            entry: Edge::entry(k),
            exit: Edge::exit(k),
            columns: Columns::new(cpu, 1 << (k - 3)),
        }
    }

    pub fn cpu(&self) -> Cpu {
        self.cpu
    }

    /// N.
    pub fn size(&self) -> usize {
        1 << self.k
    }

    /// Vectors that one polynomial takes: N/8.
    pub fn vectors(&self) -> usize {
        self.size() / WIDTH
    }

    /// All layers between `entry` and `exit`. In the current thread pool.
    ///
    /// @param polynomial of bound 4; leaves bound 32
    pub fn transform_columns(&self, polynomial: &mut [F::Fr]) {
        self.columns.transform(polynomial);
    }
}

/// The values f(w_2N·w_N^i) for those f(w_N^i), with f of degree below N.
pub fn coset_values(cpu: Cpu, values: &[Fr]) -> Vec<Fr> {
    dispatch(cpu, CosetValues { cpu, values })
}

struct CosetValues<'a> {
    cpu: Cpu,
    values: &'a [Fr],
}

impl Kernel for CosetValues<'_> {
    type Output = Vec<Fr>;

    fn run<F: Forms>(self) -> Vec<Fr> {
        let domain = Domain::<F>::new(self.cpu, self.values.len().ilog2());
        let blocks = domain.vectors() / WIDTH;
        let mut polynomial = Vec::with_capacity(domain.vectors());
        for b in 0..blocks {
            polynomial
                .extend(F::enter(self.cpu, Enter { domain: &domain, b, values: self.values }));
        }
        domain.transform_columns(&mut polynomial);
        let scale = Fr::from(self.values.len() as u64).inverse().expect("N is not zero");
        let mut coset = vec![Fr::ZERO; self.values.len()];
        for (b, columns) in polynomial.as_chunks::<WIDTH>().0.iter().enumerate() {
            let vectors =
                F::enter(self.cpu, Leave { domain: &domain, b, columns: *columns, scale });
            for (l, vector) in vectors.iter().enumerate() {
                coset[l * domain.vectors() + WIDTH * b..][..WIDTH].copy_from_slice(vector);
            }
        }
        coset
    }
}

struct Enter<'a, F: Forms> {
    domain: &'a Domain<F>,
    b: usize,
    values: &'a [Fr],
}

impl<F: Forms> Work<F> for Enter<'_, F> {
    type Output = [F::Fr; WIDTH];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let mut vectors = std::array::from_fn(|l| {
            let at = l * self.domain.vectors() + WIDTH * self.b;
            F::Fr::load(self.values[at..][..WIDTH].try_into().expect("eight values"))
        });
        self.domain.entry.enter(self.b, &mut vectors);
        vectors
    }
}

struct Leave<'a, F: Forms> {
    domain: &'a Domain<F>,
    b: usize,
    columns: [F::Fr; WIDTH],
    scale: Fr,
}

impl<F: Forms> Work<F> for Leave<'_, F> {
    type Output = [[Fr; WIDTH]; WIDTH];

    #[inline(always)]
    fn run(self) -> Self::Output {
        let scale = <F::Fr as PrimeLanes<FrModulus>>::splat(self.scale);
        let mut vectors = self.columns;
        self.domain.exit.leave(self.b, &mut vectors);
        vectors.map(|vector| vector.mul(scale).store())
    }
}
