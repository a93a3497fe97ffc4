/**
 * Small models for the tests of this folder: dense networks at random, and graphs of one operator.
 * @module
 */
import fc from "fast-check";
import type { DenseGraph, DenseLayer } from "./emit.ts";
import type { IntegerGraph } from "./integer-graph.ts";
import { interpret } from "./interpreter.ts";
import {
  type BuildAttribute,
  buildConstant,
  buildModel,
  buildNode,
  buildValue,
  dtypeCode,
} from "./onnx/build.ts";
import { encodeModel } from "./onnx/decode.ts";
import type { Dtype } from "./operators/operator.ts";
import { OPERATORS } from "./operators/table.ts";
import { encodeValueMetadata, METADATA_KEY } from "./value-metadata.ts";

/** Two inputs, one hidden layer of two, two logits. */
export const TINY: DenseGraph = {
  name: "tiny",
  input: { size: 2, min: 0, max: 15, scale: 1 / 15 },
  layers: [
    {
      weights: [
        [3, -5],
        [-128, 127],
      ],
      bias: [7, -9],
      requantise: { shifts: [2, 0], max: 15 },
    },
    {
      weights: [
        [1, -1],
        [-7, 2],
      ],
      bias: [0, 100],
    },
  ],
  output: { scale: 0.5, labels: ["no", "yes"] },
};

export interface DenseLimits {
  readonly maxSize: number;
  readonly maxLayers: number;
  /** Greatest input integer. */
  readonly maxInput: number;
}

/** Dense networks of every shape within the limits, extreme weights and shifts included. */
export function anyDenseGraph({
  maxSize,
  maxLayers,
  maxInput,
}: DenseLimits): fc.Arbitrary<DenseGraph> {
  const sizes = fc.array(fc.integer({ min: 1, max: maxSize }), {
    minLength: 2,
    maxLength: maxLayers + 1,
  });
  return sizes.chain((widths) => {
    const layers = widths
      .slice(1)
      .map((outputs, i) => anyLayer(widths[i] ?? 1, outputs, i === widths.length - 2));
    const range = fc.tuple(fc.nat(maxInput), fc.nat(maxInput));
    return fc.tuple(range, fc.tuple(...layers)).map(([ends, drawn]) => ({
      name: "random",
      input: { size: widths[0] ?? 1, min: Math.min(...ends), max: Math.max(...ends), scale: 0.25 },
      layers: drawn,
      output: { scale: 2, labels: [] },
    }));
  });
}

function anyLayer(inputs: number, outputs: number, isLast: boolean): fc.Arbitrary<DenseLayer> {
  const exactly = <T>(one: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> =>
    fc.array(one, { minLength: length, maxLength: length });
  const weight = fc.oneof(fc.integer({ min: -128, max: 127 }), fc.constantFrom(-128, 0, 127));
  const dense = {
    weights: exactly(exactly(weight, inputs), outputs),
    bias: exactly(fc.integer({ min: -(2 ** 17), max: 2 ** 17 }), outputs),
  };
  if (isLast) return fc.record(dense);
  const shift = fc.oneof(fc.integer({ min: 0, max: 18 }), fc.constantFrom(0, 24));
  return fc.record({
    ...dense,
    requantise: fc.record({
      shifts: exactly(shift, outputs),
      max: fc.integer({ min: 1, max: 255 }),
    }),
  });
}

/** Inputs in the network's range. */
export function anyInput({ input }: DenseGraph): fc.Arbitrary<Int32Array> {
  const { size, min, max } = input;
  return fc
    .array(fc.integer({ min, max }), { minLength: size, maxLength: size })
    .map((values) => Int32Array.from(values));
}

/** An operand of a lone operator: an input with its range, or a constant. */
export type TestOperand = { readonly dtype: Dtype; readonly dims: readonly number[] } & (
  | { readonly min: number; readonly max: number }
  | { readonly values: readonly number[] }
);

/**
 * The ONNX of one operator, node `it`, with inputs `in0`, `in1`, … where operands are not constant.
 * @throws ModelError as the operator does
 */
export function operatorModel(
  op: string,
  operands: readonly (TestOperand | undefined)[],
  attributes: Readonly<Record<string, BuildAttribute>> = {},
  opset = 17,
): Uint8Array {
  const output = OPERATORS.get(op)?.({
    label: `node "it" (${op})`,
    opset,
    operands: operands.map((operand) => {
      if (operand === undefined || !("values" in operand)) return operand;
      return { ...operand, values: Int32Array.from(operand.values) };
    }),
    attributes: new Map(Object.entries(attributes)),
  }).output;
  if (output === undefined) throw new Error(`there is no operator ${op}`);
  const named = operands.map((operand, i) => ({ name: `in${i}`, operand }));
  const inputs = named.flatMap(({ name, operand }) =>
    operand === undefined || "values" in operand ? [] : [{ name, ...operand }],
  );
  const constants = named.flatMap(({ name, operand }) =>
    operand !== undefined && "values" in operand
      ? [buildConstant(name, operand.dtype, operand.dims, operand.values)]
      : [],
  );
  const reads = named.map(({ name, operand }) => (operand === undefined ? "" : name));
  return encodeModel(
    buildModel({
      name: "lone",
      inputs: inputs.map(({ name, dtype, dims }) => buildValue(name, dtype, dims)),
      outputs: [buildValue("out", output.dtype, output.dims)],
      nodes: [buildNode("it", op, reads, "out", attributes)],
      constants,
      opset,
      metadata: {
        [METADATA_KEY]: encodeValueMetadata({
          inputs: inputs.map(({ name, min, max }) => ({ name, min, max, scale: 1 })),
          outputs: [{ name: "out", scale: 1, labels: [] }],
        }),
      },
    }),
  );
}

/** Attribute `to` of a Cast. */
export const castTo = (dtype: Dtype): { to: number } => ({
  to: dtypeCode(dtype),
});

/** Every input there is: all combinations of the integers in range. */
function* allInputs(graph: IntegerGraph): Generator<Int32Array[]> {
  const places = graph.inputs.flatMap((input, which) =>
    Array.from({ length: input.dims.reduce((p, size) => p * size, 1) }, (_, at) => ({ which, at })),
  );
  const inputs = graph.inputs.map(({ dims, min }) =>
    new Int32Array(dims.reduce((p, size) => p * size, 1)).fill(min),
  );
  for (;;) {
    yield inputs;
    let moved = false;
    for (const { which, at } of places) {
      const values = inputs[which] ?? new Int32Array();
      const { min, max } = graph.inputs[which] ?? { min: 0, max: 0 };
      moved = (values[at] ?? max) < max;
      values[at] = moved ? (values[at] ?? 0) + 1 : min;
      if (moved) break;
    }
    if (!moved) return;
  }
}

/** What each value of the graph really reaches: brute force, so the inputs must be few and narrow. */
export function reached(graph: IntegerGraph): Map<string, { min: Int32Array; max: Int32Array }> {
  const seen = new Map<string, { min: Int32Array; max: Int32Array }>();
  for (const inputs of allInputs(graph)) {
    for (const [name, values] of interpret(graph, inputs)) {
      const ends = seen.get(name) ?? { min: values.slice(), max: values.slice() };
      values.forEach((value, i) => {
        ends.min[i] = Math.min(ends.min[i] ?? value, value);
        ends.max[i] = Math.max(ends.max[i] ?? value, value);
      });
      seen.set(name, ends);
    }
  }
  return seen;
}
