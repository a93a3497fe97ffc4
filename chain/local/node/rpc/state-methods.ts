/**
 * state_*: storage of the best block and of the last thousand, runtime calls, metadata, and who follows storage.
 * @module
 */
import { z } from "zod";
import type { RuntimeVersion } from "../../runtime/runtime.ts";
import type { State } from "../../runtime/state.ts";
import type { Author } from "../author.ts";
import { hashOf } from "../header.ts";
import { hexOf } from "../hex.ts";
import type { Ledger } from "../ledger.ts";
import { answerTooBig, MAX_ANSWER_BYTES, RPC_CODES, RpcFault } from "./fault.ts";
import {
  At,
  Bytes,
  Hash,
  type Methods,
  method,
  question,
  StorageKey,
  StorageKeys,
  unsubscribe,
} from "./method.ts";

/** As Substrate's. */
const MAX_PAGE_KEYS = 1_000;
/** Of an answer without pages. */
const MAX_KEYS = 16_384;
/** Values that one question about several blocks may look up. */
const MAX_LOOK_UPS = 100_000;

const AtParams = z.tuple([At.optional()]);
const KeyParams = z.tuple([StorageKey, At.optional()]);
const PageParams = z.tuple([
  StorageKey.nullable(),
  z.number().int().min(0),
  StorageKey.nullish(),
  At.optional(),
]);
const CallParams = z.tuple([z.string().max(128), Bytes, At.optional()]);

type StorageChange = readonly [key: string, value: string | null];

export function stateMethods(ledger: Ledger, author: Author): Methods {
  const { runtime } = ledger;
  const stateAt = (at: string | undefined): State => ledger.stateAt(at ?? ledger.best.hash);
  const valueAt = (key: string, at: string | undefined): Uint8Array | undefined =>
    stateAt(at).raw(key);
  const versionAt = (at: string | undefined): object => versionJson(runtime.versionOf(stateAt(at)));

  // A quarter of a megabyte, the same at every block: written as text once.
  const metadata = hexOf(runtime.metadata(14));
  const metadataCalls = new Map<string, string>();

  const call = (name: string, params: Uint8Array, at: string | undefined): string => {
    const key = `${name}:${hexOf(params)}`;
    const known = metadataCalls.get(key);
    if (known !== undefined) return known;
    const result = hexOf(runtime.call(stateAt(at), name, params, at ?? ledger.best.hash));
    // Answers whose number is bounded by their own: any version but the two known is told to be unknown in one byte.
    if (name.startsWith("Metadata_") && result.length > 1_024) metadataCalls.set(key, result);
    return result;
  };

  const keysUnder = (prefix: string | null, at: string | undefined): string[] =>
    stateAt(at).keysUnder(prefix ?? "0x");
  const getKeysPaged = method(PageParams, ([prefix, count, after, at]) => {
    if (count > MAX_PAGE_KEYS) {
      throw new RpcFault(
        4_002,
        `count exceeds maximum value. value: ${count}, max: ${MAX_PAGE_KEYS}`,
      );
    }
    const keys = keysUnder(prefix, at);
    const from = after === undefined || after === null ? 0 : keys.findIndex((key) => key > after);
    return from === -1 ? [] : keys.slice(from, from + count);
  });

  const getStorage = method(KeyParams, ([key, at]) => hexOrNull(valueAt(key, at)));
  const getStorageHash = method(KeyParams, ([key, at]) => {
    const value = valueAt(key, at);
    return value === undefined ? null : hashOf(value);
  });
  const getStorageSize = method(KeyParams, ([key, at]) => valueAt(key, at)?.length ?? null);
  const changesAt = (keys: readonly string[], at: string | undefined): StorageChange[] => {
    const read = reader();
    const state = stateAt(at);
    return keys.map((key) => [key, read(state, key)]);
  };
  const callMethod = method(CallParams, ([name, params, at]) => call(name, params, at));
  const getRuntimeVersion = method(AtParams, ([at]) => versionAt(at));

  const subscribeVersion = method(z.unknown(), (_, client) =>
    client.subscribe("state_runtimeVersion", (push) => {
      let told = JSON.stringify(versionAt(undefined));
      push(JSON.parse(told));
      const best = (): void => {
        const now = JSON.stringify(versionAt(undefined));
        if (now !== told) push(JSON.parse(now));
        told = now;
      };
      return author.listen({ best, finalised: () => {} });
    }),
  );

  return {
    state_getMetadata: method(AtParams, ([at]) => {
      if (at !== undefined) stateAt(at);
      return metadata;
    }),
    state_getRuntimeVersion: getRuntimeVersion,
    chain_getRuntimeVersion: getRuntimeVersion,
    state_subscribeRuntimeVersion: subscribeVersion,
    chain_subscribeRuntimeVersion: subscribeVersion,
    state_unsubscribeRuntimeVersion: unsubscribe,
    chain_unsubscribeRuntimeVersion: unsubscribe,
    state_getStorage: getStorage,
    state_getStorageAt: getStorage,
    state_getStorageHash: getStorageHash,
    state_getStorageHashAt: getStorageHash,
    state_getStorageSize: getStorageSize,
    state_getStorageSizeAt: getStorageSize,
    state_getKeysPaged: getKeysPaged,
    state_getKeysPagedAt: getKeysPaged,
    state_getKeys: method(KeyParams, ([prefix, at]) => {
      const keys = keysUnder(prefix, at);
      if (keys.length <= MAX_KEYS) return keys;
      throw new RpcFault(RPC_CODES.tooBig, `${keys.length} keys: ask with state_getKeysPaged`);
    }),
    state_queryStorageAt: method(z.tuple([StorageKeys, At.optional()]), ([keys, at]) => [
      { block: at ?? ledger.best.hash, changes: changesAt(keys, at) },
    ]),
    state_queryStorage: method(z.tuple([StorageKeys, Hash, At.optional()]), ([keys, from, to]) =>
      changesBetween(ledger, keys, from, to ?? ledger.best.hash),
    ),
    state_subscribeStorage: method(z.tuple([StorageKeys]), ([keys], client) =>
      client.subscribe("state_storage", (push) => {
        const tell = (which: readonly string[]): void =>
          push({ block: ledger.best.hash, changes: changesAt(which, undefined) });
        tell(keys);
        const best = (changed: ReadonlySet<string>): void => {
          const which = keys.filter((key) => changed.has(key));
          if (which.length > 0) tell(which);
        };
        return author.listen({ best, finalised: () => {} });
      }),
    ),
    state_unsubscribeStorage: unsubscribe,
    state_call: callMethod,
    state_callAt: callMethod,
    state_getReadProof: question(() => {
      throw new RpcFault(
        RPC_CODES.client,
        "Client error: this local chain keeps no Merkle trie, so there are no proofs of its storage",
      );
    }),
  };
}

/** The values in the first block, and in each later one those that it changed. */
function changesBetween(
  ledger: Ledger,
  keys: readonly string[],
  from: string,
  to: string,
): { block: string; changes: StorageChange[] }[] {
  const [first, last] = [ledger.numberOf(from), ledger.numberOf(to)];
  if (first > last || (last - first + 1) * keys.length > MAX_LOOK_UPS) {
    throw new RpcFault(
      4_001,
      "Cannot resolve a block range: reversed, or too long for so many keys",
    );
  }
  const read = reader();
  const changesIn = (number: number): { block: string; changes: StorageChange[] } => {
    const block = ledger.hashAt(number) as string;
    const changed = number === first ? undefined : new Set(ledger.keysChangedBy(number));
    const state = ledger.stateAt(block);
    const which = changed === undefined ? keys : keys.filter((key) => changed.has(key));
    return { block, changes: which.map((key) => [key, read(state, key)]) };
  };
  return Array.from({ length: last - first + 1 }, (_, i) => changesIn(first + i)).filter(
    ({ changes }) => changes.length > 0,
  );
}

/** Reads the values of one answer, until they are too long together: a key may be asked for thousands of times. */
function reader(): (state: State, key: string) => string | null {
  let chars = 0;
  return (state, key) => {
    const value = hexOrNull(state.raw(key));
    chars += key.length + (value?.length ?? 0);
    if (chars > MAX_ANSWER_BYTES) throw answerTooBig();
    return value;
  };
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : hexOf(bytes);
}

function versionJson({ stateVersion, ...version }: RuntimeVersion): object {
  return { ...version, stateVersion, systemVersion: stateVersion };
}
