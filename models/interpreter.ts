/**
 * The reference for what an integer graph computes: every value, by its operators, in order.
 * It is what the witness is made from, and what both onnxruntimes are compared with.
 * @module
 */
import { checkInputs, type Inference } from "./inference.ts";
import type { IntegerGraph } from "./integer-graph.ts";
import { type Step, stepsOf } from "./kernels.ts";

/**
 * Every value of the graph by name, row-major: inputs, constants, and what the nodes write. Values may
 * share memory with each other and with `inputs`; treat them as read-only.
 * @throws ModelError `BAD_INPUT`
 */
export function interpret(
  graph: IntegerGraph,
  inputs: readonly Int32Array[],
): ReadonlyMap<string, Int32Array> {
  return run(graph, stepsOf(graph), inputs);
}

/** The interpreter as a runtime: nodes are made ready once, for many inputs. */
export function openInterpreter(graph: IntegerGraph): Inference {
  const steps = stepsOf(graph);
  return {
    name: "interpreter",
    infer: async (inputs) => {
      const values = run(graph, steps, inputs);
      // Copied, because an output may be the caller's own input under another name.
      return graph.outputs.map(({ name }) => Int32Array.from(values.get(name) ?? NOTHING));
    },
    close: async () => {},
  };
}

function run(
  graph: IntegerGraph,
  steps: readonly Step[],
  inputs: readonly Int32Array[],
): Map<string, Int32Array> {
  checkInputs(graph, inputs);
  const values = new Map<string, Int32Array>();
  for (const [name, constant] of graph.constants) values.set(name, constant.values);
  graph.inputs.forEach(({ name }, index) => {
    values.set(name, inputs[index] ?? NOTHING);
  });
  for (const { node, writes, kernel } of steps) {
    values.set(
      writes,
      kernel.evaluate((index) => values.get(node.inputs[index] ?? "") ?? NOTHING),
    );
  }
  return values;
}

// Never read: every name was resolved when the graph was read.
const NOTHING = new Int32Array(0);
