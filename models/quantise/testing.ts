/**
 * Small float networks for the tests of this folder, written by hand, and samples for them.
 * @module
 */
import { expect } from "vitest";
import { evaluateFloat } from "../float/evaluate.ts";
import type {
  Attribute,
  FloatDtype,
  FloatGraph,
  FloatNode,
  FloatOp,
  FloatTensor,
  FloatValue,
} from "../float/float-graph.ts";
import type { IntegerGraph } from "../integer-graph.ts";
import { openInterpreter } from "../interpreter.ts";
import { elementCount } from "../onnx/tensor.ts";
import { openOnnxruntime } from "../onnxruntime.ts";
import { scaleAt } from "../value-metadata.ts";
import { quantiseInputs } from "./inputs.ts";
import type { Samples } from "./samples.ts";

/** Writes a float graph value by value; every method returns the name of what it made. */
export class FloatBuilder {
  readonly #inputs: FloatValue[] = [];
  readonly #nodes: FloatNode[] = [];
  readonly #constants = new Map<string, FloatTensor>();
  readonly #types = new Map<string, FloatValue>();

  input(name: string, dims: readonly number[], dtype: FloatDtype = "float"): string {
    this.#inputs.push({ name, dtype, dims });
    return this.#typed(name, dims, dtype);
  }

  constant(dims: readonly number[], values: Iterable<number>, dtype: FloatDtype = "float"): string {
    const name = `constant${this.#constants.size}`;
    this.#constants.set(name, { dtype, dims, values: Float64Array.from(values) });
    return this.#typed(name, dims, dtype);
  }

  /** @param dims of the result */
  node(
    op: FloatOp,
    inputs: readonly string[],
    dims: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
    dtype: FloatDtype = "float",
  ): string {
    const name = `${op}${this.#nodes.length}`;
    const value = `${name}.value`;
    this.#nodes.push({
      name,
      op,
      inputs,
      outputs: [value],
      attributes: new Map(Object.entries(attributes)),
      label: `node "${name}" (${op})`,
    });
    return this.#typed(value, dims, dtype);
  }

  graph(...outputs: readonly string[]): FloatGraph {
    return {
      name: "by-hand",
      inputs: this.#inputs,
      outputs: outputs.map((name) => ({ ...(this.#types.get(name) as FloatValue), labels: [] })),
      nodes: this.#nodes,
      constants: this.#constants,
      types: this.#types,
      notices: [],
    };
  }

  #typed(name: string, dims: readonly number[], dtype: FloatDtype): string {
    this.#types.set(name, { name, dims, dtype });
    return name;
  }
}

/** Writes what stands behind the input `x`, and says which values are outputs. */
export type Make = (b: FloatBuilder, x: string) => string | readonly string[];

/** A network of one input. */
export function network(dims: readonly number[], make: Make): FloatGraph {
  const b = new FloatBuilder();
  const outputs = make(b, b.input("x", dims));
  return b.graph(...(typeof outputs === "string" ? [outputs] : outputs));
}

/** Numbers that look random and are the same everywhere: Lehmer's generator of 1951, scaled to low … high. */
export function numbers(count: number, low: number, high: number, seed = 1): Float64Array {
  let state = (seed * 48_271) % 0x7fffffff;
  return Float64Array.from({ length: count }, () => {
    state = (state * 48_271) % 0x7fffffff;
    return low + ((high - low) * state) / 0x7fffffff;
  });
}

/** Samples for a graph's inputs: floats in low … high, truth values 0 or 1. */
export function samplesFor({ inputs }: FloatGraph, low: number, high: number, count = 48): Samples {
  return {
    inputs: Array.from({ length: count }, (_, i) =>
      inputs.map(({ dims, dtype }, k) => {
        const drawn = numbers(elementCount(dims), low, high, 1000 * i + k + 1);
        return dtype === "bool" ? drawn.map((x) => Number(x > (low + high) / 2)) : drawn;
      }),
    ),
  };
}

/** Refuses a graph for which onnxruntime and our interpreter differ by one integer on a sample. */
export async function expectSameEverywhere(
  graph: IntegerGraph,
  { inputs }: Samples,
): Promise<void> {
  const runtimes = [openInterpreter(graph), await openOnnxruntime(graph)];
  try {
    for (const sample of inputs.slice(0, 8)) {
      const integers = quantiseInputs(graph, sample);
      const [ours, theirs] = await Promise.all(runtimes.map((each) => each.infer(integers)));
      expect(theirs).toEqual(ours);
    }
  } finally {
    await Promise.all(runtimes.map((each) => each.close()));
  }
}

/** The greatest error over all outputs and samples, as a part of the greatest magnitude that the output has. */
export async function relativeError(
  float: FloatGraph,
  integer: IntegerGraph,
  { inputs }: Samples,
): Promise<number> {
  const runtime = openInterpreter(integer);
  let [peak, worst] = [0, 0];
  for (const sample of inputs) {
    const reals = evaluateFloat(float, sample);
    const answers = await runtime.infer(quantiseInputs(integer, sample));
    float.outputs.forEach(({ name }, o) => {
      reals.get(name)?.forEach((real, k) => {
        const scale = scaleAt(integer.outputs[o]?.scale ?? 1, k);
        peak = Math.max(peak, Math.abs(real));
        worst = Math.max(worst, Math.abs((answers[o]?.[k] ?? 0) * scale - real));
      });
    });
  }
  return worst === 0 ? 0 : worst / peak;
}
