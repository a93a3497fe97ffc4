/**
 * Post-training quantisation of a float network into the dense integer network that emitDenseGraph
 * writes. The step of every layer comes from the activations that real images cause; everything else
 * is decided per channel in quantise-layer.ts, and the width of every sum is bounded there for all
 * inputs in range, not for the images at hand: the circuit's range checks rest on it.
 *
 * Only + - * / and floor of doubles, in a fixed order: the same network and images give the same
 * integers on every machine.
 * @module
 */
import type { DenseGraph, DenseLayer } from "./emit.ts";
import { ModelError } from "./error.ts";
import { type FloatNetwork, runFloatNetwork } from "./float-network.ts";
import {
  type Channel,
  type Grid,
  leastStep,
  quantiseChannel,
  quantiseLogits,
} from "./quantise-layer.ts";

export interface QuantiseOptions {
  readonly name: string;
  /** Bits of an input integer: 0 to 2^inputBits - 1 stand for 0 to 1. */
  readonly inputBits: number;
  readonly activationBits: number;
  readonly weightBits: number;
  /** Bits of the last layer's weights: its sums are outputs, and their width costs no constraint. */
  readonly logitWeightBits: number;
  /** No sum, rounding term included, leaves [-2^accumulatorBits, 2^accumulatorBits). */
  readonly accumulatorBits: number;
  /** The share of a layer's activations on the calibration images that are not clipped; 1 is all. */
  readonly clipQuantile: number;
  /** One for each logit. */
  readonly labels: readonly string[];
}

export interface Quantised {
  readonly network: DenseGraph;
  /** Per layer the channels with their static bounds, from which a report is made. */
  readonly layers: readonly (readonly Channel[])[];
}

/**
 * @param calibration inputs of the integer network, for example the first 1,000 training images
 * @throws ModelError `BAD_WIDTH`, `BAD_CALIBRATION`, `ACCUMULATOR_TOO_WIDE`, `BAD_NETWORK`
 */
export function quantise(
  network: FloatNetwork,
  calibration: readonly Int32Array[],
  options: QuantiseOptions,
): Quantised {
  checkOptions(options);
  const input = gridOf(options.inputBits);
  const steps = activationSteps(network, calibration, input, options);

  const dense: DenseLayer[] = [];
  const layers: Channel[][] = [];
  let source = input;
  let outputStep = 0;
  network.layers.forEach((layer, index) => {
    const calibrated = steps[index];
    if (calibrated === undefined) {
      const widths = { ...options, weightBits: options.logitWeightBits };
      const { step, channels } = quantiseLogits(layer, source, widths);
      dense.push({
        weights: channels.map(({ weights }) => weights),
        bias: channels.map(({ bias }) => bias),
      });
      layers.push(channels);
      outputStep = step;
    } else {
      const step = Math.max(calibrated, leastStep(layer, source, options));
      const target = { step, max: 2 ** options.activationBits - 1 };
      const channels = Array.from(layer.bias, (_, c) =>
        quantiseChannel(layer, c, source, target, options),
      );
      dense.push({
        weights: channels.map(({ weights }) => weights),
        bias: channels.map(({ bias }) => bias),
        requantise: { shifts: channels.map(({ shift }) => shift), max: target.max },
      });
      layers.push(channels);
      source = target;
    }
  });
  return {
    network: {
      name: options.name,
      input: { size: network.layers[0]?.inputs ?? 0, min: 0, max: input.max, scale: input.step },
      layers: dense,
      output: { scale: outputStep, labels: options.labels },
    },
    layers,
  };
}

/** 0 to 2^bits - 1, standing for 0 to 1. */
function gridOf(bits: number): Grid {
  const max = 2 ** bits - 1;
  return { step: 1 / max, max };
}

/** For every layer but the last, the step at which its largest integer is the wanted quantile. */
function activationSteps(
  network: FloatNetwork,
  calibration: readonly Int32Array[],
  input: Grid,
  { activationBits, clipQuantile }: QuantiseOptions,
): number[] {
  const inputs = network.layers[0]?.inputs ?? 0;
  const seen: number[][] = network.layers.slice(1).map(() => []);
  calibration.forEach((integers, image) => {
    if (integers.length !== inputs || integers.some((x) => x < 0 || x > input.max)) {
      throw badCalibration(
        `calibration input ${image} is not ${inputs} integers from 0 to ${input.max}`,
      );
    }
    const results = runFloatNetwork(
      network,
      Float64Array.from(integers, (x) => x * input.step),
    );
    for (const [index, activations] of seen.entries()) {
      for (const activation of results[index] ?? []) activations.push(activation);
    }
  });
  return seen.map((activations, index) => {
    const sorted = Float64Array.from(activations).sort();
    const rank = Math.max(Math.ceil(clipQuantile * sorted.length), 1) - 1;
    const top = sorted[rank] ?? 0;
    if (top === 0) {
      throw badCalibration(`layer ${index + 1} is silent on the calibration images`);
    }
    return top / (2 ** activationBits - 1);
  });
}

function checkOptions(options: QuantiseOptions): void {
  const ranges = {
    inputBits: [1, 8],
    activationBits: [1, 8],
    weightBits: [2, 8],
    logitWeightBits: [2, 8],
    // Above 2^24 a shift no longer fits what emitDenseGraph can write.
    accumulatorBits: [1, 24],
  } as const;
  for (const [name, [least, greatest]] of Object.entries(ranges)) {
    const bits = options[name as keyof typeof ranges];
    if (Number.isInteger(bits) && bits >= least && bits <= greatest) continue;
    throw new ModelError(
      "BAD_WIDTH",
      `${name} is ${bits}, expected an integer from ${least} to ${greatest}`,
      "Start from 5-bit weights, 5-bit activations and 4-bit inputs.",
    );
  }
  if (!(options.clipQuantile > 0 && options.clipQuantile <= 1)) {
    throw badCalibration(`clipQuantile is ${options.clipQuantile}, expected above 0 and at most 1`);
  }
}

function badCalibration(message: string): ModelError {
  return new ModelError(
    "BAD_CALIBRATION",
    message,
    "Calibrate with real inputs, prepared as the integer model's inputs are.",
  );
}
