/**
 * From an ONNX file as its framework wrote it to the integer graph that can be proven. A network of real
 * numbers is quantised by rules fitted to calibration samples; one whose tensors are integers already
 * is taken over exactly. Both are measured against the file on the samples given.
 *
 * The same file, samples and options give the same bytes wherever the float network computes the same
 * doubles: here are only + - * / and floor, in fixed order. Functions like exp may differ in their last
 * bit between machines; what they are for each integer is stored as a table, so that after importing
 * no float question remains.
 * @module
 */
import { ModelError } from "../error.ts";
import { type ExactModel, emitExact, readExactModel } from "../exact/emit-exact.ts";
import type { FloatGraph } from "../float/float-graph.ts";
import { readFloatGraph } from "../float/read-graph.ts";
import { rangeOf } from "../float/value.ts";
import { type IntegerGraph, readIntegerGraph } from "../integer-graph.ts";
import { measureQuality, type Quality } from "./quality.ts";
import { quantiseGraph } from "./quantise-graph.ts";
import type { LayerReport } from "./quantiser.ts";
import { checkSamples, type Samples } from "./samples.ts";
import { extremesOf } from "./target.ts";

export interface ImportOptions {
  readonly name: string;
  /** 2 to 8; of an answer's weights up to 8 are used. */
  readonly weightBits: number;
  /** 2 to 8. */
  readonly activationBits: number;
  /** 2 to 16; convolutions read at most 8. */
  readonly inputBits: number;
  /** Sizes of dimensions that the file names instead of fixing. */
  readonly dims?: ReadonlyMap<string, number>;
  /** Of the elements of the first output, where the file does not name them. */
  readonly labels?: readonly string[];
}

export interface ImportReport {
  readonly notices: readonly string[];
  readonly layers: readonly LayerReport[];
  readonly calibration: Quality;
  readonly holdOut?: Quality;
}

export interface Split {
  /** What the integers are fitted to. */
  readonly calibration: Samples;
  /** What only the report is made from. */
  readonly holdOut?: Samples;
}

export interface Imported {
  readonly graph: IntegerGraph;
  readonly report: ImportReport;
}

/**
 * @throws ModelError `BAD_WIDTH`, `BAD_SAMPLES`, `UNSUPPORTED_OPERATOR`, `ACCUMULATOR_TOO_WIDE` and what
 *   reading the file and writing the graph refuse, each naming the node and a way out
 */
export function importModel(bytes: Uint8Array, samples: Split, options: ImportOptions): Imported {
  checkOptions(options);
  return readSource(bytes, options.dims).import(samples, options);
}

/** A model that is read, before it becomes integers: what samples of it must look like. */
export interface ModelSource {
  readonly inputs: readonly { readonly name: string; readonly dims: readonly number[] }[];
  /** As importModel; the sizes of dimensions are fixed already. */
  import(samples: Split, options: ImportOptions): Imported;
}

/**
 * @param dims sizes of dimensions that the file names instead of fixing
 * @throws ModelError as reading the file does
 */
export function readSource(bytes: Uint8Array, dims?: ReadonlyMap<string, number>): ModelSource {
  const reading = dims === undefined ? {} : { dims };
  const exact = readExactModel(bytes, reading);
  if (exact !== undefined) {
    return {
      inputs: exact.inputs,
      import: (samples, options) => importExact(exact, samples, options),
    };
  }
  const float = readFloatGraph(bytes, reading);
  return {
    inputs: float.inputs,
    import: (samples, options) => importGraph(float, samples, options),
  };
}

/** The same from a float graph that has been read. */
export function importGraph(float: FloatGraph, samples: Split, options: ImportOptions): Imported {
  checkOptions(options);
  checkSplit(float, samples);
  const { graph, layers, notices } = quantiseGraph(float, samples.calibration, options);
  return {
    graph,
    report: {
      notices: [...float.notices, ...notices],
      layers,
      ...measureSplit(graph, samples, float),
    },
  };
}

function importExact(model: ExactModel, samples: Split, options: ImportOptions): Imported {
  checkOptions(options);
  checkSplit(model, samples);
  const ranges = model.inputs.map(({ dtype }, index) => {
    const [least, greatest] = rangeOf(dtype);
    if (greatest - least < BYTE) return { min: least, max: greatest };
    const reals = samples.calibration.inputs.map((sample) => sample[index] as Float64Array);
    const [min, max] = extremesOf(reals);
    return { min: Math.floor(min), max: Math.ceil(max) };
  });
  const graph = readIntegerGraph(emitExact(model, { name: options.name, ranges }));
  return {
    graph,
    report: {
      notices: [
        "the model computes with integers: it was taken over exactly, without quantisation",
      ],
      layers: [],
      ...measureSplit(graph, samples),
    },
  };
}

/** Inputs of wider types are given the range of the samples: the whole range of int32 leaves no room to add. */
const BYTE = 256;

function checkSplit(
  model: {
    readonly inputs: readonly { readonly name: string; readonly dims: readonly number[] }[];
  },
  { calibration, holdOut }: Split,
): void {
  checkSamples(model, calibration, "calibration");
  if (holdOut !== undefined) checkSamples(model, holdOut, "hold-out");
}

function measureSplit(
  graph: IntegerGraph,
  { calibration, holdOut }: Split,
  float?: FloatGraph,
): Pick<ImportReport, "calibration" | "holdOut"> {
  return {
    calibration: measureQuality(graph, calibration, float),
    ...(holdOut === undefined ? {} : { holdOut: measureQuality(graph, holdOut, float) }),
  };
}

function checkOptions(options: ImportOptions): void {
  const ranges = { weightBits: [2, 8], activationBits: [2, 8], inputBits: [2, 16] } as const;
  for (const [name, [least, greatest]] of Object.entries(ranges)) {
    const bits = options[name as keyof typeof ranges];
    if (Number.isInteger(bits) && bits >= least && bits <= greatest) continue;
    throw new ModelError(
      "BAD_WIDTH",
      `${name} is ${bits}, expected an integer from ${least} to ${greatest}`,
      "Start from 5-bit weights, 5-bit activations and 8-bit inputs.",
    );
  }
}
