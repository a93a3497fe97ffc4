//! Adds up many lists of points at once: in each round the neighbours of all lists.

use super::batch::add_all;
use super::packed::Packed;
use crate::cpu::Cpu;
use crate::lanes::{LaneCurve, Row};

/// Lists that stand one after another, filled point by point, list by list.
pub struct Lists<C: LaneCurve> {
    left: Packed<C>,
    right: Packed<C>,
    /// The last of each list of odd length.
    single: Packed<C>,
    /// How many points each list has.
    lengths: Vec<u32>,
}

impl<C: LaneCurve> Lists<C> {
    pub fn with_capacity(points: usize) -> Self {
        let half = || Packed::with_capacity(points / 2 + 1);
        Self { left: half(), right: half(), single: half(), lengths: Vec::new() }
    }

    pub fn clear(&mut self) {
        for part in [&mut self.left, &mut self.right, &mut self.single] {
            part.clear();
        }
        self.lengths.clear();
    }

    /// @param points each with whether it counts negatively
    pub fn push_list<'a>(&mut self, points: impl ExactSizeIterator<Item = (&'a [Row], bool)>) {
        let length = points.len();
        self.lengths.push(length as u32);
        for (i, (point, negative)) in points.enumerate() {
            let part = if i + 1 == length && i % 2 == 0 {
                &mut self.single
            } else if i % 2 == 0 {
                &mut self.left
            } else {
                &mut self.right
            };
            part.push_signed(point, negative);
        }
    }

    /// The sum of each list, in their order; infinity for an empty one.
    pub fn sums(&mut self, cpu: Cpu) -> Packed<C> {
        let mut next = Self::with_capacity(self.left.len() + self.single.len());
        while self.lengths.iter().any(|length| *length > 1) {
            self.left.pad();
            self.right.pad();
            add_all(cpu, &mut self.left, &self.right);
            next.clear();
            let (mut pairs, mut singles) = (0, 0);
            for length in &self.lengths {
                let (own_pairs, is_odd) = (*length as usize / 2, length % 2 == 1);
                let sums = (pairs..pairs + own_pairs).map(|i| self.left.get(i));
                if is_odd {
                    next.push_list(With { head: sums, last: Some(self.single.get(singles)) });
                    singles += 1;
                } else {
                    next.push_list(With { head: sums, last: None });
                }
                pairs += own_pairs;
            }
            std::mem::swap(self, &mut next);
        }
        let mut sums = Packed::infinities(self.lengths.len());
        let with_point = (0..self.lengths.len()).filter(|i| self.lengths[*i] == 1);
        for (single, i) in with_point.enumerate() {
            sums.set(i, self.single.get(single));
        }
        sums
    }
}

/// Points, and one more, none of them negative; its length is known.
struct With<'a, I> {
    head: I,
    last: Option<&'a [Row]>,
}

impl<'a, I: ExactSizeIterator<Item = &'a [Row]>> Iterator for With<'a, I> {
    type Item = (&'a [Row], bool);

    fn next(&mut self) -> Option<Self::Item> {
        self.head.next().or_else(|| self.last.take()).map(|point| (point, false))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let length = self.head.len() + usize::from(self.last.is_some());
        (length, Some(length))
    }
}

impl<'a, I: ExactSizeIterator<Item = &'a [Row]>> ExactSizeIterator for With<'a, I> {}
