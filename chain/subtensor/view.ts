/**
 * The chain's state at one finalised block, as plain values that a schema has let in. All storage is asked of that
 * block in one question, so what belongs together is of one moment.
 * @module
 */
import { unwrapStorageType } from "@polkadot/types";
import type { Codec } from "@polkadot/types/types";
import type { DefinitionCallNamed } from "@polkadot/types/types/definitions";
import { hexToU8a, u8aConcat, u8aToHex } from "@polkadot/util";
import { z } from "zod";
import type { Head } from "../chain.ts";
import { ChainError } from "../error.ts";
import { type Plain, plain } from "./plain.ts";
import type { Session } from "./session.ts";

/** Pallet and item by their names in the metadata, as @polkadot/api writes them: first letter small. */
export interface Item<T> {
  readonly pallet: string;
  readonly item: string;
  readonly args: readonly unknown[];
  readonly schema: z.ZodType<T>;
}

/** The values of items, in their order. */
type Values<Items extends readonly Item<unknown>[]> = {
  readonly [I in keyof Items]: Items[I] extends Item<infer T> ? T : never;
};

export interface View {
  readonly head: Head;
  readonly session: Session;
  has(pallet: string, item: string): boolean;
  hasApi(api: string, method: string): boolean;
  /** @throws ChainError `UNREADABLE_STATE` when an item is missing or is not what was expected */
  read<const Items extends readonly Item<unknown>[]>(...items: Items): Promise<Values<Items>>;
  /** What a runtime API answers. @throws ChainError `UNREADABLE_STATE` */
  call<T>(api: string, method: string, args: readonly unknown[], schema: z.ZodType<T>): Promise<T>;
}

/** Keys in one question: 256 neurons' weights take one, and an answer stays under a megabyte. */
const KEYS_PER_QUESTION = 1_000;

const Answer = z
  .array(z.looseObject({ changes: z.array(z.tuple([z.string(), z.string().nullable()])) }))
  .min(1);
const Hex = z.string().regex(/^0x([0-9a-f]{2})*$/);

/** A pallet of Subtensor's own, by which most items are. */
export function subtensorItem<T>(
  item: string,
  args: readonly unknown[],
  schema: z.ZodType<T>,
): Item<T> {
  return { pallet: "subtensorModule", item, args, schema };
}

export function viewAt(session: Session, head: Head, requestMs: number): View {
  const { api, request } = session;
  const at = `0x${head.hash}`;

  const entryOf = (pallet: string, item: string) => {
    const entry = api.query[pallet]?.[item];
    if (entry !== undefined) return entry;
    throw unreadable(`the runtime has no storage ${pallet}.${item}`);
  };
  const definitionOf = (name: string, method: string): DefinitionCallNamed | undefined => {
    // Its type tells neither that a section may be missing nor that its methods bear their definition.
    const section: unknown = (api.call as Readonly<Record<string, unknown>>)[name];
    return (section as Readonly<Record<string, { meta: DefinitionCallNamed }>> | undefined)?.[
      method
    ]?.meta;
  };

  return {
    head,
    session,
    has: (pallet, item) => api.query[pallet]?.[item] !== undefined,
    hasApi: (name, method) => definitionOf(name, method) !== undefined,

    async read<const Items extends readonly Item<unknown>[]>(...items: Items) {
      const entries = items.map(({ pallet, item }) => entryOf(pallet, item));
      const keys = entries.map((entry, i) => entry.key(...(items[i]?.args ?? [])));
      const found = new Map<string, string | null>();
      for (let from = 0; from < keys.length; from += KEYS_PER_QUESTION) {
        const some = keys.slice(from, from + KEYS_PER_QUESTION);
        const answer = Answer.parse(await request("state_queryStorageAt", [some, at], requestMs));
        for (const { changes } of answer) {
          for (const [key, value] of changes) found.set(key, value);
        }
      }
      return items.map(({ pallet, item, schema }, i) => {
        const name = `${pallet}.${item}`;
        const { meta } = (entries[i] as (typeof entries)[number]).creator;
        const value = found.get(keys[i] as string) ?? null;
        const isOptional = meta.modifier.isOptional;
        if (value === null && isOptional) return admit(name, null, schema);
        const bytes = value === null ? meta.fallback.toU8a(true) : hexToU8a(Hex.parse(value));
        const type = unwrapStorageType(api.registry, meta.type);
        return admit(name, decode(session, name, type, bytes), schema);
      }) as Values<Items>;
    },

    async call(name, method, args, schema) {
      const definition = definitionOf(name, method);
      if (definition === undefined) throw unreadable(`the runtime has no ${name}.${method}`);
      const params = definition.params.map(({ type }, i) => {
        return api.registry.createTypeUnsafe<Codec>(type, [args[i]]).toU8a();
      });
      const answer = await request(
        "state_call",
        [definition.name, u8aToHex(u8aConcat(...params)), at],
        requestMs,
      );
      const bytes = hexToU8a(Hex.parse(answer));
      return admit(
        definition.name,
        decode(session, definition.name, definition.type, bytes),
        schema,
      );
    },
  };
}

/** Decoded, and encoded again: a node's answer has neither gaps nor a rest. */
function decode(session: Session, name: string, type: string, bytes: Uint8Array): Plain {
  const value = session.api.registry.createTypeUnsafe<Codec>(type, [bytes]);
  if (u8aToHex(value.toU8a()) !== u8aToHex(bytes)) {
    throw unreadable(`${name} has ${bytes.length} bytes that are not of type ${type.slice(0, 80)}`);
  }
  return plain(value);
}

function admit<T>(name: string, value: Plain, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unreadable(`${name}: ${z.prettifyError(result.error).slice(0, 500)}`);
}

function unreadable(why: string): ChainError {
  return new ChainError(
    "UNREADABLE_STATE",
    why,
    "Update: the chain's runtime is not the one that this version reads.",
  );
}
