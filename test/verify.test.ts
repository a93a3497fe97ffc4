/**
 * `assay prove` and `assay verify` as their user runs them: what is proven is accepted, and anything changed is refused
 * with exit code 5.
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CircuitPackage } from "../circuits/package.ts";
import { openProver } from "../circuits/prove.ts";
import { tinyFreshInput, tinyPackage } from "../circuits/testing.ts";
import { openEngine } from "../proof/open.ts";
import { signAnswer } from "../protocol/answer.ts";
import { type Job, newJobId, signJob } from "../protocol/job.ts";
import { receiptToJson } from "../protocol/receipt.ts";
import { tagOf } from "../protocol/tag.ts";
import { alice, bob } from "../protocol/testing.ts";
import { lastJson, runAssay } from "./assay.ts";

let dir = "";
let home = "";
let circuit: CircuitPackage;
const engine = openEngine();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-verify-"));
  home = join(dir, "home");
  circuit = await tinyPackage();
}, 120_000);
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

async function verify(file: unknown, ...flags: readonly string[]) {
  const path = join(dir, "claim.json");
  await writeFile(path, typeof file === "string" ? file : JSON.stringify(file));
  const args = ["verify", path, "--package", circuit.dir, "--json", ...flags];
  const finished = await runAssay(args, { home });
  const { error } = lastJson(finished) as { error?: { code: string } };
  return [finished.code, error?.code];
}

describe("assay prove and assay verify", () => {
  let proof: Record<string, unknown>;
  beforeAll(async () => {
    const input = join(dir, "input.json");
    await writeFile(input, JSON.stringify([1, 2, 3, 4, 5, 6]));
    const out = join(dir, "proof.json");
    const args = ["prove", "--package", circuit.dir, "--input", input, "--out", out, "--json"];
    const finished = await runAssay(args, { home });
    expect(finished.code, finished.stderr).toBe(0);
    proof = JSON.parse(await readFile(out, "utf8")) as Record<string, unknown>;
  });

  it("accepts what was proven, when development keys are allowed", async () => {
    expect(await verify(proof, "--allow-development-keys")).toEqual([0, undefined]);
  });

  it("does not accept development keys by itself", async () => {
    expect(await verify(proof)).toEqual([5, "DEVELOPMENT_KEYS"]);
  });

  it("refuses the proof with any one number of it changed", async () => {
    const text = JSON.stringify(proof);
    // Every number in the file, its last digit changed: outputs, tag, inputs, coordinates.
    const places = [...text.matchAll(/(?<=[[",:])-?\d+(?=[\]",}])/g)].map(
      (m) => m.index + m[0].length - 1,
    );
    expect(places.length).toBeGreaterThan(15);
    // A process each: every third is enough to meet every field.
    for (const at of places.filter((_, i) => i % 3 === 0)) {
      const digit = Number(text[at]);
      const changed = `${text.slice(0, at)}${(digit + 1) % 10}${text.slice(at + 1)}`;
      const [exit] = await verify(changed, "--allow-development-keys");
      expect(exit, text.slice(Math.max(0, at - 40), at + 5)).toBe(5);
    }
  }, 120_000);

  it("refuses a proof of a circuit that the package is not", async () => {
    const foreign = { ...proof, circuit: "00".repeat(32) };
    expect(await verify(foreign, "--allow-development-keys")).toEqual([6, "ARTEFACT_ALTERED"]);
  });

  it("says what is wrong with a file that is no claim", async () => {
    expect((await verify("not json"))[0]).toBe(2);
    const [exit, code] = await verify({}, "--allow-development-keys");
    expect([exit, code]).toEqual([5, "MALFORMED"]);
  });
});

describe("a receipt", () => {
  let receipt: Record<string, unknown> & { answer: Record<string, unknown> };
  beforeAll(async () => {
    const job: Job = {
      ...{ id: newJobId(), netuid: 1, circuit: circuit.id as Job["circuit"] },
      ...{ validator: alice.hotkey, miner: bob.hotkey, expiryBlock: 10, budgetMs: 1_000 },
      block: { number: 1, hash: circuit.id as Job["circuit"] },
      input: tinyFreshInput(new Uint8Array(32).fill(9)),
    };
    const prover = await openProver(circuit, { engine });
    const solution = await prover.prove({ tag: tagOf(job), input: job.input });
    const made = { job: signJob(job, alice), answer: signAnswer(job, solution, bob) };
    receipt = JSON.parse(JSON.stringify(receiptToJson(made))) as typeof receipt;
  });

  it("is accepted by anybody, offline", async () => {
    expect(await verify(receipt, "--allow-development-keys")).toEqual([0, undefined]);
  });

  it("is refused with another output, another proof or another signature", async () => {
    const { answer } = receipt;
    const [first = 0, ...rest] = answer["outputs"] as number[];
    const forged = { ...receipt, answer: { ...answer, outputs: [first + 1, ...rest] } };
    expect(await verify(forged, "--allow-development-keys")).toEqual([5, "BAD_SIGNATURE"]);
    const other = String(answer["proof"]).replace(/.$/, (c) => (c === "0" ? "1" : "0"));
    const changed = { ...receipt, answer: { ...answer, proof: other } };
    expect(await verify(changed, "--allow-development-keys")).toEqual([5, "BAD_SIGNATURE"]);
    const unsigned = { ...receipt, answer: { ...answer, signature: `0x${"00".repeat(64)}` } };
    expect(await verify(unsigned, "--allow-development-keys")).toEqual([5, "BAD_SIGNATURE"]);
    expect(await verify({ answer }, "--allow-development-keys")).toEqual([5, "MALFORMED_RECEIPT"]);
  });
});
