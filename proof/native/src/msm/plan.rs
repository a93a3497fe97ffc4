//! How wide a window is, and how many windows share a set of buckets.

/// A scalar of 254 bits as `count` digits of `bits` bits, the digits of windows j, j + stride, j + 2·stride, … in one set
/// of buckets: stride 1 needs a table of every window, stride = count none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    pub bits: u32,
    pub count: usize,
    pub stride: usize,
}

/// Scalars are below 2^254, and signed digits need a bit more for the carry.
const SCALAR_BITS: u32 = 255;
/// A digit's bucket must fit 31 bits beside the sign, and a set of buckets the cache of a core.
const MAX_BITS: u32 = 17;
/// Nanoseconds of an addition into a bucket and of taking a bucket into the running sums: only their ratio matters.
const ADDITION: usize = 29;
const BUCKET: usize = 60;

impl Windows {
    /// The rows of a table: 1 without one.
    pub fn rows(&self) -> usize {
        self.count.div_ceil(self.stride)
    }

    /// Buckets of one set: a digit is −2^(bits−1) to 2^(bits−1).
    pub fn buckets(&self) -> usize {
        1 << (self.bits - 1)
    }

    pub fn new(bits: u32, stride: usize) -> Self {
        let count = SCALAR_BITS.div_ceil(bits) as usize;
        Self { bits, count, stride: stride.clamp(1, count) }
    }

    /// The cheapest for n full-size scalars, when every `stride`-th window is in a table.
    pub fn for_table(n: usize, stride: usize) -> Self {
        Self::cheapest(n, |bits| Self::new(bits, stride))
    }

    pub fn without_table(n: usize) -> Self {
        Self::cheapest(n, |bits| Self::new(bits, usize::MAX))
    }

    fn cheapest(n: usize, windows: impl Fn(u32) -> Self) -> Self {
        (2..=MAX_BITS)
            .map(windows)
            .min_by_key(|windows| windows.cost(n))
            .expect("at least one width")
    }

    fn cost(&self, n: usize) -> usize {
        n * self.count * ADDITION + self.stride * self.buckets() * BUCKET
    }
}

#[cfg(test)]
mod tests {
    use super::Windows;

    #[test]
    fn windows_cover_every_scalar() {
        for n in 0..24 {
            for stride in [1, 2, 4, usize::MAX] {
                let windows = Windows::for_table(1 << n, stride);
                assert!(windows.bits as usize * windows.count >= 255);
                assert!(windows.stride * windows.rows() >= windows.count);
            }
        }
    }

    #[test]
    fn many_points_get_wide_windows() {
        assert!(Windows::without_table(1).bits < 6);
        assert_eq!(Windows::for_table(1 << 16, 1).bits, 16);
    }
}
