/**
 * An int32 tensor of few integers as uint8 with a zero point: what onnxruntime convolves and pools.
 * @module
 */
import { dtypeCode } from "../onnx/build.ts";
import type { GraphWriter, Written } from "./graph-writer.ts";

/** value[i] − zero is the element. */
export interface Narrow {
  readonly value: Written;
  readonly zero: number;
}

/**
 * Padding counts as the zero point, so that 0 must lie in the range; it is taken in where it does not.
 * @returns undefined when the elements and 0 span more than 256 integers
 */
export function narrow(writer: GraphWriter, source: Written): Narrow | undefined {
  const { min, max } = source.interval;
  const least = min.reduce((low, value) => Math.min(low, value), 0);
  const greatest = max.reduce((high, value) => Math.max(high, value), 0);
  if (greatest - least > 255) return undefined;
  const zero = 0 - least;
  if (source.values !== undefined) {
    const moved = source.values.map((value) => value + zero);
    return { value: writer.constant("uint8", source.dims, moved), zero };
  }
  const lifted =
    zero === 0
      ? source
      : writer.node(`${source.name}.lifted`, "Add", [source, writer.constant("int32", [], [zero])]);
  const to = { to: dtypeCode("uint8") };
  return { value: writer.node(`${source.name}.uint8`, "Cast", [lifted], to), zero };
}
