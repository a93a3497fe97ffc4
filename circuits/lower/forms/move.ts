/**
 * Moves: an element of the output is an element of an operand, or a constant. No rows.
 * @module
 */
import type { Lowering } from "../site.ts";
import { constantSum } from "../sum.ts";

export const lowerMove: Lowering<"move"> = ({ from, at, fill }, site) => {
  const filled = constantSum(fill);
  return (i) => {
    const operand = typeof from === "number" ? from : (from[i] as number);
    return operand === -1 ? filled : site.element(operand, at[i] as number);
  };
};
