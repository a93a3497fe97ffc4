/**
 * The integer graph: an ONNX model of stock integer operators that computes the same integers in
 * onnxruntime on every CPU, in our interpreter and in the circuit. It is the published artefact, and
 * the SHA-256 of its bytes is the model's name. Reading it is the door: a graph that came through is
 * typed, sorted, fully used, and cannot overflow 32-bit integers for any input in its stated range.
 * @module
 */
import { isFieldSet } from "@bufbuild/protobuf";
import { type Digest, sha256 } from "../store/digest.ts";
import { ModelError } from "./error.ts";
import { bounds } from "./interval.ts";
import { keepSteps, stepOf } from "./kernels.ts";
import { type Allowlist, checkAllowed, nodeLabel, quoted } from "./onnx/allow.ts";
import { decodeModel, requireCanonical } from "./onnx/decode.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx/onnx_pb.ts";
import { dtypeName, elementCount, MAX_TENSOR_ELEMENTS, tensorValues } from "./onnx/tensor.ts";
import {
  type Attribute,
  type Constant,
  type Dtype,
  MAX_LIST,
  RANGES,
  requireTerms,
  type TensorType,
} from "./operators/operator.ts";
import { OPERATORS } from "./operators/table.ts";
import { badMetadata, decodeValueMetadata, METADATA_KEY, type Scale } from "./value-metadata.ts";

export interface ValueSpec extends TensorType {
  readonly name: string;
}

export interface GraphInput extends ValueSpec {
  /** The range of every element, which the circuit's static bounds rest on. */
  readonly min: number;
  readonly max: number;
  readonly scale: Scale;
}

export interface GraphOutput extends ValueSpec {
  readonly scale: Scale;
  /** One per element, or none. */
  readonly labels: readonly string[];
}

export interface IntegerNode {
  readonly name: string;
  readonly op: string;
  /** Names of values, by position; "" is an omitted optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

export interface IntegerGraph {
  /** SHA-256 of `bytes`. */
  readonly id: Digest;
  /** The ONNX file, in canonical form. */
  readonly bytes: Uint8Array;
  readonly name: string;
  /** The version of the default operator set that the nodes are written in. */
  readonly opset: number;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly GraphOutput[];
  /** In topological order: every node reads what stands before it. */
  readonly nodes: readonly IntegerNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** The type of every value: inputs, constants, and what nodes write. */
  readonly types: ReadonlyMap<string, TensorType>;
}

/** No more elements in all values of a graph together: 2^24, 64 MiB of int32. */
const MAX_GRAPH_ELEMENTS = MAX_TENSOR_ELEMENTS;

const ALLOWED: Allowlist = {
  purpose: "an integer graph",
  fields: {
    ModelProto: [
      "ir_version",
      "opset_import",
      "producer_name",
      "producer_version",
      "graph",
      "metadata_props",
    ],
    OperatorSetIdProto: ["domain", "version"],
    StringStringEntryProto: ["key", "value"],
    GraphProto: ["name", "node", "initializer", "input", "output"],
    NodeProto: ["name", "op_type", "domain", "input", "output", "attribute"],
    AttributeProto: ["name", "type", "i", "s", "ints"],
    TensorProto: ["name", "data_type", "dims", "raw_data", "int32_data", "int64_data"],
    ValueInfoProto: ["name", "type"],
    TypeProto: ["tensor_type"],
    Tensor: ["elem_type", "shape"],
    TensorShapeProto: ["dim"],
    Dimension: ["dim_value"],
  },
  irVersions: [7, 10],
  // Over these the allowed operators differ for integers only in where axes are written, which a Site's opset says.
  opsets: [14, 21],
  operators: new Set(OPERATORS.keys()),
  dtypes: new Set<Dtype>(["uint8", "int8", "int32", "int64", "bool"]),
  fromExporter: false,
};

/**
 * @throws ModelError naming node and reason: every code of decodeModel, requireCanonical, checkAllowed,
 *   tensorValues and the operators; `UNDEFINED_VALUE`, `UNUSED_VALUE`, `TOO_LARGE`, `BAD_TYPE`,
 *   `BAD_METADATA`; `OVERFLOW` and `INDEX_OUT_OF_RANGE` from the interval analysis
 */
export function readIntegerGraph(bytes: Uint8Array): IntegerGraph {
  // A copy: nobody who holds the caller's buffer can change what the id stands for.
  const own = Uint8Array.from(bytes);
  const model = decodeModel(own);
  const proto = checkAllowed(model, ALLOWED);
  requireCanonical(own, model);

  const { inputs, outputs } = readSpecs(model, proto);
  const constants = new Map(proto.initializer.map((tensor) => [tensor.name, readConstant(tensor)]));
  const types = new Map<string, TensorType>([...constants]);
  for (const input of inputs) types.set(input.name, { dtype: input.dtype, dims: input.dims });
  const nodes = proto.node.map(readNode);
  checkNodeNames(nodes);
  const opset = Number(model.opsetImport[0]?.version);
  let elements = countElements(types.values());
  let terms = 0;
  const steps = nodes.map((node, index) => {
    const step = stepOf(node, index, types, constants, opset);
    const { output } = step.kernel;
    types.set(step.writes, output);
    elements += elementCount(output.dims);
    checkSize(elements);
    terms += step.kernel.terms ?? 0;
    requireTerms("the graph", terms);
    return step;
  });
  checkOutputTypes(outputs, types);
  checkAllUsed(proto);

  const graph: IntegerGraph = {
    id: sha256(own),
    bytes: own,
    name: proto.name,
    opset,
    inputs,
    outputs,
    nodes,
    constants,
    types,
  };
  keepSteps(graph, steps);
  // Analysed here for its refusals; whoever needs the intervals asks for them again.
  bounds(graph);
  return graph;
}

function countElements(types: Iterable<TensorType>): number {
  let elements = 0;
  for (const { dims } of types) elements += elementCount(dims);
  return elements;
}

function checkSize(elements: number): void {
  if (elements <= MAX_GRAPH_ELEMENTS) return;
  throw new ModelError(
    "TOO_LARGE",
    `the values of the graph have more than ${MAX_GRAPH_ELEMENTS} elements together`,
    "Use a smaller model.",
  );
}

function readSpecs(
  model: ModelProto,
  proto: GraphProto,
): { inputs: GraphInput[]; outputs: GraphOutput[] } {
  const [entry, ...more] = model.metadataProps;
  if (entry === undefined || entry.key !== METADATA_KEY || more.length > 0) {
    throw badMetadata("the model must have this entry and no other");
  }
  const metadata = decodeValueMetadata(entry.value);
  checkSameNames("inputs", metadata.inputs, proto.input);
  checkSameNames("outputs", metadata.outputs, proto.output);
  const inputs = metadata.inputs.map(({ min, max, scale }, index) => {
    const spec = readSpec(proto.input[index]);
    const [lowest, highest] = RANGES[spec.dtype];
    if (spec.dtype === "int64" || min > max || min < lowest || max > highest) {
      throw badMetadata(
        `input ${quoted(spec.name)}: ${min} to ${max} is no range of ${spec.dtype}`,
      );
    }
    checkScale(spec, scale);
    return { ...spec, min, max, scale };
  });
  const outputs = metadata.outputs.map(({ scale, labels }, index) => {
    const spec = readSpec(proto.output[index]);
    const count = elementCount(spec.dims);
    if (labels.length > 0 && (labels.length !== count || new Set(labels).size !== count)) {
      throw badMetadata(`output ${quoted(spec.name)}: expected ${count} different labels, or none`);
    }
    checkScale(spec, scale);
    return { ...spec, scale, labels };
  });
  return { inputs, outputs };
}

function checkScale({ name, dims }: ValueSpec, scale: Scale): void {
  if (typeof scale === "number" || scale.length === elementCount(dims)) return;
  throw badMetadata(
    `${quoted(name)} has ${scale.length} scales, expected one or ${elementCount(dims)}`,
  );
}

function checkSameNames(
  kind: string,
  described: readonly { readonly name: string }[],
  declared: readonly { readonly name: string }[],
): void {
  const ours = described.map(({ name }) => quoted(name)).join(", ");
  const theirs = declared.map(({ name }) => quoted(name)).join(", ");
  if (ours !== theirs || declared.length === 0) {
    throw badMetadata(`it describes the ${kind} [${ours}], the graph has [${theirs}]`);
  }
}

/** checkAllowed has seen that the value is a tensor of static shape and known dtype. */
function readSpec(value: ValueInfoProto | undefined): ValueSpec {
  const type = value?.type?.value;
  const dims = type?.case === "tensorType" ? (type.value.shape?.dim ?? []) : [];
  return {
    name: value?.name ?? "",
    dtype: dtypeOf(type?.case === "tensorType" ? type.value.elemType : 0, value?.name ?? ""),
    dims: dims.map(({ value: dim }) => (dim.case === "dimValue" ? Number(dim.value) : 0)),
  };
}

function dtypeOf(code: number, name: string): Dtype {
  const dtype = dtypeName(code);
  switch (dtype) {
    case "uint8":
    case "int8":
    case "int32":
    case "int64":
    case "bool":
      return dtype;
    default:
      throw new ModelError(
        "UNSUPPORTED_DTYPE",
        `${quoted(name)} has dtype ${dtype}`,
        "Integer graphs are made of uint8, int8, int32 and bool.",
      );
  }
}

function readConstant(tensor: TensorProto): Constant {
  const place = `initialiser ${quoted(tensor.name)}`;
  const { dims, values } = tensorValues(tensor, place);
  const integers = Int32Array.from(values, Number);
  const lost = integers.findIndex((value, i) => value !== Number(values[i]));
  if (lost >= 0 || integers.length === 0) {
    throw new ModelError(
      "MALFORMED_TENSOR",
      `${place} ${lost >= 0 ? `holds ${values[lost]}, beyond 32-bit integers` : "is empty"}`,
      "Use values that fit int32, at least one.",
    );
  }
  return { dtype: dtypeOf(tensor.dataType, tensor.name), dims, values: integers };
}

function readNode(node: NodeProto, index: number): IntegerNode {
  const attributes = new Map<string, Attribute>();
  for (const attribute of node.attribute) {
    const value = attributeValue(attribute);
    if (value === undefined) {
      throw new ModelError(
        "BAD_ATTRIBUTE",
        `${nodeLabel(node, index)}: attribute ${quoted(attribute.name)} is not a 32-bit integer,` +
          ` a word or a list of at most ${MAX_LIST} such integers`,
        "Remove or correct the attribute.",
      );
    }
    attributes.set(attribute.name, value);
  }
  return {
    name: node.name,
    op: node.opType,
    inputs: node.input,
    outputs: node.output,
    attributes,
  };
}

/** The value in the one field that the attribute's type names; undefined when another is set as well. */
function attributeValue(attribute: AttributeProto): Attribute | undefined {
  const { type, i, s, ints } = attribute;
  const isSet = {
    i: isFieldSet(attribute, AttributeProtoSchema.field.i),
    s: isFieldSet(attribute, AttributeProtoSchema.field.s),
    ints: ints.length > 0,
  };
  if (Number(isSet.i) + Number(isSet.s) + Number(isSet.ints) > 1) return undefined;
  switch (type) {
    case AttributeProto_AttributeType.INT:
      return isSet.i && isInt32(i) ? Number(i) : undefined;
    case AttributeProto_AttributeType.STRING: {
      const word = Buffer.from(s).toString("latin1");
      return /^[\x21-\x7e]{1,32}$/.test(word) ? word : undefined;
    }
    case AttributeProto_AttributeType.INTS:
      return isSet.ints && ints.length <= MAX_LIST && ints.every(isInt32)
        ? ints.map(Number)
        : undefined;
    default:
      return undefined;
  }
}

function isInt32(value: bigint): boolean {
  return value >= -(2n ** 31n) && value < 2n ** 31n;
}

/** Circuits and reports name their parts after nodes, so a name must say which. */
function checkNodeNames(nodes: readonly IntegerNode[]): void {
  const seen = new Set<string>();
  nodes.forEach(({ name, op }, index) => {
    if (/^[\x21-\x7e]{1,128}$/.test(name) && !seen.has(name)) seen.add(name);
    else {
      throw new ModelError(
        seen.has(name) ? "DUPLICATE_NAME" : "BAD_NAME",
        `${nodeLabel({ name, opType: op }, index)} has ${seen.has(name) ? "the name of another node" : "no usable name"}`,
        "Give every node a name of its own, of 1 to 128 printable ASCII characters.",
      );
    }
  });
}

function checkOutputTypes(
  outputs: readonly GraphOutput[],
  types: ReadonlyMap<string, TensorType>,
): void {
  for (const { name, dtype, dims } of outputs) {
    const actual = types.get(name);
    if (actual?.dtype === dtype && String(actual.dims) === String(dims)) continue;
    const found = actual === undefined ? "nothing" : `${actual.dtype} [${actual.dims}]`;
    throw new ModelError(
      actual === undefined ? "UNDEFINED_VALUE" : "BAD_TYPE",
      `output ${quoted(name)} is declared as ${dtype} [${dims}], the nodes compute ${found}`,
      "Correct the declaration of the output.",
    );
  }
}

/**
 * Everything must reach an output. An input that does not would be a public signal the proof says
 * nothing about, and what onnxruntime drops as dead nobody has agreed on.
 */
function checkAllUsed({ node: nodes, input, initializer, output }: GraphProto): void {
  const used = new Set(output.map(({ name }) => name));
  const unused = (place: string): ModelError =>
    new ModelError("UNUSED_VALUE", `${place} reaches no output`, "Remove it from the model.");
  for (const [index, node] of [...nodes.entries()].reverse()) {
    if (!node.output.some((name) => used.has(name))) throw unused(nodeLabel(node, index));
    for (const name of node.input) used.add(name);
  }
  for (const { name } of initializer) {
    if (!used.has(name)) throw unused(`initialiser ${quoted(name)}`);
  }
  const written = new Set(nodes.flatMap((node) => node.output));
  for (const { name } of input) {
    if (!used.has(name)) throw unused(`input ${quoted(name)}`);
  }
  for (const { name } of output) {
    if (written.has(name)) continue;
    throw new ModelError(
      "UNDEFINED_VALUE",
      `output ${quoted(name)} is not written by a node`,
      "Remove the output: it repeats an input or a constant.",
    );
  }
}
