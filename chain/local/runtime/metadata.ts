/**
 * Metadata, V14 and V15, of the local chain's runtime: what tells a client how to read its storage and to write its
 * extrinsics. Generated from the spec; type ids are counted anew without gaps, for a client may take them as positions.
 *
 * The spec has no type parameters. Clients ask them of a handful of types only (Option, Result, bounded and ordered
 * collections, the extrinsic), where they follow from the fields.
 * @module
 */
import {
  type CodecType,
  metadata as metadataCodec,
  type v14,
  type v15,
} from "@polkadot-api/substrate-bindings";
import { EVENT_TYPE, EXTRINSIC_TYPES, type Field, SPEC, type Type } from "./spec.ts";

type V14 = CodecType<typeof v14>;
type V15 = CodecType<typeof v15>;
type Lookup = V15["lookup"];
type Entry = Lookup[number];

/** `meta` in ASCII, little-endian: the first four bytes of every metadata. */
const MAGIC = 0x61_74_65_6d;
const EXTRINSIC_VERSION = 4;
/** primitive_types::H256 in the spec. */
const HASH_TYPE = 13;

/**
 * Fixed-point types that differ by a parameter for the place of the point, which the spec does not have. Clients refuse
 * two types of one name without parameters, and on the wire these are one.
 */
const SAME_ON_THE_WIRE: ReadonlyMap<number, number> = new Map([
  [434, 56],
  [318, 315],
]);

const REAL_IDS: readonly number[] = Object.keys(SPEC.types)
  .map(Number)
  .filter((real) => !SAME_ON_THE_WIRE.has(real))
  .sort((a, b) => a - b);
const DENSE_IDS: ReadonlyMap<number, number> = new Map(
  REAL_IDS.map((real, dense) => [real, dense]),
);

/** Two types that the runtime has and the spec does not: an extrinsic's extensions taken together, and all errors. */
const EXTRA_ID = REAL_IDS.length;
const ERROR_ID = REAL_IDS.length + 1;

/** The id in our metadata of a type that the spec numbers `real`. */
export function denseId(real: number): number {
  const dense = DENSE_IDS.get(SAME_ON_THE_WIRE.get(real) ?? real);
  if (dense === undefined) throw new RangeError(`the spec has no type ${real}`);
  return dense;
}

/** @param blockMs what a client is told that a block takes; the spec's, 12 s, when left out */
export function encodeMetadata(version: 14 | 15, blockMs?: number): Uint8Array {
  return metadataCodec.enc({
    magicNumber: MAGIC,
    metadata:
      version === 14
        ? { tag: "v14", value: metadataV14(blockMs) }
        : { tag: "v15", value: metadataV15(blockMs) },
  });
}

function metadataV14(blockMs: number | undefined): V14 {
  return {
    lookup: lookup(),
    pallets: pallets(blockMs),
    extrinsic: {
      type: denseId(EXTRINSIC_TYPES.extrinsic),
      version: EXTRINSIC_VERSION,
      signedExtensions: signedExtensions(),
    },
    type: runtimeType(),
    apis: [],
  };
}

function metadataV15(blockMs: number | undefined): V15 {
  return {
    lookup: lookup(),
    pallets: pallets(blockMs),
    extrinsic: {
      version: EXTRINSIC_VERSION,
      address: denseId(EXTRINSIC_TYPES.address),
      call: denseId(EXTRINSIC_TYPES.call),
      signature: denseId(EXTRINSIC_TYPES.signature),
      extra: EXTRA_ID,
      signedExtensions: signedExtensions(),
    },
    type: runtimeType(),
    apis: apis(),
    outerEnums: {
      call: denseId(EXTRINSIC_TYPES.call),
      event: denseId(EVENT_TYPE),
      error: ERROR_ID,
    },
    custom: [],
  };
}

function lookup(): Lookup {
  const spec = REAL_IDS.map((real, id): Entry => {
    const type = SPEC.types[String(real)] as Type;
    return {
      id,
      path: type.path?.split("::") ?? [],
      params: paramsOf(type),
      def: defOf(type, CALL_TYPES.has(real)),
      docs: [],
    };
  });
  const extensions = SPEC.signedExtensions.map(({ extra }) => denseId(extra));
  const errors = Object.entries(SPEC.pallets).flatMap(([name, { index, errors: type }]) =>
    type === undefined ? [] : [{ name, index, fields: [{ type }], docs: [] }],
  );
  return [
    ...spec,
    { id: EXTRA_ID, path: [], params: [], def: { tag: "tuple", value: extensions }, docs: [] },
    {
      id: ERROR_ID,
      path: ["node_subtensor_runtime", "RuntimeError"],
      params: [],
      def: {
        tag: "variant",
        value: errors.map((error) => ({ ...error, fields: error.fields.map(fieldOf) })),
      },
      docs: [],
    },
  ];
}

/**
 * Types that are the calls of a pallet: their fields say in words what they are, for substrate-interface cannot decode
 * them otherwise.
 */
const CALL_TYPES: ReadonlySet<number> = new Set(
  Object.values(SPEC.pallets).flatMap(({ calls }) => (calls === undefined ? [] : [calls])),
);

function defOf(type: Type, withTypeNames: boolean): Entry["def"] {
  if (type.primitive !== undefined) {
    const tag = type.primitive.toLowerCase() as "u8";
    return { tag: "primitive", value: { tag, value: undefined } };
  }
  if (type.composite !== undefined) {
    return { tag: "composite", value: type.composite.map(fieldOf) };
  }
  if (type.variant !== undefined) {
    return {
      tag: "variant",
      value: type.variant.map(({ name, index, fields = [] }) => {
        const described = fields.map((field) =>
          withTypeNames ? { ...fieldOf(field), typeName: typeNameOf(field.type) } : fieldOf(field),
        );
        return { name, index, fields: described, docs: [] };
      }),
    };
  }
  if (type.sequence !== undefined) return { tag: "sequence", value: denseId(type.sequence) };
  if (type.compact !== undefined) return { tag: "compact", value: denseId(type.compact) };
  if (type.array !== undefined) {
    const [len, element] = type.array;
    return { tag: "array", value: { len, type: denseId(element) } };
  }
  return { tag: "tuple", value: (type.tuple ?? []).map(denseId) };
}

function fieldOf({ name, type }: Field): {
  name: string | undefined;
  type: number;
  typeName: string | undefined;
  docs: string[];
} {
  return { name, type: denseId(type), typeName: undefined, docs: [] };
}

/** As Rust would write it, more or less. */
function typeNameOf(real: number): string {
  const type = SPEC.types[String(real)] as Type;
  if (type.path !== undefined) return type.path.split("::").at(-1) as string;
  if (type.primitive !== undefined) return type.primitive.toLowerCase();
  if (type.sequence !== undefined) return `Vec<${typeNameOf(type.sequence)}>`;
  if (type.compact !== undefined) return `Compact<${typeNameOf(type.compact)}>`;
  if (type.array !== undefined) return `[${typeNameOf(type.array[1])}; ${type.array[0]}]`;
  return `(${(type.tuple ?? []).map(typeNameOf).join(", ")})`;
}

function paramsOf(type: Type): Entry["params"] {
  const name = type.path?.split("::").at(-1);
  if (name === "UncheckedExtrinsic") {
    return [
      { name: "Address", type: denseId(EXTRINSIC_TYPES.address) },
      { name: "Call", type: denseId(EXTRINSIC_TYPES.call) },
      { name: "Signature", type: denseId(EXTRINSIC_TYPES.signature) },
      { name: "Extra", type: EXTRA_ID },
    ];
  }
  const inner = (variant: string): number => {
    return denseId(type.variant?.find(({ name }) => name === variant)?.fields?.[0]?.type as number);
  };
  switch (name) {
    case "EventRecord":
      return [
        { name: "E", type: denseId(EVENT_TYPE) },
        { name: "T", type: denseId(HASH_TYPE) },
      ];
    case "MultiAddress":
      return [
        { name: "AccountId", type: inner("Id") },
        { name: "AccountIndex", type: inner("Index") },
      ];
    case "Option":
      return [{ name: "T", type: inner("Some") }];
    case "Result":
      return [
        { name: "T", type: inner("Ok") },
        { name: "E", type: inner("Err") },
      ];
    case "BoundedVec":
    case "WeakBoundedVec":
      return [
        { name: "T", type: denseId(wrapped(type).sequence as number) },
        { name: "S", type: undefined },
      ];
    case "BTreeSet":
      return [{ name: "T", type: denseId(wrapped(type).sequence as number) }];
    case "BTreeMap": {
      const pair = SPEC.types[String(wrapped(type).sequence)]?.tuple ?? [];
      return ["K", "V"].map((name, i) => ({ name, type: denseId(pair[i] as number) }));
    }
    case "Cow":
    case "PerDispatchClass":
      return [{ name: "T", type: denseId(type.composite?.[0]?.type as number) }];
    case "IdAmount":
      return ["Id", "Balance"].map((name, i) => {
        return { name, type: denseId(type.composite?.[i]?.type as number) };
      });
    default:
      return [];
  }
}

/** The sequence inside a collection that is a struct of one field. */
function wrapped(type: Type): Type {
  return SPEC.types[String(type.composite?.[0]?.type)] as Type;
}

function pallets(blockMs: number | undefined): V15["pallets"] {
  return Object.entries(SPEC.pallets).map(([name, pallet]) => ({
    name,
    storage:
      pallet.prefix === undefined
        ? undefined
        : {
            prefix: pallet.prefix,
            items: Object.entries(pallet.storage).map(([item, storage]) => ({
              name: item,
              modifier: storage.modifier === "Default" ? 1 : 0,
              type:
                storage.key === undefined
                  ? { tag: "plain" as const, value: denseId(storage.value) }
                  : {
                      tag: "map" as const,
                      value: {
                        hashers: (storage.hashers ?? []).map((hasher) => ({
                          tag: hasher.replace("_", "") as "Identity",
                          value: undefined,
                        })),
                        key: denseId(storage.key),
                        value: denseId(storage.value),
                      },
                    },
              fallback: storage.default,
              docs: [],
            })),
          },
    calls: optionalId(pallet.calls),
    events: optionalId(pallet.events),
    constants: Object.entries(pallet.constants).map(([constant, { type, value }]) => {
      const isPeriod = constant === "MinimumPeriod" && blockMs !== undefined;
      return {
        name: constant,
        type: denseId(type),
        value: isPeriod ? periodOf(blockMs) : value,
        docs: [],
      };
    }),
    errors: optionalId(pallet.errors),
    index: pallet.index,
    docs: [],
  }));
}

/** Half of a block's time, u64: from this constant clients know how long a block takes. */
function periodOf(blockMs: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(Math.floor(blockMs / 2)));
  return `0x${bytes.toString("hex")}`;
}

function optionalId(real: number | undefined): number | undefined {
  return real === undefined ? undefined : denseId(real);
}

function signedExtensions(): V15["extrinsic"]["signedExtensions"] {
  return SPEC.signedExtensions.map(({ identifier, extra, additionalSigned }) => {
    return { identifier, type: denseId(extra), additionalSigned: denseId(additionalSigned) };
  });
}

function apis(): V15["apis"] {
  return Object.entries(SPEC.runtimeApis).map(([name, methods]) => ({
    name,
    methods: Object.entries(methods).map(([method, { inputs, output }]) => ({
      name: method,
      inputs: inputs.map((input) => ({ name: input.name, type: denseId(input.type) })),
      output: denseId(output),
      docs: [],
    })),
    docs: [],
  }));
}

/** The runtime itself as a type: nobody reads it, but the field must name one. */
function runtimeType(): number {
  return denseId(43);
}
