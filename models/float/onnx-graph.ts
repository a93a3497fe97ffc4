/**
 * An ONNX file before it is normalised: its own nodes with their own attributes, constants folded, every shape and exact
 * element type known. For readers that care which integers a file speaks of.
 * @module
 */
import type { OnnxNode } from "./onnx-node.ts";
import { ALL_TRANSLATORS, type Translators } from "./translate/table.ts";
import { type ReadOptions, translate } from "./translation.ts";
import type { OnnxTensor, OnnxType } from "./value.ts";

export interface OnnxValue extends OnnxType {
  readonly name: string;
}

export interface OnnxGraph {
  readonly name: string;
  /** Version of ONNX's own operators, which decides what attributes mean. */
  readonly opset: number;
  readonly inputs: readonly OnnxValue[];
  /** May be constants or inputs themselves. */
  readonly outputs: readonly OnnxValue[];
  /** In topological order, without those whose results are all constant; dead ones are still there. */
  readonly nodes: readonly OnnxNode[];
  /** By name: initialisers, Constants and what was folded from them. */
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  /** Of every value by its name in the file. */
  readonly types: ReadonlyMap<string, OnnxType>;
}

/**
 * @param translators which operators are read; by default all that are known, quantised ones included
 * @throws ModelError as translate does
 */
export function readOnnxGraph(
  bytes: Uint8Array,
  options: ReadOptions = {},
  translators: Translators = ALL_TRANSLATORS,
): OnnxGraph {
  const translation = translate(bytes, translators, options);
  const constants = new Map<string, OnnxTensor>();
  const types = new Map<string, OnnxType>();
  for (const [name, { dtype, dims, values, strings }] of translation.values) {
    types.set(name, { dtype, dims });
    if (values === undefined) continue;
    constants.set(name, { dtype, dims, values, ...(strings === undefined ? {} : { strings }) });
  }
  return {
    name: translation.name,
    opset: translation.opset,
    inputs: translation.inputs.map(({ name, dtype, dims }) => ({ name, dtype, dims })),
    outputs: [...translation.outputs].map(([name, { dtype, dims }]) => ({ name, dtype, dims })),
    nodes: translation.nodes.filter(({ outputs }) =>
      outputs.some((name) => name !== "" && types.has(name) && !constants.has(name)),
    ),
    constants,
    types,
  };
}
