/**
 * TreeEnsemble: decision trees over one row of features, whose leaves add up. [1, features] → [1, outputs].
 *
 * Attributes, all flat lists: `roots`; per inner node `feature`, `threshold`, `left`, `right`, where a child ≥ 0 is an
 * inner node and a child c < 0 the leaf ~c (roots likewise); `leaves`, row-major [leaf count × outputs]; `outputs`; `base`,
 * one number per output, added once. x[feature] <= threshold goes left, always.
 * @module
 */
import {
  badAttribute,
  badShape,
  integerOf,
  listOf,
  type Operator,
  operand,
} from "./operators/operator.ts";

export const treeEnsemble: Operator = (site) => {
  const { dims } = operand(site, 0);
  const [batch, features] = dims;
  if (dims.length !== 2 || batch === undefined || features === undefined) {
    throw badShape(site.label, `[${dims.join(", ")}] is not a list of rows`);
  }
  const [roots, feature, threshold, left, right, leaves, base] = [
    "roots",
    "feature",
    "threshold",
    "left",
    "right",
    "leaves",
    "base",
  ].map((name) => Float64Array.from(listOf(site, name))) as Float64Array[] as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const outputs = integerOf(site, "outputs");
  const nodes = feature.length;
  if (feature.some((at) => !(Number.isInteger(at) && at >= 0 && at < features))) {
    throw badAttribute(
      site.label,
      "feature",
      `features below ${features}`,
      [...feature].slice(0, 8),
    );
  }
  if ([threshold, left, right].some((list) => list.length !== nodes) || base.length !== outputs) {
    throw badShape(site.label, "its lists are not of one length");
  }
  // Children stand behind their parents, so that no walk is endless; a tree as deep as it has nodes is still a tree.
  const isChild = (child: number, parent: number): boolean =>
    Number.isInteger(child) &&
    (child >= 0 ? child > parent && child < nodes : ~child * outputs + outputs <= leaves.length);
  if (!roots.every((root) => isChild(root, -1)) || !left.every(isChild) || !right.every(isChild)) {
    throw badShape(site.label, "a child is not a node or leaf behind its parent");
  }
  return {
    dtype: "float32",
    dims: [batch, outputs],
    work: batch * (nodes + roots.length * (outputs + 1)),
    run: ([x]) => {
      const out = new Float64Array(batch * outputs);
      for (let row = 0; row < batch; row++) {
        out.set(base, row * outputs);
        for (const root of roots) {
          let at = root;
          while (at >= 0) {
            const value = x?.[row * features + (feature[at] as number)] as number;
            at = (value <= (threshold[at] as number) ? left[at] : right[at]) as number;
          }
          for (let k = 0; k < outputs; k++) {
            const to = row * outputs + k;
            out[to] = (out[to] as number) + (leaves[~at * outputs + k] as number);
          }
        }
      }
      return out;
    },
  };
};
