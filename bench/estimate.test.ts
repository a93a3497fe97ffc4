import { readFile, stat } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { splitInput } from "../circuits/interface.ts";
import { lower } from "../circuits/lower/lower.ts";
import { pairPackage, tinyPackage, witnessOf } from "../circuits/testing.ts";
import { estimateCost, workOf } from "./estimate.ts";
import { countWork } from "./work.ts";

describe("an estimate", () => {
  it.each([
    ["a dense network", () => tinyPackage()],
    ["a hashed input", () => pairPackage(["hashed", "public"])],
  ])("counts what key and witness of %s turn out to hold", async (_name, open) => {
    const circuit = await open();
    const [vector] = circuit.vectors;
    if (vector === undefined) throw new Error("no vector");
    const { inputs } = circuit.manifest;
    const lowered = lower(
      circuit.graph,
      inputs.map(({ visibility }) => visibility),
    );
    const witness = lowered.witness({ tag: vector.tag, inputs: splitInput(vector.input, inputs) });
    const key = circuit.path("provingKey");
    const counted = countWork(await readFile(key), witnessOf(circuit, vector));
    expect(workOf(lowered, witness)).toEqual(counted);

    const { provingKeyBytes, proofMs } = estimateCost(lowered, witness);
    // Names of contributions are all that the formula does not know.
    expect(Math.abs(provingKeyBytes - (await stat(key)).size)).toBeLessThan(500);
    expect(proofMs).toBeGreaterThan(0);
  });
});
