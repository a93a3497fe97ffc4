/**
 * Recognises a multilayer perceptron in an integer graph: the chain that models/emit.ts writes. What it returns is all
 * that a circuit needs: integer weights, and for each accumulator the exact interval that decides how wide its gadget
 * must be. Any other graph is refused with the node and the reason.
 * @module
 */

import type { IntegerGraph, IntegerNode } from "../models/integer-graph.ts";
import { bounds } from "../models/interval.ts";
import type { Digest } from "../store/digest.ts";
import { CircuitError } from "./error.ts";
import { type ConstantActivation, fitRequantise, type RequantiseShape } from "./requantise.ts";

/** acc[j] = bias[j] + Σ_i weights[j][i]·x[i], then one activation for each accumulator unless it is the last layer. */
export interface DenseLayer {
  readonly weights: readonly Int32Array[];
  readonly bias: Int32Array;
  readonly activations?: readonly (RequantiseShape | ConstantActivation)[];
}

export interface DenseNetwork {
  readonly model: Digest;
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly DenseLayer[];
}

/** Where no hint can wrap around r and no JavaScript number loses a bit. */
const MAX_ACCUMULATOR = 2 ** 31;

/** @throws CircuitError `UNSUPPORTED_GRAPH` naming the node and the reason */
export function readDenseNetwork(graph: IntegerGraph): DenseNetwork {
  const [input, ...otherInputs] = graph.inputs;
  const [output, ...otherOutputs] = graph.outputs;
  if (input === undefined || output === undefined || otherInputs.length + otherOutputs.length > 0) {
    throw unsupported(graph.name, "it has not exactly one input and one output");
  }
  const chain = new Chain(graph, input.name);
  const layers: DenseLayer[] = [];
  do layers.push(readLayer(chain, graph));
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

function readLayer(chain: Chain, graph: IntegerGraph): DenseLayer {
  const multiply = chain.take("MatMulInteger");
  const weights = transposed(chain.constant(multiply, 1), columnsOf(graph, multiply));
  const inputZero = chain.scalar(multiply, 2, 0);
  const weightsZero = chain.scalar(multiply, 3, 0);
  for (const row of weights)
    for (let i = 0; i < row.length; i++) row[i] = (row[i] ?? 0) - weightsZero;

  const add = chain.take("Add");
  const bias = Int32Array.from(chain.constant(add, 1));
  if (bias.length !== weights.length) throw unsupported(add.name, "its bias is not one per output");
  weights.forEach((row, j) => {
    bias[j] = (bias[j] ?? 0) - inputZero * row.reduce((sum, weight) => sum + weight, 0);
  });
  if (chain.isAtEnd) return { weights, bias };

  const div = chain.take("Div");
  const divisors = chain.constant(div, 1);
  const lift = chain.constant(chain.take("Sub"), 1);
  const clip = chain.take("Clip");
  const low = chain.scalar(clip, 1);
  const high = chain.scalar(clip, 2);
  chain.take("Cast");
  const bits = Math.log2(high + 1);
  if (low !== 0 || !Number.isInteger(bits)) {
    throw unsupported(clip.name, `it clips to ${low} … ${high}, expected 0 … 2^n − 1`);
  }
  const dividend = bounds(graph).get(add.outputs[0] ?? "");
  const activations = weights.map((_, j) => {
    const divisor = divisors[j] ?? 0;
    const shift = Math.log2(divisor);
    const lifted = divisor * (lift[j] ?? 0);
    const [min, max] = [dividend?.min[j] ?? -1, dividend?.max[j] ?? 0];
    if (!Number.isInteger(shift)) throw unsupported(div.name, `${divisor} is no power of two`);
    // ONNX's Div truncates towards zero, which is floor only where nothing is negative.
    if (min < 0) throw unsupported(div.name, `dividend ${j} can be negative`);
    if (max >= MAX_ACCUMULATOR) throw unsupported(div.name, `dividend ${j} can reach 2^31`);
    bias[j] = (bias[j] ?? 0) - lifted;
    return fitRequantise({ min: min - lifted, max: max - lifted }, { shift, bits });
  });
  return { weights, bias, activations };
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
    return node;
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

function columnsOf(graph: IntegerGraph, multiply: IntegerNode): number {
  const dims = graph.types.get(multiply.inputs[1] ?? "")?.dims ?? [];
  const [, columns] = dims;
  if (dims.length !== 2 || columns === undefined) {
    throw unsupported(multiply.name, `its weights have ${dims.length} dimensions, expected 2`);
  }
  return columns;
}

/** ONNX keeps weights by input, a circuit writes one row for each output. */
function transposed(values: Int32Array, columns: number): Int32Array[] {
  const rows = values.length / columns;
  return Array.from({ length: columns }, (_, j) =>
    Int32Array.from({ length: rows }, (_row, i) => values[i * columns + j] ?? 0),
  );
}

function unsupported(place: string, reason: string): CircuitError {
  return new CircuitError(
    "UNSUPPORTED_GRAPH",
    `no circuit for ${place}: ${reason}`,
    "Circuits are made for multilayer perceptrons quantised by this project.",
  );
}
