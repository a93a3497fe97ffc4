/**
 * Every call that the local chain has, with any arguments at all: for tests of what no handler foresees. Values are made
 * from the types of the metadata, extremes far more often than chance would bring them.
 * @module
 */
import fc from "fast-check";
import type { RuntimeCall } from "../runtime/pallet.ts";
import { EXTRINSIC_TYPES, type Field, SPEC, type Type } from "../runtime/spec.ts";
import { PARTS } from "./parts.ts";
import { account, callOf } from "./testing.ts";

/** Most elements of a sequence: above a full subnet's weights and the runtime's bounds on its own. */
const MANY = 300;

const ACCOUNT_PATH = "sp_core::crypto::AccountId32";

const anyAccount: fc.Arbitrary<string> = fc
  .constantFrom("Alice", "Bob", "Hotkey", "Validator", "Nobody")
  .map(account);

function unsigned(bits: number): fc.Arbitrary<bigint> {
  const most = (1n << BigInt(bits)) - 1n;
  const inBounds = (value: bigint): bigint => (value > most ? most : value);
  return fc.oneof(
    fc.constantFrom(0n, 1n, 2n, 3n, most - 1n, most, most / 2n + 1n),
    fc.bigInt({ min: 0n, max: 300n }).map(inBounds),
    fc.bigInt({ min: 0n, max: most }),
  );
}

const PRIMITIVES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  Bool: fc.boolean(),
  Str: fc.string({ maxLength: MANY }),
  U8: unsigned(8).map(Number),
  U16: unsigned(16).map(Number),
  U32: unsigned(32).map(Number),
  U64: unsigned(64),
  U128: unsigned(128),
  I8: fc.integer({ min: -128, max: 127 }),
  I16: fc.integer({ min: -32_768, max: 32_767 }),
  I32: fc.integer(),
  I64: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
  I128: fc.bigInt({ min: -(1n << 127n), max: (1n << 127n) - 1n }),
};

function typeOf(id: number): Type {
  const type = SPEC.types[String(id)];
  if (type === undefined) throw new RangeError(`the spec has no type ${id}`);
  return type;
}

/** A number of a netuid's kind is often one that exists. */
function named(field: Field, depth: number): fc.Arbitrary<unknown> {
  const any = anyValue(field.type, depth);
  return field.name === "netuid" ? fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, any) : any;
}

/** @param depth calls within calls that may still follow */
function anyValue(id: number, depth: number): fc.Arbitrary<unknown> {
  if (id === EXTRINSIC_TYPES.call) return anyCall(depth - 1);
  const type = typeOf(id);
  if (type.path === ACCOUNT_PATH) return anyAccount;
  if (type.primitive !== undefined) return PRIMITIVES[type.primitive] as fc.Arbitrary<unknown>;
  if (type.compact !== undefined) return anyValue(type.compact, depth);
  if (type.sequence !== undefined) return anySequence(type.sequence, depth);
  if (type.array !== undefined) return anyArray(type.array, depth);
  if (type.tuple !== undefined) {
    return type.tuple.length === 0
      ? fc.constant(undefined)
      : fc.tuple(...type.tuple.map((part) => anyValue(part, depth)));
  }
  if (type.variant !== undefined) return anyVariant(type, depth);
  const [only, ...others] = type.composite ?? [];
  // A struct of one field is that field, whether it has a name or not.
  if (only !== undefined && others.length === 0) return anyValue(only.type, depth);
  return anyFields(type.composite ?? [], depth);
}

function isByte(id: number): boolean {
  return typeOf(id).primitive === "U8";
}

function anySequence(element: number, depth: number): fc.Arbitrary<unknown> {
  if (isByte(element)) return fc.uint8Array({ maxLength: MANY });
  if (element === EXTRINSIC_TYPES.call) return fc.array(anyValue(element, depth), { maxLength: 4 });
  const one = anyValue(element, depth);
  return fc.oneof(fc.array(one, { maxLength: 3 }), fc.array(one, { maxLength: 16 }), manyOf(one));
}

/** Long without as many decisions: the same few over and over. */
function manyOf(one: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(fc.array(one, { minLength: 1, maxLength: 4 }), fc.nat(4_096)).map(([few, n]) => {
    return Array.from({ length: n }, (_, i) => few[i % few.length]);
  });
}

function anyArray(
  [length, element]: readonly [number, number],
  depth: number,
): fc.Arbitrary<unknown> {
  if (isByte(element)) {
    return fc
      .uint8Array({ minLength: length, maxLength: length })
      .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
  }
  return fc.array(anyValue(element, depth), { minLength: length, maxLength: length });
}

function anyVariant({ path, variant = [] }: Type, depth: number): fc.Arbitrary<unknown> {
  if (path === "Option") {
    const some = variant.find(({ name }) => name === "Some")?.fields?.[0];
    return fc.option(anyValue((some as Field).type, depth), { nil: undefined });
  }
  return fc.oneof(
    ...variant.map(({ name, fields = [] }) =>
      anyFields(fields, depth).map((value) => ({ type: name, value })),
    ),
  );
}

function anyFields(fields: readonly Field[], depth: number): fc.Arbitrary<unknown> {
  const [first] = fields;
  if (first === undefined) return fc.constant(undefined);
  if (fields.length === 1 && first.name === undefined) return anyValue(first.type, depth);
  if (first.name === undefined) return fc.tuple(...fields.map((field) => named(field, depth)));
  return fc.record(
    Object.fromEntries(fields.map((field) => [field.name ?? "", named(field, depth)])),
  );
}

/** Names of all calls that a part implements, as "Pallet.call". */
export const CALLS: readonly string[] = PARTS.flatMap(({ pallet, calls = {} }) =>
  Object.keys(calls).map((name) => `${pallet}.${name}`),
);

/** What takes calls itself ends here when no more may follow. */
const TAKES_CALLS = /^(Utility|Sudo)\./;

/** @param depth calls within calls that may follow */
function anyCall(depth: number): fc.Arbitrary<RuntimeCall> {
  const names = depth > 0 ? CALLS : CALLS.filter((name) => !TAKES_CALLS.test(name));
  return fc.constantFrom(...names).chain((name) => anyCallOf(name, depth));
}

/**
 * @param name "Pallet.call"
 * @param depth calls within calls that may follow
 */
export function anyCallOf(name: string, depth = 2): fc.Arbitrary<RuntimeCall> {
  const [pallet = "", call = ""] = name.split(".");
  const type = SPEC.pallets[pallet]?.calls;
  const variants = type === undefined ? [] : (typeOf(type).variant ?? []);
  const fields = variants.find((variant) => variant.name === call)?.fields ?? [];
  return anyFields(fields, depth).map((args) => callOf(name, args));
}
