//! One query of a key: the finite points of a section, each with its wire, and Σ w_s·P_s for a witness w.
//!
//! Values are taken by size. Zeros cost nothing; bits and other integers go to a few hundred buckets; full-size values
//! to buckets of many windows, with a table where enough of them are expected.

use super::cache::{Kept, KeptRef};
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::error::Result;
use crate::files::{PointBytes, point_at};
use crate::lanes::LaneCurve;
use crate::msm::{SmallScalar, Table, Windows};
use crate::witness::{Value, Witness};
use rayon::prelude::*;
use std::ops::Range;
use zeroize::Zeroize;

pub struct Query<C: LaneCurve> {
    table: Table<C>,
    /// The wire of each point.
    wires: Vec<u32>,
    /// The first points: those that a table serves.
    tabled: usize,
}

/// Points that one task classifies.
const CHUNK: usize = 1 << 14;
/// Full-size values from which on a table pays: fewer are summed in half a millisecond without.
const LEAST_TABLED: usize = 1 << 11;

impl<C: LaneCurve + PointBytes> Query<C> {
    /// The points of a section, of which number i belongs to wire first_wire + i. No table.
    pub fn new(cpu: Cpu, section: &[u8], first_wire: usize) -> Result<Self> {
        let wires = finite_wires::<C>(section, first_wire);
        Self::build(cpu, section, first_wire, wires, 0, Windows::without_table(0))
    }

    /// With a table for the points whose wires are full-size in this witness, when they are many.
    ///
    /// @param windows of a table for so many points
    pub fn learned(
        cpu: Cpu,
        section: &[u8],
        first_wire: usize,
        witness: &Witness,
        windows: impl Fn(usize) -> Windows,
    ) -> Result<Option<Self>> {
        let is_full = |wire: &u32| matches!(witness.value(*wire as usize), Value::Full(_));
        let (mut full, rest): (Vec<u32>, Vec<u32>) =
            finite_wires::<C>(section, first_wire).into_iter().partition(is_full);
        let tabled = full.len();
        let windows = windows(tabled);
        if tabled < LEAST_TABLED || windows.rows() == 1 {
            return Ok(None);
        }
        full.extend(rest);
        Self::build(cpu, section, first_wire, full, tabled, windows).map(Some)
    }

    fn build(
        cpu: Cpu,
        section: &[u8],
        first_wire: usize,
        wires: Vec<u32>,
        tabled: usize,
        windows: Windows,
    ) -> Result<Self> {
        let points: Vec<Affine<C>> =
            wires.par_iter().map(|wire| point_at(section, *wire as usize - first_wire)).collect();
        let table = Table::build(cpu, &points, tabled, windows)?;
        Ok(Self { table, wires, tabled })
    }

    /// As a file kept it; every wire exists.
    pub fn from_kept(Kept { table, wires }: Kept<C>, n_wires: usize) -> Option<Self> {
        let tabled = table.shape().tabled;
        let is_whole =
            wires.len() == table.len() && wires.iter().all(|wire| (*wire as usize) < n_wires);
        is_whole.then_some(Self { table, wires, tabled })
    }

    pub fn kept(&self) -> KeptRef<'_> {
        KeptRef::new(&self.table, &self.wires)
    }

    pub fn bytes(&self) -> usize {
        self.table.bytes() + size_of_val(self.wires.as_slice())
    }

    /// Σ w_s·P_s, in the current pool.
    pub fn sum(&self, cpu: Cpu, witness: &Witness) -> Xyzz<C> {
        let chunks: Vec<Scalars> = (0..self.wires.len().div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let end = ((chunk + 1) * CHUNK).min(self.wires.len());
                self.classify(chunk * CHUNK..end, witness)
            })
            .collect();
        let scalars = Scalars::joined(&chunks);
        let Scalars { tabled, small, points, full } = &scalars;
        let mut sum = self.table.sum_small(cpu, small);
        if !tabled.is_empty() {
            sum += self.table.sum_full(cpu, tabled);
        }
        if !full.is_empty() {
            sum += self.table.sum_some(cpu, points, full);
        }
        sum
    }

    fn classify(&self, places: Range<usize>, witness: &Witness) -> Scalars {
        let in_table = places.start.min(self.tabled)..places.end.min(self.tabled);
        let (mut small, mut full) = (0, 0);
        for place in in_table.end.max(places.start)..places.end {
            match witness.value(self.wires[place] as usize) {
                Value::Small(value) => small += usize::from(value != 0),
                Value::Full(_) => full += 1,
            }
        }
        // Counted first: all memory that is taken is wiped, and so touched.
        let mut scalars = Scalars {
            tabled: Vec::with_capacity(in_table.len()),
            small: Vec::with_capacity(small),
            points: Vec::with_capacity(full),
            full: Vec::with_capacity(full),
        };
        for place in places {
            let wire = self.wires[place] as usize;
            if place < self.tabled {
                // In the order of the table, whatever their size now.
                scalars.tabled.push(witness.plain(wire));
                continue;
            }
            match witness.value(wire) {
                Value::Small(0) => {}
                Value::Small(value) => {
                    scalars.small.push(SmallScalar { point: place as u32, value });
                }
                Value::Full(limbs) => {
                    scalars.points.push(place as u32);
                    scalars.full.push(*limbs);
                }
            }
        }
        scalars
    }
}

/// The witness as a query sees it. A secret: wiped on drop.
struct Scalars {
    tabled: Vec<[u64; 4]>,
    small: Vec<SmallScalar>,
    /// The places of the full-size ones.
    points: Vec<u32>,
    full: Vec<[u64; 4]>,
}

impl Scalars {
    /// Memory for all is taken at once: what grows leaves copies behind that nobody wipes.
    fn joined(parts: &[Self]) -> Self {
        fn concat<T: Copy>(parts: &[Scalars], of: fn(&Scalars) -> &[T]) -> Vec<T> {
            let mut all = Vec::with_capacity(parts.iter().map(|part| of(part).len()).sum());
            for part in parts {
                all.extend_from_slice(of(part));
            }
            all
        }
        Self {
            tabled: concat(parts, |part| &part.tabled),
            small: concat(parts, |part| &part.small),
            points: concat(parts, |part| &part.points),
            full: concat(parts, |part| &part.full),
        }
    }
}

impl Drop for Scalars {
    fn drop(&mut self) {
        self.tabled.zeroize();
        self.full.zeroize();
        for scalar in &mut self.small {
            scalar.value.zeroize();
        }
    }
}

fn finite_wires<C: PointBytes>(section: &[u8], first_wire: usize) -> Vec<u32> {
    section
        .chunks_exact(C::BYTES)
        .enumerate()
        .filter(|(_, point)| point.iter().any(|byte| *byte != 0))
        .map(|(i, _)| (first_wire + i) as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::curve::{Curve, G1, G2, multiply};
    use crate::field::{Field, Fr};

    /// Two of three are finite, and of these enough are full-size.
    const POINTS: usize = 2 * LEAST_TABLED;

    /// A section of a file: number i is [i]G, but every third is infinity.
    fn section<C: LaneCurve + PointBytes>() -> Vec<u8> {
        let step = Xyzz::from(C::generator());
        let mut running = Xyzz::INFINITY;
        let mut points = Vec::with_capacity(POINTS);
        for i in 0..POINTS {
            points.push(if i % 3 == 2 { Xyzz::INFINITY } else { running });
            running += step;
        }
        let mut bytes = vec![0; POINTS * C::BYTES];
        for (point, bytes) in Affine::all_from(&points).iter().zip(bytes.chunks_mut(C::BYTES)) {
            C::write(point, bytes);
        }
        bytes
    }

    /// Full-size everywhere but at every `small`-th wire.
    fn witness(small: usize) -> Witness {
        let value = |i: usize| match i % small {
            0 => Fr::from(i as u64) - Fr::from(3u64),
            _ => Fr::from(i as u64 + 2).inverse().expect("not zero"),
        };
        let bytes: Vec<u8> = (0..POINTS).flat_map(|i| value(i).to_bytes()).collect();
        Witness::from_wtns(&bytes).expect("canonical")
    }

    fn expected<C: Curve>(witness: &Witness) -> Xyzz<C> {
        let finite = (0..POINTS).filter(|i| i % 3 != 2);
        let exponent =
            finite.fold(Fr::ZERO, |sum, i| sum + Fr::from(i as u64) * witness.element(i));
        multiply(&C::generator(), &exponent)
    }

    fn what_is_learned_changes_no_sum<C: LaneCurve + PointBytes>() {
        let section = section::<C>();
        let (seen, other) = (witness(40), witness(2));
        for cpu in Cpu::all() {
            for stride in [1, 4] {
                let windows = |n| Windows::for_table(n, stride);
                let plain = Query::<C>::new(cpu, &section, 0).expect("memory");
                let learned = Query::<C>::learned(cpu, &section, 0, &seen, windows)
                    .expect("memory")
                    .expect("enough full-size values");
                assert!(learned.tabled < learned.wires.len() && learned.bytes() > plain.bytes());
                for witness in [&seen, &other] {
                    assert_eq!(plain.sum(cpu, witness), expected(witness), "{cpu:?}");
                    assert_eq!(learned.sum(cpu, witness), expected(witness), "{cpu:?} {stride}");
                }
            }
        }
    }

    #[test]
    fn tables_learned_from_one_witness_serve_any_other() {
        what_is_learned_changes_no_sum::<G1>();
        what_is_learned_changes_no_sum::<G2>();
    }

    #[test]
    fn few_full_size_values_and_no_memory_teach_nothing() {
        let section = section::<G1>();
        let cpu = Cpu::fastest();
        let learned = |witness: &Witness, windows: fn(usize) -> Windows| {
            Query::<G1>::learned(cpu, &section, 0, witness, windows).expect("memory").is_some()
        };
        assert!(learned(&witness(40), |n| Windows::for_table(n, 1)));
        assert!(!learned(&witness(2), |n| Windows::for_table(n, 1)));
        assert!(!learned(&witness(40), Windows::without_table));
    }
}
