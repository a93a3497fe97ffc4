/**
 * How Bittensor 7.2 to 10 asked a miner, for validators that still do: a Dendrite posts a Synapse, an Axon answers. The
 * Synapse here is `AssayJob`, with `job`, the body of a POST /v1/jobs as text, and `answer`, the body of its 200. Which
 * Bittensor signs only what a class lists; a job that is not under the signature is refused.
 *
 *     Dendrite signs   nonce.dendrite.axon.uuid.bodyHash     (hotkeys; UTF-8; sr25519)
 *     Axon signs       nonce.dendrite.axon.uuid
 *     bodyHash         SHA3-256 over the hex SHA3-256 of each value that is hashed, all hex
 *
 * From bittensor/core/{dendrite,axon,synapse}.py; interoperates with 10.2.0 (scripts/interop/dendrite.ts). Differs from
 * that Axon where it is lax: no signature, no registration, an old or a far nonce, another receiver is each refused.
 * docs/protocol.md, "The legacy bridge".
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { fromPrefixedHex, toPrefixedHex } from "./hex.ts";
import { type Hotkey, isHotkey } from "./hotkey.ts";
import type { DendriteStore } from "./replay.ts";
import { type AuthRefusal, nonceOf, type ReceivedHeaders } from "./request-auth.ts";
import { SIGNATURE_BYTES, type Signer, verifySignature } from "./signature.ts";
import { MAX_JOB_BYTES, REFUSAL_STATUS, type RefusalCode } from "./wire.ts";

/** Name of the Synapse's class, which is its path. */
export const SYNAPSE = "AssayJob";
export const SYNAPSE_PATH = "/AssayJob";

/** A job as a JSON string within the Synapse's JSON: some sixty quotes to escape, and two dozen short fields. */
export const MAX_SYNAPSE_BYTES: number = MAX_JOB_BYTES + 16_384;

/** What Bittensor grants beside the request's timeout: time on the way, and between clocks. */
const SLACK_NS = 4_000_000_000n;

/**
 * Seconds of timeout that count toward a nonce's age. The timeout is not signed, so whoever replays a request may write
 * any; within this bound the store still knows it (replay.ts, RETENTION_NS).
 */
const MAX_TIMEOUT_SECONDS = 50;

/** Versions are major·10^6 + minor·10^3 + patch. Before 7.2.0 a nonce was no time. */
const MIN_VERSION = 7_002_000;
const MAX_VERSION = 10_999_999;
/** The version whose wire this is. */
const AXON_VERSION = 10_002_000;

/** Who sent a Synapse, beyond doubt, and the job in it. */
export interface DendriteRequest {
  readonly sender: Hotkey;
  readonly uuid: string;
  readonly nonce: bigint;
  /** As it came. */
  readonly job: string;
}

export interface DendriteTerms {
  readonly self: Hotkey;
  readonly nowNs: bigint;
  readonly isRegistered: (sender: Hotkey) => boolean;
  readonly dendrites: DendriteStore;
}

export type HeardDendrite =
  | { readonly request: DendriteRequest }
  | { readonly refusal: AuthRefusal | "MALFORMED_JOB" };

/**
 * The sender and the job of a Synapse, or why nobody is believed to have sent it.
 * @param received headers by names in lower case
 * @throws what the store throws when it cannot keep the nonce: the request is then not taken
 */
export function authenticateDendrite(
  received: { readonly headers: ReceivedHeaders; readonly body: Uint8Array },
  terms: DendriteTerms,
): HeardDendrite {
  const claim = readClaim(received.headers);
  if (claim === undefined) return { refusal: "MALFORMED_AUTH" };
  const { sender, uuid, nonce } = claim;
  if (claim.receiver !== terms.self) return { refusal: "WRONG_RECEIVER" };
  const age = terms.nowNs - nonce;
  if (age >= SLACK_NS + claim.timeoutNs) return { refusal: "STALE_REQUEST" };
  if (-age > SLACK_NS) return { refusal: "FUTURE_REQUEST" };
  if (!terms.isRegistered(sender)) return { refusal: "NOT_REGISTERED" };
  const signature = fromPrefixedHex(claim.signature, SIGNATURE_BYTES);
  if (signature === undefined) return { refusal: "BAD_SIGNATURE" };
  const job = jobOf(received.body);
  if (job === undefined) return { refusal: "MALFORMED_JOB" };
  const bodyHash = synapseBodyHash([job]);
  if (claim.bodyHash !== bodyHash) return { refusal: "BAD_SIGNATURE" };
  const message = `${nonce}.${sender}.${terms.self}.${uuid}.${bodyHash}`;
  if (!verifySignature(new TextEncoder().encode(message), signature, sender)) {
    return { refusal: "BAD_SIGNATURE" };
  }
  const keeping = terms.dendrites.advance(sender, uuid, nonce);
  if (keeping === "full") return { refusal: "QUEUE_FULL" };
  return keeping === "known"
    ? { refusal: "REPLAYED_REQUEST" }
    : { request: { sender, uuid, nonce, job } };
}

/**
 * Synapse.body_hash of the values of `required_hash_fields`. Python hashes str(value), which is the same everywhere only
 * for text and whole numbers.
 * @returns 64 hexadecimal digits
 */
export function synapseBodyHash(values: readonly (string | bigint)[]): string {
  return sha3(values.map((value) => sha3(String(value))).join(""));
}

function sha3(text: string): string {
  return createHash("sha3-256").update(text, "utf8").digest("hex");
}

interface Claim {
  readonly sender: Hotkey;
  readonly receiver: string;
  readonly uuid: string;
  readonly nonce: bigint;
  readonly timeoutNs: bigint;
  readonly bodyHash: string;
  readonly signature: unknown;
}

/** Short texts without a dot, of which two messages could be put together. */
const claimSchema = z.object({
  name: z.literal(SYNAPSE),
  timeout: z
    .string()
    .regex(/^[0-9]{1,6}(\.[0-9]{1,6})?$/)
    .transform(Number),
  computed_body_hash: z.string().regex(/^[0-9a-f]{64}$/),
  bt_header_axon_hotkey: z.string().max(64),
  bt_header_dendrite_hotkey: z.custom<Hotkey>((text) => typeof text === "string" && isHotkey(text)),
  bt_header_dendrite_uuid: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
  bt_header_dendrite_version: z
    .string()
    .regex(/^[0-9]{7,8}$/)
    .transform(Number)
    .refine((version) => version >= MIN_VERSION && version <= MAX_VERSION),
});

function readClaim(headers: ReceivedHeaders): Claim | undefined {
  const { success, data } = claimSchema.safeParse(headers);
  const nonce = nonceOf(headers["bt_header_dendrite_nonce"]);
  if (!success || nonce === undefined) return undefined;
  const seconds = Math.min(data.timeout, MAX_TIMEOUT_SECONDS);
  return {
    sender: data.bt_header_dendrite_hotkey,
    receiver: data.bt_header_axon_hotkey,
    uuid: data.bt_header_dendrite_uuid,
    nonce,
    timeoutNs: BigInt(Math.round(seconds * 1e6)) * 1_000n,
    bodyHash: data.computed_body_hash,
    signature: headers["bt_header_dendrite_signature"],
  };
}

// The other fields of a Synapse are not signed: nothing in them is looked at.
const bodySchema = z.object({ job: z.string().max(MAX_JOB_BYTES) });

function jobOf(body: Uint8Array): string | undefined {
  if (body.length > MAX_SYNAPSE_BYTES) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(body);
    return bodySchema.parse(JSON.parse(text)).job;
  } catch {
    return undefined;
  }
}

/** An Axon knows fewer statuses than we do. A full queue is its executor of priorities: 503. */
export const AXON_STATUS: Readonly<Record<RefusalCode, number>> = {
  ...REFUSAL_STATUS,
  MALFORMED_AUTH: 400,
  DUPLICATE_JOB: 400,
  EXPIRED: 400,
  LENGTH_REQUIRED: 400,
  TOO_LARGE: 400,
  WRONG_MEDIA_TYPE: 400,
  WRONG_INPUT: 400,
  OVER_BUDGET: 408,
  QUEUE_FULL: 503,
};

/** What an Axon says of itself, under Bittensor's names: in headers, and in the Synapse that it returns. */
export type AxonTerminal = Readonly<Record<string, string | number>>;

export interface AxonState {
  /** Of this start of the Axon. */
  readonly uuid: string;
  readonly nonce: bigint;
  readonly status: number;
  /** Printable ASCII. */
  readonly message: string;
  /** From receipt. */
  readonly seconds: number;
}

/** @param request that is answered; without one nobody is known to listen, and nothing is signed */
export function axonTerminal(
  { uuid, nonce, status, message, seconds }: AxonState,
  request: DendriteRequest | undefined,
  signer: Signer,
): AxonTerminal {
  const state = {
    version: AXON_VERSION,
    ...{ uuid, hotkey: signer.hotkey },
    status_code: status,
    status_message: message,
    process_time: seconds,
  };
  if (request === undefined) return state;
  // Four parts, where a request has five: what is signed here is never a request of this hotkey.
  const signed = `${nonce}.${request.sender}.${signer.hotkey}.${uuid}`;
  const signature = toPrefixedHex(signer.sign(new TextEncoder().encode(signed)));
  return { ...state, nonce: String(nonce), signature };
}

export function axonHeaders(axon: AxonTerminal): Record<string, string> {
  const fields = Object.entries(axon).map(([name, value]) => [
    `bt_header_axon_${name}`,
    String(value),
  ]);
  return { name: SYNAPSE, ...Object.fromEntries(fields) };
}

/** The Synapse with its answer: the body of a 200. @param answer as the body of a 200 to POST /v1/jobs */
export function synapseToJson(
  answer: string,
  axon: AxonTerminal,
  { sender, uuid, job }: DendriteRequest,
): unknown {
  return { name: SYNAPSE, job, answer, dendrite: { hotkey: sender, uuid }, axon };
}
