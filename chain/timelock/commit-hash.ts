/**
 * Commit-reveal without a beacon (version 2): the validator commits to blake2b-256 of its weights and a salt, and
 * reveals them itself some epochs later. Who does not know the salt cannot try weights until one fits.
 * @module
 */
import { blake2AsU8a } from "@polkadot/util-crypto";
import { malformed, u16, u64, vecU16 } from "./scale.ts";

export interface HashedWeights {
  /** Public key of the validator, 32 bytes. */
  readonly hotkey: Uint8Array;
  readonly netuidIndex: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  /** u16; secret until revealed. */
  readonly salt: readonly number[];
  readonly versionKey: bigint;
}

/** Subnets that Subtensor leaves room for between two mechanisms. */
const SUBNETS_PER_MECHANISM = 4_096;
const HOTKEY_BYTES = 32;

/**
 * @returns 32 bytes
 * @throws ChainError `MALFORMED_WEIGHTS`
 */
export function commitHash(weights: HashedWeights): Uint8Array {
  const { hotkey, uids, values } = weights;
  if (hotkey.length !== HOTKEY_BYTES) {
    throw malformed(`the hotkey has ${hotkey.length} bytes, expected ${HOTKEY_BYTES}`);
  }
  if (uids.length !== values.length) {
    throw malformed(`${uids.length} uids, but ${values.length} values`);
  }
  return blake2AsU8a(
    Buffer.concat([
      hotkey,
      u16(weights.netuidIndex),
      vecU16(uids),
      vecU16(values),
      vecU16(weights.salt),
      u64(weights.versionKey),
    ]),
    256,
  );
}

/**
 * The key of a subnet's mechanism in storage.
 * @throws ChainError `MALFORMED_WEIGHTS` for numbers that would name another subnet
 */
export function netuidIndex(netuid: number, mecid: number): number {
  const isNetuid = Number.isInteger(netuid) && netuid >= 0 && netuid < SUBNETS_PER_MECHANISM;
  const isMecid = Number.isInteger(mecid) && mecid >= 0 && mecid < 2 ** 16 / SUBNETS_PER_MECHANISM;
  if (!isNetuid || !isMecid) {
    throw malformed(`subnet ${netuid}, mechanism ${mecid}: expected at most 4095 and 15`);
  }
  return mecid * SUBNETS_PER_MECHANISM + netuid;
}
