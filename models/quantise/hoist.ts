/**
 * Takes Relu and Clip before the movements and maxima they stand behind: relu(pool(x)) = pool(relu(x)),
 * as both are monotone. The bounds then belong to the rounding of x, whose integers need no sign.
 * @module
 */
import type { FloatGraph, FloatNode, FloatOp, FloatValue } from "../float/float-graph.ts";

const CROSSED: ReadonlySet<FloatOp> = new Set<FloatOp>([
  "MaxPool",
  "ReduceMax",
  "Reshape",
  "Transpose",
  "Slice",
  "Gather",
]);

export function hoistClamps(graph: FloatGraph): FloatGraph {
  const types = new Map(graph.types);
  let nodes = [...graph.nodes];
  const readers = countReaders(graph);
  for (let again = true; again; ) {
    again = false;
    const writers = new Map(nodes.map((node) => [node.outputs[0] ?? "", node]));
    for (const clamp of nodes) {
      if (clamp.op !== "Relu" && clamp.op !== "Clip") continue;
      const mover = writers.get(clamp.inputs[0] ?? "");
      if (mover === undefined || !CROSSED.has(mover.op)) continue;
      if (readers.get(mover.outputs[0] ?? "") !== 1) continue;
      nodes = swap(nodes, mover, clamp, types);
      again = true;
      break;
    }
  }
  return { ...graph, nodes, types };
}

/** How often each value is read; an output of the graph counts as read once more. */
export function countReaders({ nodes, outputs }: FloatGraph): ReadonlyMap<string, number> {
  const readers = new Map<string, number>();
  const read = (value: string): void => {
    readers.set(value, (readers.get(value) ?? 0) + 1);
  };
  for (const { inputs } of nodes) for (const input of inputs) read(input);
  for (const { name } of outputs) read(name);
  return readers;
}

/** x → mover → m → clamp → c becomes x → clamp → c' → mover → c. */
function swap(
  nodes: readonly FloatNode[],
  mover: FloatNode,
  clamp: FloatNode,
  types: Map<string, FloatValue>,
): FloatNode[] {
  const [source = "", ...places] = mover.inputs;
  const [moved = ""] = mover.outputs;
  // The name of the value between is free again, and stands for the clamped one now.
  types.set(moved, { ...(types.get(source) as FloatValue), name: moved });
  const early = { ...clamp, inputs: [source], outputs: [moved] };
  const late = { ...mover, inputs: [moved, ...places], outputs: clamp.outputs };
  return nodes.flatMap((node) => {
    if (node === mover) return [early, late];
    return node === clamp ? [] : [node];
  });
}
