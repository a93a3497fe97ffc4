/**
 * Samples of what a network will be asked: real inputs, and their classes where they are known.
 * @module
 */
import { ModelError } from "../error.ts";
import { quoted } from "../onnx/allow.ts";
import { elementCount } from "../onnx/tensor.ts";

export interface Samples {
  /** Per sample, per input of the graph, row-major real numbers. */
  readonly inputs: readonly (readonly Float64Array[])[];
  /** The class of each sample, where it is known. */
  readonly labels?: Int32Array;
}

/**
 * Refuses samples that are not of the graph's inputs.
 * @param what how errors name them: "calibration"
 * @throws ModelError `BAD_SAMPLES`
 */
export function checkSamples(
  {
    inputs: specs,
  }: { readonly inputs: readonly { readonly name: string; readonly dims: readonly number[] }[] },
  { inputs, labels }: Samples,
  what: string,
): void {
  if (inputs.length === 0) {
    throw badSamples(`there are no ${what} samples`, "Give some hundred real inputs.");
  }
  if (labels !== undefined && labels.length !== inputs.length) {
    throw badSamples(
      `there are ${inputs.length} ${what} samples and ${labels.length} labels`,
      "Give one label for each sample.",
    );
  }
  const shapes = specs.map(({ name, dims }) => `${quoted(name)} [${dims}]`).join(", ");
  inputs.forEach((sample, i) => {
    if (sample.length !== specs.length) {
      throw badSamples(
        `${what} sample ${i} has ${sample.length} inputs, the model has ${specs.length}: ${shapes}`,
        "Give one array for each input of the model, in its order.",
      );
    }
    sample.forEach((values, k) => {
      const spec = specs[k] as (typeof specs)[number];
      const expected = elementCount(spec.dims);
      if (values.length !== expected) {
        throw badSamples(
          `${what} sample ${i} has ${values.length} numbers for input ${shapes}, expected ${expected}`,
          "Give samples of the model's shape, without the batch: one sample is one row of the file.",
        );
      }
      const bad = values.findIndex((x) => !Number.isFinite(x));
      if (bad >= 0) {
        throw badSamples(
          `${what} sample ${i}, input ${quoted(spec.name)}[${bad}] is ${values[bad]}`,
          "Leave out samples with missing values, or fill them as in training.",
        );
      }
    });
  });
}

function badSamples(message: string, hint: string): ModelError {
  return new ModelError("BAD_SAMPLES", message, hint);
}
