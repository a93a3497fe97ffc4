/**
 * Numbers and points of snarkjs's JSON, each in the one way of writing it. snarkjs itself reads hexadecimal, spaces,
 * leading zeros, numbers above the modulus and points in other coordinates; nothing here does (docs/threats.md).
 * @module
 */
import type { Rejection } from "../rejection.ts";
import { g1Fault, g2Fault, isRejection, Q } from "./points.ts";
import type { G1, G2 } from "./proof.ts";

/** No number below 2^254 has more digits than 77. */
const DECIMAL = /^(0|[1-9][0-9]{0,76})$/;

/** @returns the number, or `MALFORMED` for what is no decimal string, `NON_CANONICAL` for another way to write one */
export function numberFromJson(value: unknown, modulus: bigint, at: string): bigint | Rejection {
  if (typeof value !== "string") return { code: "MALFORMED", at };
  if (!DECIMAL.test(value)) return { code: "NON_CANONICAL", at };
  const number = BigInt(value);
  return number < modulus ? number : { code: "NON_CANONICAL", at };
}

/** [x, y, "1"]: affine, never the point at infinity. */
export function g1FromJson(value: unknown, at: string): G1 | Rejection {
  if (!isTuple(value, 3)) return { code: "MALFORMED", at };
  if (value[2] !== "1") return { code: "NON_CANONICAL", at: `${at}[2]` };
  const x = numberFromJson(value[0], Q, `${at}[0]`);
  if (typeof x !== "bigint") return x;
  const y = numberFromJson(value[1], Q, `${at}[1]`);
  if (typeof y !== "bigint") return y;
  const code = g1Fault({ x, y });
  return code === undefined ? { x, y } : { code, at };
}

/** [[x0, x1], [y0, y1], ["1", "0"]] */
export function g2FromJson(value: unknown, at: string): G2 | Rejection {
  if (!isTuple(value, 3)) return { code: "MALFORMED", at };
  const [one, zero] = isTuple(value[2], 2) ? value[2] : [];
  if (one !== "1" || zero !== "0") return { code: "NON_CANONICAL", at: `${at}[2]` };
  const x = pairFromJson(value[0], `${at}[0]`);
  if (isRejection(x)) return x;
  const y = pairFromJson(value[1], `${at}[1]`);
  if (isRejection(y)) return y;
  const code = g2Fault({ x, y });
  return code === undefined ? { x, y } : { code, at };
}

export function g1ToJson({ x, y }: G1): [string, string, string] {
  return [String(x), String(y), "1"];
}

export function g2ToJson({ x, y }: G2): [string, string][] {
  return [
    [String(x[0]), String(x[1])],
    [String(y[0]), String(y[1])],
    ["1", "0"],
  ];
}

/** Exactly these keys, in any order, and no prototype of anybody's making. */
export function hasExactKeys(
  value: unknown,
  keys: readonly string[],
): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const own = Object.keys(value);
  return own.length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}

function pairFromJson(value: unknown, at: string): [bigint, bigint] | Rejection {
  if (!isTuple(value, 2)) return { code: "MALFORMED", at };
  const c0 = numberFromJson(value[0], Q, `${at}[0]`);
  if (typeof c0 !== "bigint") return c0;
  const c1 = numberFromJson(value[1], Q, `${at}[1]`);
  return typeof c1 !== "bigint" ? c1 : [c0, c1];
}

function isTuple(value: unknown, length: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length === length;
}
