/** @module Several inputs, each seen in its own way; and what a proof outside jobs may leave out. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { interpret } from "../models/interpreter.ts";
import type { Engine } from "../proof/engine.ts";
import { R } from "../proof/groth16/points.ts";
import { openEngine } from "../proof/open.ts";
import { joinTensors } from "./interface.ts";
import { hashInput } from "./lower/hash/input-digest.ts";
import type { Visibility } from "./lower/lowered.ts";
import type { CircuitPackage } from "./package.ts";
import { openProver, type Prover } from "./prove.ts";
import { conceal, type Shown, type ShownStatement, showAll } from "./statement.ts";
import { pairGraph, pairPackage } from "./testing.ts";
import { openVerifier, type Statement, type Verifier } from "./verify.ts";

const engine: Engine = openEngine();
afterAll(() => engine.close());

const graph = pairGraph();
const x = fc.array(fc.integer({ min: 0, max: 15 }), { minLength: 4, maxLength: 4 });
const y = fc.array(fc.integer({ min: -8, max: 7 }), { minLength: 3, maxLength: 3 });
const anyTag = fc.bigInt({ min: 0n, max: (1n << 248n) - 1n });
const anySalt = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });

interface Opened {
  readonly circuit: CircuitPackage;
  readonly prover: Prover;
  readonly verifier: Verifier;
}

async function open(visibility: readonly [Visibility, Visibility]): Promise<Opened> {
  const circuit = await pairPackage(visibility);
  const prover = await openProver(circuit, { engine });
  const verifier = await openVerifier(circuit.dir, {
    engine,
    allowDevelopmentKeys: true,
    allowPrivateInputs: true,
  });
  return { circuit, prover, verifier };
}

/** What the interpreter answers. */
function answerTo(input: readonly number[]): Int32Array {
  const tensors = [Int32Array.from(input.slice(0, 4)), Int32Array.from(input.slice(4))];
  const values = interpret(graph, tensors);
  return joinTensors(graph.outputs.map(({ name }) => values.get(name) ?? new Int32Array(0)));
}

const WAYS: readonly (readonly [Visibility, Visibility])[] = [
  ["public", "public"],
  ["hashed", "public"],
  ["public", "hashed"],
  ["hashed", "hashed"],
  ["private", "public"],
  ["hashed", "private"],
];

describe.each(WAYS)("a circuit with x %s and y %s", (...visibility) => {
  let opened: Opened;
  beforeAll(async () => {
    opened = await open(visibility);
  });

  it("proves what the model answers, to whoever sees what is shown", async () => {
    const { circuit, prover, verifier } = opened;
    const hashed = visibility.filter((one) => one === "hashed").length;
    const salts = fc.array(anySalt, { minLength: hashed, maxLength: hashed });
    await fc.assert(
      fc.asyncProperty(x, y, anyTag, salts, async (anyX, anyY, tag, someSalts) => {
        const input = Int32Array.from([...anyX, ...anyY]);
        const { outputs, proof } = await prover.prove({ tag, input, salts: someSalts });
        expect(outputs).toEqual(answerTo([...input]));
        const shown = showAll({ tag, input, salts: someSalts, outputs }, circuit.manifest);
        expect(await verifier.verifyShown(shown, proof)).toBeUndefined();
        const concealed = conceal(shown, circuit.manifest);
        expect(await verifier.verifyShown(concealed, proof)).toBeUndefined();
        expect(await verifier.verifyShown({ ...shown, tag: tag ^ 1n }, proof)).toEqual({
          code: "PROOF_INVALID",
          at: "proof",
        });
      }),
      { numRuns: 6 },
    );
  });

  it("refuses any one shown element changed", async () => {
    const { circuit, verifier } = opened;
    const [vector] = circuit.vectors;
    if (vector === undefined) throw new Error("no vector");
    const shown = showAll(vector, circuit.manifest);
    for (const [k, one] of shown.inputs.entries()) {
      if (one.kind !== "elements") continue;
      for (let i = 0; i < one.elements.length; i++) {
        const elements = Int32Array.from(one.elements);
        elements[i] = (elements[i] ?? 0) === 0 ? 1 : 0;
        const inputs = shown.inputs.with(k, { ...one, elements });
        expect(await verifier.verifyShown({ ...shown, inputs }, vector.proof)).toEqual({
          code: "PROOF_INVALID",
          at: "proof",
        });
      }
    }
  });
});

describe("a job's statement", () => {
  it("is checked with the digest recomputed from its elements, unsalted", async () => {
    const { circuit, prover, verifier } = await open(["hashed", "public"]);
    expect(circuit.manifest.publicSignals).toEqual({ outputs: 6, tag: 1, inputs: 1 + 3 });
    const input = Int32Array.of(1, 2, 3, 4, -8, 0, 7);
    const { outputs, proof } = await prover.prove({ tag: 9n, input });
    const statement: Statement = { tag: 9n, input, outputs };
    expect(await verifier.verify(statement, proof)).toBeUndefined();
    const verdicts = await verifier.verifyBatch([
      { statement, proof },
      { statement: { ...statement, input: input.with(0, 5) }, proof },
      { statement: { ...statement, input: input.with(4, 0) }, proof },
    ]);
    const invalid = { code: "PROOF_INVALID", at: "proof" };
    expect(verdicts).toEqual([undefined, invalid, invalid]);
    // Salted, the same input has another digest: no job speaks of it.
    const salted = await prover.prove({ tag: 9n, input, salts: [1n] });
    expect(await verifier.verify(statement, salted.proof)).toEqual(invalid);
    expect(await verifier.verify({ ...statement, salts: [1n] }, salted.proof)).toBeUndefined();
  });

  it("is refused with an element out of its own tensor's range, counted through all inputs", async () => {
    const { circuit, verifier } = await open(["hashed", "public"]);
    const [vector] = circuit.vectors;
    if (vector === undefined) throw new Error("no vector");
    for (const [i, value] of [
      [0, -1],
      [3, 16],
      [4, -9],
      [6, 8],
    ] as const) {
      const statement = { ...vector, input: vector.input.with(i, value) };
      expect(await verifier.verify(statement, vector.proof)).toEqual({
        code: "OUT_OF_RANGE",
        at: `inputs[${i}]`,
      });
    }
    for (const input of [vector.input.subarray(1), Int32Array.of(...vector.input, 0)]) {
      expect(await verifier.verify({ ...vector, input }, vector.proof)).toEqual({
        code: "WRONG_SIGNAL_COUNT",
        at: "inputs",
      });
    }
    for (const salts of [[], [0n, 0n]]) {
      expect(await verifier.verify({ ...vector, salts }, vector.proof)).toEqual({
        code: "WRONG_SIGNAL_COUNT",
        at: "salts",
      });
    }
    for (const salt of [-1n, 1n << 128n]) {
      expect(await verifier.verify({ ...vector, salts: [salt] }, vector.proof)).toEqual({
        code: "OUT_OF_RANGE",
        at: "salts[0]",
      });
    }
  });

  it("is never one of a circuit with a private input", async () => {
    const { circuit, verifier } = await open(["private", "public"]);
    await expect(
      openVerifier(circuit.dir, { engine, allowDevelopmentKeys: true }),
    ).rejects.toMatchObject({ code: "PRIVATE_INPUT", message: expect.stringContaining(" x ") });
    const [vector] = circuit.vectors;
    if (vector === undefined) throw new Error("no vector");
    expect(await verifier.verify(vector, vector.proof)).toEqual({
      code: "WRONG_SIGNAL_COUNT",
      at: "inputs.0",
    });
  });
});

describe("what is shown", () => {
  let opened: Opened;
  let shown: ShownStatement;
  let proof: Uint8Array;
  const input = Int32Array.of(1, 2, 3, 4, -8, 0, 7);
  beforeAll(async () => {
    opened = await open(["hashed", "private"]);
    const { circuit, prover } = opened;
    const question = { tag: 5n, input, salts: [77n] };
    const answer = await prover.prove(question);
    proof = answer.proof;
    shown = showAll({ ...question, outputs: answer.outputs }, circuit.manifest);
  });
  const verdict = (one: Shown, two: Shown = { kind: "nothing" }) =>
    opened.verifier.verifyShown({ ...shown, inputs: [one, two] }, proof);
  const elements = input.subarray(0, 4);
  const range = { min: 0, max: 15 };

  it("opens a digest with its elements and its salt, and with no other", async () => {
    expect(await verdict({ kind: "elements", elements, salt: 77n })).toBeUndefined();
    const invalid = { code: "PROOF_INVALID", at: "proof" };
    expect(await verdict({ kind: "elements", elements, salt: 78n })).toEqual(invalid);
    expect(await verdict({ kind: "elements", elements })).toEqual(invalid);
    expect(await verdict({ kind: "elements", elements, salt: 1n << 128n })).toEqual({
      code: "OUT_OF_RANGE",
      at: "inputs.0.salt",
    });
  });

  it("takes the digest alone, and no other number", async () => {
    const digest = hashInput(elements, range, 77n);
    expect(await verdict({ kind: "digest", digest })).toBeUndefined();
    expect(await verdict({ kind: "digest", digest: hashInput(elements, range) })).toEqual({
      code: "PROOF_INVALID",
      at: "proof",
    });
    for (const wrong of [digest + R, -1n]) {
      expect(await verdict({ kind: "digest", digest: wrong })).toEqual({
        code: "NON_CANONICAL",
        at: "inputs.0.digest",
      });
    }
  });

  it("refuses to see too much or too little", async () => {
    const unfit = (at: string) => ({ code: "WRONG_SIGNAL_COUNT", at });
    const digest: Shown = { kind: "digest", digest: hashInput(elements, range, 77n) };
    expect(await verdict({ kind: "nothing" })).toEqual(unfit("inputs.0"));
    expect(await verdict(digest, { kind: "elements", elements: input.subarray(4) })).toEqual(
      unfit("inputs.1"),
    );
    expect(await verdict(digest, digest)).toEqual(unfit("inputs.1"));
    expect(await opened.verifier.verifyShown({ ...shown, inputs: [digest] }, proof)).toEqual(
      unfit("inputs"),
    );
    const { circuit, verifier } = await open(["public", "public"]);
    const [vector] = circuit.vectors;
    if (vector === undefined) throw new Error("no vector");
    const all = showAll(vector, circuit.manifest);
    const concealed = { ...all, inputs: all.inputs.with(0, digest) };
    expect(await verifier.verifyShown(concealed, vector.proof)).toEqual(unfit("inputs.0"));
    const first = all.inputs[0];
    if (first?.kind !== "elements") throw new Error("not shown");
    const salted = { ...all, inputs: all.inputs.with(0, { ...first, salt: 0n }) };
    expect(await verifier.verifyShown(salted, vector.proof)).toEqual(unfit("inputs.0"));
  });
});
