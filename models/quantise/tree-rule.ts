/**
 * Trees: every comparison of a feature with a threshold once, as an integer comparison that decides as
 * the real one on the samples; then level by level which node of each tree is reached,
 *
 *     left = indicator · bit          right = indicator - left
 *
 * one product for each inner node below a root; and the scores, the leaves' weights over their indicators.
 * @module
 */
import type { FloatNode } from "../float/float-graph.ts";
import { elementCount } from "../onnx/tensor.ts";
import { soleTerm } from "./linear-form.ts";
import { threshold } from "./logic-rules.ts";
import type { Quantiser } from "./quantiser.ts";
import { expand, nearest } from "./real.ts";
import { inputOf, listOf, numberOf, outputOf, type Rule, unsupported } from "./rule.ts";
import type { GraphWriter, Integers } from "./writer.ts";

/** Scores of the trees together stay below 2^24, which leaves room to add them to anything. */
const SCORE_BITS = 24;

interface Trees {
  readonly roots: readonly number[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  readonly leaves: readonly number[];
  readonly outputs: number;
  readonly base: readonly number[];
}

export const treeEnsemble: Rule = (quantiser, node) => {
  const trees: Trees = {
    roots: listOf(node, "roots"),
    feature: listOf(node, "feature"),
    threshold: listOf(node, "threshold"),
    left: listOf(node, "left"),
    right: listOf(node, "right"),
    leaves: listOf(node, "leaves"),
    outputs: numberOf(node, "outputs"),
    base: listOf(node, "base"),
  };
  const { writer } = quantiser;
  if (trees.feature.length === 0) {
    throw unsupported(node, "no tree has an inner node, so it is a constant", "Train the trees.");
  }
  const bits = emitBits(quantiser, node, trees);
  const reached = emitLevels(writer, node, trees, bits);
  const step = stepOf(trees);
  const weights = reached.leaves.flatMap((leaf) =>
    trees.leaves
      .slice(leaf * trees.outputs, (leaf + 1) * trees.outputs)
      .map((w) => nearest(w / step)),
  );
  const dims = [reached.leaves.length, trees.outputs];
  const scores = writer.node(`${node.name}.scores`, "MatMul", [
    reached.indicators.name,
    writer.constant(`${node.name}.leaves`, "int32", dims, weights),
  ]);
  const base = trees.base.map((b, k) => nearest((b + certain(trees, k)) / step));
  const source = base.every((b) => b === 0)
    ? scores
    : writer.node(`${node.name}.based`, "Add", [
        scores.name,
        writer.constant(`${node.name}.base`, "int32", [1, trees.outputs], base),
      ]);
  quantiser.setGrid(outputOf(node), { source, step });
};

/** What trees of a single leaf add to output k, whatever the input. */
function certain({ roots, leaves, outputs }: Trees, k: number): number {
  return roots
    .filter((root) => root < 0)
    .reduce((sum, root) => sum + (leaves[~root * outputs + k] as number), 0);
}

/** A step in which the leaves' weights are as fine as the width of a score allows. */
function stepOf({ leaves, base, roots }: Trees): number {
  const largest = [...leaves, ...base].reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  return largest === 0 ? 1 : (largest * (roots.length + 1)) / 2 ** SCORE_BITS;
}

/** For each inner node, the column of its comparison in `bits`: 1 where x goes left. */
interface Bits {
  readonly values: Integers;
  readonly columnOf: Int32Array;
}

function emitBits(quantiser: Quantiser, node: FloatNode, trees: Trees): Bits {
  const { writer } = quantiser;
  const x = inputOf(node, 0);
  const form = quantiser.form(x);
  const term = soleTerm(form) ?? soleTerm(rounded(quantiser, x));
  if (term === undefined) throw new Error(`${node.label}: its features are one integer tensor`);
  const { source } = term;
  if (source.dims.length !== 2 || source.dims[0] !== 1) {
    throw unsupported(node, `its features are [${source.dims}]`, "Fix the batch to 1.");
  }
  const features = elementCount(source.dims);
  const scales = expand(term.factor, source.dims);
  const offsets = expand(quantiser.form(x).bias, source.dims);
  const reals = quantiser.calibration.real(x);
  const integers = writer.samples(source.name);

  const columns = new Map<string, number>();
  const chosen: { feature: number; threshold: number }[] = [];
  let decided = 0;
  const columnOf = Int32Array.from(trees.feature, (feature, i) => {
    const t = trees.threshold[i] as number;
    const scale = scales[feature] as number;
    if (!(scale > 0) || feature >= features) {
      throw unsupported(
        node,
        `feature ${feature} has the scale ${scale}`,
        "Scale by positive numbers.",
      );
    }
    const near = threshold((t - (offsets[feature] as number)) / scale, "LessOrEqual", source);
    const best = decideAlike(near, t, feature, reals, integers);
    decided += best.misses;
    const key = `${feature} ${best.threshold}`;
    const column = columns.get(key) ?? chosen.push({ feature, threshold: best.threshold }) - 1;
    columns.set(key, column);
    return column;
  });
  if (decided > 0) {
    quantiser.notices.push(
      `${node.label}: ${decided} of ${reals.length * trees.feature.length} comparisons on the samples` +
        " fall on the other side of their threshold; more input bits would separate them",
    );
  }
  const gathered = writer.node(
    `${node.name}.features`,
    "Gather",
    [
      source.name,
      writer.list(
        `${node.name}.places`,
        chosen.map(({ feature }) => feature),
      ),
    ],
    { axis: 1 },
  );
  const wide = writer.cast(`${node.name}.wide`, gathered, "int32");
  const thresholds = writer.constant(
    `${node.name}.thresholds`,
    "int32",
    [1, chosen.length],
    chosen.map((each) => each.threshold),
  );
  const holds = writer.node(`${node.name}.goes_left`, "LessOrEqual", [wide.name, thresholds]);
  return { values: writer.cast(`${node.name}.bits`, holds, "int32"), columnOf };
}

function rounded(quantiser: Quantiser, x: string) {
  quantiser.grid(x);
  return quantiser.form(x);
}

/** Of the thresholds beside the exact one, that which decides most samples as the real one does. */
function decideAlike(
  near: number,
  t: number,
  feature: number,
  reals: readonly Float64Array[],
  integers: readonly Int32Array[],
): { readonly threshold: number; readonly misses: number } {
  let best = { threshold: near, misses: Number.POSITIVE_INFINITY };
  for (const candidate of [near, near - 1, near + 1]) {
    let misses = 0;
    reals.forEach((x, i) => {
      const goesLeft = (x[feature] as number) <= t;
      if (goesLeft !== (integers[i]?.[feature] as number) <= candidate) misses++;
    });
    if (misses < best.misses) best = { threshold: candidate, misses };
  }
  return best;
}

/** The leaves below inner nodes, and for each whether it is reached. */
interface Reached {
  readonly leaves: readonly number[];
  readonly indicators: Integers;
}

function emitLevels(writer: GraphWriter, node: FloatNode, trees: Trees, bits: Bits): Reached {
  const { left, right } = trees;
  const leaves: number[] = [];
  const found: Integers[] = [];
  let level = trees.roots.filter((root) => root >= 0);
  let indicators: Integers | undefined;
  for (let depth = 0; level.length > 0; depth++) {
    const name = `${node.name}.level${depth}`;
    const columns = level.map((at) => bits.columnOf[at] as number);
    const bit = pick(writer, `${name}.bits`, bits.values, columns);
    // A root is always reached: its left child where the bit is 1, its right child where it is not.
    const goesLeft =
      indicators === undefined
        ? bit
        : writer.node(`${name}.left`, "Mul", [indicators.name, bit.name]);
    const whole = indicators?.name ?? writer.scalar(`${name}.root`, "int32", 1);
    const goesRight = writer.node(`${name}.right`, "Sub", [whole, goesLeft.name]);
    const children = [...level.map((at) => left[at]), ...level.map((at) => right[at])] as number[];
    const both = writer.node(`${name}.children`, "Concat", [goesLeft.name, goesRight.name], {
      axis: 1,
    });
    const places = (isLeaf: boolean): number[] =>
      children.flatMap((child, i) => (child < 0 === isLeaf ? [i] : []));
    const ended = places(true);
    if (ended.length > 0) {
      found.push(pick(writer, `${name}.leaves`, both, ended));
      leaves.push(...ended.map((i) => ~(children[i] as number)));
    }
    const inner = places(false);
    level = inner.map((i) => children[i] as number);
    if (inner.length > 0) indicators = pick(writer, `${name}.inner`, both, inner);
  }
  const [first, ...more] = found;
  if (first === undefined) throw new Error(`${node.label}: a tree has no end`);
  const all =
    more.length === 0
      ? first
      : writer.node(
          `${node.name}.indicators`,
          "Concat",
          found.map(({ name }) => name),
          { axis: 1 },
        );
  return { leaves, indicators: all };
}

/** Columns of a row, unless they are all of them in order. */
function pick(
  writer: GraphWriter,
  name: string,
  from: Integers,
  columns: readonly number[],
): Integers {
  const isAll = columns.length === from.dims[1] && columns.every((column, i) => column === i);
  if (isAll) return from;
  const places = writer.list(`${name}.places`, columns);
  return writer.node(name, "Gather", [from.name, places], { axis: 1 });
}
