/**
 * Schemas of the plain values that Subtensor's storage and runtime APIs hold.
 * @module
 */

import ipaddr from "ipaddr.js";
import { z } from "zod";
import type { Endpoint, Hotkey } from "../chain.ts";

export const Small: z.ZodType<number> = z.number().int().nonnegative();
export const Bool: z.ZodType<boolean> = z.boolean();
export const Rao: z.ZodType<bigint> = z.bigint().nonnegative();

/** A u64 that counts blocks, epochs or milliseconds: beyond 2^53 it is not one. */
export const Count: z.ZodType<number> = z
  .bigint()
  .nonnegative()
  .max(BigInt(Number.MAX_SAFE_INTEGER))
  .transform(Number);

/** @polkadot/api gives SS58 text of prefix 42, the chain's own; that it is a point was seen when it registered. */
export const Account: z.ZodType<Hotkey> = z.string().transform((text) => text as Hotkey);

export const Bytes: z.ZodType<Uint8Array> = z.instanceof(Uint8Array);

export const Axon: z.ZodType<{ readonly block: number; readonly endpoint: Endpoint | undefined }> =
  z
    .looseObject({ block: Count, ip: z.bigint(), port: Small, ipType: Small })
    .transform(({ block, ip, port, ipType }) => ({
      block,
      endpoint: endpointOf(ip, port, ipType),
    }));

/** Nothing where nothing was published, or what was cannot be an address. */
function endpointOf(ip: bigint, port: number, ipType: number): Endpoint | undefined {
  const length = ipType === 4 ? 4 : ipType === 6 ? 16 : 0;
  if (ip === 0n || port === 0 || length === 0 || ip >> BigInt(8 * length) !== 0n) return undefined;
  const bytes = Buffer.from(ip.toString(16).padStart(2 * length, "0"), "hex");
  return { ip: ipaddr.fromByteArray([...bytes]).toString(), port };
}

/** Storage is by subnet and mechanism; Assay uses the first. */
export const MECHANISM = 0;
