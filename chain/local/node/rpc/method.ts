/**
 * A method of the JSON-RPC: its parameters are decoded once, here, and everything behind takes them at their word.
 * @module
 */
import { type ZodType, z } from "zod";
import { MAX_EXTRINSIC_BYTES } from "../../runtime/extrinsic.ts";
import { bytesOf } from "../hex.ts";
import { RPC_CODES, RpcFault } from "./fault.ts";

/** What a method may do for the connection it was asked on. */
export interface Client {
  /**
   * @param name of the notifications
   * @param start begins to push, and may say that nothing follows; what it pushes at once follows the answer. Returns
   * what ends it
   * @returns the subscription's id
   */
  subscribe(
    name: string,
    start: (push: (result: unknown) => void, end: () => void) => () => void,
  ): string;
  /** False when this connection has no such subscription. */
  unsubscribe(id: string): boolean;
}

export type Method = (params: readonly unknown[], client: Client) => unknown;
export type Methods = Readonly<Record<string, Method>>;

export function method<P>(schema: ZodType<P>, run: (params: P, client: Client) => unknown): Method {
  return (params, client) => {
    const parsed = schema.safeParse(params);
    // Fixed text: what came is not sent back, so a bad request cannot be used to make long answers.
    if (!parsed.success) throw new RpcFault(RPC_CODES.invalidParams, "Invalid params");
    return run(parsed.data, client);
  };
}

/** What needs no parameters passes over those it gets, as Substrate does. */
export function question(run: () => unknown): Method {
  return () => run();
}

export const unsubscribe: Method = method(z.tuple([z.string().max(32)]), ([id], client) =>
  client.unsubscribe(id),
);

/** Several times what the metadata's longest keys have. */
const MAX_KEY_BYTES = 512;
const MAX_KEYS = 4_096;

/**
 * Bytes as 0x hex, lower case. Substrate takes them without 0x too, and Bittensor's Python client leaves it out.
 * @param maxBytes most bytes there may be
 */
function hex(minBytes: number, maxBytes: number): ZodType<string> {
  return z
    .string()
    .max(2 + 2 * maxBytes)
    .regex(/^(0x)?([0-9a-fA-F]{2})*$/)
    .transform((text) => (text.startsWith("0x") ? text : `0x${text}`).toLowerCase())
    .refine((text) => text.length >= 2 + 2 * minBytes && text.length <= 2 + 2 * maxBytes);
}

export const Hash: ZodType<string> = hex(32, 32);

/** The block asked about; the best one when it is left out. */
export const At: ZodType<string | undefined> = Hash.nullish().transform(
  (hash) => hash ?? undefined,
);

export const StorageKey: ZodType<string> = hex(0, MAX_KEY_BYTES);
export const StorageKeys: ZodType<string[]> = z.array(StorageKey).max(MAX_KEYS);

export const Bytes: ZodType<Uint8Array> = hex(0, MAX_EXTRINSIC_BYTES).transform(bytesOf);

/** Substrate takes block numbers both ways. */
export const BlockNumber: ZodType<number> = z.union([
  z.number().int().min(0).max(0xffff_ffff),
  z
    .string()
    .regex(/^0x[0-9a-fA-F]{1,8}$/)
    .transform(Number),
]);
