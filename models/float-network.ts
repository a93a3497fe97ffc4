/**
 * A trained network as it left its framework: dense layers of real numbers, ReLU between them.
 * It is only ever a source, for calibration and as the measure of what quantisation lost; nothing
 * here is proven, and nothing here has to be equal on two machines.
 * @module
 */

/** y = W·x + b. Weights are row-major, one row of `inputs` numbers for each of the `outputs`. */
export interface FloatLayer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
}

/** ReLU follows every layer but the last, whose results are the logits. Never empty; sizes fit. */
export interface FloatNetwork {
  readonly layers: readonly FloatLayer[];
}

/** What every layer gives for one input: after ReLU, the last one as it is. */
export function runFloatNetwork(network: FloatNetwork, input: Float64Array): Float64Array[] {
  const results: Float64Array[] = [];
  let values = input;
  network.layers.forEach((layer, index) => {
    values = applyDense(layer, values);
    if (index < network.layers.length - 1) values = values.map((value) => Math.max(value, 0));
    results.push(values);
  });
  return results;
}

function applyDense(layer: FloatLayer, input: Float64Array): Float64Array {
  return layer.bias.map((bias, output) =>
    rowOf(layer, output).reduce((sum, weight, k) => sum + weight * (input[k] as number), bias),
  );
}

/** The weights of one output, a view. */
export function rowOf(layer: FloatLayer, output: number): Float64Array {
  return layer.weights.subarray(output * layer.inputs, (output + 1) * layer.inputs);
}
