/**
 * Writes an integer graph node by node. Each node is run past its operator when it is added, so its type and the interval
 * of every element are known at once, and what an operator refuses is refused where it was written.
 * @module
 */
import { ModelError } from "../error.ts";
import { buildConstant, buildModel, buildNode, buildValue } from "../onnx/build.ts";
import { encodeModel } from "../onnx/decode.ts";
import type { NodeProto, TensorProto, ValueInfoProto } from "../onnx/onnx_pb.ts";
import { elementCount } from "../onnx/tensor.ts";
import type { Attribute, Dtype, Interval, Operand, TensorType } from "../operators/operator.ts";
import { OPERATORS } from "../operators/table.ts";
import { encodeValueMetadata, METADATA_KEY, type ValueMetadata } from "../value-metadata.ts";

/** A value of the graph that is being written. */
export interface Written extends TensorType {
  readonly name: string;
  readonly interval: Interval;
  /** Present when it is a constant. */
  readonly values?: Int32Array;
}

/** What buildModel writes. */
const OPSET = 17;

export class GraphWriter {
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<
    string,
    { readonly tensor: TensorProto; readonly value: Written }
  >();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #names = new Set<string>();

  input(
    name: string,
    { dtype, dims }: TensorType,
    { min, max }: { readonly min: number; readonly max: number },
  ): Written {
    this.#inputs.push(buildValue(this.#fresh(name), dtype, dims));
    const count = elementCount(dims);
    const interval = {
      min: new Int32Array(count).fill(min),
      max: new Int32Array(count).fill(max),
    };
    return { name, dtype, dims, interval };
  }

  /** Equal constants are one. */
  constant(
    dtype: Dtype,
    dims: readonly number[],
    numbers: readonly number[] | Int32Array,
  ): Written {
    const values = Int32Array.from(numbers);
    const key = `${dtype} ${dims} ${values.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known.value;
    const name = this.#fresh(`constant${this.#constants.size}`);
    const value = { name, dtype, dims, values, interval: { min: values, max: values } };
    this.#constants.set(key, { tensor: buildConstant(name, dtype, dims, values), value });
    return value;
  }

  /**
   * @param name of the node; a number is added to one that is taken
   * @param inputs by position; undefined is an omitted optional input
   * @throws ModelError as the operator does
   */
  node(
    name: string,
    op: string,
    inputs: readonly (Written | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Written {
    const operator = OPERATORS.get(op);
    if (operator === undefined) {
      throw new ModelError(
        "UNSUPPORTED_OPERATOR",
        `${name}: an integer graph has no operator ${op}`,
        "Report this: the importer wrote it.",
      );
    }
    const fresh = this.#fresh(name);
    const kernel = operator({
      label: `${op} ${JSON.stringify(fresh)}`,
      opset: OPSET,
      operands: inputs.map((input) => (input === undefined ? undefined : operandOf(input))),
      attributes: new Map(Object.entries(attributes)),
    });
    const interval = kernel.bound((index) => (inputs[index] as Written).interval);
    const names = inputs.map((input) => input?.name ?? "");
    this.#nodes.push(buildNode(fresh, op, names, fresh, attributes));
    return { name: fresh, ...kernel.output, interval };
  }

  /** Whether a node writes the value: an input or a constant cannot be an output of the graph. */
  isWritten({ name }: Written): boolean {
    return this.#nodes.some(({ output }) => output[0] === name);
  }

  /** Canonical ONNX bytes. Constants that nothing reads, because a rule wrote another form of them, stay away. */
  finish(name: string, outputs: readonly Written[], metadata: ValueMetadata): Uint8Array {
    const read = new Set(this.#nodes.flatMap((node) => node.input));
    const constants = [...this.#constants.values()].map(({ tensor }) => tensor);
    return encodeModel(
      buildModel({
        name,
        inputs: this.#inputs,
        outputs: outputs.map((output) => buildValue(output.name, output.dtype, output.dims)),
        nodes: this.#nodes,
        constants: constants.filter((tensor) => read.has(tensor.name)),
        metadata: { [METADATA_KEY]: encodeValueMetadata(metadata) },
      }),
    );
  }

  #fresh(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.#names.has(name); i++) name = `${wanted}.${i}`;
    this.#names.add(name);
    return name;
  }
}

function operandOf({ dtype, dims, values }: Written): Operand {
  return values === undefined ? { dtype, dims } : { dtype, dims, values };
}
