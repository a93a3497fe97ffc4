/**
 * A float graph computed in doubles, for calibration and as the measure of what quantisation loses.
 * @module
 */
import { ModelError } from "../error.ts";
import type { Attribute, FloatDtype, FloatGraph, FloatNode } from "./float-graph.ts";
import { countOf, type Prepared } from "./operators/operator.ts";
import { OPERATORS } from "./operators/table.ts";
import type { OnnxDtype } from "./value.ts";

interface Step {
  readonly inputs: readonly string[];
  readonly output: string;
  readonly run: Prepared["run"];
}

/** Shapes and index maps of a graph are worked out once, however many samples it sees. */
const PLANS = new WeakMap<FloatGraph, readonly Step[]>();

/**
 * Every value by name, row-major: inputs (real ones rounded to float32), constants and what nodes write. Arrays may be shared between values: read them only.
 * @param inputs one array per graph input, of its number of elements
 * @throws ModelError `WRONG_INPUT` for inputs of another number or size
 */
export function evaluateFloat(
  graph: FloatGraph,
  inputs: readonly Float64Array[],
): ReadonlyMap<string, Float64Array> {
  if (inputs.length !== graph.inputs.length) {
    throw wrongInput(`${inputs.length} inputs, expected ${graph.inputs.length}`);
  }
  const values = new Map<string, Float64Array>();
  graph.inputs.forEach(({ name, dtype, dims }, index) => {
    const input = inputs[index];
    if (input === undefined || input.length !== countOf(dims)) {
      throw wrongInput(
        `input ${name} has ${input?.length ?? 0} elements, expected ${countOf(dims)}` +
          ` ([${dims.join(", ")}])`,
      );
    }
    // As every runtime gets them: a tree that splits at 5.1 would send the double 5.1 to the other side.
    values.set(name, dtype === "float" ? input.map(Math.fround) : input);
  });
  for (const [name, { values: constant }] of graph.constants) values.set(name, constant);
  for (const { inputs: reads, output, run } of planOf(graph)) {
    values.set(output, run(reads.map((name) => values.get(name) as Float64Array)));
  }
  return values;
}

function planOf(graph: FloatGraph): readonly Step[] {
  const kept = PLANS.get(graph);
  if (kept !== undefined) return kept;
  const plan = graph.nodes.map((node) => stepOf(graph, node));
  PLANS.set(graph, plan);
  return plan;
}

/** Operators speak of exact types; for arithmetic in doubles it is enough to know of which kind. */
const EXACT: Readonly<Record<FloatDtype, OnnxDtype>> = {
  float: "float64",
  integer: "int64",
  bool: "bool",
};
/** Cast's `to`, by the numbers of ONNX. */
const CODES: Readonly<Record<FloatDtype, number>> = { float: 11, integer: 7, bool: 9 };

function stepOf(graph: FloatGraph, node: FloatNode): Step {
  const operator = OPERATORS.get(node.op);
  const [output] = node.outputs;
  if (operator === undefined || output === undefined) throw new Error(`no operator ${node.op}`);
  const attributes = new Map<string, Attribute>(node.attributes);
  const to = attributes.get("to");
  if (node.op === "Cast") attributes.set("to", CODES[to as FloatDtype]);
  const { run } = operator({
    label: node.label,
    operands: node.inputs.map((name) => {
      const type = graph.types.get(name);
      if (type === undefined) throw new Error(`value ${name} has no type`);
      return { dtype: EXACT[type.dtype], dims: type.dims };
    }),
    attributes,
    constants: node.inputs.map((name) => graph.constants.get(name)?.values),
  });
  return { inputs: node.inputs, output, run };
}

function wrongInput(message: string): ModelError {
  return new ModelError(
    "WRONG_INPUT",
    message,
    "Give one array per input of the model, row-major.",
  );
}
