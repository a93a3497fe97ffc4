/**
 * The part of Yuma that costs: n × n weights and bonds, and what follows from them. There is a reference in bigints,
 * entry by entry as Subtensor does it, and a fast one in doubles; they agree in every bit.
 * @module
 */
import type { Fixed } from "./fixed.ts";
import type { SparseRow, YumaInput, YumaParameters } from "./input.ts";

/** Who may speak, by uid. */
export interface Voices {
  /** Holds a permit for this epoch. */
  readonly permitted: readonly boolean[];
  /** S: its part of the stake that is active and permitted. */
  readonly S: readonly Fixed[];
}

/** By uid. */
export interface Agreement {
  /** C */
  readonly consensus: readonly Fixed[];
  readonly validatorTrust: readonly Fixed[];
  readonly incentive: readonly Fixed[];
  readonly dividends: readonly Fixed[];
  /** B after this epoch, in u16 fractions. */
  bondsOf(uid: number): SparseRow;
}

export type Agree = (parameters: YumaParameters, input: YumaInput, voices: Voices) => Agreement;
