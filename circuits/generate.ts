/**
 * Writes the `main` of a model: circom 2 source with every weight a literal, because a constant in a circuit is free.
 * Public signals, in the order circom gives them: `out`, then `tag`, then `x`.
 * @module
 */
import type { IntegerGraph } from "../models/integer-graph.ts";
import { type DenseLayer, type DenseNetwork, readDenseNetwork } from "./dense-network.ts";
import type { RequantiseShape } from "./requantise.ts";

/** The templates a generated source includes; they stand in templates/. */
export const TEMPLATES: readonly string[] = ["dense.circom", "requantise.circom", "tag.circom"];

/** @throws CircuitError `UNSUPPORTED_GRAPH` */
export function generateCircuit(graph: IntegerGraph): string {
  const network = readDenseNetwork(graph);
  const body = bodyOf(network);
  return `pragma circom 2.1.0;
${TEMPLATES.map((name) => `include "${name}";`).join("\n")}

// Model ${network.model}. The range of x is a clause of every verifier: the widths below rest on it.
template Model() {
    signal input tag;
    signal input x[${network.inputs}];
    signal output out[${network.outputs}];

    component tagged = Tag();
    tagged.tag <== tag;
${body}
}

component main {public [tag, x]} = Model();
`;
}

/** What the witness program is given. */
export function witnessInputs(
  tag: bigint,
  input: Int32Array,
): Readonly<Record<"tag" | "x", readonly bigint[]>> {
  return { tag: [tag], x: Array.from(input, BigInt) };
}

/** Public signals of a statement: an integer x stands as x mod r. */
export function publicSignals(
  { outputs, tag, input }: { outputs: Int32Array; tag: bigint; input: Int32Array },
  r: bigint,
): bigint[] {
  const signal = (value: number): bigint => (value < 0 ? r + BigInt(value) : BigInt(value));
  return [...Array.from(outputs, signal), tag, ...Array.from(input, signal)];
}

function bodyOf({ layers, outputs }: DenseNetwork): string {
  const lines: string[] = [];
  // Wires that carry the activations; an activation that is constant has none and sits in the next layer's bias.
  let wires = { signal: "x", count: layers[0]?.weights[0]?.length ?? 0 };
  let constants: (number | undefined)[] = [];
  layers.forEach((layer, index) => {
    const name = `dense${index + 1}`;
    const { weights, bias } = withoutConstants(layer, constants);
    const isShown = layer.activations?.map((activation) => activation.kind === "gadget");
    const rows = weights.filter((_, j) => isShown?.[j] !== false);
    const rowBias = bias.filter((_, j) => isShown?.[j] !== false);
    lines.push(
      `component ${name} = Dense(${wires.count}, ${rows.length}, ${matrix(rows)}, ${vector(rowBias)});`,
      `for (var i = 0; i < ${wires.count}; i++) { ${name}.x[i] <== ${wires.signal}[i]; }`,
    );
    if (layer.activations === undefined) {
      lines.push(`for (var i = 0; i < ${outputs}; i++) { out[i] <== ${name}.acc[i]; }`);
      return;
    }
    const shapes = layer.activations.filter(
      (activation): activation is RequantiseShape => activation.kind === "gadget",
    );
    const act = `activation${index + 1}`;
    lines.push(
      `component ${act} = RequantiseEach(${shapes.length}, ${vector(shapes.map((shape) => shape.shift))}, ${shapes[0]?.bits ?? 1}, ` +
        `${vector(shapes.map((shape) => shape.high))}, ${vector(shapes.map((shape) => Number(shape.below)))}, ` +
        `${vector(shapes.map((shape) => Number(shape.above)))});`,
      `for (var i = 0; i < ${shapes.length}; i++) { ${act}.acc[i] <== ${name}.acc[i]; }`,
    );
    wires = { signal: `${act}.y`, count: shapes.length };
    constants = layer.activations.map((activation) =>
      activation.kind === "constant" ? activation.value : undefined,
    );
  });
  return lines.map((line) => `    ${line}`).join("\n");
}

/** The layer as it reads only the activations that have wires: what constant ones add is added to the bias. */
function withoutConstants(
  { weights, bias }: DenseLayer,
  constants: readonly (number | undefined)[],
): { weights: number[][]; bias: number[] } {
  return {
    weights: weights.map((row) => [...row].filter((_, i) => constants[i] === undefined)),
    bias: weights.map((row, j) =>
      row.reduce((sum, weight, i) => sum + weight * (constants[i] ?? 0), bias[j] ?? 0),
    ),
  };
}

function vector(values: readonly number[]): string {
  return `[${values.join(",")}]`;
}

function matrix(rows: readonly (readonly number[])[]): string {
  return `[${rows.map(vector).join(",\n        ")}]`;
}
