//! From the sums of digits' places to the sums of signals: Horner's rule in base 2, all signals in step.

use super::batch::{add_all, double_all};
use super::packed::Packed;
use crate::cpu::Cpu;
use crate::curve::Affine;
use crate::lanes::LaneCurve;
use std::cmp::Reverse;
use std::ops::Range;

/// The places of each signal that have digits, the lowest first, one signal after another.
#[derive(Default)]
pub struct Places {
    pub of_digits: Vec<u8>,
    pub ends: Vec<usize>,
}

impl Places {
    fn of(&self, signal: usize) -> Range<usize> {
        let begin = if signal == 0 { 0 } else { self.ends[signal - 1] };
        begin..self.ends[signal]
    }
}

/// For each signal the sum of 2^place · sum.
///
/// @param sums for all places of all signals
pub fn join_places<C: LaneCurve>(cpu: Cpu, places: &Places, sums: &Packed<C>) -> Vec<Affine<C>> {
    struct Horner {
        signal: usize,
        begin: usize,
        /// Of the places still to come.
        end: usize,
    }
    let mut left: Vec<Horner> = (0..places.ends.len())
        .map(|signal| (signal, places.of(signal)))
        .filter(|(_, own)| !own.is_empty())
        .map(|(signal, own)| Horner { signal, begin: own.start, end: own.end })
        .collect();
    let top = |horner: &Horner| places.of_digits[horner.end - 1];
    left.sort_by_key(|horner| Reverse(top(horner)));
    let mut joined = Packed::infinities(left.len());
    let (mut addends, mut others) = (Packed::<C>::with_capacity(0), Packed::<C>::with_capacity(0));
    // Those that have begun are the first ones.
    let mut begun = 0;
    let highest = left.first().map_or(0, top);
    for place in (0..=highest).rev() {
        double_all(cpu, &mut joined, begun);
        let mut added: Vec<usize> = Vec::new();
        for (i, horner) in left[..begun].iter_mut().enumerate() {
            if horner.begin < horner.end && places.of_digits[horner.end - 1] == place {
                horner.end -= 1;
                addends.push(joined.get(i));
                others.push(sums.get(horner.end));
                added.push(i);
            }
        }
        addends.pad();
        others.pad();
        add_all(cpu, &mut addends, &others);
        for (from, to) in added.iter().enumerate() {
            joined.set(*to, addends.get(from));
        }
        addends.clear();
        others.clear();
        while begun < left.len() && top(&left[begun]) == place {
            left[begun].end -= 1;
            joined.set(begun, sums.get(left[begun].end));
            begun += 1;
        }
    }
    let mut by_signal = vec![Affine::INFINITY; places.ends.len()];
    for (horner, point) in left.iter().zip(joined.unpack(cpu)) {
        by_signal[horner.signal] = point;
    }
    by_signal
}
