/**
 * The least and the greatest of a stretch of a list, for many stretches: a segment tree, of twice the
 * list's size, that answers in logarithmic time. A look-up with an index of its own interval per
 * element would otherwise read the whole table for each.
 * @module
 */
/** Answers for the entries from `first` up to and with `last`; there is at least one. */
export function rangeExtremes(
  entries: Int32Array,
): (first: number, last: number) => readonly [least: number, greatest: number] {
  const size = entries.length;
  // Leaves from `size` on; node i stands over 2i and 2i + 1. Any length works, a power of two or not.
  const least = new Int32Array(2 * size);
  const greatest = new Int32Array(2 * size);
  least.set(entries, size);
  greatest.set(entries, size);
  for (let i = size - 1; i >= 1; i--) {
    least[i] = Math.min(least[2 * i] as number, least[2 * i + 1] as number);
    greatest[i] = Math.max(greatest[2 * i] as number, greatest[2 * i + 1] as number);
  }
  return (first, last) => {
    let low = entries[first] as number;
    let high = low;
    const take = (node: number): void => {
      low = Math.min(low, least[node] as number);
      high = Math.max(high, greatest[node] as number);
    };
    let left = first + size;
    let right = last + size + 1;
    for (; left < right; left >>= 1, right >>= 1) {
      if (left & 1) take(left++);
      if (right & 1) take(--right);
    }
    return [low, high];
  };
}
