/**
 * Logits as a person reads them: the label in front, the certainty as a margin over the next.
 * @module
 */

export interface Prediction {
  readonly label: string;
  /** Index of the largest logit; the first of equals, as ArgMax of ONNX has it. */
  readonly index: number;
  /** How far the largest logit stands above the second, in the model's units. */
  readonly margin: number;
}

/** @param labels may be empty: then the index is the label */
export function predict(outputs: Int32Array, labels: readonly string[]): Prediction {
  let index = 0;
  for (let i = 1; i < outputs.length; i++) {
    if ((outputs[i] ?? 0) > (outputs[index] ?? 0)) index = i;
  }
  const best = outputs[index] ?? 0;
  const others = outputs.filter((_, i) => i !== index);
  const second = others.length === 0 ? best : Math.max(...others);
  return { label: labels[index] ?? String(index), index, margin: best - second };
}
