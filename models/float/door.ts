/**
 * What a model of a framework may consist of before it is understood, and what is said about what it may not. Everything
 * that no translator reads is refused here, by name, with the way out.
 * @module
 */
import { ModelError } from "../error.ts";
import { type Allowlist, nodeLabel } from "../onnx/allow.ts";
import type { GraphProto } from "../onnx/onnx_pb.ts";
import type { Translators } from "./translate/table.ts";
import { ONNX_DTYPES } from "./value.ts";

/** IR 3 is ONNX 1.0; opset 7 is where broadcasting became NumPy's. */
export function allowlistOf(translators: Translators): Allowlist {
  const names = [...translators].map(([domain, table]) => [domain, new Set(table.keys())] as const);
  const [own, ...others] = [
    ...names.filter(([domain]) => domain === ""),
    ...names.filter(([domain]) => domain !== ""),
  ];
  return {
    purpose: "a model to import",
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
      AttributeProto: [
        "name",
        "doc_string",
        "type",
        "f",
        "i",
        "s",
        "t",
        "floats",
        "ints",
        "strings",
      ],
      TensorProto: [
        "dims",
        "data_type",
        "float_data",
        "double_data",
        "int32_data",
        "int64_data",
        "uint64_data",
        "string_data",
        "raw_data",
        "name",
        "doc_string",
      ],
      ValueInfoProto: ["name", "type", "doc_string", "metadata_props"],
      TypeProto: ["tensor_type", "denotation"],
      Tensor: ["elem_type", "shape"],
      TensorShapeProto: ["dim"],
      Dimension: ["dim_value", "denotation"],
    },
    irVersions: [3, 14],
    opsets: [7, 25],
    operators: own?.[1] ?? new Set(),
    otherDomains: new Map(others),
    dtypes: ONNX_DTYPES,
    fromExporter: true,
  };
}

interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly hint: string;
}

const flow: Refusal = {
  code: "CONTROL_FLOW",
  reason: "control flow is not supported: a circuit computes the same steps for every input",
  hint: "Export the model by tracing one input, so that loops are unrolled and branches are taken.",
};
const recurrent: Refusal = {
  code: "UNSUPPORTED_OPERATOR",
  reason: "recurrent layers are not supported",
  hint: "Unroll the layer before exporting (Keras: unroll=True), or use a convolution over time.",
};
const normalisation: Refusal = {
  code: "UNSUPPORTED_OPERATOR",
  reason: "normalisation by the statistics of each input is not supported: it divides by a root",
  hint: "Use BatchNormalization, whose statistics are constants, or none.",
};
const sequence: Refusal = {
  code: "UNSUPPORTED_OPERATOR",
  reason: "sequences are not supported",
  hint: "Export the model with tensors as inputs and outputs.",
};
const dynamic: Refusal = {
  code: "DYNAMIC_SHAPE",
  reason: "the size of its result depends on the values of the input",
  hint: "Leave it out of the model and compute it from the outputs.",
};
const quantised: Refusal = {
  code: "QUANTISED_OPERATOR",
  reason: "an operator on integers stands in a network of real numbers",
  hint: "Import the float model and let Assay quantise it, or one that is quantised with QuantizeLinear throughout.",
};

const REFUSALS: Readonly<Record<string, Refusal>> = {
  If: flow,
  Loop: flow,
  Scan: flow,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  InstanceNormalization: normalisation,
  LayerNormalization: normalisation,
  GroupNormalization: normalisation,
  RMSNormalization: normalisation,
  SimplifiedLayerNormalization: normalisation,
  MeanVarianceNormalization: normalisation,
  LRN: normalisation,
  LpNormalization: normalisation,
  SequenceConstruct: sequence,
  SequenceEmpty: sequence,
  SequenceAt: sequence,
  SplitToSequence: sequence,
  ConcatFromSequence: sequence,
  NonZero: dynamic,
  Compress: dynamic,
  Unique: dynamic,
  NonMaxSuppression: dynamic,
  DynamicQuantizeLinear: {
    code: "UNSUPPORTED_OPERATOR",
    reason: "its scale depends on the input, and a circuit's scales are constants",
    hint: "Quantise the model statically (onnxruntime.quantization.quantize_static), or import the float model.",
  },
  QLinearAdd: {
    code: "QUANTISED_OPERATOR",
    reason: "its rounding differs between processors",
    hint: "Quantise the model in the QDQ format (QuantFormat.QDQ), which adds real numbers.",
  },
  ConvInteger: quantised,
  MatMulInteger: quantised,
  RandomNormal: {
    code: "UNSUPPORTED_OPERATOR",
    reason: "it is random, and a proof is about one result",
    hint: "Give the random numbers to the model as an input.",
  },
  Imputer: {
    code: "UNSUPPORTED_OPERATOR",
    reason: "missing values are not supported",
    hint: "Fill them in before inference.",
  },
  OneHotEncoder: {
    code: "UNSUPPORTED_OPERATOR",
    reason: "categories are not encoded in a circuit",
    hint: "Give the model the encoded features as its input.",
  },
};

/**
 * Nodes and outputs of one graph: the deepest network that a circuit of 2^22 rows proves has some hundred nodes, an unrolled
 * one some thousand. What follows takes time and memory in proportion.
 */
const MAX_NODES = 2 ** 16;
const MAX_OUTPUTS = 256;
const MAX_RESULTS = 2 ** 18;

/** Before anything else is looked at: what a reader of many models knows about this one. */
export function refuseKnown(graph: GraphProto, translators: Translators): void {
  const results = graph.node.reduce((sum, { output }) => sum + output.length, 0);
  if (graph.node.length > MAX_NODES || graph.output.length > MAX_OUTPUTS || results > MAX_RESULTS) {
    throw new ModelError(
      "TOO_LARGE",
      `the graph has ${graph.node.length} nodes, ${results} results of nodes and ${graph.output.length} outputs,` +
        ` at most ${MAX_NODES}, ${MAX_RESULTS} and ${MAX_OUTPUTS} are read`,
      "Use a smaller model.",
    );
  }
  graph.node.forEach((node, index) => {
    const domain = node.domain === "ai.onnx" ? "" : node.domain;
    if (translators.get(domain)?.has(node.opType) === true) return;
    const refusal = Object.hasOwn(REFUSALS, node.opType) ? REFUSALS[node.opType] : undefined;
    if (refusal === undefined) return;
    throw new ModelError(
      refusal.code,
      `${nodeLabel(node, index)}: ${refusal.reason}`,
      refusal.hint,
    );
  });
}
