/**
 * What a statement about a model must look like, read from its graph and from how each input is shown: names, shapes,
 * exact ranges, and how many public signals there are.
 * @module
 */
import type { IntegerGraph } from "../models/integer-graph.ts";
import { bounds } from "../models/interval.ts";
import type { Digest } from "../store/digest.ts";
import { CircuitError } from "./error.ts";
import type { Visibility } from "./lower/lowered.ts";

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** A real number is `scale` times the integer; a list has one scale for each element. */
export type Scale = number | readonly number[];

interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly scale: Scale;
}

export interface InputTensor extends Tensor {
  /** All elements share one range: a clause of every verifier. */
  readonly range: Range;
  readonly visibility: Visibility;
}

export interface OutputTensor extends Tensor {
  readonly labels: readonly string[];
  /** One exact range per element. */
  readonly ranges: readonly Range[];
}

/** How many public signals of each kind, in the order in which a verifier takes them. */
export interface SignalCounts {
  readonly outputs: number;
  readonly tag: 1;
  readonly inputs: number;
}

export interface Interface {
  readonly model: Digest;
  readonly inputs: readonly InputTensor[];
  readonly outputs: readonly OutputTensor[];
  readonly publicSignals: SignalCounts;
}

/**
 * @param visibility one per input
 * @throws CircuitError `UNSUPPORTED_GRAPH` when there are not as many inputs as that
 */
export function interfaceOf(graph: IntegerGraph, visibility: readonly Visibility[]): Interface {
  if (visibility.length !== graph.inputs.length) {
    throw new CircuitError(
      "UNSUPPORTED_GRAPH",
      `${graph.name} has ${graph.inputs.length} inputs, ${visibility.length} are said to be public, hashed or private`,
      "Say it of each input, in the order of the graph.",
    );
  }
  const inputs = graph.inputs.map(
    ({ name, dims, scale, min, max }, i): InputTensor => ({
      name,
      dims: [...dims],
      scale: copyOf(scale),
      range: { min, max },
      visibility: visibility[i] ?? "public",
    }),
  );
  const intervals = bounds(graph);
  const outputs = graph.outputs.map(({ name, dims, scale, labels }): OutputTensor => {
    const interval = intervals.get(name);
    const ranges = Array.from(interval?.min ?? [], (min, i) => ({
      min,
      max: interval?.max[i] ?? min,
    }));
    return { name, dims: [...dims], scale: copyOf(scale), labels: [...labels], ranges };
  });
  return {
    model: graph.id,
    inputs,
    outputs,
    publicSignals: {
      outputs: sum(outputs.map(({ ranges }) => ranges.length)),
      tag: 1,
      inputs: sum(inputs.map(signalsOf)),
    },
  };
}

/** Public signals of an input. */
export function signalsOf({ dims, visibility }: Pick<InputTensor, "dims" | "visibility">): number {
  switch (visibility) {
    case "public":
      return countOf(dims);
    case "hashed":
      return 1;
    case "private":
      return 0;
  }
}

export function countOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** The elements of all inputs, one after the other, as one array for each; views, not copies. */
export function splitInput(
  input: Int32Array,
  inputs: readonly Pick<InputTensor, "dims">[],
): Int32Array[] {
  let at = 0;
  return inputs.map(({ dims }) => {
    at += countOf(dims);
    return input.subarray(at - countOf(dims), at);
  });
}

/** Several tensors as jobs and answers carry them: one after the other. */
export function joinTensors(tensors: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(sum(tensors.map((tensor) => tensor.length)));
  let at = 0;
  for (const tensor of tensors) {
    joined.set(tensor, at);
    at += tensor.length;
  }
  return joined;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function copyOf(scale: Scale): Scale {
  return typeof scale === "number" ? scale : [...scale];
}
