/**
 * A failed call in the form of the metadata's DispatchError.
 * @module
 */
import type { DispatchFailure } from "./pallet.ts";

export function dispatchErrorOf({ error }: DispatchFailure): unknown {
  if (error.type === "Module") {
    return {
      type: "Module",
      value: { type: error.pallet, value: { type: error.name, value: undefined } },
    };
  }
  if ("value" in error) return { type: error.type, value: { type: error.value, value: undefined } };
  return { type: error.type, value: undefined };
}
