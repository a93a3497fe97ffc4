/** @module Verification keys: read strictly, and refused when anybody could forge under them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRejection, Q, R } from "./points.ts";
import { g1ToJson, g2ToJson } from "./strict-json.ts";
import { g1Of, g2Of, twistPoint } from "./testing.ts";
import { decodeVerificationKey, encodeVerificationKey } from "./verification-key.ts";

const good = {
  protocol: "groth16",
  curve: "bn128",
  nPublic: 2,
  vk_alpha_1: g1ToJson(g1Of(3n)),
  vk_beta_2: g2ToJson(g2Of(4n)),
  vk_gamma_2: g2ToJson(g2Of(1n)),
  vk_delta_2: g2ToJson(g2Of(5n)),
  vk_alphabeta_12: [],
  IC: [6n, 7n, 8n].map((scalar) => g1ToJson(g1Of(scalar))),
};

describe("a verification key", () => {
  it("is accepted as snarkjs writes it, and written the same again", () => {
    const key = decodeVerificationKey(good);
    expect(isRejection(key)).toBe(false);
    if (!isRejection(key)) expect(encodeVerificationKey(key)).toEqual(good);
  });

  it("is undone by decoding", () => {
    const scalar = fc.bigInt({ min: 2n, max: R - 2n });
    const exponents = fc.uniqueArray(scalar, { minLength: 4, maxLength: 8 });
    fc.assert(
      fc.property(exponents, ([alpha = 0n, beta = 0n, delta = 0n, ...ic]) => {
        const json = {
          ...good,
          nPublic: ic.length - 1,
          vk_alpha_1: g1ToJson(g1Of(alpha)),
          vk_beta_2: g2ToJson(g2Of(beta)),
          vk_delta_2: g2ToJson(g2Of(delta)),
          IC: ic.map((one) => g1ToJson(g1Of(one))),
        };
        const key = decodeVerificationKey(JSON.parse(JSON.stringify(json)));
        if (isRejection(key)) throw new Error(`refused: ${key.code} at ${key.at}`);
        expect(encodeVerificationKey(key)).toEqual(json);
      }),
      { numRuns: 10 },
    );
  });

  it.each(Object.keys(good))("is refused without %s", (key) => {
    const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== key));
    expect(decodeVerificationKey(rest)).toMatchObject({ code: "MALFORMED" });
  });

  it("is never anything but decoded or refused, whatever is sent", () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(good)), fc.anything(), (key, value) => {
        // The one field that is not read.
        if (key === "vk_alphabeta_12") return;
        expect(isRejection(decodeVerificationKey({ ...good, [key]: value }))).toBe(true);
        expect(isRejection(decodeVerificationKey(value))).toBe(true);
      }),
    );
  });

  it.each<[string, object, string, string]>([
    [
      "delta is gamma: nobody contributed",
      { vk_delta_2: good.vk_gamma_2 },
      "KEY_UNSAFE",
      "vk_delta_2",
    ],
    [
      "delta is minus gamma",
      { vk_delta_2: g2ToJson(negative(g2Of(1n))) },
      "KEY_UNSAFE",
      "vk_delta_2",
    ],
    ["alpha is the generator", { vk_alpha_1: g1ToJson(g1Of(1n)) }, "KEY_UNSAFE", "vk_alpha_1"],
    ["beta is the generator", { vk_beta_2: good.vk_gamma_2 }, "KEY_UNSAFE", "vk_beta_2"],
    [
      "a signal is bound to infinity",
      { IC: [...good.IC.slice(0, 2), ["0", "1", "0"]] },
      "NON_CANONICAL",
      "IC[2][2]",
    ],
    [
      "a point of gamma is at infinity",
      { vk_gamma_2: [...good.vk_gamma_2.slice(0, 2), ["0", "0"]] },
      "NON_CANONICAL",
      "vk_gamma_2[2]",
    ],
    [
      "delta is outside the subgroup",
      { vk_delta_2: g2ToJson(twistPoint()) },
      "NOT_IN_SUBGROUP",
      "vk_delta_2",
    ],
    [
      "a coordinate is above the modulus",
      { vk_alpha_1: [String(g1Of(3n).x + Q), String(g1Of(3n).y), "1"] },
      "NON_CANONICAL",
      "vk_alpha_1[0]",
    ],
    ["too few points", { IC: good.IC.slice(1) }, "WRONG_SIGNAL_COUNT", "IC"],
    ["another count", { nPublic: 3 }, "WRONG_SIGNAL_COUNT", "IC"],
    ["a count that is none", { nPublic: 1.5 }, "MALFORMED", "nPublic"],
    ["another protocol", { protocol: "plonk" }, "MALFORMED", "protocol"],
    ["another curve", { curve: "bls12381" }, "MALFORMED", "curve"],
    ["a key more", { extra: 1 }, "MALFORMED", "verificationKey"],
    ["a point off the curve", { vk_alpha_1: ["1", "3", "1"] }, "NOT_ON_CURVE", "vk_alpha_1"],
  ])("is refused when %s", (_, changes, code, at) => {
    expect(decodeVerificationKey({ ...good, ...changes })).toEqual({ code, at });
  });
});

function negative(point: ReturnType<typeof g2Of>): ReturnType<typeof g2Of> {
  return { x: point.x, y: [(Q - point.y[0]) % Q, (Q - point.y[1]) % Q] };
}
