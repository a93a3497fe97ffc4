/**
 * What keeps a request from being taken twice. protocol only says what a store promises; who serves keeps one on disk
 * (miner/seen-requests.ts), because what only memory knows is forgotten by whoever can make the process start again.
 * @module
 */
import type { Hotkey } from "./hotkey.ts";

/**
 * `kept`: it is new, and from now on known, also after a crash. `known`: it came before, or is of a time of which
 * nothing is remembered. `full`: its sender has as many here as one may have.
 */
export type Keeping = "kept" | "known" | "full";

/** Nonces are nanoseconds since 1970, in [0, 2^63). Asked only after the signature was found good. */
export interface ReplayStore {
  add(sender: Hotkey, nonce: bigint): Keeping;
}

/** The same for Dendrites of Bittensor 7.2 to 10 (legacy-dendrite.ts), whose nonces rise. */
export interface DendriteStore {
  /** @param uuid of the Dendrite. `known` unless the nonce is above all that are kept of it */
  advance(sender: Hotkey, uuid: string, nonce: bigint): Keeping;
}

/**
 * Nonces are kept for so long, counted from the time that they are: longer than any request is fresh. The default of
 * bittensor.http_auth.
 */
export const RETENTION_NS = 60_000_000_000n;
