import { Field } from "@noble/curves/abstract/modular.js";
import { poseidon as roundByRound } from "@noble/curves/abstract/poseidon.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { R } from "../../../proof/groth16/points.ts";
import {
  BOXES,
  FULL_ROUNDS,
  fifthPower,
  PARTIAL_ROUNDS,
  permute,
  poseidon,
  poseidonConstants,
  STATE,
} from "./poseidon.ts";

const element = fc.oneof(fc.bigInt(0n, R - 1n), fc.constantFrom(0n, 1n, R - 1n, 2n ** 248n - 1n));
const sixteen = fc.array(element, { minLength: 16, maxLength: 16 });

describe("poseidon", () => {
  it("hashes 1 to 16 as circomlibjs 0.1.7 does", () => {
    expect(poseidon([...Array(16).keys()].map((i) => BigInt(i + 1)))).toBe(
      9989051620750914585850546081941653841776809718687451684622678807385399211877n,
    );
  });

  it("is what its definition computes round by round", () => {
    const { c, M } = poseidonConstants();
    const reference = roundByRound({
      Fp: Field(R),
      t: STATE,
      roundsFull: FULL_ROUNDS,
      roundsPartial: PARTIAL_ROUNDS,
      sboxPower: 5,
      mds: M.map((row) => [...row]),
      roundConstants: c.map((row) => [...row]),
    });
    fc.assert(
      fc.property(sixteen, (inputs) => {
        expect(poseidon(inputs)).toBe(reference([0n, ...inputs])[0]);
      }),
      { numRuns: 20 },
    );
  });

  it("depends on every input", () => {
    const inputs = Array<bigint>(16).fill(0n);
    const hashes = inputs.map((_, i) => poseidon(inputs.with(i, 1n)));
    expect(new Set([poseidon(inputs), ...hashes]).size).toBe(17);
  });

  it("passes through the S-boxes that the circuit has, the last of which give the hash", () => {
    const { c, M } = poseidonConstants();
    const inputs = [...Array(16).keys()].map(BigInt);
    const { boxes, hash } = permute(inputs);
    expect(boxes).toHaveLength(BOXES);
    expect(boxes.slice(0, STATE)).toEqual(
      [0n, ...inputs].map((x, i) => (x + (c[0]?.[i] ?? 0n)) % R),
    );
    const last = boxes.slice(-STATE).map(fifthPower);
    expect(last.reduce((sum, y, j) => (sum + y * (M[0]?.[j] ?? 0n)) % R, 0n)).toBe(hash);
  });
});
