/**
 * Interval analysis: for every element of every value of an integer graph, the least and the greatest
 * integer it can take, for any input in its range. Each operator's interval is exact for operands
 * that vary independently; so a dense layer's is attained, and what is found impossible is impossible.
 * Accumulator widths of the circuit, and the proof that int32 never overflows, come from here.
 * Moore 1966, "Interval Analysis".
 * @module
 */
import type { IntegerGraph } from "./integer-graph.ts";
import { stepsOf } from "./kernels.ts";
import { elementCount } from "./onnx/tensor.ts";
import type { Interval } from "./operators/operator.ts";

/** @throws ModelError `OVERFLOW`, `INDEX_OUT_OF_RANGE` naming the node */
export function bounds(graph: IntegerGraph): ReadonlyMap<string, Interval> {
  const intervals = new Map<string, Interval>();
  for (const { name, dims, min, max } of graph.inputs) {
    const count = elementCount(dims);
    intervals.set(name, {
      min: new Int32Array(count).fill(min),
      max: new Int32Array(count).fill(max),
    });
  }
  for (const [name, { values }] of graph.constants) {
    intervals.set(name, { min: values, max: values });
  }
  for (const { node, writes, kernel } of stepsOf(graph)) {
    const operand = (index: number) => intervals.get(node.inputs[index] ?? "") ?? NOTHING;
    intervals.set(writes, kernel.bound(operand));
  }
  return intervals;
}

// Never read: kernels ask only for operands they have checked.
const NOTHING: Interval = { min: new Int32Array(0), max: new Int32Array(0) };
