/**
 * A graph while it is read. A translator says which explicit node it wants; the draft tells its type, refuses what is too
 * large before anything is allocated, and computes at once whatever depends on no input: constant folding is not a pass
 * but what happens when a node is written.
 * @module
 */
import { ModelError } from "../error.ts";
import { MAX_TENSOR_ELEMENTS } from "../onnx/tensor.ts";
import type { Attribute } from "./float-graph.ts";
import { badShape, countOf, type Prepared } from "./operators/operator.ts";
import { OPERATORS } from "./operators/table.ts";
import { narrow, type OnnxDtype, type OnnxType } from "./value.ts";

/** A value of the draft: an input, a constant, or what a node writes. */
export interface Value extends OnnxType {
  /** Elements of a constant, row-major. Never changed. */
  readonly values?: Float64Array;
  /** Of a constant of dtype string, whose values are positions here. */
  readonly strings?: readonly string[];
  /** Of a value that numbers classes: their labels. */
  labels?: readonly string[];
  /** What it is called in the file; the first name given stays. */
  name: string;
}

export interface DraftNode {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** How errors name the node of the file that this one comes from. */
  readonly label: string;
  /** The name of that node, where it has one. */
  readonly origin: string;
}

/**
 * Elements of all values together: 2^24, 128 MiB of doubles. Innermost steps of one evaluation, and of all folding: 2^31,
 * a hundred times LeNet-5 for each of the largest networks that can be proven, and some seconds.
 */
const MAX_ELEMENTS = MAX_TENSOR_ELEMENTS;
const MAX_WORK = 2 ** 31;
/** As many dimensions as the door allows an input; and nodes of a few hundred bytes each, which one of the file can become many of. */
const MAX_RANK = 8;
const MAX_NODES = 2 ** 18;

export class Draft {
  readonly nodes: DraftNode[] = [];
  readonly notices: string[] = [];
  /** The node of the file that is being translated. */
  label = "the graph";
  origin = "";
  private elements = 0;
  private work = 0;

  /** @throws ModelError `TOO_LARGE` when all values together are more than a network may have */
  count({ dims }: OnnxType, place: string): void {
    if (dims.length > MAX_RANK) {
      throw new ModelError(
        "TOO_LARGE",
        `${place}: its shape has ${dims.length} dimensions, at most ${MAX_RANK} are supported`,
        "Reshape the tensor to fewer dimensions.",
      );
    }
    this.elements += countOf(dims);
    if (this.elements <= MAX_ELEMENTS) return;
    throw new ModelError(
      "TOO_LARGE",
      `${place}: its shape [${dims.join(", ")}] brings the graph to ${this.elements} elements,` +
        ` at most ${MAX_ELEMENTS} are supported`,
      "Use a smaller model, or smaller inputs.",
    );
  }

  /** An input of the graph. */
  input(name: string, type: OnnxType): Value {
    this.count(type, `input ${JSON.stringify(name)}`);
    return { ...type, name };
  }

  constant(type: OnnxType, values: Float64Array, name = "", strings?: readonly string[]): Value {
    this.count(type, name === "" ? this.label : `initialiser ${JSON.stringify(name)}`);
    return { ...type, values, name, ...(strings === undefined ? {} : { strings }) };
  }

  /** A constant from a list of numbers. */
  numbers(dtype: OnnxDtype, dims: readonly number[], values: Iterable<number>): Value {
    return this.constant({ dtype, dims }, narrow(dtype, Float64Array.from(values)));
  }

  /**
   * The result of one operator of operators/table.ts: a new node, or a constant where all operands are constant.
   * @throws ModelError `TOO_LARGE`, `NOT_FINITE`, `INEXACT_INTEGER`, and as the operator does
   */
  emit(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const operator = OPERATORS.get(op);
    if (operator === undefined) throw new Error(`there is no operator ${op}`);
    const explicit = new Map(Object.entries(attributes));
    const prepared = operator({
      label: this.label,
      operands: inputs,
      attributes: explicit,
      constants: inputs.map(({ values }) => values),
    });
    if (op !== "Slice") for (const input of inputs) requireExact(input, this.label);
    const { dtype, dims } = prepared;
    this.count(prepared, this.label);
    this.spend(prepared);
    const constants = inputs.flatMap(({ values }) => (values === undefined ? [] : [values]));
    if (constants.length === inputs.length) return this.fold(prepared, constants, inputs);
    return this.write(op, inputs, explicit, { dtype, dims });
  }

  /** One number to meet `like` in an operator: of its dtype, broadcast. */
  scalar(like: Value, value: number): Value {
    return this.numbers(like.dtype, [], [value]);
  }

  reshape(value: Value, dims: readonly number[]): Value {
    return this.emit("Reshape", [value], { dims });
  }

  /** A node as it is, neither checked nor folded. */
  write(
    op: string,
    inputs: readonly Value[],
    attributes: ReadonlyMap<string, Attribute>,
    type: OnnxType,
  ): Value {
    const output: Value = { dtype: type.dtype, dims: type.dims, name: "" };
    if (this.nodes.length >= MAX_NODES) {
      throw new ModelError(
        "TOO_LARGE",
        `${this.label} brings the graph to more than ${MAX_NODES} nodes`,
        "Use a smaller model.",
      );
    }
    this.nodes.push({ op, inputs, output, attributes, label: this.label, origin: this.origin });
    return output;
  }

  private fold(
    prepared: Prepared,
    constants: readonly Float64Array[],
    inputs: readonly Value[],
  ): Value {
    const { dtype, dims } = prepared;
    const values = prepared.run(constants);
    // A result may be its operand itself, which narrowing must not change.
    const own = constants.includes(values) ? values : narrow(dtype, values);
    if (own.some(Number.isNaN)) throw notFinite(this.label, "a constant that it computes");
    const lists = inputs.flatMap(({ strings }) => (strings === undefined ? [] : [strings]));
    if (dtype !== "string") return { dtype, dims, values: own, name: "" };
    // Names of classes are moved as positions in one list.
    const [strings = []] = lists;
    if (lists.length > 1) throw badShape(this.label, "it joins lists of strings");
    return { dtype, dims, values: own, strings, name: "" };
  }

  private spend({ work }: Prepared): void {
    this.work += work;
    if (this.work <= MAX_WORK) return;
    throw new ModelError(
      "TOO_LARGE",
      `${this.label} brings the graph to more than ${MAX_WORK} multiplications, the most that is supported`,
      "Use a smaller model, or smaller inputs.",
    );
  }
}

export function notFinite(place: string, what: string): ModelError {
  return new ModelError(
    "NOT_FINITE",
    `${place}: ${what} is infinite or not a number`,
    "Training diverged, or a mask is written as -inf: repair the weights and export the model again.",
  );
}

/** Exporters write "to the end" as 2^63 - 1, which only Slice may read: it cuts ends off. */
function requireExact({ dtype, values }: Value, label: string): void {
  if (values === undefined || (dtype !== "int64" && dtype !== "uint64")) return;
  if (!values.some((value) => Math.abs(value) > Number.MAX_SAFE_INTEGER)) return;
  throw new ModelError(
    "INEXACT_INTEGER",
    `${label}: it computes with an integer beyond 2^53`,
    "Export the model with smaller integers.",
  );
}
