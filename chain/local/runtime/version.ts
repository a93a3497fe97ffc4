/**
 * Which runtime holds in a state: the spec of this program, or a later number that System.set_code announced.
 * @module
 */
import type { RuntimeVersion } from "./runtime.ts";
import { SPEC } from "./spec.ts";
import type { State } from "./state.ts";

export const SPEC_NAME = "node-subtensor";

export function specVersionOf(state: State): number {
  return state.get("System.LastRuntimeUpgrade", [])?.spec_version ?? SPEC.specVersion;
}

export function versionOf(state: State): RuntimeVersion {
  return {
    specName: SPEC_NAME,
    implName: "assay-local",
    authoringVersion: 1,
    specVersion: specVersionOf(state),
    implVersion: 1,
    // Core and Metadata, by the hashes of their names: what clients look for before they ask.
    apis: [
      ["0xdf6acb689907609b", 5],
      ["0x37e397fc7c91f5e4", 2],
    ],
    transactionVersion: 1,
    stateVersion: 1,
  };
}
