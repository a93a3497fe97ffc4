/**
 * What both sides of the HTTP exchange agree on beside the messages: paths, limits, how a miner refuses, what it says
 * of itself. docs/protocol.md, "The exchange".
 * @module
 */
import { z } from "zod";
import type { Digest } from "./digest.ts";
import { decode, digestField, hotkeyField } from "./fields.ts";
import type { Hotkey } from "./hotkey.ts";
import type { IgnoreCode } from "./verdict.ts";

export const JOB_PATH = "/v1/jobs";
export const INFO_PATH = "/v1/info";
export const HEALTH_PATH = "/healthz";
export const READY_PATH = "/readyz";
export const METRICS_PATH = "/metrics";

/** Bytes of a request body: MAX_INPUT_VALUES integers of 12 characters are 192 KiB. A miner may set less by its circuits. */
export const MAX_JOB_BYTES = 262_144;
/** Bytes of an answer's body: MAX_OUTPUT_VALUES integers of 12 characters are 48 KiB. */
export const MAX_ANSWER_BYTES = 65_536;
/** Bytes of any other body: an error text that is longer than the request would amplify. */
export const MAX_ERROR_BYTES = 2_048;
export const MAX_INFO_BYTES = 65_536;

/** Seconds that a Retry-After may ask for; a longer one is not taken for an answer. */
export const MAX_RETRY_AFTER_SECONDS = 3_600;

/** Why a miner does not take a job, or did not answer one it took. docs/protocol.md has a line for each. */
export type RefusalCode =
  | "MALFORMED_JOB"
  | "MALFORMED_AUTH"
  | "WRONG_RECEIVER"
  | "STALE_REQUEST"
  | "FUTURE_REQUEST"
  | "BAD_SIGNATURE"
  | "REPLAYED_REQUEST"
  | "NOT_REGISTERED"
  | "WRONG_SENDER"
  | "STAKE_TOO_LOW"
  | "WRONG_MINER"
  | "WRONG_NETUID"
  | "NOT_FOUND"
  | "UNKNOWN_CIRCUIT"
  | "SLOW_REQUEST"
  | "DUPLICATE_JOB"
  | "EXPIRED"
  | "LENGTH_REQUIRED"
  | "TOO_LARGE"
  | "WRONG_MEDIA_TYPE"
  | "WRONG_INPUT"
  | "QUEUE_FULL"
  | "PROVING_FAILED"
  | "CHAIN_UNAVAILABLE"
  | "STOPPING"
  | "OVER_BUDGET";

/** The HTTP status that goes with each code. */
export const REFUSAL_STATUS: Readonly<Record<RefusalCode, number>> = {
  MALFORMED_JOB: 400,
  MALFORMED_AUTH: 401,
  WRONG_RECEIVER: 401,
  STALE_REQUEST: 401,
  FUTURE_REQUEST: 401,
  BAD_SIGNATURE: 401,
  REPLAYED_REQUEST: 401,
  NOT_REGISTERED: 403,
  WRONG_SENDER: 403,
  STAKE_TOO_LOW: 403,
  WRONG_MINER: 403,
  WRONG_NETUID: 403,
  NOT_FOUND: 404,
  UNKNOWN_CIRCUIT: 404,
  SLOW_REQUEST: 408,
  DUPLICATE_JOB: 409,
  EXPIRED: 410,
  LENGTH_REQUIRED: 411,
  TOO_LARGE: 413,
  WRONG_MEDIA_TYPE: 415,
  WRONG_INPUT: 422,
  QUEUE_FULL: 429,
  PROVING_FAILED: 500,
  CHAIN_UNAVAILABLE: 503,
  STOPPING: 503,
  OVER_BUDGET: 504,
};

export interface Refusal {
  readonly code: RefusalCode;
  /** Fixed short text of printable ASCII: nothing of the request is repeated. */
  readonly message: string;
  readonly hint: string;
}

/** How a validator takes an answer with this status (any but 200): the queue is full, or the miner would not. */
export function ignoreCodeOf(status: number): IgnoreCode {
  return status === REFUSAL_STATUS.QUEUE_FULL ? "BUSY" : "REFUSED";
}

// Printable ASCII only: the text goes into logs and terminals.
const textField = z.string().regex(/^[\x20-\x7e]{1,256}$/);

const REFUSAL_CODES = Object.keys(REFUSAL_STATUS) as readonly RefusalCode[];

const refusalSchema: z.ZodType<{ error: Refusal }> = z.strictObject({
  error: z.strictObject({ code: z.enum(REFUSAL_CODES), message: textField, hint: textField }),
});

/** The body of every status but 200. */
export function errorToJson(refusal: Refusal): unknown {
  return { error: { code: refusal.code, message: refusal.message, hint: refusal.hint } };
}

/** @throws ProtocolError `MALFORMED_ERROR`; the status alone then decides the verdict */
export function errorFromJson(value: unknown): Refusal {
  return decode(refusalSchema, value, "MALFORMED_ERROR").error;
}

/** @returns seconds, or undefined unless the header is a plain decimal integer from 1 to MAX_RETRY_AFTER_SECONDS */
export function retryAfterFromHeader(header: string | undefined): number | undefined {
  if (header === undefined || !/^[1-9][0-9]{0,3}$/.test(header)) return undefined;
  const seconds = Number(header);
  return seconds <= MAX_RETRY_AFTER_SECONDS ? seconds : undefined;
}

/** What a miner says of itself. Nothing here is believed: it tells a validator what to ask for, not what is true. */
export interface MinerInfo {
  /** Of the software, as in package.json. */
  readonly version: string;
  readonly hotkey: Hotkey;
  /** Circuit ids it answers for, at most MAX_CIRCUITS. */
  readonly circuits: readonly Digest[];
}

export const MAX_CIRCUITS = 256;

const infoSchema: z.ZodType<MinerInfo> = z.strictObject({
  version: z.string().regex(/^[0-9A-Za-z.+-]{1,64}$/),
  hotkey: hotkeyField,
  circuits: z.array(digestField).max(MAX_CIRCUITS),
});

export function infoToJson(info: MinerInfo): unknown {
  return { version: info.version, hotkey: info.hotkey, circuits: [...info.circuits] };
}

/** @throws ProtocolError `MALFORMED_INFO` */
export function infoFromJson(value: unknown): MinerInfo {
  return decode(infoSchema, value, "MALFORMED_INFO");
}
