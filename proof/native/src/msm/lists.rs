//! The sum of each of many lists of points. Thousands of lists grow at once, one point at a time each, so that one
//! inversion serves all their additions; eight lists lie in the lanes of one value. Affine coordinates: 5 products and a
//! square for a point, and a share of an inversion.
//!
//! Longest lists first, so that the ones still growing stand together; lists much longer than the others are split, and
//! the sums of their pieces are lists again. Where two equal or opposite points meet, the addition has no slope: such a
//! point is set aside and added at the end by complete formulas.

use super::digits::{Entry, NEGATIVE};
use super::growth::{BATCH, Growing, Piece};
use super::packed::{self, point_at};
use crate::cpu::Cpu;
use crate::curve::{Affine, Xyzz};
use crate::lanes::{LaneCurve, Row, dispatch};
use rayon::prelude::*;
use std::sync::Mutex;

/// Lists of points: list i is `entries[starts[i]..starts[i + 1]]`.
pub struct Lists {
    pub entries: Vec<Entry>,
    pub starts: Vec<u32>,
}

impl Lists {
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn list(&self, i: usize) -> &[Entry] {
        &self.entries[self.starts[i] as usize..self.starts[i + 1] as usize]
    }
}

/// The sums of lists, in rows.
pub struct ListSums {
    rows: Vec<Row>,
    /// Which point of `rows` is the sum of a list; `INFINITY` where none is.
    places: Vec<u32>,
}

const INFINITY: u32 = u32::MAX;
/// Lists up to this length are not split: the rounds that splitting saves cost more in additions of the pieces.
const LEAST_PIECE: usize = 16;

impl ListSums {
    /// The rows of a list's sum; none for infinity.
    #[inline(always)]
    pub fn point<C: LaneCurve>(&self, list: usize) -> Option<&[Row]> {
        let place = self.places[list];
        (place != INFINITY).then(|| point_at::<C>(&self.rows, place as usize))
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// The sum of every list of points that stand in rows packed for this cpu.
pub fn sum_lists<C: LaneCurve>(cpu: Cpu, points: &[Row], lists: &Lists) -> ListSums {
    let pieces = pieces_of(lists);
    let mut rows = vec![Row::ZERO; pieces.len() * C::ROWS];
    let deferred = grow_all::<C>(cpu, points, lists, &pieces, &mut rows);

    let mut sums = ListSums { rows, places: vec![INFINITY; lists.len()] };
    sums.place_pieces::<C>(cpu, &pieces);
    sums.add_deferred::<C>(cpu, points, deferred);
    sums
}

fn grow_all<C: LaneCurve>(
    cpu: Cpu,
    points: &[Row],
    lists: &Lists,
    pieces: &[Piece],
    rows: &mut [Row],
) -> Vec<(u32, Entry)> {
    let batches = pieces.chunks(BATCH).zip(rows.chunks_mut(BATCH * C::ROWS));
    let queue = Mutex::new(batches);
    let workers = rayon::current_num_threads().min(pieces.len().div_ceil(BATCH));
    (0..workers)
        .into_par_iter()
        .flat_map_iter(|_| {
            let next = || queue.lock().expect("no worker panics holding it").next();
            dispatch(cpu, Growing::<C, _>::new(points, &lists.entries, next))
        })
        .collect()
}

/// Every list that is not empty, cut so that none is much longer than the average, the longest first.
fn pieces_of(lists: &Lists) -> Vec<Piece> {
    let filled = lists.starts.windows(2).filter(|ends| ends[0] < ends[1]).count();
    let at_once = filled.max(BATCH * rayon::current_num_threads());
    let longest = (2 * lists.entries.len()).div_ceil(at_once).max(LEAST_PIECE) as u32;

    let each = |to: &mut dyn FnMut(Piece)| {
        for (list, ends) in lists.starts.windows(2).enumerate() {
            let length = ends[1] - ends[0];
            let parts = length.div_ceil(longest);
            for part in 0..parts {
                let start =
                    ends[0] + (u64::from(length) * u64::from(part) / u64::from(parts)) as u32;
                let end =
                    ends[0] + (u64::from(length) * u64::from(part + 1) / u64::from(parts)) as u32;
                to(Piece { list: list as u32, start, length: end - start });
            }
        }
    };
    // A counting sort, the longest first.
    let mut places = vec![0u32; longest as usize + 1];
    each(&mut |piece| places[(longest - piece.length) as usize] += 1);
    let mut total = 0;
    for place in &mut places {
        (*place, total) = (total, total + *place);
    }
    let mut pieces = vec![Piece::EMPTY; total as usize];
    each(&mut |piece| {
        let place = &mut places[(longest - piece.length) as usize];
        pieces[*place as usize] = piece;
        *place += 1;
    });
    pieces
}

impl ListSums {
    /// Lists in one piece are where they are; the pieces of the others are summed as lists of their own.
    fn place_pieces<C: LaneCurve>(&mut self, cpu: Cpu, pieces: &[Piece]) {
        const SEVERAL: u32 = INFINITY - 1;
        for (place, piece) in pieces.iter().enumerate() {
            let seen = &mut self.places[piece.list as usize];
            *seen = if *seen == INFINITY { place as u32 } else { SEVERAL };
        }
        let mut parts: Vec<(u32, Entry)> = pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| self.places[piece.list as usize] == SEVERAL)
            .map(|(place, piece)| (piece.list, place as Entry))
            .collect();
        if parts.is_empty() {
            return;
        }
        parts.sort_unstable();
        let groups: Vec<&[(u32, Entry)]> = parts.chunk_by(|a, b| a.0 == b.0).collect();
        let mut starts = vec![0];
        starts.extend(groups.iter().scan(0, |end, group| {
            *end += group.len() as u32;
            Some(*end)
        }));
        let entries = parts.iter().map(|part| part.1).collect();
        let sums = sum_lists::<C>(cpu, &self.rows, &Lists { entries, starts });

        let before = (self.rows.len() / C::ROWS) as u32;
        self.rows.extend_from_slice(&sums.rows);
        for (group, place) in groups.iter().zip(sums.places) {
            let place = if place == INFINITY { INFINITY } else { before + place };
            self.places[group[0].0 as usize] = place;
        }
    }

    /// Adds the points that met an equal or opposite one.
    fn add_deferred<C: LaneCurve>(
        &mut self,
        cpu: Cpu,
        points: &[Row],
        mut deferred: Vec<(u32, Entry)>,
    ) {
        deferred.sort_unstable();
        for group in deferred.chunk_by(|a, b| a.0 == b.0) {
            let list = group[0].0 as usize;
            let places: Vec<&[Row]> = group
                .iter()
                .map(|(_, entry)| point_at::<C>(points, (entry & !NEGATIVE) as usize))
                .collect();
            let before = self.point::<C>(list).map(|point| packed::unpack::<C>(cpu, &[point])[0]);
            let start = before.map_or(Xyzz::INFINITY, Xyzz::from);
            let sum = std::iter::zip(group, packed::unpack::<C>(cpu, &places)).fold(
                start,
                |sum, ((_, entry), point)| {
                    sum.add_affine(&if entry & NEGATIVE == 0 { point } else { -point })
                },
            );
            if sum.is_infinity() {
                self.places[list] = INFINITY;
            } else {
                self.places[list] = (self.rows.len() / C::ROWS) as u32;
                let before = self.rows.len();
                self.rows.resize(before + C::ROWS, Row::ZERO);
                packed::pack(cpu, &[Affine::from(sum)], &mut self.rows[before..]);
            }
        }
    }
}
