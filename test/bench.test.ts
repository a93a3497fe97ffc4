/**
 * One fast run of each bench over the smallest circuit, so that none can rot; and what a bench refuses to measure.
 * @module
 */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { circuitNamed, type PreparedCircuit, prepareCircuit } from "../bench/circuits/prepare.ts";
import { simulateClaims } from "../bench/claims.ts";
import { type Contestant, runContest } from "../bench/contest.ts";
import { arkworks, arkworksProgram } from "../bench/contestants/arkworks.ts";
import { countWork, type ProofWork } from "../bench/work.ts";
import { tinyPackage } from "../circuits/testing.ts";
import { readR1cs } from "../proof/files/r1cs.ts";
import { verifyByPairing } from "../proof/groth16/pairing.ts";
import { isRejection } from "../proof/groth16/points.ts";
import type { Proof } from "../proof/groth16/proof.ts";
import { decompressProof } from "../proof/groth16/proof-bytes.ts";
import { openCeremony, openEngine } from "../proof/open.ts";
import { openHome } from "../store/home.ts";
import { lastJson, runAssay } from "./assay.ts";

const CIRCUIT = "p8";

let home = "";
let circuit: PreparedCircuit;

async function prepare(): Promise<PreparedCircuit> {
  const ceremony = openCeremony();
  const witnesses = openEngine();
  try {
    return await prepareCircuit(
      circuitNamed(CIRCUIT),
      { cacheDir: join(home, "bench", "circuits"), ptauDir: join(home, "ptau") },
      { ceremony, witnesses },
    );
  } finally {
    await Promise.all([ceremony.close(), witnesses.close()]);
  }
}

beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), "assay-bench-"));
  home = join(dir, "home");
  // What is prepared here is what the commands below find.
  await openHome(home);
  circuit = await prepare();
}, 120_000);
afterAll(() => rm(join(home, ".."), { recursive: true, force: true }));

async function workOf({ provingKey, witness }: PreparedCircuit): Promise<ProofWork> {
  return countWork(await readFile(provingKey), witness);
}

/** The figures of one bench, and the file that holds them. */
async function figuresOf(...args: readonly string[]) {
  const finished = await runAssay(["bench", ...args, "--rounds", "1", "--json"], { home });
  expect(finished.code, finished.stderr).toBe(0);
  const { data } = lastJson(finished) as { data: readonly Record<string, unknown>[] };
  const [report] = data;
  if (report === undefined) throw new Error("no report");
  const { file, ...figures } = report;
  expect(JSON.parse(await readFile(String(file), "utf8"))).toEqual(figures);
  expect(figures["machine"]).toMatchObject({ cores: expect.any(Number) });
  expect(figures["versions"]).toMatchObject({ node: process.version, snarkjs: "0.7.6" });
  return figures["results"] as readonly Record<string, unknown>[];
}

describe("assay bench", () => {
  it("prove: measures every prover there is, and says who is not there", async () => {
    const [result] = await figuresOf("prove", "--circuits", CIRCUIT, "--provers", "assay,snarkjs");
    const { results, absent, work, bound } = result as {
      results: readonly { name: string; ms: { median: number; count: number } }[];
      absent: readonly { name: string }[];
      work: { domain: number };
      bound: { tables: { total: number } };
    };
    const names = [...results, ...absent].map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["assay", "assay, no tables", "snarkjs"]));
    expect(results.every(({ ms }) => ms.median > 0 && ms.count > 0)).toBe(true);
    expect(work.domain).toBe(256);
    // A bound that somebody beats is none.
    const least = bound.tables.total / 64;
    expect(results.every(({ ms }) => ms.median > least)).toBe(true);
  });

  it("verify: measures verifiers that tell a forgery", async () => {
    const results = await figuresOf("verify", "--signals", "1,3", "--batch", "3");
    const names = new Set(results.map(({ name }) => name));
    expect(names).toEqual(new Set([...names, "snarkjs", "noble"]));
    expect(new Set(results.map(({ publicSignals }) => publicSignals))).toEqual(new Set([1, 3]));
  });

  it("setup: measures each step to a key that verifies, and leaves no file", async () => {
    const results = await figuresOf("setup", "--circuits", CIRCUIT);
    const steps = results.filter(({ by }) => by === "snarkjs").map(({ step }) => step);
    expect(steps).toEqual([
      "new powers of tau",
      "contribute to powers of tau",
      "prepare phase 2",
      "new key",
      "contribute to key",
      "verify key",
    ]);
    const left = await readdir(join(home, "bench"));
    expect(left.filter((name) => /^(setup|tables)-/.test(name))).toEqual([]);
  });

  it("compile: measures a model in a process of its own, and leaves no file", async () => {
    const [result, ...more] = await figuresOf("compile", "mnist-mlp");
    expect(more).toEqual([]);
    const { domain, rows, constraints, publicSignals } = result as Record<string, number>;
    expect(rows).toBe((constraints ?? 0) + (publicSignals ?? 0) + 1);
    expect(domain).toBe(2 ** 12);
    expect(result).toMatchObject({
      model: "mnist-mlp",
      ms: { read: expect.any(Number), lower: expect.any(Number), write: expect.any(Number) },
      witnessMs: { median: expect.any(Number) },
    });
    const left = await readdir(join(home, "bench"));
    expect(left.filter((name) => name.startsWith("compile-"))).toEqual([]);
  });

  it("says how many answers a second a machine proves", async () => {
    const { dir, id } = await tinyPackage();
    const finished = await runAssay(["bench", "--package", dir, "--seconds", "0", "--json"], {
      home,
    });
    expect(finished.code, finished.stderr).toBe(0);
    const { data } = lastJson(finished) as { data: Record<string, unknown> };
    expect(data["circuit"]).toBe(id);
    expect(data["sideBySide"]).toMatchObject({ perSecond: expect.any(Number) });
    expect(data["alone"]).toMatchObject({ stages: { witness: expect.any(Object) } });
  });

  it("refuses circuits and provers that it does not know, with exit code 2", async () => {
    for (const args of [
      ["--circuits", "p8,q9"],
      ["--provers", "nobody"],
    ]) {
      const { code, stderr } = await runAssay(["bench", "prove", ...args], { home });
      expect([code, stderr.includes(args[1]?.split(",").at(-1) ?? "")]).toEqual([2, true]);
    }
  });
});

describe("a circuit that is prepared", () => {
  it("is what its rows say: as many coefficients, and no point more than there are wires", async () => {
    const { constraints, nWires, nPubOut, nPubIn } = readR1cs(await readFile(circuit.r1cs));
    const work = await workOf(circuit);
    const bound = nPubOut + nPubIn + 1;
    const stored = constraints.reduce((sum, { a, b }) => sum + a.wires.length + b.wires.length, 0);
    expect(work).toMatchObject({ wires: nWires, coefficients: stored + bound });
    const inA = new Set(constraints.flatMap(({ a }) => [...a.wires]));
    const inB = new Set(constraints.flatMap(({ b }) => [...b.wires]));
    expect(work.a.small + work.a.full).toBeLessThanOrEqual(inA.size + bound);
    expect(work.b.small + work.b.full).toBeLessThanOrEqual(inB.size);
    // A chain of hashes: hardly a wire is small.
    expect(work.a.full).toBeGreaterThan(0.9 * inA.size);
  });

  it("is found again, and made again when a file of it was altered", async () => {
    const { mtimeMs } = await stat(circuit.provingKey);
    const work = await workOf(circuit);
    const again = await prepare();
    expect((await stat(again.provingKey)).mtimeMs).toBe(mtimeMs);

    const key = await readFile(circuit.provingKey);
    key[key.length >> 1] = (key[key.length >> 1] ?? 0) ^ 1;
    await writeFile(circuit.provingKey, key);
    circuit = await prepare();
    expect(await readFile(circuit.provingKey)).not.toEqual(key);
    expect(await workOf(circuit)).toEqual(work);
  });
});

describe("a contest", () => {
  /** A prover that answers with the proof it is given, whatever it is asked. */
  function answering(proof: Proof, closed: string[]): Contestant {
    return {
      name: "parrot",
      maker: "parrot",
      threads: "one",
      tables: false,
      open: async () => ({
        pids: [],
        prove: async () => ({ ms: 1, proof }),
        close: async () => void closed.push("parrot"),
      }),
    };
  }

  it("measures who proves what is asked, and refuses whoever does not", async () => {
    const engine = openEngine();
    const { proof } = await engine.prove(circuit);
    await engine.close();
    const closed: string[] = [];
    const contest = await runContest([answering(proof, closed)], circuit, { rounds: 2 });
    expect(contest.results).toMatchObject([{ name: "parrot", ms: { median: 1 } }]);
    expect(closed).toEqual(["parrot"]);

    // Of another key: sound, and about something else.
    const [claim] = simulateClaims(circuit.verificationKey.nPublic, 1);
    const other = decompressProof(claim?.proof ?? new Uint8Array());
    if (claim === undefined || isRejection(other)) throw new Error("no claim");
    expect(verifyByPairing({ ...claim, proof: other })).toBe(true);
    await expect(
      runContest([answering(other, closed)], circuit, { rounds: 1 }),
    ).rejects.toMatchObject({ code: "PROOF_INVALID" });
    expect(closed).toEqual(["parrot", "parrot"]);
  });

  it("stops when told to, and closes whoever was there", async () => {
    const engine = openEngine();
    const { proof } = await engine.prove(circuit);
    await engine.close();
    const closed: string[] = [];
    const stop = new AbortController();
    const running = runContest([answering(proof, closed)], circuit, {
      rounds: 1_000,
      signal: stop.signal,
      onProgress: (line) => {
        if (line.includes("round 2 ")) stop.abort(new Error("enough"));
      },
    });
    await expect(running).rejects.toThrow("enough");
    expect(closed).toEqual(["parrot"]);
  });

  it.skipIf(arkworksProgram() === undefined)(
    "has arkworks prove the same, where it is built (npm run bench builds it)",
    async () => {
      const contest = await runContest([arkworks("all", 2)], circuit, { rounds: 1 });
      expect(contest.results).toMatchObject([{ name: "arkworks" }]);
    },
  );
});
