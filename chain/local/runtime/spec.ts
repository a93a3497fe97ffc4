/**
 * The outside of Subtensor's runtime, spec 424: pallets, calls, storage with its hashers and defaults, errors, events,
 * runtime APIs, signed extensions and every type they need, for the pallets that the local chain has. Read from
 * spec-424.json, whose type ids are those of the real runtime's metadata.
 * @module
 */
import { readFileSync } from "node:fs";

export interface Field {
  readonly name?: string;
  readonly type: number;
}

/** Exactly one of the fields below `path`; a struct's fields may lack names. */
export interface Type {
  readonly path?: string;
  readonly primitive?: string;
  readonly composite?: readonly Field[];
  readonly variant?: readonly {
    readonly name: string;
    readonly index: number;
    readonly fields?: readonly Field[];
  }[];
  readonly sequence?: number;
  readonly compact?: number;
  readonly array?: readonly [length: number, element: number];
  readonly tuple?: readonly number[];
}

export interface StorageItem {
  readonly modifier: "Default" | "Optional";
  readonly default: string;
  readonly hashers?: readonly ("Identity" | "Twox64Concat" | "Blake2_128Concat")[];
  readonly key?: number;
  readonly value: number;
}

export interface PalletSpec {
  readonly index: number;
  readonly prefix?: string;
  readonly storage: Readonly<Record<string, StorageItem>>;
  readonly constants: Readonly<Record<string, { readonly type: number; readonly value: string }>>;
  readonly calls?: number;
  readonly events?: number;
  readonly errors?: number;
}

export interface Spec {
  readonly specVersion: number;
  readonly pallets: Readonly<Record<string, PalletSpec>>;
  readonly runtimeApis: Readonly<
    Record<
      string,
      Readonly<
        Record<
          string,
          {
            readonly inputs: readonly { readonly name: string; readonly type: number }[];
            readonly output: number;
          }
        >
      >
    >
  >;
  readonly signedExtensions: readonly {
    readonly identifier: string;
    readonly extra: number;
    readonly additionalSigned: number;
  }[];
  readonly types: Readonly<Record<string, Type>>;
}

/** Ids of the types that stand for a whole extrinsic and its parts. */
export const EXTRINSIC_TYPES = { extrinsic: 382, address: 148, call: 133, signature: 349 } as const;

/** The type of all events of a block's pallets. */
export const EVENT_TYPE = 21;

// Part of this program, as its sources are: taken at its word.
export const SPEC: Spec = JSON.parse(
  readFileSync(new URL("./spec-424.json", import.meta.url), "utf8"),
);
