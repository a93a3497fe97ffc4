/**
 * Reads a float network out of the ONNX that PyTorch, Keras and scikit-learn export: one straight
 * chain of Gemm, or MatMul and Add, with Relu between, scaling of the input before it and Softmax
 * behind it. The chain is followed from the input, not matched against patterns, so that every node is
 * either understood or refused by name.
 *
 * Softmax and ArgMax at the end are dropped: they do not change which logit is the largest, and the
 * logits are what is proven. Operator semantics: ONNX operator schemas.
 * @module
 */
import { ModelError } from "./error.ts";
import { type FloatLayer, type FloatNetwork, rowOf } from "./float-network.ts";
import { type Allowlist, checkAllowed, nodeLabel, quoted } from "./onnx/allow.ts";
import { decodeModel } from "./onnx/decode.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type GraphProto,
  type NodeProto,
  TensorProto_DataType,
} from "./onnx/onnx_pb.ts";
import { elementCount, type TensorValues, tensorValues } from "./onnx/tensor.ts";

/** What exporters write into such a model; names and comments are carried along, never read. */
export const FLOAT_NETWORK: Allowlist = {
  purpose: "a float network to quantise",
  fields: {
    ModelProto: [
      "ir_version",
      "opset_import",
      "producer_name",
      "producer_version",
      "domain",
      "model_version",
      "doc_string",
      "graph",
      "metadata_props",
    ],
    OperatorSetIdProto: ["domain", "version"],
    StringStringEntryProto: ["key", "value"],
    GraphProto: [
      "name",
      "node",
      "initializer",
      "doc_string",
      "input",
      "output",
      "value_info",
      "metadata_props",
    ],
    NodeProto: [
      "input",
      "output",
      "name",
      "op_type",
      "domain",
      "attribute",
      "doc_string",
      "metadata_props",
    ],
    AttributeProto: ["name", "doc_string", "type", "f", "i", "t", "floats", "ints"],
    TensorProto: [
      "dims",
      "data_type",
      "float_data",
      "double_data",
      "int32_data",
      "int64_data",
      "raw_data",
      "name",
      "doc_string",
    ],
    ValueInfoProto: ["name", "type", "doc_string", "metadata_props"],
    TypeProto: ["tensor_type", "denotation"],
    Tensor: ["elem_type", "shape"],
    TensorShapeProto: ["dim"],
    Dimension: ["dim_value", "dim_param", "denotation"],
  },
  irVersions: [3, 13],
  opsets: [7, 24],
  operators: new Set([
    "Add",
    "ArgMax",
    "Cast",
    "Constant",
    "Div",
    "Dropout",
    "Flatten",
    "Gemm",
    "Identity",
    "LogSoftmax",
    "MatMul",
    "Mul",
    "Relu",
    "Reshape",
    "Softmax",
    "Sub",
  ]),
  dtypes: new Set(["float32", "float64", "int32", "int64"]),
  fromExporter: true,
};

/**
 * @throws ModelError as checkAllowed and tensorValues do, and `NOT_A_DENSE_CHAIN` for a graph of
 *   another form, naming the node at which it departs
 */
export function readFloatNetwork(bytes: Uint8Array): FloatNetwork {
  const graph = checkAllowed(decodeModel(bytes), FLOAT_NETWORK);
  const constants = constantsOf(graph);
  const input = inputOf(graph, constants);
  const chain: Chain = { size: input.size, gain: 1, offset: 0, layers: [], hasEnded: false };

  const labels = new Map(graph.node.map((node, index) => [node, nodeLabel(node, index)]));
  const unread = new Set(graph.node.filter((node) => node.opType !== "Constant"));
  let value = input.name;
  for (;;) {
    const readers = graph.node.filter((node) => node.input.includes(value));
    const [node] = readers;
    if (node === undefined) break;
    const site: Site = { node, label: labels.get(node) ?? node.opType, value, constants };
    if (readers.length > 1) {
      throw departs(site.label, `it is one of ${readers.length} readers of ${quoted(value)}`);
    }
    follow(chain, site);
    unread.delete(node);
    const [output] = node.output;
    if (output === undefined) throw departs(site.label, "it has no output");
    value = output;
  }
  for (const node of unread) {
    throw departs(labels.get(node) ?? node.opType, "it is not on the way from the input");
  }
  if (!graph.output.some(({ name }) => name === value)) {
    throw departs("the graph", `its last value ${quoted(value)} is not an output`);
  }
  return finish(chain);
}

/** Where the walk is. The input of the first layer is gain·x + offset. */
interface Chain {
  readonly size: number;
  gain: number;
  offset: number;
  readonly layers: Draft[];
  /** Softmax or ArgMax was passed: no number that follows is a logit any more. */
  hasEnded: boolean;
}

interface Draft extends FloatLayer {
  hasRelu: boolean;
}

interface Site {
  readonly node: NodeProto;
  readonly label: string;
  /** The value of the chain that the node reads. */
  readonly value: string;
  readonly constants: ReadonlyMap<string, TensorValues>;
}

function follow(chain: Chain, site: Site): void {
  const { node, label } = site;
  if (node.input[0] !== site.value && !["Add", "Mul"].includes(node.opType)) {
    throw departs(label, `${quoted(site.value)} is not its first input`);
  }
  switch (node.opType) {
    case "Identity":
      return;
    case "Cast":
      if (!chain.hasEnded && integerOf(site, "to", 0) !== TensorProto_DataType.FLOAT) {
        throw departs(label, "it casts to another type than float32");
      }
      return;
    case "Softmax":
    case "LogSoftmax":
      requireLastAxis(site, 1);
      chain.hasEnded = true;
      return;
    case "ArgMax":
      requireLastAxis(site, 0);
      chain.hasEnded = true;
      return;
  }
  if (chain.hasEnded) throw departs(label, "only a cast may follow Softmax or ArgMax");
  switch (node.opType) {
    case "Dropout":
      if (node.input.length > 2) throw departs(label, "it is exported for training");
      return;
    case "Flatten":
      if (integerOf(site, "axis", 1) !== 1)
        throw departs(label, "it does not keep the batch apart");
      return;
    case "Reshape":
      requireFlattening(chain, site);
      return;
    case "Relu":
      openLayer(chain, site).hasRelu = true;
      return;
    case "MatMul":
      addLayer(chain, site, { alpha: 1, isTransposed: false, bias: undefined });
      return;
    case "Gemm":
      addGemm(chain, site);
      return;
    default:
      if (chain.layers.length === 0) scaleInput(chain, site);
      else addBias(openLayer(chain, site), site);
  }
}

function addGemm(chain: Chain, site: Site): void {
  if (integerOf(site, "transA", 0) !== 0) throw departs(site.label, "it transposes its input");
  const isTransposed = integerOf(site, "transB", 0) !== 0;
  const beta = floatOf(site, "beta", 1);
  const bias =
    site.node.input.length < 3 ? undefined : numbersOf(site, 2).values.map((b) => b * beta);
  addLayer(chain, site, { alpha: floatOf(site, "alpha", 1), isTransposed, bias });
}

function addLayer(
  chain: Chain,
  site: Site,
  dense: { alpha: number; isTransposed: boolean; bias: Float64Array | undefined },
): void {
  const previous = chain.layers.at(-1);
  if (previous?.hasRelu === false) {
    throw departs(site.label, "no Relu stands between it and the layer before");
  }
  const inputs = previous?.outputs ?? chain.size;
  const { dims, values } = numbersOf(site, 1);
  const [rows = 0, columns = 0] = dims;
  const [fits, outputs] = dense.isTransposed
    ? [columns === inputs, rows]
    : [rows === inputs, columns];
  if (dims.length !== 2 || !fits || outputs === 0) {
    throw departs(site.label, `weights of shape [${dims.join(", ")}] on ${inputs} inputs`);
  }
  const weights = new Float64Array(values.length);
  for (let output = 0; output < outputs; output++) {
    for (let k = 0; k < inputs; k++) {
      const from = dense.isTransposed ? output * inputs + k : k * outputs + output;
      weights[output * inputs + k] = dense.alpha * (values[from] as number);
    }
  }
  const layer = { inputs, outputs, weights, bias: new Float64Array(outputs), hasRelu: false };
  if (dense.bias !== undefined) addToBias(layer, dense.bias, site);
  chain.layers.push(layer);
}

function addBias(layer: Draft, site: Site): void {
  const { opType } = site.node;
  if (opType !== "Add" && opType !== "Sub") throw departs(site.label, "it scales a layer's result");
  const { values } = numbersOf(site, constantSide(site));
  addToBias(layer, opType === "Add" ? values : values.map((value) => -value), site);
}

function addToBias(layer: Draft, added: Float64Array, site: Site): void {
  if (added.length !== 1 && added.length !== layer.outputs) {
    throw departs(site.label, `a bias of ${added.length} numbers on ${layer.outputs} outputs`);
  }
  layer.bias.forEach((bias, output) => {
    layer.bias[output] = bias + (added[added.length === 1 ? 0 : output] as number);
  });
}

/** Normalisation of the input, such as (x - mean) / deviation, composed into gain and offset. */
function scaleInput(chain: Chain, site: Site): void {
  const { values } = numbersOf(site, constantSide(site));
  const [by] = values;
  if (by === undefined || values.length > 1) {
    throw departs(site.label, "it scales the pixels differently; one number is expected for all");
  }
  switch (site.node.opType) {
    case "Add":
      chain.offset += by;
      return;
    case "Sub":
      chain.offset -= by;
      return;
    case "Mul":
      chain.gain *= by;
      chain.offset *= by;
      return;
    case "Div":
      chain.gain /= by;
      chain.offset /= by;
  }
}

function openLayer(chain: Chain, site: Site): Draft {
  const layer = chain.layers.at(-1);
  if (layer === undefined || layer.hasRelu) throw departs(site.label, "it follows no dense layer");
  return layer;
}

/** Accepts only what leaves batch × features as it is: [batch, features], rows in the same order. */
function requireFlattening(chain: Chain, site: Site): void {
  const features = chain.layers.at(-1)?.outputs ?? chain.size;
  const { values } = numbersOf(site, 1);
  const [batch, kept] = values;
  const keeps = kept === features || (kept === -1 && (batch === 0 || batch === 1));
  if (values.length !== 2 || !keeps) {
    throw departs(site.label, `shape [${values.join(", ")}] for ${features} features`);
  }
}

function requireLastAxis(site: Site, byDefault: number): void {
  const axis = integerOf(site, "axis", byDefault);
  if (axis !== 1 && axis !== -1)
    throw departs(site.label, `it runs over axis ${axis}, not the classes`);
}

function finish({ gain, offset, layers }: Chain): FloatNetwork {
  const last = layers.at(-1);
  if (last === undefined) throw departs("the graph", "it has no dense layer");
  if (last.hasRelu) throw departs("the graph", "its last layer ends in Relu, so it has no logits");
  const network = layers.map(({ hasRelu: _, ...layer }, index): FloatLayer => {
    if (index > 0) return layer;
    // W·(gain·x + offset) + b = (gain·W)·x + (b + offset·Σ W)
    const bias = layer.bias.map(
      (b, output) => b + offset * rowOf(layer, output).reduce((sum, weight) => sum + weight, 0),
    );
    return { ...layer, weights: layer.weights.map((weight) => weight * gain), bias };
  });
  network.forEach(({ weights, bias }, index) => {
    if (weights.every(Number.isFinite) && bias.every(Number.isFinite)) return;
    throw departs(`dense layer ${index}`, "a weight or bias is infinite or not a number");
  });
  return { layers: network };
}

function constantsOf(graph: GraphProto): Map<string, TensorValues> {
  const constants = new Map<string, TensorValues>();
  for (const tensor of graph.initializer) constants.set(tensor.name, tensorValues(tensor));
  graph.node.forEach((node, index) => {
    if (node.opType !== "Constant") return;
    const label = nodeLabel(node, index);
    const tensor = node.attribute.find(({ name }) => name === "value")?.t;
    const [output] = node.output;
    if (tensor === undefined || output === undefined) throw departs(label, "it holds no tensor");
    constants.set(output, tensorValues(tensor, label));
  });
  return constants;
}

/** The one input that is not an initialiser (IR 3 lists those as inputs too), and its features. */
function inputOf(
  graph: GraphProto,
  constants: ReadonlyMap<string, TensorValues>,
): { name: string; size: number } {
  const inputs = graph.input.filter(({ name }) => !constants.has(name));
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) {
    throw departs("the graph", `it has ${inputs.length} inputs, one is expected`);
  }
  const type = input.type?.value;
  const dims = type?.case === "tensorType" ? (type.value.shape?.dim ?? []) : [];
  const features = dims.slice(1).map(({ value }) => (value.case === "dimValue" ? value.value : 0n));
  if (features.length === 0) throw departs("the graph", "its input has no batch and features");
  return { name: input.name, size: elementCount(features.map(Number)) };
}

/** For a node of two operands, the position of the one that is not the chain. */
function constantSide({ node, value }: Site): number {
  return node.input[0] === value ? 1 : 0;
}

function numbersOf(
  { node, label, constants }: Site,
  index: number,
): { dims: readonly number[]; values: Float64Array } {
  const name = node.input[index] ?? "";
  const constant = constants.get(name);
  if (constant === undefined) throw departs(label, `its input ${quoted(name)} is not a constant`);
  return { dims: constant.dims, values: Float64Array.from(constant.values, Number) };
}

function attributeOf({ node }: Site, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

function integerOf(site: Site, name: string, byDefault: number): number {
  const attribute = attributeOf(site, name);
  if (attribute === undefined) return byDefault;
  if (attribute.type !== AttributeProto_AttributeType.INT) {
    throw departs(site.label, `its attribute ${quoted(name)} is not an integer`);
  }
  return Number(attribute.i);
}

function floatOf(site: Site, name: string, byDefault: number): number {
  const attribute = attributeOf(site, name);
  if (attribute === undefined) return byDefault;
  if (attribute.type !== AttributeProto_AttributeType.FLOAT) {
    throw departs(site.label, `its attribute ${quoted(name)} is not a float`);
  }
  return attribute.f;
}

function departs(place: string, reason: string): ModelError {
  return new ModelError(
    "NOT_A_DENSE_CHAIN",
    `${place}: ${reason}`,
    "Quantised is one chain of Gemm, or MatMul and Add, with Relu between and logits at the end.",
  );
}
