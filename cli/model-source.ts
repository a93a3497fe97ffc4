/**
 * Which model a person means: a name of the catalogue, or the path of an integer ONNX.
 * @module
 */
import { readFile } from "node:fs/promises";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { inSteps } from "../models/quantise/inputs.ts";
import { type CatalogueEntry, catalogue, findModel } from "../models/zoo/catalogue.ts";
import { CliError } from "./error.ts";
import type { InputTensor } from "./input/input.ts";

export interface ModelSource {
  readonly graph: IntegerGraph;
  /** What the catalogue knows beyond the graph: how to turn pixels into integers, measured accuracy, samples. */
  readonly entry: CatalogueEntry | undefined;
}

export const DEFAULT_MODEL = "mnist-mlp";

export async function openModel(nameOrPath: string): Promise<ModelSource> {
  const entry = findModel(nameOrPath);
  if (entry !== undefined) return { graph: await entry.openGraph(), entry };
  const graph = readIntegerGraph(await readModelFile(nameOrPath));
  return { graph, entry: await entryOf(graph) };
}

/** The bytes of an ONNX file, or of the catalogue's model of that name. */
export async function readModelFile(nameOrPath: string): Promise<Uint8Array> {
  const entry = findModel(nameOrPath);
  if (entry !== undefined) return (await entry.openGraph()).bytes;
  return readFile(nameOrPath).catch((cause: unknown) => {
    throw new CliError(
      "MODEL_NOT_FOUND",
      `no model ${nameOrPath}: ${(cause as Error).message}`,
      `Give the path of an ONNX file or one of: ${catalogue.map((known) => known.name).join(", ")}.`,
    );
  });
}

/** The catalogue's entry for a graph, whatever it was opened by: the model id decides. */
export async function entryOf(graph: IntegerGraph): Promise<CatalogueEntry | undefined> {
  for (const known of catalogue) {
    if ((await known.openGraph()).id === graph.id) return known;
  }
  return undefined;
}

/** What the inputs of a model must become, in the order of its graph. */
export function inputTensorsOf({ graph, entry }: ModelSource): readonly InputTensor[] {
  return graph.inputs.map((input) => ({
    ...input,
    quantise: (real: Float64Array) => inSteps(input, real),
    ...(entry === undefined ? {} : { preprocess: entry.preprocess }),
  }));
}
