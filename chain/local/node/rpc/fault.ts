/**
 * What a client is told when its request cannot be answered: JSON-RPC 2.0's own numbers, and Substrate's.
 * @module
 */
import { ChainError } from "../../../error.ts";
import { PoolRefusal } from "../pool-refusal.ts";

export const RPC_CODES = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  /** Something broke in here. */
  internal: -32_603,
  /** jsonrpsee's. */
  tooManySubscriptions: -32_006,
  tooBig: -32_008,
  /** Ours: `data` has the name and the hint of a ChainError. */
  server: -32_000,
  /** sc_rpc_api::state, "Client error". */
  client: 4_003,
} as const;

/** Codes of ChainErrors that a Substrate node would word as errors of its client. */
const CLIENT_ERRORS: ReadonlySet<string> = new Set([
  "UNKNOWN_BLOCK",
  "STATE_DISCARDED",
  "UNKNOWN_RUNTIME_CALL",
  "MALFORMED_RUNTIME_CALL",
]);

/** As much as a Substrate node answers at most (--rpc-max-response-size): a question is short, and must not fill memory. */
export const MAX_ANSWER_BYTES: number = 15 * 1024 * 1024;

export class RpcFault extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RpcFault";
    this.code = code;
    this.data = data;
  }

  toJSON(): object {
    const { code, message, data } = this;
    return data === undefined ? { code, message } : { code, message, data };
  }
}

/** In jsonrpsee's words. */
export function answerTooBig(): RpcFault {
  const limit = `Exceeded max limit of ${MAX_ANSWER_BYTES}`;
  return new RpcFault(RPC_CODES.tooBig, "Response is too big", limit);
}

export function faultOf(error: unknown): RpcFault {
  if (error instanceof RpcFault) return error;
  if (error instanceof PoolRefusal) return new RpcFault(error.code, error.message, error.data);
  if (error instanceof ChainError) {
    if (CLIENT_ERRORS.has(error.code)) return new RpcFault(RPC_CODES.client, error.message);
    return new RpcFault(RPC_CODES.server, error.message, { name: error.code, hint: error.hint });
  }
  return new RpcFault(RPC_CODES.internal, "the local chain could not answer");
}
