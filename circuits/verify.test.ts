import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Engine } from "../proof/engine.ts";
import { Q, R } from "../proof/groth16/points.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import { openEngine } from "../proof/open.ts";
import { newFolder } from "../store/testing.ts";
import type { Range } from "./interface.ts";
import { lower } from "./lower/lower.ts";
import { encodeManifest, MANIFEST_FILE, withCircuitId } from "./manifest.ts";
import type { CircuitPackage } from "./package.ts";
import { tinyPackage } from "./testing.ts";
import type { Vector } from "./vectors.ts";
import { openVerifier, type Statement, type Verifier } from "./verify.ts";

let engine: Engine;
let circuit: CircuitPackage;
let verifier: Verifier;
let vector: Vector;
let other: Vector;
beforeAll(async () => {
  engine = openEngine();
  circuit = await tinyPackage();
  verifier = await openVerifier(circuit.dir, { engine, allowDevelopmentKeys: true });
  [vector, other] = [circuit, await tinyPackage(1)].map(({ vectors }) => vectors[0]) as [
    Vector,
    Vector,
  ];
});
afterAll(() => engine.close());

const rangesOf = ({ manifest }: CircuitPackage): readonly Range[] =>
  manifest.outputs[0]?.ranges ?? [];

/** A copy of values with another one at a place. */
function at(values: Int32Array, index: number, value: number): Int32Array {
  const copy = Int32Array.from(values);
  copy[index] = value;
  return copy;
}

const verify = (change: Partial<Statement>, proof: Uint8Array = vector.proof) =>
  verifier.verify({ ...vector, ...change }, proof);

describe("verifier", () => {
  it("accepts the proof of the package's own vector", async () => {
    expect(await verify({})).toBeUndefined();
    expect(verifier).toMatchObject({
      circuit: circuit.id,
      model: circuit.graph.id,
      setup: "development",
    });
  });

  it("refuses any one output forged within its range", async () => {
    for (const [i, { min, max }] of rangesOf(circuit).entries()) {
      const value = vector.outputs[i] ?? 0;
      const forged = value === max ? min : value + 1;
      expect(await verify({ outputs: at(vector.outputs, i, forged) })).toEqual({
        code: "PROOF_INVALID",
        at: "proof",
      });
    }
  });

  it("refuses outputs in another order", async () => {
    const outputs = Int32Array.from([...vector.outputs].reverse());
    expect(outputs).not.toEqual(vector.outputs);
    expect(await verify({ outputs })).toBeDefined();
  });

  it("refuses any one input changed, also the one that stands in no row of the circuit", async () => {
    for (const [i, value] of vector.input.entries()) {
      const input = at(vector.input, i, value === 15 ? 14 : value + 1);
      expect(await verify({ input }), `input ${i}`).toMatchObject({ code: "PROOF_INVALID" });
    }
  });

  it("refuses the tag of another job", async () => {
    for (const tag of [0n, vector.tag + 1n, vector.tag ^ 1n, (1n << 248n) - 1n]) {
      expect(await verify({ tag })).toMatchObject({ code: "PROOF_INVALID" });
    }
  });

  it("refuses a tag that is no tag, among them the same number mod r", async () => {
    for (const tag of [-1n, 1n << 248n, vector.tag + R, vector.tag - R]) {
      expect(await verify({ tag })).toEqual({ code: "OUT_OF_RANGE", at: "tag" });
    }
  });

  it("refuses inputs and outputs out of their range, and says which", async () => {
    const ranges = rangesOf(circuit);
    const [min, max] = [ranges[1]?.min ?? 0, ranges[1]?.max ?? 0];
    for (const value of [-1, 16, -(2 ** 31), 2 ** 31 - 1]) {
      const input = at(vector.input, 2, value);
      expect(await verify({ input })).toEqual({ code: "OUT_OF_RANGE", at: "inputs[2]" });
    }
    for (const value of [min - 1, max + 1]) {
      const outputs = at(vector.outputs, 1, value);
      expect(await verify({ outputs })).toEqual({ code: "OUT_OF_RANGE", at: "outputs[1]" });
    }
  });

  it("refuses an input out of range although its proof holds: the range is the verifier's clause", async () => {
    const { tag, outputs } = vector;
    // The last input stands in no row, so any number of it makes a witness.
    const input = at(vector.input, 5, 16);
    const lowered = lower(circuit.graph, ["public"]);
    const { values, full } = lowered.witness({ tag, inputs: [at(vector.input, 5, 0)] });
    values[1 + outputs.length + 1 + 5] = 16;
    const { proof } = await engine.prove({
      provingKey: circuit.path("provingKey"),
      witness: { values, full },
    });
    const publicSignals = [...outputs, tag, ...input].map((x) => (BigInt(x) + R) % R);
    const claim = { key: circuit.verificationKey, proof, publicSignals };
    expect(await engine.verify(claim)).toBeUndefined();
    expect(await verify({ input }, compressProof(proof))).toEqual({
      code: "OUT_OF_RANGE",
      at: "inputs[5]",
    });
  });

  it("refuses another number of inputs and outputs", async () => {
    for (const input of [vector.input.subarray(1), Int32Array.of(...vector.input, 0)]) {
      expect(await verify({ input })).toEqual({ code: "WRONG_SIGNAL_COUNT", at: "inputs" });
    }
    for (const outputs of [vector.outputs.subarray(1), Int32Array.of(...vector.outputs, 0)]) {
      expect(await verify({ outputs })).toEqual({ code: "WRONG_SIGNAL_COUNT", at: "outputs" });
    }
  });

  it("refuses the proof with any bit flipped", async () => {
    const bit = fc.record({ byte: fc.nat({ max: 127 }), bit: fc.nat({ max: 7 }) });
    await fc.assert(
      fc.asyncProperty(bit, async ({ byte, bit }) => {
        const proof = Uint8Array.from(vector.proof);
        proof[byte] = (proof[byte] ?? 0) ^ (1 << bit);
        expect(await verify({}, proof)).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });

  it("refuses bytes that are no proof, and never throws", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (proof) => {
        expect(await verify({}, proof)).toBeDefined();
      }),
    );
  });

  it("refuses a proof that is shorter, longer, of zeros, or not canonical", async () => {
    const long = Uint8Array.of(...vector.proof, 0);
    expect(await verify({}, vector.proof.subarray(1))).toMatchObject({ code: "MALFORMED" });
    expect(await verify({}, long)).toMatchObject({ code: "MALFORMED" });
    expect(await verify({}, new Uint8Array(128))).toMatchObject({ code: "NON_CANONICAL" });
    const wrapped = Uint8Array.from(vector.proof);
    wrapped.set(Buffer.from(Q.toString(16).padStart(64, "0"), "hex"), 64);
    expect(await verify({}, wrapped)).toEqual({ code: "NON_CANONICAL", at: "proof.b" });
  });

  it("refuses the proof of another package, and the whole answer of another", async () => {
    expect(await verify({}, other.proof)).toMatchObject({ code: "PROOF_INVALID" });
    expect(await verifier.verify(other, other.proof)).toBeDefined();
    const { tag, input } = other;
    expect(await verify({ tag, input }, other.proof)).toMatchObject({ code: "PROOF_INVALID" });
  });

  it("refuses points that stand in each other's place", async () => {
    const { proof } = vector;
    const swapped = Uint8Array.of(
      ...proof.subarray(96),
      ...proof.subarray(32, 96),
      ...proof.subarray(0, 32),
    );
    expect(await verify({}, swapped)).toMatchObject({ code: "PROOF_INVALID" });
  });

  it("judges a batch one by one, in order", async () => {
    const { proof } = vector;
    const wild = at(vector.input, 0, 99);
    const verdicts = await verifier.verifyBatch([
      { statement: vector, proof },
      { statement: { ...vector, input: wild }, proof },
      { statement: { ...vector, tag: vector.tag + 1n }, proof },
      { statement: vector, proof: new Uint8Array(3) },
      { statement: vector, proof },
    ]);
    expect(verdicts).toEqual([
      undefined,
      { code: "OUT_OF_RANGE", at: "inputs[0]" },
      { code: "PROOF_INVALID", at: "proof" },
      { code: "MALFORMED", at: "proof" },
      undefined,
    ]);
    expect(await verifier.verifyBatch([])).toEqual([]);
  });
});

describe("openVerifier", () => {
  it("refuses development keys unless they are allowed", async () => {
    await expect(
      openVerifier(circuit.dir, { engine, allowDevelopmentKeys: false }),
    ).rejects.toMatchObject({
      code: "DEVELOPMENT_KEYS",
      message: expect.stringContaining(circuit.id),
    });
  });

  it.each([true, false])(
    "believes no ceremony that only a manifest speaks of (allowed: %s)",
    async (allowed) => {
      const dir = join(await newFolder(onTestFinished), "package");
      await cp(circuit.dir, dir, { recursive: true });
      const { circuit: _, ...parts } = circuit.manifest;
      const setup = { ...parts.setup, kind: "ceremony" as const };
      const path = join(dir, MANIFEST_FILE);
      await writeFile(path, encodeManifest(withCircuitId({ ...parts, setup })));
      await expect(
        openVerifier(dir, { engine, allowDevelopmentKeys: allowed }),
      ).rejects.toMatchObject({ code: "CEREMONY_UNVERIFIED" });
    },
  );
});
