/**
 * Whether a miner takes a job: the clauses of docs/protocol.md, "The miner's checks", cheap ones first. The first that
 * fails is the refusal.
 * @module
 */
import type { Hotkey, Neuron } from "../chain/chain.ts";
import type { Digest } from "../protocol/digest.ts";
import { hasExpired, hasValidSignature, type Job, type SignedJob } from "../protocol/job.ts";
import type { RefusalCode } from "../protocol/wire.ts";
import type { InputStretch, Solver } from "./solver.ts";

export interface Terms {
  readonly hotkey: Hotkey;
  readonly netuid: number;
  readonly minStakeRao: bigint;
  /** A circuit that is not here is not served. */
  readonly circuits: ReadonlyMap<Digest, Pick<Solver, "inputs">>;
  readonly hasSeen: (job: Job) => boolean;
}

export interface PeerView {
  readonly head: number;
  readonly neurons: ReadonlyMap<Hotkey, Neuron>;
}

/** @returns the neuron that asks, or why it is refused */
export function admit(
  signed: SignedJob,
  terms: Terms,
  peers: PeerView | undefined,
): Neuron | RefusalCode {
  const { job } = signed;
  if (job.netuid !== terms.netuid) return "WRONG_NETUID";
  if (job.miner !== terms.hotkey) return "WRONG_MINER";
  const circuit = terms.circuits.get(job.circuit);
  if (circuit === undefined) return "UNKNOWN_CIRCUIT";
  if (!isInput(job.input, circuit.inputs)) return "WRONG_INPUT";
  if (peers === undefined) return "CHAIN_UNAVAILABLE";
  // Whoever lost its seat works for nothing.
  if (!peers.neurons.has(terms.hotkey)) return "STOPPING";
  if (hasExpired(job, peers.head)) return "EXPIRED";
  if (terms.hasSeen(job)) return "DUPLICATE_JOB";
  if (!hasValidSignature(signed)) return "BAD_SIGNATURE";
  const validator = peers.neurons.get(job.validator);
  if (validator === undefined) return "NOT_REGISTERED";
  return validator.stake < terms.minStakeRao ? "STAKE_TOO_LOW" : validator;
}

function isInput(input: Int32Array, stretches: readonly InputStretch[]): boolean {
  let at = 0;
  for (const { count, min, max } of stretches) {
    const stretch = input.subarray(at, at + count);
    if (stretch.length !== count) return false;
    if (stretch.some((value) => value < min || value > max)) return false;
    at += count;
  }
  return at === input.length;
}
