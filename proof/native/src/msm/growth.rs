//! The innermost loop of a multi-scalar multiplication: lists of points that grow by one point each in every round, in
//! affine coordinates, eight lists in one value and up to 256 such groups under one inversion.

use super::digits::{Entry, NEGATIVE};
use super::packed::store;
use crate::field::{Field, invert_all};
use crate::lanes::{FieldLanes, Forms, Kernel, LaneCurve, Mask, Row, WIDTH, prefetch};
use std::marker::PhantomData;

/// Groups of eight lists under one inversion, whose cost they share: 2,048 lists of G1 have a state of 410 KiB, which
/// stays in a second-level cache.
const GROUPS: usize = 256;
/// Lists that grow together.
pub const BATCH: usize = GROUPS * WIDTH;
/// Groups ahead of their use whose points are asked from memory: 12 groups take 2 µs, a memory access a tenth.
const AHEAD: usize = 12;

/// A part of a list, and which list.
#[derive(Clone, Copy)]
pub struct Piece {
    pub list: u32,
    pub start: u32,
    pub length: u32,
}

impl Piece {
    pub const EMPTY: Self = Self { list: 0, start: 0, length: 0 };
}

/// A worker that takes batch after batch of pieces, each with the rows for its sums, until there is none.
/// @returns the points that could not be added, by list
pub struct Growing<'a, C, N> {
    points: &'a [Row],
    entries: &'a [Entry],
    next: N,
    curve: PhantomData<C>,
}

impl<'a, C: LaneCurve, N: FnMut() -> Option<(&'a [Piece], &'a mut [Row])>> Growing<'a, C, N> {
    pub fn new(points: &'a [Row], entries: &'a [Entry], next: N) -> Self {
        Self { points, entries, next, curve: PhantomData }
    }
}

impl<'a, C: LaneCurve, N: FnMut() -> Option<(&'a [Piece], &'a mut [Row])>> Kernel
    for Growing<'a, C, N>
{
    type Output = Vec<(u32, Entry)>;

    #[inline(always)]
    fn run<F: Forms>(mut self) -> Self::Output {
        let mut deferred = Vec::new();
        let mut groups: Vec<Group<C::Lanes<F>>> = Vec::new();
        while let Some((pieces, sums)) = (self.next)() {
            groups.clear();
            // An even number, for two chains of products.
            let count = pieces.len().div_ceil(2 * WIDTH) * 2;
            groups.extend((0..count).map(|g| {
                Group::new(&pieces[(g * WIDTH).min(pieces.len())..], self.points, self.entries)
            }));
            let longest = pieces.first().map_or(0, |piece| piece.length);
            let mut growing = groups.len();
            for round in 1..longest {
                while groups[growing - 2].lengths[0] <= round {
                    growing -= 2;
                }
                let mut batch = Batch {
                    groups: &mut groups[..growing],
                    points: self.points,
                    entries: self.entries,
                    round,
                };
                let inverses = match batch.differences() {
                    Some(inverses) => inverses,
                    None => {
                        batch.set_collisions_aside(&mut deferred);
                        batch.invert().expect("what collides is set aside")
                    }
                };
                batch.add(inverses);
            }
            for (group, rows) in groups.iter().zip(sums.chunks_mut(WIDTH * C::ROWS)) {
                store(group.x, group.y, rows);
            }
        }
        deferred
    }
}

/// Eight lists. Bounds between rounds: x 5, y 4.
struct Group<L> {
    x: L,
    y: L,
    /// x and y of the next points less those of the sums.
    dx: L,
    dy: L,
    /// The product of the dx of every other group before this one.
    before: L,
    /// The lanes that take no point in this round.
    idle: Mask,
    lists: [u32; WIDTH],
    starts: [u32; WIDTH],
    lengths: [u32; WIDTH],
}

impl<L: FieldLanes> Group<L> {
    /// @param pieces of which the first eight count
    #[inline(always)]
    fn new(pieces: &[Piece], points: &[Row], entries: &[Entry]) -> Self {
        let piece = |k: usize| pieces.get(k).copied().unwrap_or(Piece::EMPTY);
        let one = L::splat(L::Element::ONE);
        let mut group = Self {
            x: one,
            y: one,
            dx: one,
            dy: one,
            before: one,
            idle: 0,
            lists: std::array::from_fn(|k| piece(k).list),
            starts: std::array::from_fn(|k| piece(k).start),
            lengths: std::array::from_fn(|k| piece(k).length),
        };
        let (x, y, negative) = group.points_at(0, points, entries);
        group.x = x;
        group.y = y.signed_sub::<1>(negative, L::splat(L::Element::ZERO));
        group
    }

    /// The next point of each list, and which of them are subtracted; a list that has ended gives its first.
    #[inline(always)]
    fn points_at(&self, round: u32, points: &[Row], entries: &[Entry]) -> (L, L, Mask) {
        let mut negative = 0;
        let mut rows: [&[Row]; WIDTH] = [&[]; WIDTH];
        for k in 0..WIDTH {
            let step = if round < self.lengths[k] { round } else { 0 };
            let entry = entries[(self.starts[k] + step) as usize];
            negative |= ((entry >> 31) as Mask) << k;
            let first = (entry & !NEGATIVE) as usize * L::ROWS;
            rows[k] = &points[first..first + L::ROWS];
        }
        let (x, y) = L::load_points(rows);
        (x, y, negative)
    }

    #[inline(always)]
    fn prefetch(&self, round: u32, points: &[Row], entries: &[Entry]) {
        for k in 0..WIDTH {
            let step = if round < self.lengths[k] { round } else { 0 };
            let entry = entries[(self.starts[k] + step) as usize];
            let first = (entry & !NEGATIVE) as usize * L::ROWS;
            for row in &points[first..first + L::ROWS] {
                prefetch(row);
            }
        }
    }
}

/// One round: every group takes one point into each of its lists that has one.
struct Batch<'a, L> {
    groups: &'a mut [Group<L>],
    points: &'a [Row],
    entries: &'a [Entry],
    round: u32,
}

impl<L: FieldLanes> Batch<'_, L> {
    /// Loads the points and multiplies up their differences, in two chains, so that each product waits half as often.
    /// @returns the inverses of both chains' products, or nothing where a difference is zero
    #[inline(always)]
    fn differences(&mut self) -> Option<[L; 2]> {
        let one = L::splat(L::Element::ONE);
        let mut products = [one; 2];
        for g in (0..self.groups.len()).step_by(2) {
            for chain in 0..2 {
                self.prefetch(g + chain + AHEAD);
                let group = &mut self.groups[g + chain];
                let (x, y, negative) = group.points_at(self.round, self.points, self.entries);
                group.dy = y.signed_sub::<5>(negative, group.y);
                group.dx = x.sub::<5>(group.x);
                group.idle = 0;
                if group.lengths[WIDTH - 1] <= self.round {
                    for k in 0..WIDTH {
                        group.idle |= Mask::from(group.lengths[k] <= self.round) << k;
                    }
                    group.dx = group.dx.replace_where(group.idle, one);
                }
            }
            for chain in 0..2 {
                let group = &mut self.groups[g + chain];
                group.before = products[chain];
                // Bounds 4 · 6.
                products[chain] = products[chain].mul(group.dx);
            }
        }
        inverses_of(products)
    }

    /// The points for a later group of this round, or an early one of the next.
    #[inline(always)]
    fn prefetch(&self, g: usize) {
        let count = self.groups.len();
        if g < count {
            self.groups[g].prefetch(self.round, self.points, self.entries);
        } else if g - count < count {
            self.groups[g - count].prefetch(self.round + 1, self.points, self.entries);
        }
    }

    #[inline(never)]
    fn set_collisions_aside(&mut self, deferred: &mut Vec<(u32, Entry)>) {
        let one = L::splat(L::Element::ONE);
        for group in self.groups.iter_mut() {
            let collisions = group.dx.zeros() & !group.idle;
            for k in (0..WIDTH).filter(|k| collisions >> k & 1 == 1) {
                let entry = self.entries[(group.starts[k] + self.round) as usize];
                deferred.push((group.lists[k], entry));
            }
            group.idle |= collisions;
            group.dx = group.dx.replace_where(collisions, one);
        }
    }

    #[inline(always)]
    fn invert(&mut self) -> Option<[L; 2]> {
        let mut products = [L::splat(L::Element::ONE); 2];
        for (g, group) in self.groups.iter_mut().enumerate() {
            group.before = products[g % 2];
            products[g % 2] = products[g % 2].mul(group.dx);
        }
        inverses_of(products)
    }

    /// λ = dy/dx; x₃ = λ² − x₁ − x₂; y₃ = λ(x₁ − x₃) − y₁.
    #[inline(always)]
    fn add(&mut self, mut inverses: [L; 2]) {
        for pair in self.groups.chunks_exact_mut(2).rev() {
            let [a, b] = pair else { unreachable!("chunks of two") };
            // Step by step over both groups: one addition alone is longer than what a processor looks ahead.
            let inverse = [inverses[0].mul(a.before), inverses[1].mul(b.before)];
            inverses = [inverses[0].mul(a.dx), inverses[1].mul(b.dx)];
            // Bounds 6 · 4.
            let slope = [a.dy.mul(inverse[0]), b.dy.mul(inverse[1])];
            let square = [slope[0].square(), slope[1].square()];
            // x₁ + x₂ = dx + 2·x₁ has bound 16: 20 in all.
            let x = [sum_x(a, square[0]), sum_x(b, square[1])];
            let run = [a.x.sub::<5>(x[0]), b.x.sub::<5>(x[1])];
            // Bounds 4 · 10.
            let rise = [slope[0].mul(run[0]), slope[1].mul(run[1])];
            for (group, chain) in [(a, 0), (b, 1)] {
                let y = rise[chain].sub::<4>(group.y).reduce::<4>();
                if group.idle == 0 {
                    (group.x, group.y) = (x[chain], y);
                } else {
                    group.x = x[chain].replace_where(group.idle, group.x);
                    group.y = y.replace_where(group.idle, group.y);
                }
            }
        }
    }
}

#[inline(always)]
fn sum_x<L: FieldLanes>(group: &Group<L>, square: L) -> L {
    let both = group.dx.add(group.x).add(group.x);
    square.sub::<16>(both).reduce::<10>().reduce::<5>()
}

/// The inverses of two products, from one inversion; nothing when a lane is zero.
#[inline(always)]
fn inverses_of<L: FieldLanes>(products: [L; 2]) -> Option<[L; 2]> {
    let mut elements = products[0].mul(products[1]).store();
    if elements.iter().any(Field::is_zero) {
        return None;
    }
    invert_all(&mut elements);
    let inverse = L::load(&elements);
    Some([inverse.mul(products[1]), inverse.mul(products[0])])
}
