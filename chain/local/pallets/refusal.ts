/**
 * Errors of SubtensorModule, which most files of this folder throw many of.
 * @module
 */
import { fail } from "../runtime/pallet.ts";

/** @throws DispatchFailure with the error of that name in the metadata; never returns */
export function refuse(name: string): never {
  fail("SubtensorModule", name);
}
