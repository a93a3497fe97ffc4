/**
 * Running an integer graph, whoever runs it: our interpreter, onnxruntime, onnxruntime on WebAssembly.
 * All give the same integers for every input in range, and refuse every other input alike.
 * @module
 */
import { ModelError } from "./error.ts";
import type { IntegerGraph } from "./integer-graph.ts";
import { quoted } from "./onnx/allow.ts";
import { elementCount } from "./onnx/tensor.ts";

export interface Inference {
  /** Which runtime this is, as logs say it. */
  readonly name: string;
  /**
   * Outputs in the order of the graph's outputs, row-major, for inputs in the order of its inputs.
   * @throws ModelError `BAD_INPUT` when an input is missing, of another size or out of its range
   */
  infer(inputs: readonly Int32Array[]): Promise<readonly Int32Array[]>;
  close(): Promise<void>;
}

/**
 * Refuses inputs for which the graph states nothing: the wrong count, or an integer out of its range.
 * @throws ModelError `BAD_INPUT`
 */
export function checkInputs(graph: IntegerGraph, inputs: readonly Int32Array[]): void {
  if (inputs.length !== graph.inputs.length) {
    throw badInput(`the model has ${graph.inputs.length} inputs, got ${inputs.length}`);
  }
  graph.inputs.forEach(({ name, dims, min, max }, index) => {
    const values = inputs[index] ?? new Int32Array(0);
    const expected = elementCount(dims);
    if (values.length !== expected) {
      throw badInput(`input ${quoted(name)} has ${expected} integers, got ${values.length}`);
    }
    const at = values.findIndex((value) => value < min || value > max);
    if (at >= 0) {
      throw badInput(
        `input ${quoted(name)}[${at}] is ${values[at]}, its range is ${min} to ${max}`,
      );
    }
  });
}

function badInput(message: string): ModelError {
  return new ModelError(
    "BAD_INPUT",
    message,
    "Prepare the input as the model's card says; `assay model inspect` shows shape and range.",
  );
}
