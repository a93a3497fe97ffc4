/**
 * The kernel of every operator that moves elements and computes nothing.
 * @module
 */

import { elementCount } from "../onnx/tensor.ts";
import type { Form } from "./form.ts";
import { offsets } from "./grid.ts";
import type { Interval, Kernel, TensorType } from "./operator.ts";

/** Every element from operand `from`, at the index that `at` says, or `fill` where `at` is negative. */
export function moveFrom(from: number, output: TensorType, at: Int32Array, fill = 0): Kernel {
  const move = (source: Int32Array): Int32Array => {
    const out = new Int32Array(at.length);
    for (let i = 0; i < out.length; i++) {
      const index = at[i] as number;
      out[i] = index < 0 ? fill : (source[index] as number);
    }
    return out;
  };
  return {
    output,
    get form(): Form {
      const isFilled = at.some((index) => index < 0);
      const origins = isFilled ? at.map((index) => (index < 0 ? -1 : from)) : from;
      return { kind: "move", from: origins, at, fill };
    },
    evaluate: (operand) => move(operand(from)),
    bound: (operand): Interval => {
      const { min, max } = operand(from);
      return { min: move(min), max: move(max) };
    },
  };
}

/** The elements of operand 0 where they are, under another shape or type that holds them all. */
export function renamed(output: TensorType): Kernel {
  return {
    output,
    get form(): Form {
      return { kind: "move", from: 0, at: offsets(elementCount(output.dims)), fill: 0 };
    },
    evaluate: (operand) => operand(0),
    bound: (operand) => operand(0),
  };
}
