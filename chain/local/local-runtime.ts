/**
 * The runtime of the local chain: Subtensor's, spec 424, as far as a subnet uses it.
 * @module
 */
import { APIS } from "./apis/apis.ts";
import { PARTS } from "./pallets/parts.ts";
import { composeRuntime } from "./runtime/executive.ts";
import type { Runtime } from "./runtime/runtime.ts";

export function localRuntime(): Runtime {
  return composeRuntime(PARTS, APIS);
}
