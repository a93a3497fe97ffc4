/**
 * The runtime of the local chain: Subtensor's, spec 424, as far as a subnet uses it.
 * @module
 */
import { APIS } from "./apis/apis.ts";
import { PARTS } from "./pallets/parts.ts";
import { composeRuntime } from "./runtime/executive.ts";
import type { Runtime } from "./runtime/runtime.ts";

/** @param blockMs what its metadata says that a block takes */
export function localRuntime(blockMs?: number): Runtime {
  return composeRuntime(PARTS, APIS, blockMs);
}
