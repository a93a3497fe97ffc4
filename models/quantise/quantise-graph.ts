/**
 * A float network, node by node, into an integer graph of stock ONNX operators (scheme P2: rounding by
 * powers of two). Its inputs are cut into integers first; each node then says by its rule what its
 * output becomes; at the end stand the network's outputs as the rules left them.
 * @module
 */
import { ModelError } from "../error.ts";
import type { FloatGraph, FloatOutput } from "../float/float-graph.ts";
import type { IntegerGraph } from "../integer-graph.ts";
import { quoted } from "../onnx/allow.ts";
import { elementCount } from "../onnx/tensor.ts";
import { calibrate } from "./calibration.ts";
import { hoistClamps } from "./hoist.ts";
import { chooseInput, inSteps } from "./inputs.ts";
import { type LayerReport, type QuantiseOptions, Quantiser } from "./quantiser.ts";
import { applyRule } from "./rules.ts";
import type { Samples } from "./samples.ts";
import { GraphWriter, type Integers } from "./writer.ts";

export interface Quantised {
  readonly graph: IntegerGraph;
  readonly layers: readonly LayerReport[];
  readonly notices: readonly string[];
}

export function quantiseGraph(
  float: FloatGraph,
  { inputs: samples }: Samples,
  options: QuantiseOptions & {
    readonly name: string;
    readonly inputBits: number;
    readonly labels?: readonly string[];
  },
): Quantised {
  const graph = hoistClamps(float);
  const calibration = calibrate(graph, samples);
  const names = [...graph.inputs, ...graph.outputs].map(({ name }) => name);
  const writer = new GraphWriter(names, calibration.count);
  const quantiser = new Quantiser(graph, writer, calibration, options);
  graph.inputs.forEach((input, index) => {
    const reals = samples.map((sample) => sample[index] as Float64Array);
    const { type, min, max, scale, factor } = chooseInput(input, reals, options.inputBits);
    const integers = reals
      .slice(0, calibration.count)
      .map((values) => inSteps({ min, max, scale }, values));
    const { name } = input;
    const source = writer.input({ name, min, max, scale }, type, integers);
    if (input.dtype !== "bool") quantiser.setInput(name, source, factor);
    else quantiser.setTruth(name, writer.cast(`${name}.truth`, source, "bool"));
  });
  for (const node of graph.nodes) applyRule(quantiser, node);

  const outputs = graph.outputs.map((output, index) => {
    const { source, step } = answerOf(quantiser, output);
    const labels = output.labels.length > 0 || index > 0 ? output.labels : (options.labels ?? []);
    checkLabels(output, labels);
    return { value: source.name, spec: { name: output.name, scale: step, labels } };
  });
  return {
    graph: writer.finish(options.name, outputs),
    layers: quantiser.layers,
    notices: quantiser.notices,
  };
}

function answerOf(
  quantiser: Quantiser,
  { name }: FloatOutput,
): { readonly source: Integers; readonly step: number } {
  if (quantiser.isTruth(name)) {
    const truth = quantiser.truth(name);
    return { source: quantiser.writer.cast(`${name}.number`, truth, "uint8"), step: 1 };
  }
  const form = quantiser.form(name);
  if (form.terms.length > 0) return quantiser.accumulators(name);
  throw new ModelError(
    "CONSTANT_OUTPUT",
    `output ${quoted(name)} does not depend on the input`,
    "Leave the output out of the model.",
  );
}

function checkLabels({ name, dims }: FloatOutput, labels: readonly string[]): void {
  if (labels.length === 0 || labels.length === elementCount(dims)) return;
  throw new ModelError(
    "BAD_LABELS",
    `output ${quoted(name)} has ${elementCount(dims)} elements, got ${labels.length} labels`,
    "Give one label for each element of the first output, in order.",
  );
}
