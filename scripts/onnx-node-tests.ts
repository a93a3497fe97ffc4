/**
 * The ONNX project's own node tests, as far as they speak of integers:
 *
 *     node --import tsx scripts/onnx-node-tests.ts <folder with test_*> [--write]
 *
 * Taken are the tests of a listed operator whose tensors are all integers or truth values, and those of operators that only
 * move data, with each different number of the data replaced by an integer of its own. Operands that say how (shapes, axes,
 * pads, weights) are baked in as constants. Each test goes through import, our interpreter and, up to 5,000 outputs, the
 * circuit, whose rows its witness must satisfy. The folder lies in the onnx wheels of PyPI up to 1.20, under
 * onnx/backend/test/data/node. The list stands in docs/operators.md, where --write puts it; without it a difference is a failure.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create, fromBinary } from "@bufbuild/protobuf";
import { lower } from "../circuits/lower/lower.ts";
import { firstBrokenRow, residuesOf } from "../circuits/soundness/satisfied.ts";
import { emitExact, readExactModel } from "../models/exact/emit-exact.ts";
import { RULES } from "../models/exact/rules.ts";
import { readIntegerGraph } from "../models/integer-graph.ts";
import { interpret } from "../models/interpreter.ts";
import { decodeModel, encodeModel } from "../models/onnx/decode.ts";
import {
  type ModelProto,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
} from "../models/onnx/onnx_pb.ts";
import { tensorValues } from "../models/onnx/tensor.ts";

/** Operators that move data, or choose among it, and compute nothing. */
const MOVES = new Set([
  "Concat",
  "DepthToSpace",
  "Expand",
  "Flatten",
  "Gather",
  "GatherElements",
  "Identity",
  "Pad",
  "Reshape",
  "Slice",
  "SpaceToDepth",
  "Split",
  "Squeeze",
  "Tile",
  "Transpose",
  "Unsqueeze",
  "Where",
]);

/** Which inputs are data; every other one says how, and is baked in. All inputs of an operator that is not here. */
const DATA: ReadonlyMap<string, readonly number[]> = new Map([
  ["BitShift", [0]],
  ["Clip", [0]],
  ["ConvInteger", [0]],
  ["CumSum", [0]],
  ["Div", [0]],
  ["Expand", [0]],
  ["Gather", [0]],
  ["GatherElements", [0]],
  ["MatMulInteger", [0]],
  ["Mod", [0]],
  ["Pad", [0]],
  ["ReduceMax", [0]],
  ["ReduceMin", [0]],
  ["Reshape", [0]],
  ["Slice", [0]],
  ["Split", [0]],
  ["Squeeze", [0]],
  ["Tile", [0]],
  ["Trilu", [0]],
  ["Unsqueeze", [0]],
]);

/** Integer operators that become others while a file is read. */
const REWRITTEN = [
  "BitShift",
  "ConvInteger",
  "CumSum",
  "DepthToSpace",
  "Flatten",
  "Identity",
  "MatMulInteger",
  "Pow",
  "SpaceToDepth",
  "Split",
  "Squeeze",
  "Trilu",
  "Unsqueeze",
];

const LISTED = new Set<string>([...Object.keys(RULES), ...REWRITTEN, "Abs", "Sign"]);
const MAX_CIRCUIT_OUTPUTS = 5_000;

export type Outcome =
  | { readonly kind: "passed"; readonly rows: number | undefined }
  | { readonly kind: "left out"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

interface Case {
  readonly model: ModelProto;
  readonly inputs: readonly TensorProto[];
  readonly outputs: readonly TensorProto[];
}

/** One test folder. */
export function runNodeTest(folder: string): Outcome {
  const found = readCase(folder);
  if (typeof found === "string") return { kind: "left out", reason: found };
  const op = operatorOf(found.model);
  try {
    return check(op, found);
  } catch (error) {
    // A refusal is an answer, with its reason; anything else is a fault of ours.
    if (error instanceof Error && "code" in error) {
      return { kind: "left out", reason: `${error.code}: ${error.message}` };
    }
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

function check(op: string, { model, inputs, outputs }: Case): Outcome {
  const data = inputs.map((_, index) => (DATA.get(op) ?? [index]).includes(index));
  const baked = bakeIn(model, inputs, data);
  const given = inputs.filter((_, index) => data[index]).map(numbersOf);
  const read = readExactModel(encodeModel(baked), {});
  if (read === undefined) return { kind: "left out", reason: "it computes with real numbers" };
  const ranges = given.map((values) => ({ min: Math.min(...values), max: Math.max(...values) }));
  const integer = readIntegerGraph(emitExact(read, { name: op, ranges }));
  const tensors = given.map((values) => Int32Array.from(values));
  const values = interpret(integer, tensors);
  const computed = integer.outputs.map(({ name }) => [...(values.get(name) ?? [])]);
  const expected = outputs.map(numbersOf);
  if (JSON.stringify(computed) !== JSON.stringify(expected)) {
    return { kind: "failed", reason: "the interpreter computes something else" };
  }
  if (expected.flat().length > MAX_CIRCUIT_OUTPUTS) return { kind: "passed", rows: undefined };
  const circuit = lower(integer);
  const witness = circuit.witness({ tag: 7n, inputs: tensors });
  if (firstBrokenRow(circuit, residuesOf(witness)) !== undefined) {
    return { kind: "failed", reason: "the witness breaks a row of the circuit" };
  }
  const signals = [...witness.values.subarray(1, 1 + circuit.publicSignals.outputs)];
  if (JSON.stringify(signals) !== JSON.stringify(expected.flat())) {
    return { kind: "failed", reason: "the circuit computes something else" };
  }
  return { kind: "passed", rows: circuit.rows };
}

/** The test's model and tensors, or the reason why it is none of ours. */
function readCase(folder: string): Case | string {
  const model = decodeModel(new Uint8Array(readFileSync(join(folder, "model.onnx"))));
  const ops = new Set(model.graph?.node.map(({ opType, domain }) => `${domain}${opType}`));
  const foreign = [...ops].find((op) => !LISTED.has(op) && !MOVES.has(op));
  if (foreign !== undefined) return `operator ${foreign} is not listed`;
  const values = [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])];
  if (values.some(({ type }) => type?.value.case !== "tensorType")) return "not of tensors";
  const tensors = join(folder, "test_data_set_0");
  const read = (kind: string): TensorProto[] =>
    readdirSync(tensors)
      .filter((name) => name.startsWith(`${kind}_`))
      .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
      .map((name) => fromBinary(TensorProtoSchema, readFileSync(join(tensors, name))));
  const found: Case = { model, inputs: read("input"), outputs: read("output") };
  if ([...found.inputs, ...found.outputs].every(isWhole)) return found;
  if ([...ops].every((op) => MOVES.has(op))) return withIntegers(found);
  return "of real numbers";
}

const FLOATS = new Set<number>([TensorProto_DataType.FLOAT, TensorProto_DataType.DOUBLE]);

const WHOLE = new Set<number>([
  TensorProto_DataType.BOOL,
  TensorProto_DataType.INT8,
  TensorProto_DataType.INT16,
  TensorProto_DataType.INT32,
  TensorProto_DataType.INT64,
  TensorProto_DataType.UINT8,
  TensorProto_DataType.UINT16,
  TensorProto_DataType.UINT32,
  TensorProto_DataType.UINT64,
]);

function isWhole({ dataType }: TensorProto): boolean {
  return WHOLE.has(dataType);
}

/** Every different number of the data becomes an integer of its own; 0, with which data is padded, stays. */
function withIntegers({ model, inputs, outputs }: Case): Case | string {
  if (![...inputs, ...outputs].every((tensor) => isWhole(tensor) || FLOATS.has(tensor.dataType))) {
    return "of numbers that JavaScript cannot read";
  }
  const named = new Map<number, number>([[0, 0]]);
  const rename = (tensor: TensorProto): TensorProto => {
    if (isWhole(tensor)) return tensor;
    const ids = numbersOf(tensor).map((value) => {
      const known = named.get(value) ?? named.size;
      named.set(value, known);
      return known;
    });
    return tensorOf(tensor, ids);
  };
  const retype = (value: ValueInfoProto): void => {
    const type = value.type?.value;
    if (type?.case === "tensorType" && FLOATS.has(type.value.elemType)) {
      type.value.elemType = TensorProto_DataType.INT32;
    }
  };
  for (const value of [...(model.graph?.input ?? []), ...(model.graph?.output ?? [])])
    retype(value);
  return { model, inputs: inputs.map(rename), outputs: outputs.map(rename) };
}

function tensorOf({ name, dims }: TensorProto, values: readonly number[]): TensorProto {
  const rawData = new Uint8Array(Int32Array.from(values).buffer);
  return create(TensorProtoSchema, { name, dims, dataType: TensorProto_DataType.INT32, rawData });
}

function bakeIn(
  model: ModelProto,
  inputs: readonly TensorProto[],
  data: readonly boolean[],
): ModelProto {
  const { graph } = model;
  if (graph === undefined) return model;
  const [kept, constant] = [true, false].map((wanted) =>
    graph.input.filter((_, index) => (data[index] ?? true) === wanted),
  ) as [ValueInfoProto[], ValueInfoProto[]];
  graph.initializer.push(
    ...constant.map((value) => {
      const tensor = inputs[graph.input.indexOf(value)] as TensorProto;
      tensor.name = value.name;
      return tensor;
    }),
  );
  graph.input = kept;
  return model;
}

function numbersOf(tensor: TensorProto): number[] {
  return [...tensorValues(tensor).values].map(Number);
}

function operatorOf({ graph }: ModelProto): string {
  return graph?.node[0]?.opType ?? "";
}

/** Every test folder of one that holds them, by name. */
export function runNodeTests(folder: string): ReadonlyMap<string, Outcome> {
  const names = readdirSync(folder)
    .filter((name) => name.startsWith("test_"))
    .sort();
  return new Map(names.map((name) => [name.slice(5), runNodeTest(join(folder, name))]));
}

const DOCUMENT = new URL("../docs/operators.md", import.meta.url);
const START = "<!-- node tests: written by scripts/onnx-node-tests.ts -->";

/** The part of docs/operators.md about these tests. */
function documented(outcomes: ReadonlyMap<string, Outcome>): string {
  const passed = [...outcomes].filter(([, { kind }]) => kind === "passed");
  const circuits = passed.filter(([, one]) => one.kind === "passed" && one.rows !== undefined);
  const reasons = new Map<string, string[]>();
  for (const [name, outcome] of outcomes) {
    if (outcome.kind === "passed") continue;
    // Brackets, stars and the like would be read as Markdown.
    const reason = outcome.reason.replaceAll(/[[\]*_|]/g, "\\$&");
    reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  }
  const rows = [...reasons].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    START,
    "",
    `Of the ${outcomes.size} node tests of ONNX, ${passed.length} pass through import and interpreter, ${circuits.length} of them`,
    "through the circuit too:",
    "",
    passed.map(([name]) => `\`${name}\``).join(", "),
    "",
    "Left out:",
    "",
    ...rows.map(
      ([reason, names]) => `- ${reason}: ${names.map((name) => `\`${name}\``).join(", ")}`,
    ),
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = "", flag] = process.argv.slice(2);
  const outcomes = runNodeTests(folder);
  const count = (kind: Outcome["kind"]): number =>
    [...outcomes.values()].filter((outcome) => outcome.kind === kind).length;
  for (const [name, outcome] of outcomes) {
    if (outcome.kind === "failed") process.stderr.write(`failed: ${name}: ${outcome.reason}\n`);
  }
  process.stdout.write(
    `node tests: ${count("passed")} passed, ${count("failed")} failed, ${count("left out")} left out\n`,
  );
  const text = readFileSync(DOCUMENT, "utf8");
  const upToDate = `${text.split(START)[0]}${documented(outcomes)}`;
  if (flag === "--write") writeFileSync(DOCUMENT, upToDate);
  else if (text !== upToDate)
    process.stderr.write("docs/operators.md says otherwise: use --write\n");
  const isTrue = flag === "--write" || text === upToDate;
  process.exitCode = count("failed") > 0 || !isTrue ? 1 : 0;
}
