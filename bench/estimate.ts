/**
 * What keys and proofs of a lowered circuit will cost, before there is a key: the size of a proving key follows from the
 * rows, the time of a proof from the physical bound (bound.ts) and from how far our engine is from it.
 * @module
 */
import type { LoweredCircuit } from "../circuits/lower/lowered.ts";
import type { Matrix } from "../circuits/lower/rows.ts";
import type { SmallWitness } from "../proof/engine.ts";
import { boundOf } from "./bound.ts";
import type { ProofWork, Scalars } from "./work.ts";

export interface Estimate {
  readonly provingKeyBytes: number;
  /** Milliseconds of one warm proof on one core of the machine of docs/benchmarks.md. */
  readonly proofMs: number;
}

/**
 * Measured over bound, on one core with tables, of the three large circuits of bench/results/prove-20261124T191920Z.json:
 * 2.8 (d16), 3.1 (p16), 3.1 (d18).
 */
const MEASURED_OVER_BOUND = 3.0;

/** @param witness of any honest statement: how many wires are 0 depends on it, but little */
export function estimateCost(circuit: LoweredCircuit, witness: SmallWitness): Estimate {
  return {
    provingKeyBytes: provingKeyBytes(circuit),
    proofMs: MEASURED_OVER_BOUND * boundOf(workOf(circuit, witness), true).total,
  };
}

const G1_BYTES = 64;
const G2_BYTES = 128;
/** A coefficient of A or B: matrix, row, wire, value. */
const COEFFICIENT_BYTES = 44;
/** Magic, ten section headers, the two moduli, six points, counts; and a contribution and a beacon. */
const FIXED_BYTES = 12 + 10 * 12 + 4 + 84 + 3 * G1_BYTES + 3 * G2_BYTES + 4 + 64 + 4 + 2 * 500;

/** A `.zkey` holds a point of every query for every wire, infinity too, and every coefficient of A and B but none of C. */
function provingKeyBytes({ wires, publicSignals, domain, a, b }: LoweredCircuit): number {
  const shown = publicOf({ publicSignals }) + 1;
  // Each public signal has a row of its own, with one coefficient.
  const coefficients = a.wires.length + b.wires.length + shown;
  return (
    FIXED_BYTES +
    G1_BYTES * (shown + 2 * wires + (wires - shown) + domain.size) +
    G2_BYTES * wires +
    COEFFICIENT_BYTES * coefficients
  );
}

/** @see countWork, which counts the same from a key and a witness that exist */
export function workOf(
  { wires, publicSignals, domain, a, b, c }: LoweredCircuit,
  { values, full }: SmallWitness,
): ProofWork {
  const shown = publicOf({ publicSignals }) + 1;
  const inA = wiresOf([a], wires);
  // Rows of public signals stand in A.
  inA.fill(1, 0, shown);
  const inB = wiresOf([b], wires);
  const inAny = wiresOf([a, b, c], wires);
  const count = (isIn: Uint8Array, from: number): Scalars => {
    let [small, large] = [0, 0];
    for (let wire = from; wire < wires; wire++) {
      if (isIn[wire] === 0) continue;
      const value = full.get(wire);
      if (value !== undefined) large += value === 0n ? 0 : 1;
      else if (values[wire] !== 0) small++;
    }
    return { small, full: large };
  };
  return {
    wires,
    publicSignals: shown - 1,
    domain: domain.size,
    coefficients: a.wires.length + b.wires.length + shown,
    a: count(inA, 0),
    b: count(inB, 0),
    c: count(inAny, shown),
  };
}

function publicOf({ publicSignals }: Pick<LoweredCircuit, "publicSignals">): number {
  return publicSignals.outputs + publicSignals.tag + publicSignals.inputs;
}

function wiresOf(matrices: readonly Matrix[], wires: number): Uint8Array {
  const isIn = new Uint8Array(wires);
  for (const matrix of matrices) for (const wire of matrix.wires) isIn[wire] = 1;
  return isIn;
}
