/**
 * From the bytes of a model to a draft of explicit nodes: dims fixed, constants read and folded, every node translated in
 * order. What both readers, of float networks and of integer ones, begin with.
 * @module
 */

import { ModelError } from "../error.ts";
import { checkAllowed, quoted } from "../onnx/allow.ts";
import { decodeModel } from "../onnx/decode.ts";
import type { GraphProto, ModelProto, ValueInfoProto } from "../onnx/onnx_pb.ts";
import { allowlistOf, refuseKnown } from "./door.ts";
import { Draft, type Value } from "./draft.ts";
import { type OnnxNode, readNode } from "./onnx-node.ts";
import { fixDims, renameValues, tidyImports } from "./tidy.ts";
import { Site } from "./translate/site.ts";
import type { Translators } from "./translate/table.ts";
import { dtypeOf, type OnnxType, readTensor } from "./value.ts";

export interface ReadOptions {
  /** Sizes for dimensions that the file names instead of fixing. An input's first one is 1 unless named here. */
  readonly dims?: ReadonlyMap<string, number>;
}

export interface Translation {
  readonly name: string;
  readonly opset: number;
  readonly draft: Draft;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly Value[];
  /** By their names in the file. */
  readonly outputs: ReadonlyMap<string, Value>;
  /** By names in the file: inputs, initialisers, and what nodes write. */
  readonly values: ReadonlyMap<string, Value>;
}

/**
 * @throws ModelError as decodeModel, checkAllowed and tensorValues do, and `CONTROL_FLOW`, `DYNAMIC_SHAPE`,
 *   `UNSUPPORTED_ATTRIBUTE`, `UNDEFINED_VALUE`, `BAD_SHAPE`, `BAD_ATTRIBUTE`, `NOT_FINITE`, `TOO_LARGE`, `INEXACT_INTEGER`,
 *   `NOT_CONSTANT`
 */
export function translate(
  bytes: Uint8Array,
  translators: Translators,
  options: ReadOptions,
): Translation {
  const model = decodeModel(bytes);
  const { graph } = model;
  if (graph === undefined) throw new Error("decodeModel lets no model without a graph through");
  refuseKnown(graph, translators);
  tidyImports(model, graph);
  renameValues(graph);
  fixDims(graph, options.dims);
  checkAllowed(model, allowlistOf(translators));
  return translateGraph(model, graph, translators);
}

function translateGraph(
  model: ModelProto,
  graph: GraphProto,
  translators: Translators,
): Translation {
  const opset = Number(
    model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version ?? 0n,
  );
  const draft = new Draft();
  const values = new Map<string, Value>();
  for (const tensor of graph.initializer) {
    const place = `initialiser ${quoted(tensor.name)}`;
    const { values: elements, strings, ...type } = readTensor(tensor, place);
    requireNumbers(elements, place);
    values.set(tensor.name, draft.constant(type, elements, tensor.name, strings));
  }
  const inputs: Value[] = [];
  for (const info of graph.input) {
    // IR 3 lists initialisers among the inputs.
    if (values.has(info.name)) continue;
    const input = draft.input(info.name, typeOf(info));
    inputs.push(input);
    values.set(info.name, input);
  }
  const nodes = graph.node.map(readNode);
  for (const node of nodes) translateNode(node, { draft, values, opset, translators });
  const outputs = new Map<string, Value>();
  for (const { name } of graph.output) {
    const value = values.get(name);
    if (value === undefined) throw undefinedValue("the graph", name);
    outputs.set(name, value);
  }
  return { name: graph.name, opset, draft, nodes, inputs, outputs, values };
}

interface Scope {
  readonly draft: Draft;
  readonly values: Map<string, Value>;
  readonly opset: number;
  readonly translators: Translators;
}

/** What reads the label of a class as what it spells; any other operator would compute with its position. */
const LABEL_READERS: ReadonlySet<string> = new Set([
  "Cast",
  "Identity",
  "Reshape",
  "Squeeze",
  "Unsqueeze",
  "Flatten",
  "LabelEncoder",
  "ArrayFeatureExtractor",
]);

function translateNode(node: OnnxNode, scope: Scope): void {
  const { draft, values, opset, translators } = scope;
  const translator = translators.get(node.domain)?.get(node.op);
  if (translator === undefined) throw new Error("checkAllowed lets only known operators through");
  const operands = node.inputs.map((name) => {
    if (name === "") return undefined;
    const value = values.get(name);
    if (value === undefined) throw undefinedValue(node.label, name);
    if (isSpelled(value) && !LABEL_READERS.has(node.op)) {
      throw new ModelError(
        "UNSUPPORTED_OPERATOR",
        `${node.label}: it computes with the label of a class`,
        "Export the model without what follows its classifier.",
      );
    }
    return value;
  });
  draft.label = node.label;
  draft.origin = node.name;
  const site = new Site(draft, node, opset, operands);
  const results = translator(site);
  site.requireAllRead();
  node.outputs.forEach((name, index) => {
    if (name === "") return;
    const result = results[index];
    // A result that no translator gives is one of training (a mask, statistics): undefined if anybody reads it.
    if (result === undefined) return;
    if (result.name === "") result.name = name;
    values.set(name, result);
  });
}

function isSpelled({ labels, values, dtype }: Value): boolean {
  if (dtype !== "int64" || values !== undefined) return false;
  return labels?.some((label, i) => label !== String(i)) ?? false;
}

function requireNumbers(values: Float64Array, place: string): void {
  if (!values.some(Number.isNaN)) return;
  throw new ModelError(
    "NOT_FINITE",
    `${place}: an element is not a number`,
    "Training diverged: repair the weights and export the model again.",
  );
}

function undefinedValue(place: string, name: string): ModelError {
  return new ModelError(
    "UNDEFINED_VALUE",
    `${place} reads ${quoted(name)}, which nothing before it writes`,
    "Nodes must stand in the order of computation, without cycles: export the model again.",
  );
}

function typeOf(info: ValueInfoProto): OnnxType {
  const type = info.type?.value;
  if (type?.case !== "tensorType") throw new Error("checkAllowed lets only tensors through");
  const dims = type.value.shape?.dim ?? [];
  return {
    dtype: dtypeOf(type.value.elemType, `input ${quoted(info.name)}`),
    dims: dims.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : 1)),
  };
}
