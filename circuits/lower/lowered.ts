/**
 * A lowered circuit: everything that follows from an integer graph and the visibility of its tensors, and from nothing
 * else. The same graph gives the same bytes on every machine.
 * @module
 */
import type { SmallWitness } from "../../proof/engine.ts";
import type { Matrix } from "./rows.ts";

/**
 * How an input tensor enters the statement. public: each element is a public signal. hashed: one public signal, its
 * Poseidon digest (docs/protocol.md). private: nothing of it, so nothing ties a job to it, and such a circuit cannot be
 * served.
 */
export type Visibility = "public" | "hashed" | "private";

export interface LoweredCircuit {
  /** Wires in order: the constant 1, outputs, tag, public inputs and digests, private inputs, all others. */
  readonly wires: number;
  readonly publicSignals: {
    readonly outputs: number;
    readonly tag: 1;
    /** One per element of a public input, one per hashed input, in the order of the graph's inputs. */
    readonly inputs: number;
  };
  /** Wires of elements and salts that are not public. */
  readonly privateInputs: number;
  /** One per input of the graph. */
  readonly visibility: readonly Visibility[];
  readonly rows: number;
  /** The rows a key is made for, `rows` + public signals + 1, and the power of two that must hold them. */
  readonly domain: { readonly used: number; readonly size: number };
  readonly a: Matrix;
  readonly b: Matrix;
  readonly c: Matrix;
  readonly layers: readonly LayerReport[];
  /**
   * Hints that may be free: the v of every zero test, which any number will do for where its sum is 0. No output
   * depends on them.
   */
  readonly hints: Uint32Array;
  /**
   * Every wire, for one statement. Inputs in the order of the graph, all elements of each.
   * @throws CircuitError `WITNESS_FAILED` when an input is out of its range
   */
  witness(question: WitnessQuestion): SmallWitness;
}

export interface WitnessQuestion {
  readonly tag: bigint;
  readonly inputs: readonly Int32Array[];
  /** One per input that is hashed, in their order: 128 bits, or 0n where the digest is not salted. Default all 0n. */
  readonly salts?: readonly bigint[];
}

/** What one node of the graph cost, a fused chain at its last node; tag and hashed inputs have entries of their own. */
export interface LayerReport {
  readonly node: string;
  readonly op: string;
  readonly dims: readonly number[];
  /** Bits of the widest accumulator that was decomposed, sign included; 0 for none. */
  readonly width: number;
  readonly rows: number;
  readonly nonZeros: number;
}
