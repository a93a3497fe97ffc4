/**
 * Which model a person means: a name of the catalogue, or the path of an integer ONNX.
 * @module
 */
import { readFile } from "node:fs/promises";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { type CatalogueEntry, catalogue, findModel } from "../models/zoo/catalogue.ts";
import { CliError } from "./error.ts";
import type { InputShape } from "./input.ts";

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

/** What an input for this model must become. Models of one input tensor only, as all that can be proven today. */
export function inputShapeOf({ graph, entry }: ModelSource): InputShape {
  const [input] = graph.inputs;
  if (input === undefined || graph.inputs.length !== 1) {
    throw new CliError(
      "MALFORMED_INPUT",
      `${graph.name} has ${graph.inputs.length} input tensors, one can be given on the command line`,
      "Use the library for models of several inputs.",
    );
  }
  const count = input.dims.reduce((product, dim) => product * dim, 1);
  return {
    count,
    min: input.min,
    max: input.max,
    ...(entry === undefined ? {} : { preprocess: entry.preprocess }),
  };
}
