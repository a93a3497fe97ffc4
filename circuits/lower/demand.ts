/**
 * How often each element of a graph is read on the way to its outputs. What nobody reads costs nothing, and a long sum
 * that is read often becomes a wire.
 * @module
 */
import type { IntegerGraph } from "../../models/integer-graph.ts";
import type { Step } from "../../models/kernels.ts";
import { elementCount } from "../../models/onnx/tensor.ts";
import type { Form } from "../../models/operators/form.ts";
import type { Interval } from "../../models/operators/operator.ts";

/** By value and element; 0 for what no output depends on. Constant elements are read, and read nothing themselves. */
export type Uses = ReadonlyMap<string, Uint32Array>;

export function usesOf(
  graph: IntegerGraph,
  steps: readonly Step[],
  intervals: ReadonlyMap<string, Interval>,
): Uses {
  const uses = new Map<string, Uint32Array>();
  for (const [name, { dims }] of graph.types) {
    if (!graph.constants.has(name)) uses.set(name, new Uint32Array(elementCount(dims)));
  }
  for (const { name } of graph.outputs) uses.get(name)?.fill(1);
  for (const { node, writes, kernel } of [...steps].reverse()) {
    const own = uses.get(writes) ?? NOBODY;
    const of = node.inputs.map((name) => uses.get(name));
    // A move passes an element on: whoever reads the one reads the other.
    const isMove = kernel.form.kind === "move";
    let readers = 1;
    const read = (operand: number, index: number): void => {
      const counts = of[operand];
      if (counts !== undefined) counts[index] = (counts[index] as number) + readers;
    };
    const reads = readsOf(kernel.form, read);
    const interval = intervals.get(writes);
    for (let i = 0; i < own.length; i++) {
      if (own[i] === 0 || interval?.min[i] === interval?.max[i]) continue;
      if (isMove) readers = own[i] as number;
      reads(i);
    }
  }
  return uses;
}

const NOBODY = new Uint32Array(0);

/** @returns a function that tells `read` of all that output element i is computed from */
function readsOf(form: Form, read: (operand: number, index: number) => void): (i: number) => void {
  switch (form.kind) {
    case "move": {
      const { from, at } = form;
      return (i) => {
        const operand = typeof from === "number" ? from : (from[i] as number);
        if (operand !== -1) read(operand, at[i] as number);
      };
    }
    case "linear":
      return (i) => void form.row(i, read);
    case "extreme":
    case "extreme-position":
      return (i) => form.row(i, read);
    case "product":
      return (i) =>
        form.row(i, (a, b) => {
          read(0, a);
          read(1, b);
        });
    case "quotient":
    case "remainder":
      return (i) => read(0, form.at[i] as number);
    case "clamp":
    case "wrap":
    case "absolute":
    case "sign":
      return (i) => read(0, i);
    case "compare":
    case "logic":
      return (i) => {
        read(0, form.left[i] as number);
        read(1, form.right[i] as number);
      };
    case "select":
      return (i) => {
        read(0, form.condition[i] as number);
        read(1, form.yes[i] as number);
        read(2, form.no[i] as number);
      };
    case "table":
      return (i) => read(1, form.at[i] as number);
  }
}
