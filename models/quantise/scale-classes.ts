/**
 * Values that have to be in one scale: the parts of a Concat and the whole, what a maximum compares,
 * what a Where chooses from, what moves and where it has moved to. Rounded with one step from the
 * start they need no second rounding where they meet.
 * @module
 */
import type { FloatGraph, FloatOp } from "../float/float-graph.ts";

/** Per operator, which inputs share the output's scale. */
const SHARED: ReadonlyMap<FloatOp, (position: number) => boolean> = new Map<
  FloatOp,
  (position: number) => boolean
>([
  ["Concat", () => true],
  ["Max", () => true],
  ["Min", () => true],
  ["Where", (position) => position > 0],
  ...(
    [
      "MaxPool",
      "ReduceMax",
      "ReduceMin",
      "Reshape",
      "Transpose",
      "Slice",
      "Gather",
      "GatherElements",
      "Pad",
      "Expand",
      "Tile",
    ] as const
  ).map((op): [FloatOp, (position: number) => boolean] => [op, (position) => position === 0]),
]);

/** The names of all values that share a value's scale, itself among them, in the order of the graph. */
export function scaleClasses(graph: FloatGraph): (value: string) => readonly string[] {
  const parent = new Map<string, string>();
  const rootOf = (value: string): string => {
    let root = value;
    for (let up = parent.get(root); up !== undefined; up = parent.get(root)) root = up;
    return root;
  };
  for (const { op, inputs, outputs } of graph.nodes) {
    const shares = SHARED.get(op);
    const [output] = outputs;
    if (shares === undefined || output === undefined) continue;
    inputs.forEach((input, position) => {
      if (!shares(position) || input === "") return;
      const [a, b] = [rootOf(input), rootOf(output)];
      if (a !== b) parent.set(b, a);
    });
  }
  const members = new Map<string, string[]>();
  for (const value of graph.types.keys()) {
    const root = rootOf(value);
    const others = members.get(root);
    if (others === undefined) members.set(root, [value]);
    else others.push(value);
  }
  return (value) => members.get(rootOf(value)) ?? [value];
}
