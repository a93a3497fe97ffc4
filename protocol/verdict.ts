/**
 * What a validator concludes about one job. A bad answer is a verdict about the miner, never an exception. Each code
 * is one numbered clause of docs/protocol.md ("The validator's checks"), in the order in which they are checked; a
 * test holds the two lists together.
 * @module
 */

/** The miner's doing, proven by what it sent. Its score decays. In the order of the checks: cheap first. */
export const REJECT_CODES = [
  /** A 200 whose body is not an answer: not canonical JSON, unknown or missing keys, too long. */
  "MALFORMED_ANSWER",
  /** The answer names another job. */
  "WRONG_JOB",
  /** The miner that the job names did not sign this answer to this job. */
  "BAD_SIGNATURE",
  /** Not as many outputs as the circuit has. */
  "WRONG_OUTPUT_COUNT",
  /** An output outside the range that the circuit's manifest states. */
  "OUTPUT_OUT_OF_RANGE",
  /** The 128 bytes are not three points of their groups in canonical form. */
  "MALFORMED_PROOF",
  /** The pairing equation does not hold for this job and these outputs. */
  "PROOF_INVALID",
] as const;

/** No answer to judge. How each is scored: `EFFECT`. */
export const IGNORE_CODES = [
  /** The answer, or the end of it, came after the budget. The miner's fault. */
  "LATE",
  /** No connection, a broken one, or nothing that HTTP knows. The miner's fault or its network's. */
  "UNREACHABLE",
  /** 429: the miner's queue is full. Nobody's fault. */
  "BUSY",
  /** Any other status than 200 and 429. The miner's choice. */
  "REFUSED",
  /** The validator itself gave up, because it stops. The validator's doing. */
  "CANCELLED",
] as const;

export type RejectCode = (typeof REJECT_CODES)[number];
export type IgnoreCode = (typeof IGNORE_CODES)[number];

export interface Rejected {
  readonly kind: "rejected";
  readonly code: RejectCode;
  /** Where: a field path such as `proof.b` or `outputs[3]`. */
  readonly at: string;
}

export type Verdict =
  | { readonly kind: "accepted" }
  | Rejected
  | { readonly kind: "ignored"; readonly code: IgnoreCode };

/**
 * What a verdict does to the miner's score: `recovers` toward what its latency deserves, `decays` by 0.4, or leaves
 * it `unchanged`.
 */
export type Effect = "recovers" | "decays" | "unchanged";

const IGNORED_EFFECT: Readonly<Record<IgnoreCode, Effect>> = {
  LATE: "decays",
  UNREACHABLE: "decays",
  BUSY: "unchanged",
  REFUSED: "decays",
  CANCELLED: "unchanged",
};

export function effectOf(verdict: Verdict): Effect {
  switch (verdict.kind) {
    case "accepted":
      return "recovers";
    case "rejected":
      return "decays";
    case "ignored":
      return IGNORED_EFFECT[verdict.code];
  }
}
