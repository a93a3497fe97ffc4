/**
 * From an ONNX file as its framework wrote it to the integer graph that can be proven. A network of real
 * numbers is quantised by rules fitted to calibration samples; one whose tensors are integers already
 * is taken over exactly. Both are measured against the file on the samples given.
 *
 * The same file, samples and options give the same bytes on every machine: only + - * / and floor of
 * doubles in fixed order decide what is written, and the values of functions like exp, which may differ in
 * their last bit between machines, are stored as tables of at most 8 bits.
 * @module
 */
import { ModelError } from "../error.ts";
import { emitExact, isExact } from "../exact/emit-exact.ts";
import type { FloatGraph } from "../float/float-graph.ts";
import { readFloatGraph } from "../float/read-graph.ts";
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

export interface Imported {
  readonly graph: IntegerGraph;
  readonly report: ImportReport;
}

/**
 * @throws ModelError `BAD_WIDTH`, `BAD_SAMPLES`, `UNSUPPORTED_OPERATOR`, `ACCUMULATOR_TOO_WIDE` and what
 *   reading the file and writing the graph refuse, each naming the node and a way out
 */
export function importModel(
  bytes: Uint8Array,
  samples: { readonly calibration: Samples; readonly holdOut?: Samples },
  options: ImportOptions,
): Imported {
  checkOptions(options);
  const float = readFloatGraph(bytes, options.dims === undefined ? {} : { dims: options.dims });
  return importGraph(float, samples, options);
}

/** The same from a float graph that has been read. */
export function importGraph(
  float: FloatGraph,
  { calibration, holdOut }: { readonly calibration: Samples; readonly holdOut?: Samples },
  options: ImportOptions,
): Imported {
  checkOptions(options);
  checkSamples(float, calibration, "calibration");
  if (holdOut !== undefined) checkSamples(float, holdOut, "hold-out");
  const { graph, layers, notices } = isExact(float)
    ? { graph: takeExactly(float, calibration, options), layers: [], notices: [] }
    : quantiseGraph(float, calibration, options);
  return {
    graph,
    report: {
      notices: [...float.notices, ...notices],
      layers,
      calibration: measureQuality(float, graph, calibration),
      ...(holdOut === undefined ? {} : { holdOut: measureQuality(float, graph, holdOut) }),
    },
  };
}

/** Input ranges are those of the samples: nothing in a file of integers says them. */
function takeExactly(
  float: FloatGraph,
  { inputs }: Samples,
  { name }: ImportOptions,
): IntegerGraph {
  const ranges = float.inputs.map((_, index) => {
    const [min, max] = extremesOf(inputs.map((sample) => sample[index] as Float64Array));
    return { min: Math.floor(min), max: Math.ceil(max) };
  });
  return readIntegerGraph(emitExact(float, { name, ranges }));
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
