/**
 * A node as the file says it: names of values by position, attributes as plain values, defaults not yet filled in.
 * @module
 */
import { ModelError } from "../error.ts";
import { nodeLabel } from "../onnx/allow.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  type NodeProto,
} from "../onnx/onnx_pb.ts";
import { type OnnxTensor, readTensor } from "./value.ts";

export type OnnxAttribute = number | string | readonly number[] | readonly string[] | OnnxTensor;

export interface OnnxNode {
  readonly name: string;
  /** "" is ONNX's own. */
  readonly domain: string;
  readonly op: string;
  /** Names of values by position; "" is an omitted operand. */
  readonly inputs: readonly string[];
  /** Likewise; "" is a result that nobody wants. */
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
  /** How errors name the node: `node "fc1" (Gemm)`. */
  readonly label: string;
}

/** @throws ModelError `UNSUPPORTED_ATTRIBUTE`, `CONTROL_FLOW`, and as readTensor does */
export function readNode(node: NodeProto, index: number): OnnxNode {
  const label = nodeLabel(node, index);
  return {
    name: node.name,
    domain: node.domain === "ai.onnx" ? "" : node.domain,
    op: node.opType,
    inputs: node.input,
    outputs: node.output,
    attributes: new Map(node.attribute.map((one) => [one.name, readAttribute(one, label)])),
    label,
  };
}

function readAttribute(attribute: AttributeProto, label: string): OnnxAttribute {
  const place = `${label}, attribute ${JSON.stringify(attribute.name.slice(0, 80))}`;
  const { INT, INTS, FLOAT, FLOATS, STRING, STRINGS, TENSOR } = AttributeProto_AttributeType;
  const decoder = new TextDecoder();
  switch (attribute.type) {
    case INT:
      return Number(attribute.i);
    case INTS:
      return attribute.ints.map(Number);
    case FLOAT:
      return attribute.f;
    case FLOATS:
      return attribute.floats;
    case STRING:
      return decoder.decode(attribute.s);
    case STRINGS:
      return attribute.strings.map((bytes) => decoder.decode(bytes));
    case TENSOR:
      if (attribute.t !== undefined) return readTensor(attribute.t, place);
      break;
    default:
  }
  throw new ModelError(
    "UNSUPPORTED_ATTRIBUTE",
    `${place}: its type is number ${attribute.type}, supported are numbers, strings, their lists, tensors`,
    "Export the model without control flow, sparse tensors and functions.",
  );
}
