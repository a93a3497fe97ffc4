//! Multi-scalar multiplication Σ s_i·P_i: Pippenger's buckets, filled in affine coordinates eight at a time.
//!
//! ```text
//!   digits      scalars → signed digits → for each bucket the list of points in it   (counting sort)
//!   lists       the sum of each list, thousands at once, one inversion for all       (affine, 5M + 1S a point)
//!   buckets     Σ b·S_b by running sums                                              (XYZZ, eight lanes)
//! ```
//! A [`FewPoints`] has no buckets: for the statement of one proof they would be emptied more often than filled.
//! A [`Table`] holds 2^(c·stride·k)·P_i for a key's points, so that digits of many windows share one set of buckets.
//! Pippenger 1976; signed digits and batched inversion as in Botrel, El Housni 2022 (eprint 2022/1400). In variable
//! time, as every prover of this kind: what an observer of this machine's caches learns is not hidden here.

mod buckets;
mod digits;
mod eight_points;
mod few_points;
mod growth;
mod lists;
mod magnitude;
mod packed;
mod plan;
mod table;

use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::field::Fr;
use crate::lanes::LaneCurve;
pub use digits::{Entry, SmallScalar};
pub use few_points::FewPoints;
pub use lists::{ListSums, Lists, sum_lists};
pub use magnitude::Magnitude;
pub use packed::pack;
pub use plan::Windows;
pub use table::{Shape, Table};

/// Σ scalars_i·points_i, whatever the points (infinity, repeated, opposite) and scalars. Runs in the current pool of
/// threads.
pub fn sum_of_products<C: LaneCurve>(cpu: Cpu, points: &[Affine<C>], scalars: &[Fr]) -> Xyzz<C> {
    assert_eq!(points.len(), scalars.len(), "a scalar for each point");
    let mut finite = Vec::with_capacity(points.len());
    let mut plain = Vec::with_capacity(points.len());
    for (point, scalar) in points.iter().zip(scalars) {
        if !point.is_infinity() {
            finite.push(*point);
            plain.push(scalar.to_plain());
        }
    }
    let windows = Windows::without_table(finite.len());
    let table = Table::build(cpu, &finite, finite.len(), windows);
    table.expect("memory for a copy of the points").sum_full(cpu, &plain)
}
