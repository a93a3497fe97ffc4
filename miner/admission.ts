/**
 * Whether a miner takes a job: the clauses of docs/protocol.md, "The miner's checks", cheap ones first. The first that
 * fails is the refusal.
 * @module
 */
import type { Hotkey, Neuron } from "../chain/chain.ts";
import type { Digest } from "../protocol/digest.ts";
import { hasExpired, hasValidSignature, type Job, type SignedJob } from "../protocol/job.ts";
import type { RefusalCode } from "../protocol/wire.ts";

export interface Desk {
  readonly hotkey: Hotkey;
  readonly netuid: number;
  readonly minStakeRao: bigint;
  /** Inputs that each circuit takes; a circuit that is not here is not served. */
  readonly inputCounts: ReadonlyMap<Digest, number>;
  readonly hasSeen: (job: Job) => boolean;
}

export interface PeerView {
  readonly head: number;
  readonly neurons: ReadonlyMap<Hotkey, Neuron>;
}

/** @returns the neuron that asks, or why it is refused */
export function admit(
  signed: SignedJob,
  desk: Desk,
  peers: PeerView | undefined,
): Neuron | RefusalCode {
  const { job } = signed;
  if (job.netuid !== desk.netuid) return "WRONG_NETUID";
  if (job.miner !== desk.hotkey) return "WRONG_MINER";
  const inputCount = desk.inputCounts.get(job.circuit);
  if (inputCount === undefined) return "UNKNOWN_CIRCUIT";
  if (job.input.length !== inputCount) return "WRONG_INPUT";
  if (peers === undefined) return "CHAIN_UNAVAILABLE";
  if (hasExpired(job, peers.head)) return "EXPIRED";
  if (desk.hasSeen(job)) return "DUPLICATE_JOB";
  if (!hasValidSignature(signed)) return "BAD_SIGNATURE";
  const validator = peers.neurons.get(job.validator);
  if (validator === undefined) return "NOT_REGISTERED";
  return validator.stake < desk.minStakeRao ? "STAKE_TOO_LOW" : validator;
}
