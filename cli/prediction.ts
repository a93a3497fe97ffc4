/**
 * Outputs as a person reads them: of logits the label in front and the certainty as a margin over the next, of a single
 * number that number.
 * @module
 */

export interface Prediction {
  readonly label: string;
  /** Index of the largest logit; the first of equals, as ArgMax of ONNX has it. */
  readonly index: number;
  /** How far the largest logit stands above the second, in the model's units. */
  readonly margin: number;
}

/** What is known of an output tensor. */
export interface OutputTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly labels: readonly string[];
  readonly scale: number | readonly number[];
}

export interface Answer {
  readonly data: {
    readonly outputs: readonly number[];
    /** Of the first output, where it has several elements. */
    readonly prediction?: Prediction;
  };
  readonly text: string;
}

/** Elements shown in one line; the rest is told by its number. */
const SHOWN = 16;

/** @param outputs the elements of all output tensors, one after the other */
export function answerOf(outputs: Int32Array, tensors: readonly OutputTensor[]): Answer {
  let at = 0;
  const lines: string[] = [];
  let prediction: Prediction | undefined;
  for (const [i, { name, dims, labels, scale }] of tensors.entries()) {
    const count = dims.reduce((product, dim) => product * dim, 1);
    const elements = outputs.subarray(at, at + count);
    at += count;
    if (i === 0 && count > 1) {
      prediction = predict(elements, labels);
      lines.push(`${prediction.label} (margin ${prediction.margin})`);
    }
    const shown = Array.from(elements.subarray(0, SHOWN));
    const rest = count > SHOWN ? ` … ${count - SHOWN} more` : "";
    const real = (value: number, k: number): string =>
      (value * (typeof scale === "number" ? scale : (scale[k] ?? 1))).toPrecision(4);
    const meaning = count === 1 ? ` (${real(shown[0] ?? 0, 0)})` : "";
    lines.push(`${name} ${shown.join(" ")}${rest}${meaning}`);
  }
  const data = { outputs: [...outputs], ...(prediction && { prediction }) };
  return { data, text: lines.join("\n") };
}

/** @param labels may be empty: then the index is the label */
export function predict(outputs: Int32Array, labels: readonly string[]): Prediction {
  let index = 0;
  for (let i = 1; i < outputs.length; i++) {
    if ((outputs[i] ?? 0) > (outputs[index] ?? 0)) index = i;
  }
  const best = outputs[index] ?? 0;
  const others = outputs.filter((_, i) => i !== index);
  const second = others.reduce((most, value) => Math.max(most, value), -Infinity);
  return {
    label: labels[index] ?? String(index),
    index,
    margin: others.length === 0 ? 0 : best - second,
  };
}
