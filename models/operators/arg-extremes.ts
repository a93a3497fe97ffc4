/**
 * ArgMax and ArgMin: the position, as an int64, of the greatest or the least element along an axis.
 * @module
 */
import { axisIn, flagAttribute, integerAttribute, requireAttributes } from "./attributes.ts";
import {
  type Interval,
  type Kernel,
  type Operator,
  operandOfDtype,
  requireAtMost,
  type Site,
} from "./operator.ts";
import { reducedDims, rowsAlong } from "./rows.ts";

export const argMax: Operator = (site) => argExtreme(site, "greatest");
export const argMin: Operator = (site) => argExtreme(site, "least");

function argExtreme(site: Site, which: "greatest" | "least"): Kernel {
  requireAttributes(site, ["axis", "keepdims", "select_last_index"]);
  requireAtMost(site, 1);
  const { dims } = operandOfDtype(site, 0, ["uint8", "int8", "int32"]);
  const axis = axisIn(site, integerAttribute(site, "axis", 0), dims.length);
  const isLast = flagAttribute(site, "select_last_index", false);
  const isKept = flagAttribute(site, "keepdims", true);
  const { begins, offsets } = rowsAlong(dims, [axis]);
  // The least is the greatest of what is negated; below, only the greatest is looked for.
  const sign = which === "greatest" ? 1 : -1;

  const evaluate = (x: Int32Array): Int32Array =>
    begins.map((begin) => {
      let best = 0;
      let record = -Infinity;
      for (let j = 0; j < offsets.length; j++) {
        const value = sign * (x[begin + (offsets[j] as number)] as number);
        if (value > record || (isLast && value === record)) {
          best = j;
          record = value;
        }
      }
      return best;
    });

  const bound = ({ min, max }: Interval): Interval => {
    const [low, high] = which === "greatest" ? [min, max] : [max, min];
    const count = offsets.length;
    // Of the elements after each position, the greatest that one of them has to be at least.
    const floorAfter = new Float64Array(count);
    const least = new Int32Array(begins.length);
    const greatest = new Int32Array(begins.length);
    begins.forEach((begin, i) => {
      const lowAt = (j: number): number => sign * (low[begin + (offsets[j] as number)] as number);
      const highAt = (j: number): number => sign * (high[begin + (offsets[j] as number)] as number);
      floorAfter[count - 1] = -Infinity;
      for (let j = count - 2; j >= 0; j--) {
        floorAfter[j] = Math.max(floorAfter[j + 1] as number, lowAt(j + 1));
      }
      let floorBefore = -Infinity;
      least[i] = count;
      for (let j = 0; j < count; j++) {
        // It can win when its upper end beats all that the others have to be, a tie where ties fall to it.
        const top = highAt(j);
        const after = floorAfter[j] as number;
        const canWin = isLast
          ? top >= floorBefore && top > after
          : top > floorBefore && top >= after;
        if (canWin) {
          least[i] = Math.min(least[i] as number, j);
          greatest[i] = j;
        }
        floorBefore = Math.max(floorBefore, lowAt(j));
      }
    });
    return { min: least, max: greatest };
  };

  return {
    output: { dtype: "int64", dims: reducedDims(dims, [axis], isKept) },
    form: {
      kind: "extreme-position",
      which,
      ofEquals: isLast ? "last" : "first",
      row: (i, element) => {
        for (const offset of offsets) element(0, (begins[i] as number) + offset);
      },
    },
    evaluate: (operand) => evaluate(operand(0)),
    bound: (operand) => bound(operand(0)),
  };
}
