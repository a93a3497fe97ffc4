/**
 * Recognises a multilayer perceptron in an integer graph: the chain that models/emit.ts writes. What it returns is all
 * that a circuit needs: integer weights, and for each accumulator the exact interval that decides how wide its gadget
 * must be. Any other graph is refused with the node and the reason.
 * @module
 */

import type { IntegerGraph, IntegerNode } from "../models/integer-graph.ts";
import { bounds } from "../models/interval.ts";
import {
  type Dtype,
  type Interval,
  RANGES,
  type TensorType,
} from "../models/operators/operator.ts";
import type { Digest } from "../store/digest.ts";
import { CircuitError } from "./error.ts";
import { type ConstantActivation, fitRequantise, type RequantiseShape } from "./requantise.ts";

/** acc[j] = bias[j] + Σ_i weights[j][i]·x[i], then one activation for each accumulator unless it is the last layer. */
export interface DenseLayer {
  readonly weights: readonly Int32Array[];
  /** Numbers, not int32: without its lift a bias can lie below −2^31. */
  readonly bias: readonly number[];
  readonly activations?: readonly (RequantiseShape | ConstantActivation)[];
}

export interface DenseNetwork {
  readonly model: Digest;
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly DenseLayer[];
}

/** Beyond int32 a lift has no meaning for the Add before it, and a shifted bias would lose bits. */
const LIFT_END = 2 ** 31;

/** @throws CircuitError `UNSUPPORTED_GRAPH` naming the node and the reason */
export function readDenseNetwork(graph: IntegerGraph): DenseNetwork {
  const [input, ...otherInputs] = graph.inputs;
  const [output, ...otherOutputs] = graph.outputs;
  if (input === undefined || output === undefined || otherInputs.length + otherOutputs.length > 0) {
    throw unsupported(graph.name, "it has not exactly one input and one output");
  }
  const chain = new Chain(graph, input.name);
  const intervals = bounds(graph);
  const layers: DenseLayer[] = [];
  do layers.push(readLayer(chain, intervals));
  while (!chain.isAtEnd);
  if (chain.value !== output.name || layers.at(-1)?.activations !== undefined) {
    throw unsupported(output.name, "the last layer is not MatMulInteger and Add");
  }
  return {
    model: graph.id,
    inputs: layers[0]?.weights[0]?.length ?? 0,
    outputs: layers.at(-1)?.bias.length ?? 0,
    layers,
  };
}

function readLayer(chain: Chain, intervals: ReadonlyMap<string, Interval>): DenseLayer {
  const multiply = chain.take("MatMulInteger");
  const weights = transposed(chain.constant(multiply, 1), chain.columns);
  const inputZero = chain.scalar(multiply, 2, 0);
  const weightsZero = chain.scalar(multiply, 3, 0);
  for (const row of weights)
    for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) - weightsZero;

  const add = chain.take("Add");
  const bias = chain
    .constantForEach(add, 1, weights.length)
    .map((value, j) => value - inputZero * sumOf(weights[j] ?? []));
  if (chain.isAtEnd) return { weights, bias };

  const dividend = intervals.get(chain.value);
  const div = chain.take("Div");
  const divisors = chain.constantForEach(div, 1, weights.length);
  const sub = chain.take("Sub");
  const lifts = chain
    .constantForEach(sub, 1, weights.length)
    .map((lift, j) => lift * (divisors[j] ?? 0));
  const bits = readBits(chain);
  const activations = weights.map((_, j) => {
    const [divisor, lift] = [divisors[j] ?? 0, lifts[j] ?? 0];
    const [min, max] = [dividend?.min[j] ?? -1, dividend?.max[j] ?? 0];
    const shift = Math.log2(divisor);
    if (!Number.isInteger(shift)) throw unsupported(div.name, `${divisor} is no power of two`);
    // ONNX's Div truncates towards zero, which is floor only where nothing is negative.
    if (min < 0) throw unsupported(div.name, `dividend ${j} can be negative`);
    if (lift < 0 || lift >= LIFT_END) {
      throw unsupported(sub.name, `it takes ${lift} off dividend ${j}, expected 0 … 2^31 − 1`);
    }
    return fitRequantise({ min: min - lift, max: max - lift }, { shift, bits });
  });
  if (activations.every(({ kind }) => kind === "constant")) {
    throw unsupported(div.name, "no activation of its layer depends on the input");
  }
  return { weights, bias: bias.map((value, j) => value - (lifts[j] ?? 0)), activations };
}

/** Clip and Cast, which together say how many bits an activation has. */
function readBits(chain: Chain): number {
  const clip = chain.take("Clip");
  const low = chain.scalar(clip, 1);
  const high = chain.scalar(clip, 2);
  const bits = Math.log2(high + 1);
  if (low !== 0 || !Number.isInteger(bits)) {
    throw unsupported(clip.name, `it clips to ${low} … ${high}, expected 0 … 2^n − 1`);
  }
  const cast = chain.take("Cast");
  // Beyond its end a Cast wraps around, which no row of the circuit does.
  if (high > RANGES[chain.dtype][1]) {
    throw unsupported(cast.name, `${chain.dtype} does not hold the activation ${high}`);
  }
  return bits;
}

/** Walks the nodes in order, each reading what the one before wrote. */
class Chain {
  readonly #graph: IntegerGraph;
  #next = 0;
  value: string;

  constructor(graph: IntegerGraph, value: string) {
    this.#graph = graph;
    this.value = value;
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#graph.nodes.length;
  }

  take(op: string): IntegerNode {
    const node = this.#graph.nodes[this.#next++];
    if (node === undefined) throw unsupported(this.value, `nothing follows it, expected ${op}`);
    if (node.op !== op) throw unsupported(node.name, `it is ${node.op}, expected ${op}`);
    if (node.inputs[0] !== this.value) {
      throw unsupported(node.name, `it reads ${node.inputs[0]}, expected ${this.value}`);
    }
    this.value = node.outputs[0] ?? "";
    const { dims } = this.#type;
    if (dims.length !== 2 || dims[0] !== 1) {
      throw unsupported(node.name, `it writes [${dims}], expected one row`);
    }
    return node;
  }

  /** Of the value that was written last. */
  get columns(): number {
    return this.#type.dims[1] ?? 0;
  }

  get dtype(): Dtype {
    return this.#type.dtype;
  }

  get #type(): TensorType {
    return this.#graph.types.get(this.value) ?? { dtype: "int32", dims: [] };
  }

  /** A constant of one number for each column: one for all would be read as the first column's alone. */
  constantForEach(node: IntegerNode, position: number, columns: number): number[] {
    const values = this.constant(node, position);
    if (values.length !== columns || this.columns !== columns) {
      throw unsupported(node.name, `input ${position} is not one number for each output`);
    }
    return [...values];
  }

  constant(node: IntegerNode, position: number): Int32Array {
    const values = this.#graph.constants.get(node.inputs[position] ?? "")?.values;
    if (values === undefined) {
      throw unsupported(node.name, `input ${position} is not a constant`);
    }
    return values;
  }

  scalar(node: IntegerNode, position: number, absent?: number): number {
    if ((node.inputs[position] ?? "") === "" && absent !== undefined) return absent;
    const values = this.constant(node, position);
    if (values.length !== 1) throw unsupported(node.name, `input ${position} is not one number`);
    return values[0] ?? 0;
  }
}

/** ONNX keeps weights by input, a circuit writes one row for each output. */
function transposed(values: Int32Array, columns: number): Int32Array[] {
  const rows = values.length / columns;
  return Array.from({ length: columns }, (_, j) =>
    Int32Array.from({ length: rows }, (_row, i) => values[i * columns + j] ?? 0),
  );
}

function sumOf(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function unsupported(place: string, reason: string): CircuitError {
  return new CircuitError(
    "UNSUPPORTED_GRAPH",
    `no circuit for ${place}: ${reason}`,
    "Circuits are made for multilayer perceptrons quantised by this project.",
  );
}
