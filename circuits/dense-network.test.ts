/**
 * The lowering against the interpreter, which reads the same graph: what it returns computes the same integers, and a
 * graph that it cannot return faithfully is refused with the node and the reason.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DenseGraph, emitDenseGraph } from "../models/emit.ts";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { interpret } from "../models/interpreter.ts";
import { buildConstant, buildNode, buildValue, dtypeCode } from "../models/onnx/build.ts";
import { decodeModel, encodeModel } from "../models/onnx/decode.ts";
import type { GraphProto } from "../models/onnx/onnx_pb.ts";
import { anyDenseGraph, anyInput, TINY } from "../models/testing.ts";
import { type DenseNetwork, readDenseNetwork } from "./dense-network.ts";
import { CircuitError } from "./error.ts";

/** What a circuit of the network computes, in plain numbers. */
function evaluate({ layers }: DenseNetwork, input: Int32Array): number[] {
  let x = [...input];
  for (const { weights, bias, activations } of layers) {
    const acc = weights.map((row, j) =>
      row.reduce((sum, weight, i) => sum + weight * (x[i] ?? 0), bias[j] ?? 0),
    );
    x = acc.map((value, j) => {
      const activation = activations?.[j];
      if (activation === undefined) return value;
      if (activation.kind === "constant") return activation.value;
      const quotient = Math.floor(value / 2 ** activation.shift);
      return Math.min(Math.max(quotient, 0), 2 ** activation.bits - 1);
    });
  }
  return x;
}

function interpreted(graph: IntegerGraph, input: Int32Array): number[] {
  return Array.from(interpret(graph, [input]).get("logits") ?? []);
}

/** The tiny network with its ONNX changed. */
function altered(change: (graph: GraphProto) => void): IntegerGraph {
  const model = decodeModel(emitDenseGraph({ ...TINY, output: { scale: 1, labels: [] } }));
  if (model.graph === undefined) throw new Error("the model has no graph");
  change(model.graph);
  return readIntegerGraph(encodeModel(model));
}

function put(
  graph: GraphProto,
  name: string,
  values: readonly number[],
  {
    dims = [1, values.length],
    dtype = "int32",
  }: { dims?: number[]; dtype?: "int32" | "uint8" } = {},
): void {
  const place = graph.initializer.findIndex((tensor) => tensor.name === name);
  expect(place, name).toBeGreaterThanOrEqual(0);
  graph.initializer[place] = buildConstant(name, dtype, dims, values);
}

function refusalOf(graph: IntegerGraph): string {
  try {
    readDenseNetwork(graph);
  } catch (error) {
    if (error instanceof CircuitError && error.code === "UNSUPPORTED_GRAPH") return error.message;
    throw error;
  }
  throw new Error("the graph was not refused");
}

const NO_INPUT = "no activation of its layer depends on the input";

describe("readDenseNetwork", () => {
  it("returns what computes the same integers as the graph, whatever the weights and shifts", () => {
    const networks = anyDenseGraph({ maxSize: 6, maxLayers: 4, maxInput: 255 }).chain((network) =>
      fc.tuple(
        fc.constant(network),
        fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 4, maxLength: 4 }),
        fc.array(anyInput(network), { minLength: 2, maxLength: 8 }),
      ),
    );
    fc.assert(
      fc.property(networks, ([drawn, bits, inputs]) => {
        const layers = drawn.layers.map(({ requantise, ...layer }, i) =>
          requantise === undefined
            ? layer
            : { ...layer, requantise: { ...requantise, max: 2 ** (bits[i] ?? 1) - 1 } },
        );
        const network: DenseGraph = { ...drawn, layers };
        const graph = readIntegerGraph(emitDenseGraph(network));
        const answers = inputs.map((input) => interpreted(graph, input));
        let read: DenseNetwork;
        try {
          read = readDenseNetwork(graph);
        } catch (error) {
          // The one thing that may be said against a network of this form; and it is true.
          expect((error as CircuitError).message).toContain(NO_INPUT);
          for (const answer of answers) expect(answer).toEqual(answers[0]);
          return;
        }
        expect(read).toMatchObject({ model: graph.id, inputs: network.input.size });
        expect(inputs.map((input) => evaluate(read, input))).toEqual(answers);
      }),
      { numRuns: 300 },
    );
  });

  it("takes zero points off inputs and weights", () => {
    const graph = altered((onnx) => {
      put(onnx, "dense1.input_zero", [3], { dims: [], dtype: "uint8" });
      put(onnx, "dense1.weights_zero", [120], { dims: [], dtype: "uint8" });
      put(onnx, "dense1.lift", [1_000, 5_000]);
      put(onnx, "dense1.offset", [4_009, 4_991]);
    });
    const network = readDenseNetwork(graph);
    const answers = new Set<string>();
    for (let i = 0; i < 256; i++) {
      const input = Int32Array.of(i >> 4, i & 15);
      expect(evaluate(network, input)).toEqual(interpreted(graph, input));
      answers.add(String(evaluate(network, input)));
    }
    expect(answers.size).toBeGreaterThan(10);
  });

  it.each<[what: string, node: string, reason: string, change: (graph: GraphProto) => void]>([
    [
      "a divisor that is no power of two",
      "dense1.Div",
      "3 is no power of two",
      (graph) => put(graph, "dense1.divisor", [3, 1]),
    ],
    [
      "a dividend that can be negative, where Div is not floor",
      "dense1.Div",
      "dividend 0 can be negative",
      (graph) => put(graph, "dense1.offset", [0, 4_000]),
    ],
    [
      "one lift for all outputs",
      "dense1.Sub",
      "input 1 is not one number for each output",
      (graph) => put(graph, "dense1.lift", [20], { dims: [] }),
    ],
    [
      "a lift that adds",
      "dense1.Sub",
      "it takes -4 off dividend 0",
      (graph) => put(graph, "dense1.lift", [-1, 2_000]),
    ],
    [
      "a lift beyond 32 bits",
      "dense1.Sub",
      "off dividend 0, expected 0 … 2^31 − 1",
      (graph) => put(graph, "dense1.lift", [2 ** 30, 2_000]),
    ],
    [
      "a clip that does not end at 2^n − 1",
      "dense1.Clip",
      "it clips to 0 … 14",
      (graph) => put(graph, "dense1.high", [14], { dims: [] }),
    ],
    [
      "a clip that does not begin at 0",
      "dense1.Clip",
      "it clips to 1 … 15",
      (graph) => put(graph, "dense1.low", [1], { dims: [] }),
    ],
    [
      "a cast that wraps around",
      "dense1.Cast",
      "uint8 does not hold the activation 1023",
      (graph) => put(graph, "dense1.high", [1_023], { dims: [] }),
    ],
    [
      "an offset that spreads the row over several",
      "dense1.Add",
      "it writes [2,2], expected one row",
      (graph) => {
        put(graph, "dense1.offset", [100_000, 100_000], { dims: [2, 1] });
        graph.output[0] = buildValue("logits", "int32", [2, 2]);
      },
    ],
    [
      "a batch of two inputs",
      "dense1.MatMulInteger",
      "it writes [2,2], expected one row",
      (graph) => {
        graph.input[0] = buildValue("input", "uint8", [2, 2]);
        graph.output[0] = buildValue("logits", "int32", [2, 2]);
      },
    ],
    [
      "an addition of two values",
      "dense2.Add",
      "input 1 is not a constant",
      (graph) => {
        graph.node[7] = buildNode(
          "dense2.Add",
          "Add",
          ["dense2.product", "dense2.product"],
          "logits",
        );
        graph.initializer = graph.initializer.filter(({ name }) => name !== "dense2.bias");
      },
    ],
    [
      "another operator in the chain",
      "dense1.Relu",
      "it is Relu, expected Div",
      (graph) => {
        graph.node.splice(2, 0, buildNode("dense1.Relu", "Relu", ["dense1.dividend"], "positive"));
        const div = graph.node[3];
        if (div !== undefined) div.input[0] = "positive";
      },
    ],
    [
      "operands in the other order",
      "dense1.Add",
      "it reads dense1.offset, expected dense1.product",
      (graph) => {
        const add = graph.node[1];
        if (add !== undefined) add.input.reverse();
      },
    ],
    [
      "a last layer that requantises",
      "logits",
      "the last layer is not MatMulInteger and Add",
      (graph) => {
        graph.node = graph.node.slice(0, 6);
        graph.initializer = graph.initializer.filter(({ name }) => name.startsWith("dense1."));
        const cast = graph.node[5];
        const to = { to: dtypeCode("uint8") };
        if (cast !== undefined)
          graph.node[5] = buildNode(cast.name, "Cast", cast.input, "logits", to);
        graph.output[0] = buildValue("logits", "uint8", [1, 2]);
      },
    ],
    [
      "a hidden layer that no input moves",
      "dense1.Div",
      NO_INPUT,
      (graph) => put(graph, "dense1.lift", [100_000, 100_000]),
    ],
  ])("refuses %s, naming %s", (_what, node, reason, change) => {
    const refusal = refusalOf(altered(change));
    expect(refusal).toContain(node);
    expect(refusal).toContain(reason);
  });

  it("refuses more than one input", () => {
    const graph = altered(() => {});
    expect(refusalOf({ ...graph, inputs: [...graph.inputs, ...graph.inputs] })).toContain(
      "it has not exactly one input and one output",
    );
  });
});
