/**
 * The circuits of the benches: the hash is the one that everybody computes, and what cannot be measured is refused.
 * @module
 */
import { describe, expect, it } from "vitest";
import { R } from "../../proof/groth16/points.ts";
import { CIRCUIT_NAMES, findCircuit } from "./catalogue.ts";
import { poseidon, poseidonConstants } from "./poseidon-constants.ts";
import { circuitNamed } from "./prepare.ts";

describe("Poseidon", () => {
  const constants = poseidonConstants();

  it("hashes as circomlib's does, whose answers are published", () => {
    expect(poseidon(1n, 2n, constants)).toBe(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
    expect(poseidon(2n, 1n, constants)).not.toBe(poseidon(1n, 2n, constants));
  });

  it("has constants in the field, as many as its rounds need", () => {
    const { roundConstants, mix } = constants;
    expect(roundConstants).toHaveLength(3 * 65);
    expect([...roundConstants, ...mix.flat()].every((c) => c > 0n && c < R)).toBe(true);
  });
});

describe("the catalogue", () => {
  it.each(CIRCUIT_NAMES.map((name) => [name]))("describes %s", (name) => {
    const circuit = findCircuit(name);
    expect(circuit).toMatchObject({ name, power: Number(name.slice(1)) });
    expect(circuit?.source).toContain(`include "${circuit?.template}"`);
  });

  it("refuses a name that it does not know, and tells those it knows", () => {
    expect(findCircuit("p99")).toBeUndefined();
    expect(() => circuitNamed("p99")).toThrow(
      expect.objectContaining({ code: "NO_SUCH_CIRCUIT", hint: expect.stringContaining("d18") }),
    );
  });
});
