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
import { type Calibration, calibrate } from "./calibration.ts";
import { hoistClamps } from "./hoist.ts";
import { chooseInput, inSteps } from "./inputs.ts";
import { measureQuality } from "./quality.ts";
import { type LayerReport, type QuantiseOptions, Quantiser } from "./quantiser.ts";
import { applyRule } from "./rules.ts";
import type { Samples } from "./samples.ts";
import { GraphWriter, type Integers } from "./writer.ts";

export interface Quantised {
  readonly graph: IntegerGraph;
  readonly layers: readonly LayerReport[];
  readonly notices: readonly string[];
}

export interface GraphOptions extends Omit<QuantiseOptions, "leastPart"> {
  readonly name: string;
  readonly inputBits: number;
  readonly labels?: readonly string[];
}

/** How far activations may be clipped. Layer by layer the square error decides; how far at most, the answers. */
const LEAST_PARTS: readonly number[] = [1, 0.8, 0.6];

/** Samples on which the answers are compared: enough to tell the attempts apart. */
const COMPARED = 128;

/** The attempt whose answers are nearest to the float network's on the calibration samples. */
export function quantiseGraph(
  float: FloatGraph,
  { inputs: samples }: Samples,
  options: GraphOptions,
): Quantised {
  const graph = hoistClamps(float);
  const calibration = calibrate(graph, samples);
  const compared = { inputs: samples.slice(0, Math.min(COMPARED, calibration.count)) };
  let best: { readonly quantised: Quantised; readonly error: number } | undefined;
  for (const leastPart of LEAST_PARTS) {
    const quantised = attempt(graph, calibration, samples, { ...options, leastPart });
    if (quantised.graph.id === best?.quantised.graph.id) continue;
    const error = measureQuality(quantised.graph, compared, float).meanError;
    if (best === undefined || error < best.error) best = { quantised, error };
  }
  if (best === undefined) throw new Error("there is an attempt");
  return best.quantised;
}

function attempt(
  graph: FloatGraph,
  calibration: Calibration,
  samples: Samples["inputs"],
  options: GraphOptions & QuantiseOptions,
): Quantised {
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
