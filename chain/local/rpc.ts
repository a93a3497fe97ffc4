/**
 * What is said over the WebSocket of the local chain: JSON-RPC 2.0, method names after Substrate's where it has one.
 * Both ends decode with the schemas of this file. Rao are decimal strings; hashes are 64 hexadecimal digits.
 * @module
 */
import { z } from "zod";
import { digest } from "../../store/digest.ts";
import { hotkey } from "../account.ts";
import type { EpochInfo, Head, Metagraph } from "../chain.ts";

export const METHODS = {
  properties: "local_properties",
  finalisedHead: "chain_getFinalizedHead",
  blockHash: "chain_getBlockHash",
  subscribe: "chain_subscribeFinalizedHeads",
  unsubscribe: "chain_unsubscribeFinalizedHeads",
  /** The notification of a subscription. */
  head: "chain_finalizedHead",
  metagraph: "local_metagraph",
  epochInfo: "local_epochInfo",
  account: "local_account",
  registrationCost: "local_registrationCost",
  submit: "author_submit",
} as const;

/** The largest request is set_weights for 4096 uids, 33 KiB in hexadecimal. */
export const MAX_REQUEST_BYTES: number = 64 * 1024;

/** The largest answer is a metagraph of 256 neurons who all weigh all others: under 2 MiB. */
export const MAX_RESPONSE_BYTES: number = 8 * 1024 * 1024;

export const RPC_ERRORS = {
  parse: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  /** Ours: `data.name` is the code of a ChainError. */
  server: -32_000,
  /** Substrate's "Invalid Transaction": `data.name` is the name of the refusal. */
  refused: 1_010,
} as const;

const Id = z.union([z.number().int(), z.string().max(64)]);

export const Request: z.ZodType<{
  readonly jsonrpc: "2.0";
  readonly id: string | number;
  readonly method: string;
  readonly params?: readonly unknown[] | undefined;
}> = z.strictObject({
  jsonrpc: z.literal("2.0"),
  id: Id,
  method: z.string().max(64),
  params: z.array(z.unknown()).max(4).optional(),
});

export type Message =
  | { readonly kind: "result"; readonly id: string | number; readonly result: unknown }
  | {
      readonly kind: "error";
      readonly id: string | number | null;
      readonly error: {
        readonly code: number;
        readonly message: string;
        readonly data?: { readonly name: string; readonly hint: string } | undefined;
      };
    }
  | { readonly kind: "notification"; readonly result: unknown };

const version = z.literal("2.0");

/** Anything that a server says. */
export const ServerMessage: z.ZodType<Message> = z.union([
  z
    .strictObject({ jsonrpc: version, id: Id, result: z.unknown() })
    .transform(({ id, result }) => ({ kind: "result" as const, id, result })),
  z
    .strictObject({
      jsonrpc: version,
      id: Id.nullable(),
      error: z.strictObject({
        code: z.number().int(),
        message: z.string().max(1024),
        data: z.strictObject({ name: z.string().max(64), hint: z.string().max(1024) }).optional(),
      }),
    })
    .transform(({ id, error }) => ({ kind: "error" as const, id, error })),
  z
    .strictObject({
      jsonrpc: version,
      method: z.literal(METHODS.head),
      params: z.strictObject({ subscription: z.number().int(), result: z.unknown() }),
    })
    .transform(({ params }) => ({ kind: "notification" as const, result: params.result })),
]);

// Parameters.
export const NoParams: z.ZodType<readonly []> = z.tuple([]);
export const NetuidParams: z.ZodType<readonly [number]> = z.tuple([
  z.number().int().min(0).max(65_535),
]);
export const NumberParams: z.ZodType<readonly [number]> = z.tuple([
  z.number().int().min(0).max(0xffff_ffff),
]);
const AddressText = z
  .string()
  .max(64)
  .transform((text, context) => {
    try {
      return hotkey(text);
    } catch {
      context.addIssue("no SS58 address");
      return z.NEVER;
    }
  });
export const AddressParams: z.ZodType<readonly [ReturnType<typeof hotkey>]> = z.tuple([
  AddressText,
]);
export const WireParams: z.ZodType<readonly [Uint8Array]> = z.tuple([
  z
    .string()
    .max(MAX_REQUEST_BYTES)
    .regex(/^0x([0-9a-f]{2})+$/)
    .transform((hex) => new Uint8Array(Buffer.from(hex.slice(2), "hex"))),
]);

// Results.
const Count = z.number().int().nonnegative();
const U16 = z.number().int().min(0).max(65_535);
const Rao = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,38})$/)
  .transform(BigInt);
const DigestText = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform(digest);

export const HeadResult: z.ZodType<Head> = z.strictObject({ number: Count, hash: DigestText });
export const HashResult: z.ZodType<Head["hash"] | null> = DigestText.nullable();
export const SubscriptionResult: z.ZodType<number> = Count;
export const RaoResult: z.ZodType<bigint> = Rao;
export const PropertiesResult: z.ZodType<{
  readonly genesisHash: Head["hash"];
  readonly blockMs: number;
  readonly head: Head;
}> = z.strictObject({ genesisHash: DigestText, blockMs: Count, head: HeadResult });

export const AccountResult: z.ZodType<{ readonly nonce: number; readonly balance: bigint }> =
  z.strictObject({ nonce: Count, balance: Rao });

export const EpochInfoResult: z.ZodType<EpochInfo> = z.strictObject({
  tempo: Count,
  index: Count,
  lastEpochBlock: Count,
  nextEpochBlock: Count,
  weightsRateLimit: Count,
  weightsVersionKey: Rao,
  minAllowedWeights: Count,
  maxWeightsLimit: U16,
});

const EndpointResult = z.strictObject({ ip: z.string().max(45), port: U16 });

export const MetagraphResult: z.ZodType<Metagraph> = z.strictObject({
  netuid: U16,
  block: Count,
  neurons: z
    .array(
      z.strictObject({
        uid: U16,
        hotkey: AddressText,
        coldkey: AddressText,
        stake: Rao,
        validatorPermit: z.boolean(),
        active: z.boolean(),
        endpoint: EndpointResult.nullable().transform((endpoint) => endpoint ?? undefined),
        lastUpdate: Count,
        registeredAt: Count,
        incentive: U16,
        consensus: U16,
        dividends: U16,
        validatorTrust: U16,
        emission: Rao,
        weights: z.array(z.tuple([U16, U16])).max(4096),
      }),
    )
    .max(4096),
});

/** JSON of an answer: rao as text, what is undefined as null. */
export function toJson(message: object): string {
  return JSON.stringify(message, (_, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    return value === undefined ? null : value;
  });
}
