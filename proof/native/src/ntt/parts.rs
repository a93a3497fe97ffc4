//! A slice as R equal parts, for work that takes the same places of all.

/// Part after part.
#[inline(always)]
pub fn parts<T, const R: usize>(whole: &mut [T]) -> [&mut [T]; R] {
    let size = whole.len() / R;
    let mut parts = whole.chunks_exact_mut(size);
    std::array::from_fn(|_| parts.next().expect("R parts"))
}

/// Pieces of at most `length` places, each with the first of its places.
pub fn pieces<T, const R: usize>(whole: &mut [T], length: usize) -> Vec<(usize, [&mut [T]; R])> {
    let mut rest = parts::<T, R>(whole);
    let size = rest[0].len();
    let piece = |first: usize| {
        let length = length.min(size - first);
        (first, rest.each_mut().map(|part| part.split_off_mut(..length).expect("within the part")))
    };
    (0..size).step_by(length).map(piece).collect()
}
