/**
 * What a model may consist of, said as a list of what is allowed, and checked before onnxruntime sees
 * a byte: some models end the whole process inside onnxruntime (an int4 output does), and no
 * `catch` helps then. Every refusal names the node, tensor or value, and the reason.
 * @module
 */
import { ModelError } from "../error.ts";
import { checkFields, type FieldAllowlist } from "./fields.ts";
import {
  AttributeProto_AttributeType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type ValueInfoProto,
} from "./onnx_pb.ts";
import { dtypeName, MAX_TENSOR_ELEMENTS } from "./tensor.ts";

export interface Allowlist {
  /** What the list is for, as an error says it: "an integer graph". */
  readonly purpose: string;
  readonly fields: FieldAllowlist;
  /** First and last allowed version of the ONNX file format. */
  readonly irVersions: readonly [number, number];
  /** First and last allowed version of the default operator set. */
  readonly opsets: readonly [number, number];
  readonly operators: ReadonlySet<string>;
  /** Operators of other domains than ONNX's own, by domain. */
  readonly otherDomains?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Element types of tensors, inputs and outputs. */
  readonly dtypes: ReadonlySet<string>;
  /**
   * Whether the habits of exporters are tolerated: a symbolic first dimension of inputs and outputs
   * (the batch, read as 1), imports of domains that no node uses, initialisers that are also inputs.
   */
  readonly fromExporter: boolean;
}

/** More dimensions than any network here needs, few enough to print. */
const MAX_RANK = 8;

/** One printable line: names go into errors, logs and circuits. */
const NAME = /^[\x21-\x7e]{1,128}$/;

/**
 * @throws ModelError `UNEXPECTED_FIELD`, `EXTERNAL_DATA`, `UNSUPPORTED_VERSION`, `UNSUPPORTED_DOMAIN`,
 *   `UNSUPPORTED_OPERATOR`, `UNSUPPORTED_DTYPE`, `DYNAMIC_SHAPE`, `TOO_LARGE`, `BAD_NAME`,
 *   `DUPLICATE_NAME`, `MALFORMED_ONNX`
 */
export function checkAllowed(model: ModelProto, allowed: Allowlist): GraphProto {
  const { graph } = model;
  if (graph === undefined) {
    throw new ModelError("MALFORMED_ONNX", "the model has no graph", "Export the model again.");
  }
  // Operators first: "ZipMap is not supported" helps more than the type of the output it brought along.
  graph.node.forEach((node, index) => {
    checkOperator(node, nodeLabel(node, index), allowed);
  });
  checkVersions(model, allowed);
  checkFields(model, allowed.fields);
  graph.node.forEach((node, index) => {
    checkAttributes(node, nodeLabel(node, index), allowed);
  });
  for (const { name, dataType } of graph.initializer) {
    checkDtype(dataType, `initialiser ${quoted(name)}`, allowed);
  }
  for (const input of graph.input) checkValue(input, `input ${quoted(input.name)}`, allowed);
  for (const output of graph.output) checkValue(output, `output ${quoted(output.name)}`, allowed);
  checkNames(graph, allowed);
  return graph;
}

/** A node as an error names it: `node "fc1" (Gemm)`, or by position when it has no name. */
export function nodeLabel(node: { name: string; opType: string }, index: number): string {
  const name = node.name === "" ? `#${index}` : quoted(node.name);
  return `node ${name} (${node.opType.slice(0, 80)})`;
}

/** A name out of a file, safe to print: on one line, escaped, of bounded length. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}

function checkVersions(model: ModelProto, allowed: Allowlist): void {
  const [firstIr, lastIr] = allowed.irVersions;
  if (model.irVersion < firstIr || model.irVersion > lastIr) {
    throw new ModelError(
      "UNSUPPORTED_VERSION",
      `the model is in ONNX IR version ${model.irVersion}, ${allowed.purpose} in ${firstIr} to ${lastIr}`,
      "Convert the model with onnx.version_converter, or export it for another opset.",
    );
  }
  const versions: bigint[] = [];
  for (const { domain, version } of model.opsetImport) {
    if (isDefaultDomain(domain)) versions.push(version);
    else if (!allowed.fromExporter) throw unsupportedDomain(domain, "the model");
  }
  const [first, last] = allowed.opsets;
  const version = versions[0];
  if (version === undefined || versions.length > 1 || version < first || version > last) {
    throw new ModelError(
      "UNSUPPORTED_VERSION",
      `the model imports ${versions.length === 1 ? `opset ${version}` : `${versions.length} default opsets`},` +
        ` ${allowed.purpose} needs one of ${first} to ${last}`,
      `Export the model for opset ${last}.`,
    );
  }
}

function checkOperator(node: NodeProto, label: string, allowed: Allowlist): void {
  const operators = isDefaultDomain(node.domain)
    ? allowed.operators
    : allowed.otherDomains?.get(node.domain);
  if (operators === undefined) throw unsupportedDomain(node.domain, label);
  if (operators.has(node.opType)) return;
  throw new ModelError(
    "UNSUPPORTED_OPERATOR",
    `${label}: the operator is not supported in ${allowed.purpose}`,
    `Supported are ${[...operators].join(", ")}.`,
  );
}

function checkAttributes(node: NodeProto, label: string, allowed: Allowlist): void {
  const seen = new Set<string>();
  for (const { name, type, t } of node.attribute) {
    if (seen.has(name)) throw duplicate(`attribute ${quoted(name)} of ${label}`);
    seen.add(name);
    if (type === AttributeProto_AttributeType.TENSOR && t !== undefined) {
      checkDtype(t.dataType, `${label}, attribute ${quoted(name)}`, allowed);
    }
  }
}

function checkDtype(code: number, place: string, allowed: Allowlist): void {
  if (allowed.dtypes.has(dtypeName(code))) return;
  throw new ModelError(
    "UNSUPPORTED_DTYPE",
    `${place} has dtype ${dtypeName(code)}, which is not supported in ${allowed.purpose}`,
    `Supported are ${[...allowed.dtypes].join(", ")}.`,
  );
}

function checkValue(value: ValueInfoProto, place: string, allowed: Allowlist): void {
  const type = value.type?.value;
  if (type?.case !== "tensorType" || type.value.shape === undefined) {
    throw new ModelError(
      "DYNAMIC_SHAPE",
      `${place} is not a tensor of known shape`,
      "Export the model with fixed dimensions.",
    );
  }
  checkDtype(type.value.elemType, place, allowed);
  const dims = type.value.shape.dim;
  let count = 1n;
  dims.forEach(({ value: dim }, axis) => {
    if (axis === 0 && allowed.fromExporter && dim.case !== "dimValue") return;
    if (dim.case !== "dimValue" || dim.value < 1n) {
      const shown = dim.case === "dimParam" ? quoted(dim.value) : String(dim.value ?? "unknown");
      throw new ModelError(
        "DYNAMIC_SHAPE",
        `${place}: dimension ${axis} is ${shown}, expected a fixed positive number`,
        "Export the model with fixed dimensions.",
      );
    }
    count *= dim.value;
  });
  if (dims.length > MAX_RANK || count > BigInt(MAX_TENSOR_ELEMENTS)) {
    throw new ModelError(
      "TOO_LARGE",
      `${place} has ${dims.length} dimensions and ${count} elements,` +
        ` at most ${MAX_RANK} and ${MAX_TENSOR_ELEMENTS} are supported`,
      "Use a smaller model.",
    );
  }
}

/** Single assignment: every value is written once, by an initialiser, an input or a node. */
function checkNames(graph: GraphProto, allowed: Allowlist): void {
  const written = new Set<string>();
  const constants = allowed.fromExporter ? new Set<string>() : written;
  const write = (name: string, into: Set<string>, place: string): void => {
    if (!NAME.test(name)) {
      throw new ModelError(
        "BAD_NAME",
        `${place}: ${quoted(name)} is not a name of 1 to 128 printable ASCII characters`,
        "Rename the value.",
      );
    }
    if (into.has(name)) throw duplicate(`value ${quoted(name)}`);
    into.add(name);
  };
  for (const { name } of graph.initializer) write(name, constants, "initialiser");
  for (const { name } of graph.input) write(name, written, "input");
  graph.node.forEach((node, index) => {
    for (const name of node.output) {
      if (constants.has(name)) throw duplicate(`value ${quoted(name)}`);
      write(name, written, nodeLabel(node, index));
    }
  });
  const outputs = new Set<string>();
  for (const { name } of graph.output) write(name, outputs, "output");
}

function duplicate(what: string): ModelError {
  return new ModelError(
    "DUPLICATE_NAME",
    `${what} is defined twice`,
    "Give every value of the model a name of its own.",
  );
}

function unsupportedDomain(domain: string, place: string): ModelError {
  const isClassical = domain === "ai.onnx.ml";
  return new ModelError(
    "UNSUPPORTED_DOMAIN",
    `${place} uses operators of ${quoted(domain)}; only the standard ONNX operators are supported`,
    isClassical
      ? "scikit-learn adds them after the network to turn scores into labels: cut the graph before" +
          " them, for example with skl2onnx.helpers.onnx_helper.select_model_inputs_outputs."
      : "Export the model without optimisations for one runtime.",
  );
}

function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === "ai.onnx";
}
