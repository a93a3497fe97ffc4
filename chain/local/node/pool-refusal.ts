/**
 * Why the pool does not take a transaction: numbers and words of Substrate's sc_rpc_api::author, which clients compare.
 * @module
 */
import type { Validity } from "../runtime/runtime.ts";

export class PoolRefusal extends Error {
  readonly code: number;
  readonly data: string | undefined;

  constructor(code: number, message: string, data?: string) {
    super(message);
    this.name = "PoolRefusal";
    this.code = code;
    this.data = data;
  }
}

export function refusalOf(validity: Exclude<Validity, { kind: "valid" }>): PoolRefusal {
  return validity.kind === "invalid"
    ? new PoolRefusal(1_010, "Invalid Transaction", validity.data)
    : new PoolRefusal(1_011, "Unknown Transaction Validity", validity.data);
}

export function malformed(why: string): PoolRefusal {
  return new PoolRefusal(1_002, `Verification Error: ${why}`, why);
}

export function banned(): PoolRefusal {
  return new PoolRefusal(1_012, "Transaction is temporarily banned");
}

export function alreadyImported(hash: string): PoolRefusal {
  return new PoolRefusal(1_013, "Transaction Already Imported", hash);
}

/** All transactions of the local chain are of one priority: who comes second with a nonce never replaces the first. */
export function tooLowPriority(): PoolRefusal {
  return new PoolRefusal(
    1_014,
    "Priority is too low: (0 vs 0)",
    "The transaction has too low priority to replace another transaction already in the pool.",
  );
}

export function immediatelyDropped(): PoolRefusal {
  return new PoolRefusal(
    1_016,
    "Immediately Dropped",
    "The transaction couldn't enter the pool because of the limit",
  );
}
