/**
 * A beacon for the local chain: drand's scheme with one key that is no secret, so that timelocked weights are opened by
 * time there too, without the network. Never for anything that must stay hidden.
 * @module
 */
import { ChainError } from "../error.ts";
import type { Beacon } from "./beacon.ts";
import { G2_BASE, identityOf, scalarOf } from "./pairing.ts";

export interface LocalBeacon extends Beacon {
  /** @returns 48 bytes: the pulse of `round`, whether its time has come or not */
  sign(round: number): Uint8Array;
}

const SECRET_BYTES = 32;

/**
 * @param secret 32 bytes, big-endian; taken modulo the group order
 * @throws ChainError `MALFORMED_BEACON`
 */
export function localBeacon(
  secret: Uint8Array,
  genesisSeconds: number,
  periodSeconds: number,
): LocalBeacon {
  const scalar = secret.length === SECRET_BYTES ? scalarOf(secret) : 0n;
  if (scalar === 0n || !isWhole(genesisSeconds, 0) || !isWhole(periodSeconds, 1)) {
    throw new ChainError(
      "MALFORMED_BEACON",
      "a local beacon takes a secret of 32 bytes that is not zero and whole seconds",
      "Use any 32 random bytes, a genesis of 0 or more, a period of 1 or more.",
    );
  }
  return {
    publicKey: G2_BASE.multiply(scalar).toBytes(),
    genesisSeconds,
    periodSeconds,
    sign: (round) => identityOf(round).multiply(scalar).toBytes(),
  };
}

function isWhole(value: number, least: number): boolean {
  return Number.isSafeInteger(value) && value >= least;
}
