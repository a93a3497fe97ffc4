/**
 * An ONNX model whose tensors are integers and truth values already becomes an integer graph node by node: nothing is
 * rounded, and the answer is the file's own. Every integer type becomes int32, which holds the numbers that occur, or the
 * node at which they might not is named; a sum that would wrap around in the file's own type is refused, not wrapped.
 * @module
 */
import { ModelError } from "../error.ts";
import type { DraftNode, Value } from "../float/draft.ts";
import { type ReadOptions, type Translation, translate } from "../float/translation.ts";
import { isFloat, rangeOf } from "../float/value.ts";
import { dtypeCode } from "../onnx/build.ts";
import { GraphWriter, type Written } from "./graph-writer.ts";
import { RULES } from "./rules.ts";
import { EXACT_TRANSLATORS } from "./translators.ts";

export interface ExactModel {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Those on which an output depends, in topological order. */
  readonly nodes: readonly DraftNode[];
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * @returns undefined for a model that computes with real numbers
 * @throws ModelError as translate does
 */
export function readExactModel(bytes: Uint8Array, options: ReadOptions): ExactModel | undefined {
  const translation = translate(bytes, EXACT_TRANSLATORS, options);
  const nodes = reaching(translation);
  const values = [
    ...translation.inputs,
    ...translation.outputs.values(),
    ...nodes.flatMap(({ inputs, output }) => [...inputs, output]),
  ];
  if (values.some(({ dtype }) => isFloat(dtype) || dtype === "string")) return undefined;
  return { inputs: translation.inputs, outputs: [...translation.outputs.values()], nodes };
}

function reaching({ draft, outputs }: Translation): DraftNode[] {
  const wanted = new Set<Value>(outputs.values());
  const nodes: DraftNode[] = [];
  for (const node of [...draft.nodes].reverse()) {
    if (!wanted.has(node.output)) continue;
    nodes.push(node);
    for (const input of node.inputs) wanted.add(input);
  }
  return nodes.reverse();
}

/**
 * Canonical ONNX bytes of the integer graph.
 * @param ranges of each input's elements, in the order of the inputs
 * @throws ModelError naming the node: `UNSUPPORTED_OPERATOR`, `OVERFLOW`, and what the operators refuse
 */
export function emitExact(
  { inputs, outputs, nodes }: ExactModel,
  { name, ranges }: { readonly name: string; readonly ranges: readonly Range[] },
): Uint8Array {
  const writer = new GraphWriter();
  const written = new Map<Value, Written>();
  const metadata = inputs.map((input, index) => {
    const [least, greatest] = rangeOf(input.dtype);
    const { min, max } = ranges[index] ?? { min: least, max: greatest };
    const isBool = input.dtype === "bool";
    const type = { dtype: isBool ? "uint8" : "int32", dims: input.dims } as const;
    const given = writer.input(input.name, type, { min, max });
    written.set(input, isBool ? asBool(writer, given) : given);
    return { name: given.name, min, max, scale: 1 };
  });
  const operandOf = (value: Value): Written => {
    const known = written.get(value) ?? constantOf(writer, value);
    written.set(value, known);
    return known;
  };
  nodes.forEach((node, index) => {
    const rule = RULES[node.op];
    if (rule === undefined) throw unsupported(node);
    const result = rule({
      writer,
      node,
      name: nameOf(node, index),
      inputs: node.inputs.map(operandOf),
    });
    checkType(node, result);
    written.set(node.output, result);
  });
  const results = outputs.map((output) => asOutput(writer, output.name, operandOf(output)));
  return writer.finish(name, results, {
    inputs: metadata,
    outputs: results.map((output) => ({ name: output.name, scale: 1, labels: [] })),
  });
}

/** Whoever wrote the file may have counted on its type to wrap around; nobody here does. */
function checkType({ label, output }: DraftNode, { interval }: Written): void {
  const [min, max] = rangeOf(output.dtype);
  const at = interval.min.findIndex((low, i) => low < min || (interval.max[i] as number) > max);
  if (at < 0) return;
  throw new ModelError(
    "OVERFLOW",
    `${label}: element ${at} can reach ${interval.min[at]} to ${interval.max[at]},` +
      ` ${output.dtype} holds ${min} to ${max}`,
    "State a narrower range of the inputs, or use a wider type.",
  );
}

function constantOf(writer: GraphWriter, { name, dtype, dims, values }: Value): Written {
  if (values === undefined) throw new Error(`${name} is read before it is written`);
  const lost = values.findIndex((value) => !(value >= -(2 ** 31) && value < 2 ** 31));
  if (lost >= 0) {
    throw new ModelError(
      "OVERFLOW",
      `constant ${JSON.stringify(name)} holds ${values[lost]}, beyond 32-bit integers`,
      "Use smaller numbers.",
    );
  }
  return writer.constant(dtype === "bool" ? "bool" : "int32", dims, Int32Array.from(values));
}

function asBool(writer: GraphWriter, value: Written): Written {
  return writer.node(`${value.name}.bool`, "Cast", [value], { to: dtypeCode("bool") });
}

/** Every output is int32, and written by a node: an input or a constant is passed through one. */
function asOutput(writer: GraphWriter, name: string, value: Written): Written {
  if (value.dtype !== "int32") {
    return writer.node(`${name}.int32`, "Cast", [value], { to: dtypeCode("int32") });
  }
  return writer.isWritten(value) ? value : writer.node(`${name}.output`, "Identity", [value]);
}

function nameOf({ origin, op }: DraftNode, index: number): string {
  const printable = origin.replaceAll(/[^\x21-\x7e]/g, "_").slice(0, 100);
  return printable === "" ? `${op.toLowerCase()}${index}` : printable;
}

function unsupported({ label }: DraftNode): ModelError {
  return new ModelError(
    "UNSUPPORTED_OPERATOR",
    `${label}: on integers this operator cannot be proven`,
    "docs/operators.md lists what can be; give the operator real numbers to have it quantised.",
  );
}
