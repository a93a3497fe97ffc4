/**
 * What a rule of the quantiser is: how one operator of the float network becomes integers.
 * @module
 */
import { ModelError } from "../error.ts";
import type { Attribute, FloatNode } from "../float/float-graph.ts";
import type { Quantiser } from "./quantiser.ts";

/** Says what the node's output has become. @throws ModelError `UNSUPPORTED_OPERATOR` and what emission refuses */
export type Rule = (quantiser: Quantiser, node: FloatNode) => void;

/** Attributes are explicit in a float graph, and of the kind its contract states. */
export function numberOf(node: FloatNode, name: string): number {
  const value = attributeOf(node, name);
  if (typeof value === "number") return value;
  throw new Error(`${node.label}: attribute ${name} is not a number`);
}

export function listOf(node: FloatNode, name: string): readonly number[] {
  const value = attributeOf(node, name);
  if (Array.isArray(value)) return value as readonly number[];
  throw new Error(`${node.label}: attribute ${name} is not a list`);
}

export function wordOf(node: FloatNode, name: string): string {
  const value = attributeOf(node, name);
  if (typeof value === "string") return value;
  throw new Error(`${node.label}: attribute ${name} is not a word`);
}

/** The value at a position among the node's inputs. */
export function inputOf(node: FloatNode, index: number): string {
  const input = node.inputs[index];
  if (input === undefined) throw new Error(`${node.label} has no input ${index}`);
  return input;
}

export function outputOf(node: FloatNode): string {
  const output = node.outputs[0];
  if (output === undefined) throw new Error(`${node.label} writes nothing`);
  return output;
}

function attributeOf(node: FloatNode, name: string): Attribute | undefined {
  return node.attributes.get(name);
}

/** @param hint the way out */
export function unsupported(node: FloatNode, reason: string, hint: string): ModelError {
  return new ModelError("UNSUPPORTED_OPERATOR", `${node.label}: ${reason}`, hint);
}
