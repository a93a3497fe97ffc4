/**
 * One suite over every engine: what is proven verifies, and nothing else does; the pairing on an independent library
 * agrees with every verdict. And what engines do when they are stopped, killed or given nonsense.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileCircuit } from "../circuits/compile.ts";
import type { CircuitPackage } from "../circuits/package.ts";
import { gadgetSource, tinyFreshInput, tinyPackage, witnessOf } from "../circuits/testing.ts";
import { interpret } from "../models/interpreter.ts";
import type { Claim, Engine, SmallWitness, WitnessCalculator } from "../proof/engine.ts";
import type { ProofError } from "../proof/error.ts";
import { encodeWitness, readWitness } from "../proof/files/witness.ts";
import { verifyByPairing } from "../proof/groth16/pairing.ts";
import { isRejection, R } from "../proof/groth16/points.ts";
import type { Proof } from "../proof/groth16/proof.ts";
import { compressProof, decompressProof } from "../proof/groth16/proof-bytes.ts";
import { type EngineName, openEngine } from "../proof/open.ts";
import { childrenOf } from "../proof/snarkjs/testing.ts";
import { isBuilt } from "./engines.ts";

const ENGINES: readonly EngineName[] = ["reference", "native"];

let circuit: CircuitPackage;
let other: CircuitPackage;
let dir = "";
/** A witness program of circom. */
let program = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-engine-"));
  program = (await compileCircuit({ source: gadgetSource("tag.circom", "Tag()", ["tag"]), dir }))
    .wasm;
  [circuit, other] = [await tinyPackage(0), await tinyPackage(1)];
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

const input = tinyFreshInput(new Uint8Array(32).map((_, i) => 37 * i));
const tag = 123_456_789n;

function signalsOf({ graph }: CircuitPackage, of: Int32Array): bigint[] {
  const outputs = interpret(graph, [of]).get(graph.outputs[0]?.name ?? "") ?? new Int32Array();
  return [...outputs, tag, ...of].map((value) => (BigInt(value) + R) % R);
}

/** Wires as a program that computes in integers has them: small where they fit. */
function smallWitness(wires: readonly bigint[]): SmallWitness {
  const signed = wires.map((value) => (value > R / 2n ? value - R : value));
  const fits = (value: bigint): boolean => BigInt.asIntN(32, value) === value;
  return {
    values: Int32Array.from(signed, (value) => (fits(value) ? Number(value) : 0)),
    full: new Map(
      wires.flatMap((value, wire) => (fits(signed[wire] ?? 0n) ? [] : [[wire, value]])),
    ),
  };
}

for (const name of ENGINES) {
  describe.skipIf(!isBuilt(name))(`the ${name} engine`, () => {
    let engine: Engine & WitnessCalculator;
    let claim: Claim;
    let witness: Uint8Array;
    beforeAll(async () => {
      engine = openEngine({ engine: name, proofs: 2 });
      witness = witnessOf(circuit, { tag, input });
      const proven = await engine.prove({ provingKey: circuit.path("provingKey"), witness });
      claim = { key: circuit.verificationKey, ...proven };
    });
    afterAll(() => engine.close());

    async function verdictOf(changed: Partial<Claim>): Promise<string | undefined> {
      const full = { ...claim, ...changed };
      const verdict = await engine.verify(full);
      expect(verifyByPairing(full)).toBe(verdict === undefined);
      return verdict?.code;
    }

    it("proves what the interpreter computes, and says how long it took", async () => {
      expect(claim.publicSignals).toEqual(signalsOf(circuit, input));
      expect(await verdictOf({})).toBeUndefined();
      const { stages } = await engine.prove({ provingKey: circuit.path("provingKey"), witness });
      expect(stages["prove"]).toBeGreaterThan(0);
      expect(Object.values(stages).every((ms) => ms >= 0)).toBe(true);
    });

    it("uses fresh randomness: two proofs of one witness differ, and both hold", async () => {
      const { proof } = await engine.prove({ provingKey: circuit.path("provingKey"), witness });
      expect(compressProof(proof)).not.toEqual(compressProof(claim.proof));
      expect(await verdictOf({ proof })).toBeUndefined();
    });

    it("proves the same from small integers as from a file's bytes", async () => {
      const provingKey = circuit.path("provingKey");
      const small = smallWitness(readWitness(witness));
      expect(small.full.size).toBeGreaterThan(0);
      expect(small.full.size).toBeLessThan(small.values.length / 4);
      const proven = await engine.prove({ provingKey, witness: small });
      expect(proven.publicSignals).toEqual(claim.publicSignals);
      expect(await verdictOf(proven)).toBeUndefined();

      for (const [wire, value] of [
        [small.values.length, 1n],
        [3, R],
        [3, -1n],
      ] as const) {
        const broken = { ...small, full: new Map([...small.full, [wire, value]]) };
        await expect(engine.prove({ provingKey, witness: broken })).rejects.toThrow(String(wire));
      }
    });

    it("refuses the proof for any other public signal, the ones in no row included", async () => {
      for (const i of claim.publicSignals.keys()) {
        const changed = claim.publicSignals.with(i, ((claim.publicSignals[i] ?? 0n) + 1n) % R);
        expect(await verdictOf({ publicSignals: changed })).toBe("PROOF_INVALID");
      }
    });

    it("refuses signals of another number or outside the field", async () => {
      const { publicSignals: signals } = claim;
      expect(await verdictOf({ publicSignals: signals.slice(1) })).toBe("WRONG_SIGNAL_COUNT");
      expect(await verdictOf({ publicSignals: [...signals, 0n] })).toBe("WRONG_SIGNAL_COUNT");
      const [first = 0n, ...rest] = signals;
      expect(await verdictOf({ publicSignals: [first + R, ...rest] })).toBe("NON_CANONICAL");
      expect(await verdictOf({ publicSignals: [first - R, ...rest] })).toBe("NON_CANONICAL");
    });

    it("refuses the proof under the key of another circuit", async () => {
      expect(await verdictOf({ key: other.verificationKey })).toBe("PROOF_INVALID");
    });

    it("takes a proof as its 128 bytes, and refuses bytes that are no proof, by their code", async () => {
      const bytes = compressProof(claim.proof);
      expect(await engine.verify({ ...claim, proof: bytes })).toBeUndefined();
      const short = bytes.subarray(0, 127);
      const flagless = bytes.map((byte, i) => (i === 0 ? byte & 0x3f : byte));
      const verdicts = await engine.verifyBatch(
        [short, flagless, bytes].map((proof) => ({ ...claim, proof })),
      );
      expect(verdicts).toEqual([
        { code: "MALFORMED", at: "proof" },
        { code: "NON_CANONICAL", at: "proof.a" },
        undefined,
      ]);
    });

    it("refuses every proof that decodes after one bit was flipped", async () => {
      const bytes = compressProof(claim.proof);
      const decoded: Proof[] = [];
      for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const proof = decompressProof(flipped);
        if (!isRejection(proof)) decoded.push(proof);
      }
      expect(decoded.length).toBeGreaterThan(20);
      const verdicts = await engine.verifyBatch(decoded.map((proof) => ({ ...claim, proof })));
      expect(new Set(verdicts.map((verdict) => verdict?.code))).toEqual(new Set(["PROOF_INVALID"]));
    });

    it("tells the bad claims of a batch from the good ones", async () => {
      const bad = { ...claim, publicSignals: claim.publicSignals.with(0, 5n) };
      const verdicts = await engine.verifyBatch([claim, bad, claim, bad]);
      expect(verdicts.map((verdict) => verdict?.code)).toEqual([
        undefined,
        "PROOF_INVALID",
        undefined,
        "PROOF_INVALID",
      ]);
      expect(await engine.verifyBatch([])).toEqual([]);
    });

    it("makes no proof that holds from a witness that breaks a row", async () => {
      const wires = readWitness(witness);
      // Wire 0 is the constant one, wire 1 the first output.
      for (const [wire, value] of [
        [1, ((wires[1] ?? 0n) + 1n) % R],
        [1, 0n],
        [0, 2n],
      ] as const) {
        const request = {
          provingKey: circuit.path("provingKey"),
          witness: encodeWitness(wires.with(wire, value)),
        };
        const outcome = await engine.prove(request).then(
          async (proven) => {
            if (wire === 1) expect(proven.publicSignals[0]).toBe(value);
            return verdictOf(proven);
          },
          (error: ProofError) => error.code,
        );
        // Another constant than one is seen before anything is proven, or by every verifier after.
        expect(outcome).toMatch(wire === 0 ? /^PRO(OF_INVALID|VING_FAILED)$/ : /^PROOF_INVALID$/);
      }
    });

    it("says what is wrong with inputs, keys and witnesses", async () => {
      const squared = readWitness(await engine.calculateWitness(program, { tag: [-5n] }));
      expect(squared).toEqual([1n, R - 5n, 25n]);
      await expect(engine.calculateWitness(program, { x: [1n] })).rejects.toMatchObject({
        code: "WITNESS_FAILED",
      });
      const missing = { provingKey: join(dir, "nothing.zkey"), witness };
      await expect(engine.prove(missing)).rejects.toMatchObject({ code: "PROVING_FAILED" });
      const nonsense = { provingKey: circuit.path("provingKey"), witness: new Uint8Array(100) };
      await expect(engine.prove(nonsense)).rejects.toMatchObject({ code: "PROVING_FAILED" });
    });

    it("stops at once when told to, and works on afterwards", async () => {
      const stop = new AbortController();
      const request = { provingKey: circuit.path("provingKey"), witness };
      const proving = engine.prove(request, { signal: stop.signal });
      stop.abort(new Error("enough"));
      await expect(proving).rejects.toThrow("enough");
      await expect(engine.prove(request, { signal: stop.signal })).rejects.toThrow("enough");
      const proven = await engine.prove(request);
      expect(await engine.verify({ key: circuit.verificationKey, ...proven })).toBeUndefined();
    });
  });
}

describe("the reference engine's processes", () => {
  it("are replaced when one is killed", async () => {
    const before = new Set(childrenOf(process.pid));
    const engine = openEngine({ engine: "reference" });
    await engine.calculateWitness(program, { tag: [tag] });
    const witness = witnessOf(circuit, { tag, input });
    const request = { provingKey: circuit.path("provingKey"), witness };
    const own = (): number[] => childrenOf(process.pid).filter((pid) => !before.has(pid));
    await expect.poll(() => own().length).toBe(1);
    const children = own();
    const refused = expect(engine.prove(request)).rejects.toMatchObject({ code: "CHILD_DIED" });
    // In the same tick: no answer can come before.
    for (const pid of children) process.kill(pid, "SIGKILL");
    await refused;
    await expect(engine.prove(request)).resolves.toHaveProperty("proof");
    await engine.close();
    await expect(engine.prove(request)).rejects.toMatchObject({ code: "ENGINE_CLOSED" });
    expect(childrenOf(process.pid).filter((pid) => !before.has(pid))).toEqual([]);
  });
});
