/**
 * The rows of a circuit while it is made: wires, sparse sums of wires, rows A·w × B·w = C·w over Fr, and beside them the
 * witness program, which computes every wire from the inputs in the order in which the wires were made. Everything is
 * small integers in growable typed arrays; the few numbers of full size stand in maps of their own.
 *
 * Weights belong into C. A Groth16 key stores coefficients of A and B only, and a prover multiplies by those only; so a
 * gadget meets a long sum once, in a row 0 × 0 = sum − (its bits), and works with the bits from there.
 * @module
 */
import { Accumulator } from "./accumulator.ts";
import { growableBytes, growableIndices, growableNumbers } from "./growable.ts";
import { MatrixBuilder } from "./matrix.ts";
import { boundUnproven, SUM_END, type Sum } from "./sum.ts";

/** What a step of the witness program does. Wires that are not computed yet read as 0. */
export const STEP = {
  /** The wire is what makes its row hold: it stands in C of `row` with coefficient `unit`, 1 or −1. */
  solve: 0,
  /** `count` wires from `wire` on become the bits, lowest first, of ⌊C of `row` / unit⌋, read while they are 0. */
  bits: 1,
  /**
   * `wire` is p and `wire + 1` is v of the two rows p × S = 0 and S × v = g − p, which stand at `row` and `row + 1`:
   * p = g where S is 0 and else 0; v = (g − p) / S, or 0. v is of full size unless g − p is a multiple of S.
   */
  zeroTest: 2,
  /** Entry `count` of `programs`, called with what it needs. */
  program: 3,
} as const;

/** Computes wires of full size (Poseidon, tag): reads the value of any earlier wire, in [0, r), and sets its own. */
export type FullProgram = (
  read: (wire: number) => bigint,
  set: (wire: number, value: bigint) => void,
) => void;

/** One of A, B, C, row by row: the terms of row i stand from offsets[i] to offsets[i + 1]. Wire 0 is the constant 1. */
export interface Matrix {
  readonly offsets: Uint32Array;
  readonly wires: Uint32Array;
  readonly coefficients: Float64Array;
  /** Position to value in [0, r), where a coefficient is no small integer; what stands in `coefficients` is 0. */
  readonly full: ReadonlyMap<number, bigint>;
}

/** A sum whose coefficients are any numbers mod r; wire 0 is its constant. Wires are different from each other. */
export interface FullSum {
  readonly wires: readonly number[];
  readonly coefficients: readonly bigint[];
}

/** Steps in the order in which they run; entry i of each array belongs to step i. */
export interface Steps {
  readonly kinds: Uint8Array;
  readonly wires: Uint32Array;
  readonly rows: Uint32Array;
  readonly counts: Uint32Array;
  readonly units: Float64Array;
  readonly programs: readonly FullProgram[];
}

/** What was made for one part of the model. */
export interface LayerCost {
  readonly rows: number;
  readonly nonZeros: number;
  /** Bits of the widest sum that was decomposed. */
  readonly width: number;
}

const NOTHING_SPENT: LayerCost = { rows: 0, nonZeros: 0, width: 0 };

export class Rows {
  readonly #a = new MatrixBuilder();
  readonly #b = new MatrixBuilder();
  readonly #c = new MatrixBuilder();
  #rows = 0;
  /** By wire, both ends included. Wires of full size reach from −∞ to ∞, so that no sum of them has a bound. */
  readonly #least = growableNumbers();
  readonly #greatest = growableNumbers();
  readonly #kinds = growableBytes();
  readonly #stepWires = growableIndices();
  readonly #stepRows = growableIndices();
  readonly #counts = growableIndices();
  readonly #units = growableNumbers();
  readonly #programs: FullProgram[] = [];
  readonly #costs = new Map<number, LayerCost>();
  #layer = 0;
  #width = 0;
  /** Where the current layer's rows began. */
  #since = { rows: 0, nonZeros: 0 };
  readonly #sum = new Accumulator(this);

  constructor() {
    this.addWire(1, 1);
  }

  get wires(): number {
    return this.#least.length;
  }

  get rows(): number {
    return this.#rows;
  }

  get nonZeros(): number {
    return this.#a.nonZeros + this.#b.nonZeros + this.#c.nonZeros;
  }

  // ── Wires ──

  /**
   * A wire of small integers. That it stays in [min, max] is for whoever adds its rows to see to.
   * @throws CircuitError `BOUND_UNPROVEN`
   */
  addWire(min: number, max: number): number {
    if (!(-min < SUM_END && max < SUM_END)) throw boundUnproven(`a wire can be ${min} or ${max}`);
    return this.#add(min, max);
  }

  /** A wire of any number mod r, which a `FullProgram` sets. */
  addFullWire(): number {
    return this.#add(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  }

  least(wire: number): number {
    return this.#least.at(wire);
  }

  greatest(wire: number): number {
    return this.#greatest.at(wire);
  }

  // ── Sums ──

  /** The wire as a sum. One of full size has no bounds, and can stand alone in a row and in no other sum. */
  term(wire: number): Sum {
    return {
      wires: Uint32Array.of(wire),
      coefficients: Float64Array.of(1),
      constant: 0,
      min: this.least(wire),
      max: this.greatest(wire),
    };
  }

  /** constant + Σ factor · sum. @throws CircuitError `BOUND_UNPROVEN` */
  combine(constant: number, ...parts: readonly (readonly [sum: Sum, factor: number])[]): Sum {
    for (const [sum, factor] of parts) this.#sum.add(sum, factor);
    return this.#sum.take(constant);
  }

  /** For sums of many: one at a time, because it is the same for all. */
  get accumulator(): Accumulator {
    return this.#sum;
  }

  // ── Rows ──

  /** a × b = c. @returns the row's number */
  addRow(a: Sum, b: Sum, c: Sum): number {
    this.#a.sum(a);
    this.#b.sum(b);
    this.#c.sum(c);
    return this.#endRow();
  }

  /** a × b = c with numbers of full size. */
  addFullRow(a: FullSum, b: FullSum, c: FullSum): number {
    for (const [matrix, sum] of [
      [this.#a, a],
      [this.#b, b],
      [this.#c, c],
    ] as const) {
      sum.wires.forEach((wire, k) => {
        matrix.fullTerm(wire, sum.coefficients[k] as bigint);
      });
    }
    return this.#endRow();
  }

  /** wire × (wire − 1) = 0. */
  addBooleanRow(wire: number): void {
    this.#a.term(wire, 1);
    this.#b.term(0, -1);
    this.#b.term(wire, 1);
    this.#endRow();
  }

  /**
   * a × b = factor · wire + rest, and the step that computes the wire from it. `factor` is 1 or −1; the wire is newer
   * than all wires of `rest`, or it is older than all of them, as an output is.
   */
  addSolvedRow(a: Sum, b: Sum, wire: number, factor: 1 | -1, rest: Sum): void {
    this.#a.sum(a);
    this.#b.sum(b);
    const { wires, coefficients, constant } = rest;
    const isNewer = wires.length === 0 || wire > (wires[wires.length - 1] as number);
    if (constant !== 0) this.#c.term(0, constant);
    if (!isNewer) this.#c.term(wire, factor);
    this.#c.terms(wires, coefficients);
    if (isNewer) this.#c.term(wire, factor);
    this.#step(STEP.solve, wire, this.#endRow(), 0, factor);
  }

  /** 0 × 0 = sum − unit · Σ 2^i · (wire `first` + i), and nothing that computes those wires. */
  addExpansionRow(sum: Sum, first: number, count: number, unit: number): number {
    this.#c.sum(sum);
    for (let i = 0; i < count; i++) this.#c.term(first + i, -unit * 2 ** i);
    return this.#endRow();
  }

  // ── Steps ──

  /** STEP.bits. `unit` is at least 1. */
  stepBits(first: number, count: number, row: number, unit = 1): void {
    if (count > 0) this.#step(STEP.bits, first, row, count, unit);
  }

  /** STEP.zeroTest. */
  stepZeroTest(p: number, row: number): void {
    this.#step(STEP.zeroTest, p, row, 0, 0);
  }

  stepProgram(program: FullProgram): void {
    this.#step(STEP.program, 0, 0, this.#programs.length, 0);
    this.#programs.push(program);
  }

  // ── Cost ──

  /** What `make` makes belongs to this layer; a gadget is often made when a later layer asks for its value. */
  within<T>(layer: number, make: () => T): T {
    const outer = this.#layer;
    this.#enter(layer);
    try {
      return make();
    } finally {
      this.#enter(outer);
    }
  }

  /** The layer that is being made. */
  get layer(): number {
    return this.#layer;
  }

  noteWidth(bits: number): void {
    this.#width = Math.max(this.#width, bits);
  }

  costOf(layer: number): LayerCost {
    this.#enter(this.#layer);
    return this.#costs.get(layer) ?? NOTHING_SPENT;
  }

  // ── All of it ──

  finish(): { readonly a: Matrix; readonly b: Matrix; readonly c: Matrix; readonly steps: Steps } {
    return {
      a: this.#a.finish(),
      b: this.#b.finish(),
      c: this.#c.finish(),
      steps: {
        kinds: this.#kinds.toArray(),
        wires: this.#stepWires.toArray(),
        rows: this.#stepRows.toArray(),
        counts: this.#counts.toArray(),
        units: this.#units.toArray(),
        programs: this.#programs,
      },
    };
  }

  #add(min: number, max: number): number {
    this.#least.push(min);
    this.#greatest.push(max);
    return this.wires - 1;
  }

  #endRow(): number {
    this.#a.endRow();
    this.#b.endRow();
    this.#c.endRow();
    this.#rows += 1;
    return this.#rows - 1;
  }

  #step(kind: number, wire: number, row: number, count: number, unit: number): void {
    this.#kinds.push(kind);
    this.#stepWires.push(wire);
    this.#stepRows.push(row);
    this.#counts.push(count);
    this.#units.push(unit);
  }

  #enter(layer: number): void {
    const spent = this.#costs.get(this.#layer) ?? NOTHING_SPENT;
    this.#costs.set(this.#layer, {
      rows: spent.rows + this.#rows - this.#since.rows,
      nonZeros: spent.nonZeros + this.nonZeros - this.#since.nonZeros,
      width: Math.max(spent.width, this.#width),
    });
    this.#layer = layer;
    this.#width = 0;
    this.#since = { rows: this.#rows, nonZeros: this.nonZeros };
  }
}
