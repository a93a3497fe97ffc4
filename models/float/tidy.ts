/**
 * Habits of exporters, put in order before a file is checked: free dimensions, long names, imports that are written twice
 * or left out. Nothing here changes what is computed.
 * @module
 */
import { create } from "@bufbuild/protobuf";
import { ModelError } from "../error.ts";
import { quoted } from "../onnx/allow.ts";
import {
  type GraphProto,
  type ModelProto,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
} from "../onnx/onnx_pb.ts";

const isOwn = (domain: string): boolean => domain === "" || domain === "ai.onnx";

/**
 * skl2onnx imports one version of ONNX's operators twice, and onnxmltools none where a model uses none of them. Two different
 * versions stay, and are refused.
 */
export function tidyImports(model: ModelProto, graph: GraphProto): void {
  const versions = new Set<string>();
  model.opsetImport = model.opsetImport.filter(({ domain, version }) => {
    const key = `${isOwn(domain) ? "" : domain} ${version}`;
    return !versions.has(key) && versions.add(key);
  });
  if (model.opsetImport.some(({ domain }) => isOwn(domain))) return;
  if (graph.node.some(({ domain }) => isOwn(domain))) return;
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: "", version: 17n }));
}

/**
 * Free dimensions of inputs become numbers. What the file says about other values is dropped: their shapes are inferred, and
 * an exporter's word about them could only contradict that.
 */
export function fixDims(graph: GraphProto, dims?: ReadonlyMap<string, number>): void {
  const used = new Set<string>();
  for (const info of graph.input) {
    const type = info.type?.value;
    if (type?.case !== "tensorType") continue;
    type.value.shape?.dim.forEach((dim, axis) => {
      if (dim.value.case === "dimValue" && (dim.value.value > 0n || axis > 0)) return;
      const name = dim.value.case === "dimParam" ? dim.value.value : "";
      const stated = dims?.get(name);
      used.add(name);
      if (stated === undefined && axis > 0) {
        const shown = name === "" ? "free" : quoted(name);
        throw new ModelError(
          "DYNAMIC_SHAPE",
          `input ${quoted(info.name)}: dimension ${axis} is ${shown}, a circuit has fixed dimensions`,
          name === ""
            ? "Export the model with fixed dimensions."
            : `Fix it with --dim ${name.slice(0, 80)}=n, or export the model with fixed dimensions.`,
        );
      }
      dim.value = { case: "dimValue", value: BigInt(stated ?? 1) };
    });
  }
  for (const name of dims?.keys() ?? []) {
    if (used.has(name)) continue;
    throw new ModelError(
      "UNKNOWN_DIM",
      `no input has a free dimension ${quoted(name)}`,
      `Free are: ${
        [...used]
          .filter((known) => known !== "")
          .map(quoted)
          .join(", ") || "none"
      }.`,
    );
  }
  graph.valueInfo = [];
  for (const output of graph.output) {
    const type = output.type?.value;
    const elemType = type?.case === "tensorType" ? type.value.elemType : TensorProto_DataType.FLOAT;
    output.type = create(TypeProtoSchema, {
      value: {
        case: "tensorType",
        value: create(TypeProto_TensorSchema, {
          elemType,
          shape: create(TensorShapeProtoSchema, {
            dim: [
              create(TensorShapeProto_DimensionSchema, {
                value: { case: "dimValue", value: 1n },
              }),
            ],
          }),
        }),
      },
    });
  }
}

/** Names as long as a path through a framework, or with spaces, become short ones; checkAllowed refuses them else. */
export function renameValues(graph: GraphProto): void {
  const printable = /^[\x21-\x7e]{1,128}$/;
  const names = new Map<string, string>();
  const taken = new Set([
    ...graph.initializer.map(({ name }) => name),
    ...graph.input.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const renamed = (name: string): string => {
    if (name === "" || printable.test(name)) return name;
    const known = names.get(name);
    if (known !== undefined) return known;
    let count = names.size;
    while (taken.has(`value_${count}`)) count++;
    const short = `value_${count}`;
    taken.add(short);
    names.set(name, short);
    return short;
  };
  for (const list of [graph.initializer, graph.input, graph.output]) {
    for (const one of list) one.name = renamed(one.name);
  }
  for (const node of graph.node) {
    node.input = node.input.map(renamed);
    node.output = node.output.map(renamed);
  }
}
