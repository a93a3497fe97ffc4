/**
 * A border around each plane of a tensor: what windows that slide over its edge look into. It is laid out
 * when it is needed and never kept, because it may be far larger than the tensor.
 * @module
 */
/** Of every plane, which has three axes. */
export interface Border {
  readonly planes: number;
  /** Without the border. */
  readonly sizes: readonly [number, number, number];
  /** How wide it is before the first element of each axis. */
  readonly before: readonly [number, number, number];
  /** With the border. */
  readonly bordered: readonly [number, number, number];
}

/** The tensor with its border, which is `fill`. */
export function withBorder(x: Int32Array, border: Border | undefined, fill: number): Int32Array {
  if (border === undefined) return x;
  const { planes, sizes, before, bordered } = border;
  const [layers, rows, width] = sizes;
  const out = new Int32Array(planes * bordered[0] * bordered[1] * bordered[2]).fill(fill);
  let from = 0;
  for (let plane = 0; plane < planes; plane++) {
    for (let layer = 0; layer < layers; layer++) {
      const place = (plane * bordered[0] + before[0] + layer) * bordered[1] + before[1];
      for (let row = 0; row < rows; row++) {
        const to = (place + row) * bordered[2] + before[2];
        out.set(x.subarray(from, from + width), to);
        from += width;
      }
    }
  }
  return out;
}

/** Which element of the tensor stands at an index of the tensor with its border; -1 in the border. */
export function insideIndex(at: number, border: Border | undefined): number {
  if (border === undefined) return at;
  const { sizes, before, bordered } = border;
  const column = (at % bordered[2]) - before[2];
  const line = Math.floor(at / bordered[2]);
  const row = (line % bordered[1]) - before[1];
  const sheet = Math.floor(line / bordered[1]);
  const layer = (sheet % bordered[0]) - before[0];
  const plane = Math.floor(sheet / bordered[0]);
  const isInside =
    column >= 0 &&
    column < sizes[2] &&
    row >= 0 &&
    row < sizes[1] &&
    layer >= 0 &&
    layer < sizes[0];
  return isInside ? ((plane * sizes[0] + layer) * sizes[1] + row) * sizes[2] + column : -1;
}
