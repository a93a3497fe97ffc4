/**
 * The real images that come with a model of digits: a label and 28 × 28 grey pixels each, one after the other, gzipped.
 * @module
 */
import { gunzipSync } from "node:zlib";
import { ModelError } from "../error.ts";

export const SAMPLE_COUNT = 500;
export const PIXELS = 784;
const SAMPLE_BYTES = 1 + PIXELS;

export interface DigitSamples {
  readonly images: readonly Uint8Array[];
  readonly labels: Uint8Array;
}

export function encodeSamples({ images, labels }: DigitSamples): Uint8Array {
  const bytes = new Uint8Array(images.length * SAMPLE_BYTES);
  for (const [i, image] of images.entries()) {
    bytes[i * SAMPLE_BYTES] = labels[i] ?? 0;
    bytes.set(image, i * SAMPLE_BYTES + 1);
  }
  return bytes;
}

/** @throws ModelError `BAD_SAMPLES` */
export function decodeSamples(compressed: Uint8Array): DigitSamples {
  const size = SAMPLE_COUNT * SAMPLE_BYTES;
  let bytes: Uint8Array;
  try {
    bytes = gunzipSync(compressed, { maxOutputLength: size });
  } catch (cause) {
    throw badSamples(`they do not unpack to ${size} bytes`, cause);
  }
  if (bytes.length !== size) throw badSamples(`they are ${bytes.length} bytes, expected ${size}`);
  const at = (i: number): number => i * SAMPLE_BYTES;
  const labels = Uint8Array.from({ length: SAMPLE_COUNT }, (_, i) => bytes[at(i)] ?? 0);
  if (labels.some((label) => label > 9)) throw badSamples("a label is not a digit");
  return {
    images: Array.from(labels, (_, i) => bytes.slice(at(i) + 1, at(i + 1))),
    labels,
  };
}

function badSamples(reason: string, cause?: unknown): ModelError {
  return new ModelError("BAD_SAMPLES", `sample images: ${reason}`, "Install Assay again.", {
    cause,
  });
}
