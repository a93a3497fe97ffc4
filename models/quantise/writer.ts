/**
 * Writing an integer graph node by node. Every node is made ready as it is written, as the reader
 * will make it ready: its type, the interval of every element, and its integers on the calibration
 * samples are known from then on, so that what comes after is fitted to what came before.
 * @module
 */
import { ModelError } from "../error.ts";
import { type IntegerGraph, type IntegerNode, readIntegerGraph } from "../integer-graph.ts";
import { stepOf } from "../kernels.ts";
import {
  type BuildAttribute,
  buildConstant,
  buildModel,
  buildNode,
  buildValue,
  dtypeCode,
} from "../onnx/build.ts";
import { encodeModel } from "../onnx/decode.ts";
import type { NodeProto, TensorProto } from "../onnx/onnx_pb.ts";
import { elementCount } from "../onnx/tensor.ts";
import {
  type Constant,
  type Dtype,
  type Interval,
  RANGES,
  type TensorType,
} from "../operators/operator.ts";
import { encodeValueMetadata, METADATA_KEY, type ValueMetadata } from "../value-metadata.ts";

/** An integer tensor of the graph that is being written. */
export interface Integers {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dtype: Dtype;
  /** The least and the greatest integer any element can be. */
  readonly min: number;
  readonly max: number;
}

/** The opset the nodes are written in: where ReduceSum, Pad and Slice read their axes as operands. */
const OPSET = 17;

/** Leaves room for a suffix within the 128 characters of a node's name. */
const MAX_STEM = 96;

type WrittenInput = ValueMetadata["inputs"][number];
type WrittenOutput = ValueMetadata["outputs"][number];

export class GraphWriter {
  readonly #types = new Map<string, TensorType>();
  readonly #constants = new Map<string, Constant>();
  readonly #intervals = new Map<string, Interval>();
  /** Per value, its integers on each sample. */
  readonly #samples = new Map<string, readonly Int32Array[]>();
  readonly #inputs: WrittenInput[] = [];
  readonly #nodes: NodeProto[] = [];
  readonly #tensors: TensorProto[] = [];
  readonly #reserved: ReadonlySet<string>;
  readonly #sampleCount: number;

  /** @param reserved names of inputs and outputs, which nothing else may take */
  constructor(reserved: Iterable<string>, sampleCount: number) {
    this.#reserved = new Set(reserved);
    this.#sampleCount = sampleCount;
  }

  /** @param samples the input's integers on each sample */
  input(spec: WrittenInput, type: TensorType, samples: readonly Int32Array[]): Integers {
    const { name, min, max } = spec;
    const count = elementCount(type.dims);
    this.#inputs.push(spec);
    this.#types.set(name, type);
    this.#intervals.set(name, {
      min: new Int32Array(count).fill(min),
      max: new Int32Array(count).fill(max),
    });
    this.#samples.set(name, samples);
    return this.integers(name);
  }

  /** @returns the constant's name: `name`, or one like it that is free */
  constant(
    name: string,
    dtype: Dtype,
    dims: readonly number[],
    numbers: readonly number[] | Int32Array | Float64Array,
  ): string {
    const free = this.#free(name);
    const [lowest, highest] = RANGES[dtype];
    if (!numbers.every((x) => Number.isInteger(x) && x >= lowest && x <= highest)) {
      throw new Error(`${free} holds what is no ${dtype}`);
    }
    const values = Int32Array.from(numbers);
    const constant: Constant = { dtype, dims, values };
    this.#constants.set(free, constant);
    this.#types.set(free, constant);
    this.#intervals.set(free, { min: values, max: values });
    this.#tensors.push(buildConstant(free, dtype, dims, values));
    return free;
  }

  scalar(name: string, dtype: Dtype, value: number): string {
    return this.constant(name, dtype, [], [value]);
  }

  /** A list that says a shape, axes or places. */
  list(name: string, values: readonly number[]): string {
    return this.constant(name, "int64", [values.length], values);
  }

  /**
   * @param name of the node and of the value it writes, unless it is taken
   * @throws ModelError as the operator refuses, `OVERFLOW` among others
   */
  node(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, BuildAttribute>> = {},
  ): Integers {
    return this.#write(this.#free(name), op, inputs, attributes);
  }

  cast(name: string, from: Integers, to: Dtype): Integers {
    return from.dtype === to ? from : this.node(name, "Cast", [from.name], { to: dtypeCode(to) });
  }

  integers(name: string): Integers {
    const type = this.#types.get(name) as TensorType;
    const { min, max } = this.#intervals.get(name) as Interval;
    return {
      name,
      dims: type.dims,
      dtype: type.dtype,
      min: min.reduce((least, x) => Math.min(least, x), Number.POSITIVE_INFINITY),
      max: max.reduce((greatest, x) => Math.max(greatest, x), Number.NEGATIVE_INFINITY),
    };
  }

  /** The value's integers on each calibration sample. */
  samples(name: string): readonly Int32Array[] {
    return this.#samples.get(name) ?? [];
  }

  /** Drops what the samples have in values that nobody will ask for: most of a graph is steps of rounding. */
  forget(...values: readonly Integers[]): void {
    for (const { name } of values) this.#samples.delete(name);
  }

  /**
   * @param outputs which value each output is; values take the outputs' names
   * @throws ModelError as readIntegerGraph does: what nothing uses is refused
   */
  finish(
    name: string,
    outputs: readonly { readonly value: string; readonly spec: WrittenOutput }[],
  ): IntegerGraph {
    const renamed = this.#nameOutputs(outputs);
    const declare = (named: string, type: string) => {
      const { dtype, dims } = this.#types.get(type) as TensorType;
      return buildValue(named, dtype, dims);
    };
    const final = (value: string): string => renamed.get(value) ?? value;
    for (const node of this.#nodes) {
      node.input = node.input.map(final);
      node.output = node.output.map(final);
    }
    const metadata = { inputs: this.#inputs, outputs: outputs.map(({ spec }) => spec) };
    const bytes = encodeModel(
      buildModel({
        name,
        opset: OPSET,
        inputs: this.#inputs.map((input) => declare(input.name, input.name)),
        outputs: outputs.map(({ value, spec }) => declare(spec.name, value)),
        nodes: this.#nodes,
        constants: this.#tensors,
        metadata: { [METADATA_KEY]: encodeValueMetadata(metadata) },
      }),
    );
    return readIntegerGraph(bytes);
  }

  /** An input, a constant or a value that is two outputs goes through a node of its own. */
  #nameOutputs(
    outputs: readonly { readonly value: string; readonly spec: WrittenOutput }[],
  ): ReadonlyMap<string, string> {
    const renamed = new Map<string, string>();
    const written = new Set(this.#nodes.map(({ name }) => name));
    for (const { value, spec } of outputs) {
      if (written.has(value) && !renamed.has(value)) renamed.set(value, spec.name);
      else this.#nodes.push(buildNode(`${spec.name}.copy`, "Identity", [value], spec.name));
    }
    return renamed;
  }

  #write(
    name: string,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, BuildAttribute>>,
  ): Integers {
    const node: IntegerNode = {
      name,
      op,
      inputs,
      outputs: [name],
      attributes: new Map(Object.entries(attributes)),
    };
    const { kernel } = stepOf(node, this.#nodes.length, this.#types, this.#constants, OPSET);
    this.#types.set(name, kernel.output);
    const interval = kernel.bound((index) => this.#intervals.get(inputs[index] ?? "") ?? NONE);
    this.#intervals.set(name, interval);
    const computed: Int32Array[] = [];
    for (let i = 0; i < this.#sampleCount; i++) {
      computed.push(kernel.evaluate((index) => this.#operand(inputs[index] ?? "", i)));
    }
    this.#samples.set(name, computed);
    this.#nodes.push(buildNode(name, op, inputs, name, attributes));
    return this.integers(name);
  }

  #operand(name: string, sample: number): Int32Array {
    const constant = this.#constants.get(name);
    if (constant !== undefined) return constant.values;
    const values = this.#samples.get(name)?.[sample];
    if (values !== undefined || name === "") return values ?? NONE.min;
    throw new Error(`the samples of ${name} were forgotten too early`);
  }

  #free(name: string): string {
    const [stem, suffix] = splitName(name);
    let free = stem + suffix;
    for (let i = 2; this.#types.has(free) || this.#reserved.has(free); i++) {
      if (i > this.#types.size + this.#reserved.size + 2) throw noName(name);
      free = `${stem}~${i}${suffix}`;
    }
    return free;
  }
}

const NONE: Interval = { min: new Int32Array(0), max: new Int32Array(0) };

/** A long name is cut before its last dot: the suffix says which step of the node this is. */
function splitName(name: string): readonly [stem: string, suffix: string] {
  const dot = name.lastIndexOf(".");
  const at = dot > 0 && name.length - dot <= 24 ? dot : name.length;
  return [name.slice(0, Math.min(at, MAX_STEM)), name.slice(at)];
}

function noName(name: string): ModelError {
  return new ModelError("BAD_NAME", `no free name like ${name}`, "Give the nodes shorter names.");
}
