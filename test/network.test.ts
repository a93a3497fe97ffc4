/**
 * A whole network in one process with the tiny package: real chain, real HTTP, real proofs. Honest miners are paid,
 * every kind of cheat is refused with its code and earns nothing.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Hotkey, Signer } from "../chain/chain.ts";
import { startLocalChain } from "../chain/local/local-chain.ts";
import { onboard } from "../chain/local/onboard.ts";
import { connectSubtensor, type SubtensorChain } from "../chain/subtensor/connect.ts";
import { createHotkeyFile } from "../chain/wallet/stored-key.ts";
import { openProver } from "../circuits/prove.ts";
import { tinyFreshInput, tinyPackage } from "../circuits/testing.ts";
import { openVerifier } from "../circuits/verify.ts";
import { copier, liar } from "../cli/demo/behaviour.ts";
import { startMiner } from "../miner/miner.ts";
import { openSolver, type Solver } from "../miner/solver.ts";
import { openInterpreter } from "../models/interpreter.ts";
import { openEngine } from "../proof/open.ts";
import { openJournal } from "../validator/journal.ts";
import { scoresOf } from "../validator/score.ts";
import { startValidator } from "../validator/validator.ts";

const NETUID = 1;
const RAO_PER_TAO = 1_000_000_000n;
const silent = pino({ level: "silent" });

/** How each miner of the test spoils the answer of the honest solver. */
const CONDUCT: Readonly<Record<string, (solver: Solver, partner: Hotkey) => Solver>> = {
  honest: (solver) => solver,
  liar: (solver) => liar(solver),
  copier: (solver, partner) => copier(solver, partner),
  flipper: (solver) => spoilt(solver, (proof) => flipped(proof, 127, 1)),
  mangler: (solver) => spoilt(solver, (proof) => proof.map(() => 0xff)),
};

function spoilt(solver: Solver, spoil: (proof: Uint8Array) => Uint8Array): Solver {
  return {
    circuit: solver.circuit,
    inputs: solver.inputs,
    close: () => solver.close(),
    async solve(job, signal) {
      const solution = await solver.solve(job, signal);
      return { ...solution, proof: spoil(solution.proof) };
    },
  };
}

function flipped(bytes: Uint8Array, at: number, mask: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ mask;
  return copy;
}

describe("a network of one validator and five miners", () => {
  let dir = "";
  let chain: SubtensorChain;
  let validatorHotkey: Hotkey;
  const hotkeys = new Map<string, Hotkey>();
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "assay-network-"));
    const local = await startLocalChain({
      dir: join(dir, "chain"),
      blockMs: 250,
      subnets: [{ tempo: 12, weightsRateLimit: 1, servingRateLimit: 0, burnRao: 1_000_000n }],
    });
    closing.push(() => local.close());
    chain = await connectSubtensor(local.url);
    closing.push(() => chain.close());

    const join_ = async (name: string, stakeRao?: bigint): Promise<Signer> => {
      const hotkey = await createHotkeyFile(join(dir, name, "hotkey"));
      const coldkey = await createHotkeyFile(join(dir, name, "coldkey"));
      await onboard(chain, {
        netuid: NETUID,
        coldkey,
        hotkey: hotkey.hotkey,
        ...(stakeRao === undefined ? {} : { stakeRao }),
      });
      return hotkey;
    };
    const validator = await join_("validator", 10_000n * RAO_PER_TAO);
    validatorHotkey = validator.hotkey;
    const signers = new Map<string, Signer>();
    for (const name of Object.keys(CONDUCT)) signers.set(name, await join_(name));

    const circuit = await tinyPackage();
    const engine = openEngine({ proofs: 2 });
    closing.push(() => engine.close());
    const partner = signers.get("honest")?.hotkey;
    if (partner === undefined) throw new Error("the honest miner has no key");
    for (const [name, adapt] of Object.entries(CONDUCT)) {
      const signer = signers.get(name);
      if (signer === undefined) throw new Error(`${name} has no key`);
      hotkeys.set(name, signer.hotkey);
      const prover = await openProver(circuit, { engine });
      const solver = adapt(
        openSolver({
          prover,
          inference: openInterpreter(circuit.graph),
          verifyBeforeAnswer: true,
        }),
        partner,
      );
      const miner = await startMiner(
        {
          host: "127.0.0.2",
          port: 0,
          netuid: NETUID,
          queueLimit: 4,
          concurrency: 1,
          minStakeRao: 1_000n * RAO_PER_TAO,
          dir: join(dir, name),
          version: "0.1.0",
        },
        { chain, signer, solvers: [solver], log: silent },
      );
      closing.push(async () => {
        await miner.close();
        await solver.close();
      });
    }

    const verifier = await openVerifier(circuit.dir, { engine, allowDevelopmentKeys: true });
    const journal = await openJournal(join(dir, "journal.sqlite"));
    closing.push(() => journal.close());
    let epochsAfter = 0;
    let confirmed = 0;
    await new Promise<void>((resolve, reject) => {
      startValidator(
        {
          netuid: NETUID,
          lockDir: join(dir, "locks"),
          budgetMs: 20_000,
          jobIntervalMs: 50,
        },
        {
          chain,
          signer: validator,
          models: [{ verifier, freshInput: tinyFreshInput }],
          journal,
          log: silent,
          onEvent: (event) => {
            if (event.type === "weights-confirmed") confirmed++;
            if (event.type === "epoch" && confirmed >= 2 && ++epochsAfter === 1) resolve();
          },
        },
      ).then((running) => closing.push(() => running.close()), reject);
    });
  }, 120_000);

  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await rm(dir, { recursive: true, force: true });
  });

  async function outcomesOf(name: string) {
    const journal = await openJournal(join(dir, "journal.sqlite"), { readOnly: true });
    try {
      return [...journal.outcomesAfter()].filter((one) => one.miner === hotkeys.get(name));
    } finally {
      await journal.close();
    }
  }

  it("accepts every answer of the honest miner, and pays it", async () => {
    const outcomes = await outcomesOf("honest");
    const verdicts = new Set(outcomes.map(({ verdict }) => verdict.kind));
    expect(outcomes.length).toBeGreaterThan(2);
    expect([...verdicts]).toEqual(["accepted"]);
    const neuron = (await chain.metagraph(NETUID)).neurons.find(
      ({ hotkey }) => hotkey === hotkeys.get("honest"),
    );
    expect(Number(neuron?.emission)).toBeGreaterThan(0);
  });

  it.each([
    // Logits that change places may leave the ranges that they have by themselves.
    ["liar", ["PROOF_INVALID", "OUTPUT_OUT_OF_RANGE"]],
    ["copier", ["PROOF_INVALID"]],
    // A changed x is another point or none.
    ["flipper", ["PROOF_INVALID", "MALFORMED_PROOF"]],
    ["mangler", ["MALFORMED_PROOF"]],
  ])("refuses every answer of the %s, and pays it nothing", async (name, codes) => {
    const outcomes = await outcomesOf(name);
    expect(outcomes.length).toBeGreaterThan(2);
    expect(outcomes.filter(({ verdict }) => verdict.kind === "accepted")).toEqual([]);
    const rejections = outcomes.flatMap(({ verdict }) =>
      verdict.kind === "rejected" ? [verdict.code] : [],
    );
    expect(rejections.length).toBeGreaterThan(2);
    expect(rejections.filter((code) => !codes.includes(code))).toEqual([]);
    const metagraph = await chain.metagraph(NETUID);
    const neuron = metagraph.neurons.find(({ hotkey }) => hotkey === hotkeys.get(name));
    const weights = new Map(
      metagraph.neurons.find(({ hotkey }) => hotkey === validatorHotkey)?.weights,
    );
    expect(weights.get(neuron?.uid ?? -1) ?? 0).toBe(0);
    expect(Number(neuron?.emission)).toBe(0);
  });

  it("scores as anybody can recompute from the journal", async () => {
    const journal = await openJournal(join(dir, "journal.sqlite"), { readOnly: true });
    try {
      const scores = scoresOf([...journal.outcomesAfter()]);
      const honest = hotkeys.get("honest");
      if (honest === undefined) throw new Error("the honest miner has no key");
      expect(Number(scores.get(honest))).toBeGreaterThan(0);
      for (const [name, hotkey] of hotkeys) {
        if (name !== "honest") expect(scores.get(hotkey) ?? 0n).toBe(0n);
      }
    } finally {
      await journal.close();
    }
  });
});
