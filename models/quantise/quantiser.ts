/**
 * The state of one quantisation: what every value of the float network has become so far, a linear form
 * over integer tensors or a tensor of truth values, and the two ways in which a form becomes integers:
 * rounded to a step of its own, or as accumulators of one step for all channels.
 * @module
 */
import type { FloatGraph, FloatNode, FloatOp, FloatValue } from "../float/float-graph.ts";
import { accumulate } from "./accumulate.ts";
import type { Calibration } from "./calibration.ts";
import { dtypeFor, emitAccumulators, emitClipped, emitRounded } from "./emit-form.ts";
import { countReaders } from "./hoist.ts";
import {
  type Grid,
  gridForm,
  gridOf,
  heavyTerms,
  isHeavy,
  type LinearForm,
  scaledForm,
  soleTerm,
  type Term,
} from "./linear-form.ts";
import { momentsOf } from "./patches.ts";
import { nearest, type Real, scalarOf } from "./real.ts";
import { type RoundedForm, roundForm, type Target, type Widths } from "./round-form.ts";
import { scaleClasses } from "./scale-classes.ts";
import { chooseTarget, extremesOf } from "./target.ts";
import type { GraphWriter, Integers } from "./writer.ts";

export interface QuantiseOptions {
  readonly weightBits: number;
  readonly activationBits: number;
  /** Of the largest magnitude that an activation has on the samples, the least part that is not clipped. */
  readonly leastPart: number;
}

export interface LayerReport {
  readonly node: string;
  readonly op: string;
  readonly dims: readonly number[];
  readonly weightBits: number;
  /** No sum, rounding term included, leaves this for any input in range. */
  readonly accumulator: { readonly min: number; readonly max: number };
  /** Bits of a sum as two's complement, on average over the channels: what the circuit pays for. */
  readonly accumulatorBits: number;
  readonly parameters: number;
}

/** Bits of what a table reads: it has one entry for each integer, and a circuit selects by eight bits. */
export const TABLE_BITS = 8;

/** Bits to which a wider input is rounded where bytes are read. */
const BYTE_BITS = 8;

/**
 * Bits where accumulators are the answer or are compared: their width costs few constraints or none.
 * Sums of 2^30 keep a factor of two from int32's end, and so does a factor of 2^15 times 16 bits.
 */
const ANSWER_WIDTHS: Widths = {
  weightBits: 8,
  wideWeightBits: 16,
  factorBits: 15,
  accumulatorBits: 30,
  maxExponent: 0,
};

/** A quarter of what int32 holds: the offset that makes a dividend positive doubles a sum. */
const ACCUMULATOR_BITS = 28;

/** Shifts are at most the width of an accumulator; 2^24 steps of one are beyond any precision. */
const MAX_EXPONENT = 24;

/** A constant so many times beyond what a value ever is stands for infinity, and is clipped: a mask of -1e9, say. */
const FAR = 8;

export class Quantiser {
  readonly graph: FloatGraph;
  readonly writer: GraphWriter;
  readonly calibration: Calibration;
  readonly options: QuantiseOptions;
  readonly notices: string[] = [];
  readonly layers: LayerReport[] = [];
  readonly #forms = new Map<string, LinearForm>();
  readonly #truths = new Map<string, Integers>();
  readonly #readers: ReadonlyMap<string, number>;
  readonly #classOf: (value: string) => readonly string[];
  readonly #targets = new Map<string, Target>();
  readonly #answers: ReadonlySet<string>;
  readonly #leadingToAnswers: ReadonlySet<string>;
  readonly #writers: ReadonlyMap<string, FloatNode>;

  constructor(
    graph: FloatGraph,
    writer: GraphWriter,
    calibration: Calibration,
    options: QuantiseOptions,
  ) {
    this.graph = graph;
    this.writer = writer;
    this.calibration = calibration;
    this.options = options;
    this.#readers = countReaders(graph);
    this.#classOf = scaleClasses(graph);
    this.#answers = new Set(graph.outputs.map(({ name }) => name));
    this.#leadingToAnswers = leadingToAnswers(graph);
    this.#writers = new Map(graph.nodes.map((node) => [node.outputs[0] ?? "", node]));
    for (const [name, { dims, values }] of graph.constants) {
      this.#forms.set(name, { value: name, dims, terms: [], bias: { dims, values } });
    }
  }

  /** The type of a value of the float network. */
  typeOf(value: string): FloatValue {
    const type = this.graph.types.get(value);
    if (type === undefined) throw new Error(`${value} has no type`);
    return type;
  }

  constant(value: string): Real | undefined {
    return this.graph.constants.get(value);
  }

  isAnswer(value: string): boolean {
    return this.#answers.has(value);
  }

  /**
   * The value as one integer tensor: accumulators where nothing but answers is made of it, so that an answer is
   * not rounded on its way; bytes where a layer reads it.
   */
  whole(value: string): Grid {
    return this.#leadingToAnswers.has(value) ? this.accumulators(value) : this.grid(value);
  }

  form(value: string): LinearForm {
    const form = this.#forms.get(value);
    if (form === undefined) throw new Error(`nothing has computed ${value}`);
    return form;
  }

  /** Truth values, as a tensor of bool. */
  truth(value: string): Integers {
    const truth = this.#truths.get(value);
    if (truth === undefined) throw new Error(`${value} is not of truth values`);
    return truth;
  }

  isTruth(value: string): boolean {
    return this.#truths.has(value);
  }

  setTruth(value: string, truth: Integers): void {
    this.#truths.set(value, truth);
  }

  /**
   * What a value has become. A form that would be worked out more than once is rounded now; one that is an
   * answer becomes accumulators.
   */
  set(form: LinearForm): void {
    const { value } = form;
    this.#forms.set(value, form);
    if (form.terms.length === 0) return;
    if (this.isAnswer(value)) this.accumulators(value);
    else if ((this.#readers.get(value) ?? 0) > 1 && isCostly(form)) this.whole(value);
  }

  setGrid(value: string, grid: Grid): void {
    this.set(gridForm(value, grid));
  }

  /** An input of the network: what shares its scale is rounded to the same step, if its range is as wide. */
  setInput(value: string, source: Integers, factor: Real): void {
    this.#forms.set(value, scaledForm(value, source, factor));
    const step = scalarOf(factor);
    if (step === undefined) return;
    const members = this.#classOf(value);
    const [least, greatest] = extremesOf(this.#realsOf(members));
    if (least < step * source.min || greatest > step * source.max) return;
    const isWide = source.dtype === "int32";
    this.#targets.set(
      members[0] ?? value,
      isWide
        ? chooseTarget(this.calibration.real(value), BYTE_BITS, 1)
        : { step, low: source.min, high: source.max },
    );
  }

  /** The step and range in which a value is rounded, shared by all that must have the same. */
  target(value: string): Target {
    const [first = value, ...others] = this.#classOf(value);
    const known = this.#targets.get(first);
    if (known !== undefined) return known;
    const reals = this.#realsOf([first, ...others]);
    const target = chooseTarget(reals, this.options.activationBits, this.options.leastPart);
    this.#targets.set(first, target);
    return target;
  }

  /** What values are on the samples, and as constants: but for constants that stand for infinity. */
  #realsOf(values: readonly string[]): readonly Float64Array[] {
    const members = values.filter((name) => this.typeOf(name).dtype !== "bool");
    const reals = members.flatMap((name) =>
      this.constant(name) === undefined ? this.calibration.real(name) : [],
    );
    const [least, greatest] = extremesOf(reals);
    const peak = FAR * Math.max(-least, greatest);
    const constants = members.flatMap((name) => this.constant(name)?.values ?? []);
    return [...reals, ...constants.map((c) => c.filter((x) => peak === 0 || Math.abs(x) <= peak))];
  }

  /**
   * The value as one integer tensor with one step, of at most 8 bits; rounded if it is not that yet.
   * Later readers of the value find it rounded.
   */
  grid(value: string): Grid {
    const grid = gridOf(this.form(value));
    if (grid !== undefined && grid.source.dtype !== "int32") return grid;
    const rounded = this.roundForm(this.form(value), this.target(value));
    this.#forms.set(value, gridForm(value, rounded));
    return rounded;
  }

  /** The value as one integer tensor with one step, however wide: rounded only if it is not that yet. */
  anyGrid(value: string): Grid {
    return gridOf(this.form(value)) ?? this.grid(value);
  }

  /** The value in given steps, clipped to a range; in larger ones if weights would not fit their bits. */
  round(value: string, target: Target): Grid {
    const grid = this.#rounded(this.form(value), target);
    this.#forms.set(value, gridForm(value, grid));
    return grid;
  }

  /** A form that is not kept, in steps that may be next to the given ones where that is cheaper. */
  roundForm(form: LinearForm, target: Target): Grid {
    return this.#rounded(form, snapped(form, target));
  }

  #rounded(form: LinearForm, target: Target): Grid {
    const { name, label } = this.#nodeOf(form);
    const same = gridOf(form);
    if (same !== undefined && same.step === target.step) {
      return { ...same, source: emitClipped(this.writer, same.source, name, target) };
    }
    if (form.terms.length === 0) {
      const integers = form.bias.values.map((x) => clip(nearest(x / target.step), target));
      const dtype = dtypeFor(target.low, target.high);
      const constant = this.writer.constant(`${name}.integers`, dtype, form.dims, integers);
      return { source: this.writer.integers(constant), step: target.step };
    }
    const rounded = roundForm(form, target, this.#widths(), this.#moments(), label);
    this.#report(rounded);
    return { source: emitRounded(this.writer, rounded, name), step: rounded.target.step };
  }

  /** The value as int32 with one step for all elements, as fine as int32 allows: nothing is rounded but weights. */
  accumulators(value: string): Grid {
    const grid = this.accumulatorsOf(this.form(value));
    this.#forms.set(value, gridForm(value, grid));
    return grid;
  }

  accumulatorsOf(form: LinearForm): Grid {
    const same = gridOf(form);
    if (same !== undefined) return same;
    const { name, label } = this.#nodeOf(form);
    const rounded = accumulate(form, ANSWER_WIDTHS, this.#moments(), label);
    this.#report(rounded);
    return { source: emitAccumulators(this.writer, rounded, name), step: rounded.target.step };
  }

  /** After whom the nodes of a form are named: its weights' node, or else the one that writes its value. */
  #nodeOf(form: LinearForm): Record<"name" | "op" | "label", string> {
    const node = heavyTerms(form)[0]?.node ?? this.#writers.get(form.value);
    return node ?? { name: form.value, op: "Input", label: JSON.stringify(form.value) };
  }

  #widths(): Widths {
    const { weightBits, activationBits } = this.options;
    // One bit more than the result has: the factor's error is then below a quarter of a step.
    return {
      weightBits,
      wideWeightBits: weightBits,
      factorBits: activationBits + 1,
      accumulatorBits: ACCUMULATOR_BITS,
      maxExponent: MAX_EXPONENT,
    };
  }

  #moments(): (term: Term) => ReturnType<typeof momentsOf> {
    return (term) => momentsOf(term, this.writer.samples(term.source.name));
  }

  #report(rounded: RoundedForm): void {
    const node = this.#nodeOf(rounded.form);
    const { form, least, greatest, terms, bias, constants } = rounded;
    const heavy = heavyTerms(form);
    const widths = least.map((low, c) => bitsOf(low, greatest[c] as number));
    this.layers.push({
      node: node.name,
      op: node.op,
      dims: form.dims,
      weightBits: terms.reduce(
        (bits, { integers }) => integers.reduce((most, w) => Math.max(most, bitsOf(w, w)), bits),
        0,
      ),
      accumulator: {
        min: least.reduce((a, b) => Math.min(a, b)),
        max: greatest.reduce((a, b) => Math.max(a, b)),
      },
      accumulatorBits: widths.reduce((sum, bits) => sum + bits, 0) / widths.length,
      parameters:
        terms.reduce((sum, { term, integers }) => sum + (isHeavy(term) ? integers.length : 0), 0) +
        (heavy.length > 0 ? bias.values.length : 0),
    });
    if (constants.length > 0) {
      this.notices.push(
        `${node.label}: ${constants.length} of ${least.length} channels are the same for every input,` +
          ` and were folded to constants`,
      );
    }
  }
}

/** Bits of a factor that a step is moved for: a step moves by a sixteenth at most. */
const SNAPPED_BITS = 3;

/**
 * One tensor scaled by one number is rounded to a step next to the wanted one for which the factor is m / 2^e exactly,
 * with a small m: the accumulator is then not wider than it has to be, and the factor has no error.
 */
function snapped(form: LinearForm, target: Target): Target {
  const term = soleTerm(form);
  const factor = Math.abs((term && scalarOf(term.factor)) ?? 0);
  if (factor === 0 || gridOf(form)?.step === target.step) return target;
  const [least, most] = [2 ** (SNAPPED_BITS - 1), 2 ** SNAPPED_BITS];
  let [ratio, unit] = [factor / target.step, factor];
  for (; ratio < least && unit < Number.MAX_VALUE / 2; ratio *= 2) unit *= 2;
  return ratio < most ? { ...target, step: unit / nearest(ratio) } : target;
}

function clip(integer: number, { low, high }: Target): number {
  return Math.min(Math.max(integer, low), high);
}

/** Bits of two's complement that hold low to high. */
function bitsOf(low: number, high: number): number {
  let bits = 1;
  while (low < -(2 ** (bits - 1)) || high >= 2 ** (bits - 1)) bits++;
  return bits;
}

/** Operators that pass on what they read, or add it up: behind them an answer is still no layer's input. */
const PASSING: ReadonlySet<FloatOp> = new Set<FloatOp>([
  "Add",
  "ArgMax",
  "ArgMin",
  "Concat",
  "Expand",
  "Gather",
  "GatherElements",
  "Neg",
  "Pad",
  "Reshape",
  "Slice",
  "Sub",
  "Tile",
  "Transpose",
]);

/** Values that reach outputs only, by no others than those. */
function leadingToAnswers({ nodes, outputs }: FloatGraph): ReadonlySet<string> {
  const leading = new Set(outputs.map(({ name }) => name));
  const others = new Set<string>();
  for (const { op, inputs, outputs: writes } of [...nodes].reverse()) {
    const passes = PASSING.has(op) && writes.every((value) => leading.has(value));
    for (const input of inputs) {
      if (passes && !others.has(input)) leading.add(input);
      else {
        others.add(input);
        leading.delete(input);
      }
    }
  }
  return leading;
}

/** Whether working a form out costs more than scaling one tensor. */
function isCostly(form: LinearForm): boolean {
  return form.terms.length > 1 || form.terms.some(isHeavy);
}
