import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { interpret } from "../models/interpreter.ts";
import type { Engine } from "../proof/engine.ts";
import { verifyByPairing } from "../proof/groth16/pairing.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { decompressProof } from "../proof/groth16/proof-bytes.ts";
import { openEngine } from "../proof/open.ts";
import type { CircuitPackage } from "./package.ts";
import { openProver, type Prover, type Statement } from "./prove.ts";
import { claimOf } from "./statement.ts";
import { tinyFreshInput, tinyPackage } from "./testing.ts";
import { openVerifier, type Verifier } from "./verify.ts";

let engine: Engine;
let circuit: CircuitPackage;
let prover: Prover;
let verifier: Verifier;
beforeAll(async () => {
  engine = openEngine();
  circuit = await tinyPackage();
  prover = await openProver(circuit, { engine });
  verifier = await openVerifier(circuit.dir, { engine, allowDevelopmentKeys: true });
});
afterAll(() => engine.close());

const anyTag = fc.bigInt({ min: 0n, max: (1n << 248n) - 1n });
const anyInput = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(tinyFreshInput);

/** What the interpreter answers, which has never heard of a circuit. */
function answerOf(input: Int32Array): Int32Array | undefined {
  return interpret(circuit.graph, [input]).get(circuit.graph.outputs[0]?.name ?? "");
}

/** By a library that shares no code with the engine. */
function holdsByPairing(statement: Statement, bytes: Uint8Array): boolean {
  const proof = decompressProof(bytes);
  if (isRejection(proof)) return false;
  const claim = claimOf(circuit, statement, bytes);
  return !isRejection(claim) && verifyByPairing({ ...claim, proof });
}

describe("prover", () => {
  it("says what it proves", () => {
    expect(prover).toMatchObject({
      circuit: circuit.id,
      model: circuit.graph.id,
    });
  });

  it("proves exactly what the model answers, for any input and tag", async () => {
    await fc.assert(
      fc.asyncProperty(anyTag, anyInput, async (tag, input) => {
        const { outputs, proof, stages } = await prover.prove({ tag, input });
        expect(outputs).toEqual(answerOf(input));
        expect(proof).toHaveLength(128);
        expect(Object.keys(stages).slice(0, 2)).toEqual(["witness", "prove"]);
        const statement = { tag, input, outputs };
        expect(await verifier.verify(statement, proof)).toBeUndefined();
        expect(await prover.verify(statement, proof)).toBeUndefined();
        expect(holdsByPairing(statement, proof)).toBe(true);
        const lie = { ...statement, tag: tag ^ 1n };
        expect(await prover.verify(lie, proof)).toMatchObject({ code: "PROOF_INVALID" });
        expect(holdsByPairing(lie, proof)).toBe(false);
      }),
      { numRuns: 12 },
    );
  });

  it("proves at both ends of every range, and answers below zero", async () => {
    const ends = [0, 15].map((value) => new Int32Array(6).fill(value));
    const answers: number[] = [];
    for (const input of ends) {
      const { outputs, proof } = await prover.prove({ tag: 0n, input });
      expect(outputs).toEqual(answerOf(input));
      expect(await verifier.verify({ tag: 0n, input, outputs }, proof)).toBeUndefined();
      answers.push(...outputs);
    }
    expect(Math.min(...answers)).toBeLessThan(0);
  });

  it("makes another proof each time, and each holds", async () => {
    const question = { tag: 7n, input: Int32Array.of(1, 2, 3, 4, 5, 6) };
    const [one, two] = [await prover.prove(question), await prover.prove(question)];
    expect(one.proof).not.toEqual(two.proof);
    expect(one.outputs).toEqual(two.outputs);
    for (const { outputs, proof } of [one, two]) {
      expect(await verifier.verify({ ...question, outputs }, proof)).toBeUndefined();
    }
  });

  it("refuses what no verifier would take, before any work", async () => {
    const input = new Int32Array(6);
    for (const [question, code] of [
      [{ tag: 0n, input: Int32Array.of(0, 0, 16, 0, 0, 0) }, "OUT_OF_RANGE"],
      [{ tag: 0n, input: Int32Array.of(0, 0, -1, 0, 0, 0) }, "OUT_OF_RANGE"],
      [{ tag: -1n, input }, "OUT_OF_RANGE"],
      [{ tag: 1n << 248n, input }, "OUT_OF_RANGE"],
      [{ tag: 0n, input: new Int32Array(5) }, "WRONG_SIGNAL_COUNT"],
      [{ tag: 0n, input: new Int32Array(7) }, "WRONG_SIGNAL_COUNT"],
    ] as const) {
      await expect(prover.prove(question)).rejects.toMatchObject({ name: "CircuitError", code });
    }
  });

  it("stops when it is told to, and proves again afterwards", async () => {
    const input = new Int32Array(6);
    const reason = new Error("no longer wanted");
    await expect(
      prover.prove({ tag: 0n, input }, { signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
    const controller = new AbortController();
    const proving = prover.prove({ tag: 0n, input }, { signal: controller.signal });
    controller.abort(reason);
    await expect(proving).rejects.toBe(reason);
    const { outputs, proof } = await prover.prove({ tag: 0n, input });
    expect(await verifier.verify({ tag: 0n, input, outputs }, proof)).toBeUndefined();
  });
});
