/**
 * What a translator of one ONNX operator sees: the node, its operands as far as they are known, and the draft that it
 * writes explicit nodes into. Attributes that no translator asked for are refused afterwards: what is not read could
 * mean something.
 * @module
 */
import { ModelError } from "../../error.ts";
import type { Draft, Value } from "../draft.ts";
import type { OnnxNode } from "../onnx-node.ts";
import { badAttribute, badShape } from "../operators/operator.ts";
import type { OnnxTensor } from "../value.ts";

/** One value per result of the node, in its order; results that stay away are not wanted by anybody. */
export type Translator = (site: Site) => readonly Value[];

export class Site {
  readonly draft: Draft;
  readonly node: OnnxNode;
  readonly opset: number;
  /** By position; undefined where the operand is omitted. */
  readonly inputs: readonly (Value | undefined)[];
  private readonly read = new Set<string>();

  constructor(draft: Draft, node: OnnxNode, opset: number, inputs: readonly (Value | undefined)[]) {
    this.draft = draft;
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
  }

  get label(): string {
    return this.node.label;
  }

  /** Whether anybody reads result `index`. */
  wants(index: number): boolean {
    return (this.node.outputs[index] ?? "") !== "";
  }

  input(index: number): Value {
    const value = this.inputs[index];
    if (value === undefined) throw badShape(this.label, `its operand ${index} is missing`);
    return value;
  }

  /** All operands; none may be omitted. */
  all(): readonly Value[] {
    return this.inputs.map((_, index) => this.input(index));
  }

  /** An operand that must be known without an input. */
  constant(index: number, what: string): Value & { readonly values: Float64Array } {
    const value = this.input(index);
    if (value.values !== undefined) return { ...value, values: value.values };
    throw new ModelError(
      "DYNAMIC_SHAPE",
      `${this.label}: ${what} depends on the input of the model, a constant is expected`,
      "Export the model with fixed shapes (torch.onnx.export without dynamic_axes), or fix them with --dim name=n.",
    );
  }

  /** The integers of a constant operand, or undefined where it is omitted. */
  integersOf(index: number, what: string): number[] | undefined {
    if (this.inputs[index] === undefined) return undefined;
    return Array.from(this.constant(index, what).values);
  }

  /** A list that moved from the attributes to operand `index` with opset `since`. */
  listEither(name: string, index: number, since: number): readonly number[] | undefined {
    return this.opset >= since ? this.integersOf(index, name) : this.integers(name);
  }

  has(name: string): boolean {
    return this.node.attributes.has(name);
  }

  number(name: string, byDefault?: number): number {
    const value = this.get(name) ?? byDefault;
    if (typeof value === "number") return value;
    throw badAttribute(this.label, name, "a number", value);
  }

  flag(name: string, byDefault: number): boolean {
    return this.number(name, byDefault) !== 0;
  }

  text(name: string, byDefault?: string): string {
    const value = this.get(name) ?? byDefault;
    if (typeof value === "string") return value;
    throw badAttribute(this.label, name, "a string", value);
  }

  integers(name: string): readonly number[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === "number")) {
      return value as readonly number[];
    }
    throw badAttribute(this.label, name, "a list of numbers", value);
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
      return value as readonly string[];
    }
    // An empty list of numbers and one of strings look the same.
    throw badAttribute(this.label, name, "a list of strings", value);
  }

  tensor(name: string): OnnxTensor | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === "object" && "dims" in value) return value;
    throw badAttribute(this.label, name, "a tensor", value);
  }

  /** Says that these attributes change nothing here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.read.add(name);
  }

  /** @throws ModelError `UNSUPPORTED_ATTRIBUTE` for an attribute nobody asked for */
  requireAllRead(): void {
    for (const name of this.node.attributes.keys()) {
      if (this.read.has(name)) continue;
      throw new ModelError(
        "UNSUPPORTED_ATTRIBUTE",
        `${this.label}: attribute ${JSON.stringify(name.slice(0, 80))} is not understood`,
        "Export the model for an opset between 9 and 22.",
      );
    }
  }

  /** A refusal of this node. */
  refuse(reason: string, hint: string): ModelError {
    return new ModelError("UNSUPPORTED_OPERATOR", `${this.label}: ${reason}`, hint);
  }

  private get(
    name: string,
  ): OnnxNode["attributes"] extends ReadonlyMap<string, infer V> ? V | undefined : never {
    this.read.add(name);
    return this.node.attributes.get(name);
  }
}
