/**
 * Weights as they are sealed for a timelocked commit: SCALE of {hotkey, uids, values, version_key}. Commits of version 3
 * had no hotkey; whoever copied one could pass it for his own. Subtensor still opens both, and tries the newer first.
 * @module
 */
import { malformed, ScaleReader, u64, vecU8, vecU16 } from "./scale.ts";
import { MAX_MESSAGE_BYTES } from "./seal.ts";

export interface WeightsPayload {
  /** Public key of the validator, 32 bytes; absent in a commit of version 3. */
  readonly hotkey?: Uint8Array;
  readonly uids: readonly number[];
  /** u16, one for each uid. */
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

const HOTKEY_BYTES = 32;

/** @throws ChainError `MALFORMED_WEIGHTS` */
export function encodeWeightsPayload(payload: WeightsPayload): Uint8Array {
  const { hotkey, uids, values, versionKey } = checked(payload);
  const owner = hotkey === undefined ? [] : [vecU8(hotkey)];
  return Uint8Array.from(Buffer.concat([...owner, vecU16(uids), vecU16(values), u64(versionKey)]));
}

/** @throws ChainError `MALFORMED_WEIGHTS` */
export function decodeWeightsPayload(bytes: Uint8Array): WeightsPayload {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw malformed(`expected at most ${MAX_MESSAGE_BYTES} bytes, got ${bytes.length}`);
  }
  try {
    return read(bytes, true);
  } catch (error) {
    try {
      return read(bytes, false);
    } catch {
      throw error;
    }
  }
}

function read(bytes: Uint8Array, isOwned: boolean): WeightsPayload {
  const reader = new ScaleReader(bytes);
  const owner = isOwned ? { hotkey: reader.vecU8() } : {};
  const uids = reader.vecU16();
  const values = reader.vecU16();
  const versionKey = reader.u64();
  reader.end();
  return checked({ ...owner, uids, values, versionKey });
}

function checked(payload: WeightsPayload): WeightsPayload {
  const { hotkey, uids, values } = payload;
  if (hotkey !== undefined && hotkey.length !== HOTKEY_BYTES) {
    throw malformed(`the hotkey has ${hotkey.length} bytes, expected ${HOTKEY_BYTES}`);
  }
  if (uids.length !== values.length) {
    throw malformed(`${uids.length} uids, but ${values.length} values`);
  }
  return payload;
}
