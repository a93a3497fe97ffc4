/**
 * A runtime's description of itself, in the newest form that tells all we ask: version 15, or 14 of a runtime that does
 * not have it, which leaves out the runtime APIs.
 * @module
 */
import { compactStripLength, hexToU8a, u8aToHex } from "@polkadot/util";
import { z } from "zod";
import { RpcFailure, type Socket } from "./socket.ts";

const NEWEST_VERSION = "0x0f000000";
/** "meta", of which every metadata's first bytes are. */
const Metadata = z.templateLiteral(["0x6d657461", z.string().regex(/^[0-9a-f]+$/)]);
/** Option::Some, a length, and the metadata. */
const Opaque = z.string().regex(/^0x01[0-9a-f]+$/);
const OPTION_HEX = "0x01".length;

/** @returns 0x hex that begins with "meta" */
export async function readMetadata(
  { request }: Pick<Socket, "request">,
  requestMs: number,
): Promise<`0x${string}`> {
  const method = "Metadata_metadata_at_version";
  const newest = await request("state_call", [method, NEWEST_VERSION], requestMs).catch(
    // A runtime before the API, or a node that does not let it be called.
    (error: unknown) => {
      if (error instanceof RpcFailure) return undefined;
      throw error;
    },
  );
  const opaque = Opaque.safeParse(newest);
  if (!opaque.success) return Metadata.parse(await request("state_getMetadata", [], requestMs));
  const [, bytes] = compactStripLength(hexToU8a(`0x${opaque.data.slice(OPTION_HEX)}`));
  return Metadata.parse(u8aToHex(bytes));
}
