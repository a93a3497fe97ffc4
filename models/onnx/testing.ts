/**
 * One small model, its messages taken apart: what the tests of this folder change, one thing at a time.
 * @module
 */
import { create } from "@bufbuild/protobuf";
import { emitDenseGraph } from "../emit.ts";
import { readIntegerGraph } from "../integer-graph.ts";
import { TINY } from "../testing.ts";
import { decodeModel, encodeModel } from "./decode.ts";
import {
  type GraphProto,
  GraphProtoSchema,
  type ModelProto,
  type TypeProto_Tensor,
} from "./onnx_pb.ts";

/** What a test changes; the tiny model has each of these by its making. */
export interface Parts {
  readonly model: ModelProto;
  readonly graph: GraphProto;
  readonly node: GraphProto["node"][number];
  readonly constant: GraphProto["initializer"][number];
  readonly input: GraphProto["input"][number];
  readonly inputType: TypeProto_Tensor;
  readonly output: GraphProto["output"][number];
  readonly outputType: TypeProto_Tensor;
}

export function partsOf(model: ModelProto): Parts {
  const graph = model.graph ?? create(GraphProtoSchema);
  const [node] = graph.node;
  const [constant] = graph.initializer;
  const [input] = graph.input;
  const [output] = graph.output;
  const inputType = input?.type?.value;
  const outputType = output?.type?.value;
  if (
    node === undefined ||
    constant === undefined ||
    inputType?.case !== "tensorType" ||
    outputType?.case !== "tensorType" ||
    input === undefined ||
    output === undefined
  ) {
    throw new Error("the tiny model has nodes, constants, inputs and outputs");
  }
  return {
    model,
    graph,
    node,
    constant,
    input,
    inputType: inputType.value,
    output,
    outputType: outputType.value,
  };
}

/** The tiny model after `change`. */
export function changed(change: (parts: Parts) => void): ModelProto {
  const parts = partsOf(decodeModel(emitDenseGraph(TINY)));
  change(parts);
  return parts.model;
}

/** Reads the tiny model after `change` as an integer graph. */
export function read(change: (parts: Parts) => void): () => unknown {
  return () => readIntegerGraph(encodeModel(changed(change)));
}
