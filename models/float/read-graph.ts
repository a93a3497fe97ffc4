/**
 * The float network of an ONNX file: translated, its tails cut, its activation functions found, its constants in place, and
 * only what the outputs need. From here on nobody needs to know how a framework writes things.
 * @module
 */
import { ModelError } from "../error.ts";
import { quoted } from "../onnx/allow.ts";
import { type Draft, type DraftNode, notFinite, type Value } from "./draft.ts";
import type {
  Attribute,
  FloatDtype,
  FloatGraph,
  FloatNode,
  FloatOp,
  FloatTensor,
  FloatValue,
} from "./float-graph.ts";
import { foldLinear } from "./fold-linear.ts";
import { isFloatOp } from "./operators/table.ts";
import { foundFunctions } from "./patterns.ts";
import { cutTails, type NamedOutput, producersOf } from "./tails.ts";
import { FLOAT_TRANSLATORS, type Translators } from "./translate/table.ts";
import { translate } from "./translation.ts";
import { dtypeOf, isFloat, type OnnxDtype } from "./value.ts";

/**
 * @param options `dims`: sizes of the dimensions that inputs name instead of fixing; a free first one is 1
 * @param translators which operators are read
 * @throws ModelError naming node, reason and way out: as translate does, and `UNSUPPORTED_OPERATOR`, `NO_INPUT`,
 *   `NOT_FINITE`, `UNSUPPORTED_DTYPE`
 */
export function readFloatGraph(
  bytes: Uint8Array,
  options: { readonly dims?: ReadonlyMap<string, number> } = {},
  translators: Translators = FLOAT_TRANSLATORS,
): FloatGraph {
  const { name, draft, inputs, outputs } = translate(bytes, translators, options);
  const named = cutTails(draft, outputs);
  rewrite(draft, dropCasts);
  rewrite(draft, (nodes) => foundFunctions(draft, nodes));
  const ends = named.map((output) => ended(draft, output, inputs));
  // What stands before a dropped tail takes the output's name, unless it has one.
  for (const { name: stated, value } of ends) if (value.name === "") value.name = stated;
  const values = ends.map(({ value }) => value);
  keepLive(draft, values);
  foldLinear(draft, values);
  keepLive(draft, values);
  return finished(name, draft, inputs, ends);
}

function rewrite(draft: Draft, change: (nodes: readonly DraftNode[]) => DraftNode[]): void {
  draft.nodes.splice(0, draft.nodes.length, ...change([...draft.nodes]));
}

/** An output that is an input itself still needs a node that writes it. */
function ended(draft: Draft, output: NamedOutput, inputs: readonly Value[]): NamedOutput {
  if (!inputs.includes(output.value)) return output;
  draft.label = `output ${quoted(output.name)}`;
  draft.origin = output.name;
  const { dims } = output.value;
  const value = draft.write("Reshape", [output.value], new Map([["dims", dims]]), output.value);
  value.name = output.name;
  return { ...output, value };
}

/** Casts between types of one kind change nothing that this graph knows about. */
function dropCasts(nodes: readonly DraftNode[]): DraftNode[] {
  const sources = new Map<Value, Value>();
  return nodes.map((node) => {
    const inputs = node.inputs.map((input) => sources.get(input) ?? input);
    const [from] = inputs;
    const isCast = node.op === "Cast" && from !== undefined;
    if (isCast && kindOf(from.dtype) === kindOf(node.output.dtype)) sources.set(node.output, from);
    return { ...node, inputs };
  });
}

/** Nodes that an output needs. */
function keepLive(draft: Draft, outputs: readonly Value[]): void {
  const producers = producersOf(draft.nodes);
  const live = new Set<Value>();
  const open = [...outputs];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (live.has(value)) continue;
    live.add(value);
    open.push(...(producers.get(value)?.inputs ?? []));
  }
  rewrite(draft, (nodes) => nodes.filter(({ output }) => live.has(output)));
}

function kindOf(dtype: OnnxDtype): FloatDtype {
  if (isFloat(dtype)) return "float";
  return dtype === "bool" ? "bool" : "integer";
}

/** What stands in the way of a transient operator that was neither folded nor last. */
const HINTS: Readonly<Record<string, string>> = {
  LogSoftmax: "Use it as the last node only, where it is dropped.",
  Normalizer:
    "Use it as the last node only, where it is dropped, or normalise the input beforehand.",
  ReduceProd: "Use sums or means.",
  BinaryPow: "Use a constant exponent.",
};

function finished(
  name: string,
  draft: Draft,
  inputs: readonly Value[],
  outputs: readonly NamedOutput[],
): FloatGraph {
  const names = new Names(draft, inputs);
  const constants = new Map<string, FloatTensor>();
  const types = new Map<string, FloatValue>();
  const typed = (value: Value): FloatValue => {
    if (value.dtype === "string") {
      throw new ModelError(
        "UNSUPPORTED_DTYPE",
        `value ${quoted(value.name)} holds strings`,
        "Encode them as numbers before inference.",
      );
    }
    const { dims } = value;
    return { name: names.of(value), dtype: kindOf(value.dtype), dims };
  };
  const record = (value: Value): FloatValue => {
    const type = typed(value);
    types.set(type.name, type);
    return type;
  };
  const declared = inputs.map(record);
  const used = new Set(draft.nodes.flatMap((node) => node.inputs));
  for (const input of inputs) {
    if (!used.has(input)) draft.notices.push(`input ${quoted(input.name)}: nothing depends on it`);
  }
  const nodes = draft.nodes.map((node): FloatNode => {
    for (const input of node.inputs) {
      if (input.values === undefined || constants.has(names.of(input))) continue;
      if (!input.values.every(Number.isFinite)) {
        throw notFinite(node.label, `its constant ${quoted(names.of(input))}`);
      }
      constants.set(record(input).name, { ...typed(input), values: input.values });
    }
    record(node.output);
    return {
      name: names.ofNode(node),
      op: opOf(node),
      inputs: node.inputs.map((input) => names.of(input)),
      outputs: [names.of(node.output)],
      attributes: attributesOf(node),
      label: node.label,
    };
  });
  return {
    name,
    inputs: declared,
    outputs: outputs.map(({ value, labels }) => ({ ...typed(value), labels })),
    nodes,
    constants,
    types,
    notices: [...new Set(draft.notices)],
  };
}

function opOf({ op, label }: DraftNode): FloatOp {
  if (op === "Logistic") return "Unary";
  if (isFloatOp(op)) return op as FloatOp;
  throw new ModelError(
    "UNSUPPORTED_OPERATOR",
    `${label}: it is not supported inside a network`,
    HINTS[op] ?? "Leave it out of the model.",
  );
}

function attributesOf({ op, attributes, label }: DraftNode): ReadonlyMap<string, Attribute> {
  if (op === "Logistic") return new Map([["function", "Sigmoid"]]);
  if (op === "Cast") {
    return new Map([["to", kindOf(dtypeOf(attributes.get("to") as number, label))]]);
  }
  for (const [name, value] of attributes) {
    const isBounded = Array.isArray(value) ? value.every((x) => Number.isFinite(x)) : true;
    // An open end of Clip is infinite, and so may the end of a Slice be in effect.
    if (!isBounded || (typeof value === "number" && Number.isNaN(value))) {
      throw notFinite(label, `its attribute ${name}`);
    }
  }
  return attributes;
}

/** Values keep the names of the file, as far as those are unique; nodes too, and get a suffix where they are not. */
class Names {
  private readonly values = new Map<Value, string>();
  private readonly takenValues = new Set<string>();
  private readonly takenNodes = new Set<string>();

  constructor(draft: Draft, inputs: readonly Value[]) {
    for (const input of inputs) this.claim(input, input.name);
    // First those that have a name, so that a made-up one never takes it.
    const all = draft.nodes.flatMap((node) => [...node.inputs, node.output]);
    for (const value of all) if (value.name !== "") this.claim(value, value.name);
    for (const { inputs: operands, output, op } of draft.nodes) {
      for (const value of [...operands, output])
        this.claim(value, value === output ? op : "constant");
    }
  }

  of(value: Value): string {
    const name = this.values.get(value);
    if (name === undefined) throw new Error("a value of the graph was not named");
    return name;
  }

  ofNode({ origin, output }: DraftNode): string {
    const base = /^[\x21-\x7e]{1,120}$/.test(origin) ? origin : this.of(output).slice(0, 120);
    return unique(base, this.takenNodes);
  }

  private claim(value: Value, name: string): void {
    if (this.values.has(value)) return;
    this.values.set(value, unique(name, this.takenValues));
  }
}

function unique(base: string, taken: Set<string>): string {
  let name = base;
  for (let count = 1; taken.has(name); count++) name = `${base.slice(0, 120)}#${count}`;
  taken.add(name);
  return name;
}
