/**
 * The models that come with Assay: each an integer graph, how to prepare an input for it, how to draw a fresh one, and
 * how good it is.
 * @module
 */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type IntegerGraph, readIntegerGraph } from "../integer-graph.ts";
import { type DigitSamples, decodeSamples } from "./digit-samples.ts";
import { drawDigit, type FreshDigit, pixelsToIntegers } from "./fresh-digit.ts";

export interface CatalogueEntry {
  readonly name: string;
  /** The share of the 10,000 MNIST test images that are right; scripts/evaluate-zoo.ts measures it. */
  readonly accuracy: { readonly float: number; readonly integer: number };
  openGraph(): Promise<IntegerGraph>;
  /** 28 × 28 grey pixels, row-major, white strokes on black, to the model's integers. */
  preprocess(pixels: Uint8Array): Int32Array;
  /** @param seed 32 bytes: the same seed draws the same input */
  freshInput(seed: Uint8Array): FreshDigit;
  samples(): Promise<DigitSamples>;
}

const place = (model: string, file: string): URL => new URL(`./${model}/${file}`, import.meta.url);

/** The test images that fresh digits are drawn from; read when they are first asked for. */
let samples: DigitSamples | undefined;
function digits(): DigitSamples {
  samples ??= decodeSamples(readFileSync(place("mnist-mlp", "samples.gz")));
  return samples;
}

/** A model that reads a digit in 28 × 28 integers from 0 to 15. */
function digitReader(name: string, accuracy: CatalogueEntry["accuracy"]): CatalogueEntry {
  return {
    name,
    accuracy,
    openGraph: async () =>
      readIntegerGraph(new Uint8Array(await readFile(place(name, "integer.onnx")))),
    preprocess: pixelsToIntegers,
    freshInput: (seed) => drawDigit(seed, digits()),
    samples: async () => digits(),
  };
}

export const catalogue: readonly CatalogueEntry[] = [
  digitReader("mnist-mlp", { float: 0.9883, integer: 0.9885 }),
  digitReader("mnist-lenet5", { float: 0.9927, integer: 0.9914 }),
];

export function findModel(name: string): CatalogueEntry | undefined {
  return catalogue.find((entry) => entry.name === name);
}
