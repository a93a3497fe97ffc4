/**
 * The verifier's boundary: what snarkjs 0.7.6 accepts and nobody should (docs/threats.md), row by row.
 * @module
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRejection, Q, R } from "./points.ts";
import { proofFromJson, proofToJson, publicSignalsFromJson } from "./proof-json.ts";
import { g2ToJson } from "./strict-json.ts";
import { proofOf, twistPoint } from "./testing.ts";

const good = JSON.parse(JSON.stringify(proofToJson(proofOf(11n, 22n, 33n)))) as Record<
  string,
  unknown
>;
const [ax, ay] = good["pi_a"] as [string, string];
const [bx, by] = good["pi_b"] as [[string, string], [string, string]];

function codeOf(changes: Record<string, unknown>): string | undefined {
  const decoded = proofFromJson({ ...good, ...changes });
  return isRejection(decoded) ? decoded.code : undefined;
}

describe("a proof in JSON", () => {
  it("is accepted as snarkjs writes it, and written the same again", () => {
    const decoded = proofFromJson(good);
    expect(isRejection(decoded)).toBe(false);
    if (!isRejection(decoded)) expect(proofToJson(decoded)).toEqual(good);
  });

  it("is undone by decoding", () => {
    const scalar = fc.bigInt({ min: 1n, max: R - 1n });
    fc.assert(
      fc.property(scalar, scalar, scalar, (a, b, c) => {
        const proof = proofOf(a, b, c);
        expect(proofFromJson(JSON.parse(JSON.stringify(proofToJson(proof))))).toEqual(proof);
      }),
      { numRuns: 20 },
    );
  });

  it("is refused with a key that names the prototype, in place of one and beside all", () => {
    const { curve: _, ...rest } = good;
    const text = JSON.stringify(rest).slice(1);
    const instead = JSON.parse(`{"__proto__":{"curve":"bn128"},${text}`);
    expect(proofFromJson(instead)).toMatchObject({ code: "MALFORMED" });
    const beside = JSON.parse(`{"__proto__":{},"curve":"bn128",${text}`);
    expect(proofFromJson(beside)).toMatchObject({ code: "MALFORMED" });
    expect(proofFromJson(Object.assign(Object.create({ curve: "bn128" }), rest))).toMatchObject({
      code: "MALFORMED",
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no object", { pi_a: null }, "MALFORMED"],
    ["two coordinates", { pi_a: [ax, ay] }, "MALFORMED"],
    ["four coordinates", { pi_a: [ax, ay, "1", "0"] }, "MALFORMED"],
    ["numbers, not strings", { pi_a: [Number(ax), ay, "1"] }, "MALFORMED"],
    ["nested strings", { pi_a: [[ax], ay, "1"] }, "MALFORMED"],
    [
      "an object that looks like an array",
      { pi_a: { 0: ax, 1: ay, 2: "1", length: 3 } },
      "MALFORMED",
    ],
    ["hexadecimal", { pi_a: [`0x${BigInt(ax).toString(16)}`, ay, "1"] }, "NON_CANONICAL"],
    ["a leading zero", { pi_a: [`0${ax}`, ay, "1"] }, "NON_CANONICAL"],
    ["spaces", { pi_a: [` ${ax} `, ay, "1"] }, "NON_CANONICAL"],
    ["a sign", { pi_a: [`+${ax}`, ay, "1"] }, "NON_CANONICAL"],
    [
      "a coordinate above the modulus",
      { pi_a: [String(BigInt(ax) + Q), ay, "1"] },
      "NON_CANONICAL",
    ],
    ["a negative coordinate", { pi_a: [String(BigInt(ax) - Q), ay, "1"] }, "NON_CANONICAL"],
    ["a hundred thousand digits", { pi_a: ["1".repeat(100_000), ay, "1"] }, "NON_CANONICAL"],
    ["another z", { pi_a: [ax, ay, "2"] }, "NON_CANONICAL"],
    ["z as zero", { pi_c: ["0", "1", "0"] }, "NON_CANONICAL"],
    ["another z of B", { pi_b: [bx, by, ["1", "1"]] }, "NON_CANONICAL"],
    ["all zero", { pi_a: ["0", "0", "1"] }, "NOT_ON_CURVE"],
    ["off the curve", { pi_a: [ax, String((BigInt(ay) + 1n) % Q), "1"] }, "NOT_ON_CURVE"],
    ["B off the curve", { pi_b: [bx, [by[1], by[0]], ["1", "0"]] }, "NOT_ON_CURVE"],
    [
      "B with coefficients in the other order",
      {
        pi_b: [
          [bx[1], bx[0]],
          [by[1], by[0]],
          ["1", "0"],
        ],
      },
      "NOT_ON_CURVE",
    ],
    ["another protocol", { protocol: "plonk" }, "MALFORMED"],
    ["another curve", { curve: "bls12381" }, "MALFORMED"],
    ["a key more", { extra: 1 }, "MALFORMED"],
  ])("is refused with %s", (_, changes, code) => {
    expect(codeOf(changes)).toBe(code);
  });

  it("is refused with a B outside the subgroup, which is on the curve", () => {
    expect(codeOf({ pi_b: g2ToJson(twistPoint()) })).toBe("NOT_IN_SUBGROUP");
  });

  it.each(["protocol", "curve", "pi_a", "pi_b", "pi_c"])("is refused without %s", (key) => {
    const { [key]: _, ...rest } = good;
    expect(proofFromJson(rest)).toMatchObject({ code: "MALFORMED" });
  });

  it.each([null, undefined, 7, "proof", [], [good]])("is refused as %j", (value) => {
    expect(proofFromJson(value)).toMatchObject({ code: "MALFORMED" });
  });

  it("is never anything but decoded or refused, whatever is sent", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(isRejection(proofFromJson(value))).toBe(true);
      }),
    );
  });
});

describe("public signals in JSON", () => {
  it("are accepted when each is canonical and the number is right", () => {
    const values = [0n, 1n, R - 1n];
    expect(publicSignalsFromJson(values.map(String), 3)).toEqual(values);
  });

  it.each<[string, unknown, string]>([
    ["fewer", ["1", "2"], "WRONG_SIGNAL_COUNT"],
    ["more", ["1", "2", "3", "4"], "WRONG_SIGNAL_COUNT"],
    ["no array", { 0: "1", 1: "2", 2: "3", length: 3 }, "MALFORMED"],
    ["null", null, "MALFORMED"],
    ["the modulus added", ["1", "2", String(3n + R)], "NON_CANONICAL"],
    ["the modulus taken away", ["1", "2", String(3n - R)], "NON_CANONICAL"],
    ["hexadecimal", ["1", "2", "0x3"], "NON_CANONICAL"],
    ["leading zeros", ["1", "2", "003"], "NON_CANONICAL"],
    ["spaces", ["1", "2", " 3 "], "NON_CANONICAL"],
    ["a number", ["1", "2", 3], "MALFORMED"],
    ["a nested string", ["1", "2", ["3"]], "MALFORMED"],
  ])("are refused: %s", (_, value, code) => {
    expect(publicSignalsFromJson(value, 3)).toMatchObject({ code });
  });
});
