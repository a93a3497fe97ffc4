/**
 * Digits nobody has seen: a real image, shifted by up to one pixel each way, with noise of one level on every pixel, all
 * drawn from a seed by ChaCha20 (RFC 8439). 500 · 9 · 3^784 inputs: far more than anybody can prepare proofs for.
 * @module
 */
import { createCipheriv } from "node:crypto";
import { type DigitSamples, PIXELS } from "./digit-samples.ts";

/** The integer model's pixels are 0 to 15. */
export const LEVELS = 15;
const SIDE = 28;
const SHIFTS = 3;

export interface FreshDigit {
  readonly input: Int32Array;
  /** What the digit was before it was shifted: for looking at, not for checking. */
  readonly label: number;
}

/** Grey pixels of 0 to 255 to the model's integers: the nearest of 16 levels. */
export function pixelsToIntegers(pixels: Uint8Array): Int32Array {
  return Int32Array.from(pixels, (pixel) => Math.floor((pixel * LEVELS) / 255 + 0.5));
}

/** @param seed 32 bytes */
export function drawDigit(seed: Uint8Array, { images, labels }: DigitSamples): FreshDigit {
  const stream = keystream(seed, 10 + PIXELS);
  // 64 bits for one of 500: no image is more likely by 2^-55.
  const index = Number(stream.readBigUInt64BE(0) % BigInt(images.length));
  const across = ((stream[8] ?? 0) % SHIFTS) - 1;
  const down = ((stream[9] ?? 0) % SHIFTS) - 1;
  const image = pixelsToIntegers(images[index] ?? new Uint8Array(PIXELS));
  const input = Int32Array.from({ length: PIXELS }, (_, place) => {
    const column = (place % SIDE) - across;
    const row = Math.floor(place / SIDE) - down;
    const isInside = column >= 0 && column < SIDE && row >= 0 && row < SIDE;
    const level = isInside ? (image[row * SIDE + column] ?? 0) : 0;
    const noise = ((stream[10 + place] ?? 0) % 3) - 1;
    return Math.min(Math.max(level + noise, 0), LEVELS);
  });
  return { input, label: labels[index] ?? 0 };
}

function keystream(key: Uint8Array, length: number): Buffer {
  return createCipheriv("chacha20", key, Buffer.alloc(16)).update(Buffer.alloc(length));
}
