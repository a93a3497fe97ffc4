/** @module Verification keys: read strictly, and refused when anybody could forge under them. */
import { describe, expect, it } from "vitest";
import { isRejection } from "./points.ts";
import { g1ToJson, g2ToJson } from "./strict-json.ts";
import { g1Of, g2Of } from "./testing.ts";
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
  const q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
  return { x: point.x, y: [(q - point.y[0]) % q, (q - point.y[1]) % q] };
}
