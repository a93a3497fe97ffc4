/**
 * Who plays in the demo: four miners, two of them honest.
 * @module
 */

export type Behaviour =
  /** Proves and answers as fast as it can. */
  | "honest"
  /** Proves and answers, later than it could. */
  | "slowed"
  /** Answers another digit than the model's, beside a proof that is honest for the right one. */
  | "liar"
  /** Answers with proofs made for the jobs of another hotkey, with which it shares a prover. */
  | "copier";

export interface Role {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly isHonest: boolean;
}

export const CAST: readonly Role[] = [
  { name: "honest", behaviour: "honest", isHonest: true },
  { name: "slowed", behaviour: "slowed", isHonest: true },
  { name: "liar", behaviour: "liar", isHonest: false },
  { name: "copier", behaviour: "copier", isHonest: false },
];

/** Whose jobs the copier's shared prover works for. */
export const PARTNER = "honest";
