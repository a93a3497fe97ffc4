/** @module A solver answers with a proof that holds, or not at all. */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openProver, type Prover } from "../circuits/prove.ts";
import { pairPackage, tinyFreshInput, tinyPackage } from "../circuits/testing.ts";
import { openSolver } from "../miner/solver.ts";
import type { Inference } from "../models/inference.ts";
import { openInterpreter } from "../models/interpreter.ts";
import { openEngine } from "../proof/open.ts";
import type { Job } from "../protocol/job.ts";
import { tagOf } from "../protocol/tag.ts";
import { anyJob } from "../protocol/testing.ts";

const engine = openEngine();
let prover: Prover;
let inference: Inference;
let job: Job;
beforeAll(async () => {
  const circuit = await tinyPackage();
  prover = await openProver(circuit, { engine });
  inference = openInterpreter(circuit.graph);
  const [drawn] = fc.sample(anyJob, { seed: 7, numRuns: 1 });
  if (drawn === undefined) throw new Error("no job was drawn");
  job = {
    ...drawn,
    circuit: prover.circuit as Job["circuit"],
    input: tinyFreshInput(new Uint8Array(32)),
  };
}, 120_000);
afterAll(() => engine.close());

const patient = new AbortController().signal;

describe("a solver", () => {
  it("answers what the model computes, with a proof for this job", async () => {
    const solver = openSolver({ prover, inference, verifyBeforeAnswer: true });
    const { outputs, proof, stages } = await solver.solve(job, patient);
    expect([outputs]).toEqual(await inference.infer([job.input]));
    const statement = { tag: tagOf(job), input: job.input, outputs };
    expect(await prover.verify(statement, proof)).toBeUndefined();
    const whole = Object.keys(stages).filter((stage) => !stage.includes("."));
    expect(whole).toEqual(["infer", "witness", "prove", "verify"]);
  });

  it("answers nothing when inference and circuit differ", async () => {
    const wrong: Inference = {
      ...inference,
      name: "a broken runtime",
      infer: async (inputs) => (await inference.infer(inputs)).map((row) => row.map((x) => x + 1)),
    };
    const solver = openSolver({ prover, inference: wrong, verifyBeforeAnswer: true });
    await expect(solver.solve(job, patient)).rejects.toMatchObject({ code: "READERS_DISAGREE" });
  });

  it("answers nothing when its own proof does not hold", async () => {
    const faulty: Prover = {
      ...prover,
      async prove(question, options) {
        const answer = await prover.prove({ ...question, tag: question.tag ^ 1n }, options);
        return answer;
      },
    };
    const careful = openSolver({ prover: faulty, inference, verifyBeforeAnswer: true });
    await expect(careful.solve(job, patient)).rejects.toMatchObject({ code: "OWN_PROOF_INVALID" });
    const careless = openSolver({ prover: faulty, inference, verifyBeforeAnswer: false });
    await expect(careless.solve(job, patient)).resolves.toHaveProperty("proof");
  });

  it("hands each input of several to the model, and takes no job whose stretches are not theirs", async () => {
    const circuit = await pairPackage(["public", "public"]);
    const pair = await openProver(circuit, { engine });
    const solver = openSolver({
      prover: pair,
      inference: openInterpreter(circuit.graph),
      verifyBeforeAnswer: true,
    });
    expect(solver.inputs).toEqual([
      { count: 4, min: 0, max: 15 },
      { count: 3, min: -8, max: 7 },
    ]);
    const input = Int32Array.of(0, 15, 7, 1, -8, 7, 0);
    const asked = { ...job, circuit: pair.circuit as Job["circuit"], input };
    const { outputs, proof } = await solver.solve(asked, patient);
    expect([...outputs.subarray(3)]).toEqual([64, 49, 0]);
    expect(await pair.verify({ tag: tagOf(asked), input, outputs }, proof)).toBeUndefined();
  });

  it("serves no circuit that keeps an input private", async () => {
    const circuit = await pairPackage(["private", "public"]);
    const prover = await openProver(circuit, { engine });
    const parts = { prover, inference: openInterpreter(circuit.graph), verifyBeforeAnswer: true };
    expect(() => openSolver(parts)).toThrow(
      expect.objectContaining({ code: "PRIVATE_INPUT", message: expect.stringContaining(" x ") }),
    );
  });
});
