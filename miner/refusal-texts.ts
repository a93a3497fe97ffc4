/**
 * What a miner says with each code: fixed texts of printable ASCII, so that nothing of a request is repeated.
 * @module
 */
import type { RefusalCode } from "../protocol/wire.ts";

export const REFUSAL_TEXTS: Readonly<
  Record<RefusalCode, readonly [message: string, hint: string]>
> = {
  MALFORMED_JOB: ["the body is not a job in canonical JSON", "See docs/protocol.md, Job."],
  MALFORMED_AUTH: ["the request is not signed by btauth/1", "See docs/protocol.md, Who asks."],
  WRONG_RECEIVER: ["the request is for another hotkey", "Look up the endpoint again."],
  STALE_REQUEST: [
    "the request is more than 10 s old by this miner's clock",
    "Set your clock (NTP), and sign every try when it is sent.",
  ],
  FUTURE_REQUEST: [
    "the request is ahead of this miner's clock by more than 2 s",
    "Set your clock (NTP).",
  ],
  BAD_SIGNATURE: [
    "the request or the job is not signed by the hotkey it names",
    "Sign the bytes that are sent, with an sr25519 hotkey.",
  ],
  REPLAYED_REQUEST: ["a request with this nonce came before", "Sign every try with a new nonce."],
  NOT_REGISTERED: ["the validator is not registered here", "Register its hotkey on the subnet."],
  WRONG_SENDER: ["the job is of another validator than the request", "Send your own jobs."],
  STAKE_TOO_LOW: ["the validator holds less stake than this miner asks", "Ask another miner."],
  WRONG_MINER: ["the job is for another miner", "Look up the endpoint again."],
  WRONG_NETUID: ["the job is for another subnet", "Look up the endpoint again."],
  NOT_FOUND: ["no such path", "See docs/protocol.md, The exchange."],
  UNKNOWN_CIRCUIT: ["this miner does not serve that circuit", "Ask /v1/info what it serves."],
  SLOW_REQUEST: ["the request did not arrive in time", "Send it at once."],
  DUPLICATE_JOB: ["a job with this id came before", "Draw a new id for every job."],
  EXPIRED: ["the chain is past the job's last block", "Send a job when it is made."],
  LENGTH_REQUIRED: ["the request has no content-length", "Send the length of the body."],
  TOO_LARGE: ["the body is longer than a job can be", "See docs/protocol.md for the limits."],
  WRONG_MEDIA_TYPE: ["the body is not application/json", "Send canonical JSON."],
  WRONG_INPUT: ["the input is not what the circuit takes", "Look into its manifest."],
  QUEUE_FULL: ["the queue is full", "Ask again after Retry-After."],
  PROVING_FAILED: ["no proof could be made", "Ask another miner."],
  CHAIN_UNAVAILABLE: ["this miner cannot see the chain", "Ask again later."],
  STOPPING: ["this miner is shutting down, or has lost its seat", "Ask another miner."],
  OVER_BUDGET: ["the proof was not ready within the budget", "Give more time or ask another."],
};
