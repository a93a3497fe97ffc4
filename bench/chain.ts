/**
 * The bench of the local chain: what an epoch of a full subnet takes, how long a transaction is on its way, and what a
 * long life does to memory. Everything goes the way of a real transaction: signed, encoded, judged, executed.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { startLocalChain } from "../chain/local/local-chain.ts";
import { connectSubtensor } from "../chain/subtensor/connect.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { BenchError } from "./error.ts";
import { megabytes, milliseconds } from "./format.ts";
import { FullSubnet } from "./full-subnet.ts";
import { inOwnProcess } from "./own-process.ts";
import type { Bench, Table } from "./report.ts";
import { type Summary, summarise } from "./statistics.ts";

export interface ChainBenchOptions {
  /** Epochs and transactions of each kind. */
  readonly rounds: number;
  /** Blocks of the long life. */
  readonly blocks: number;
  /** Where chains may be kept that are removed at the end. */
  readonly workDir: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/** What the process of the long life is told. */
export interface LongLife {
  readonly dir: string;
  readonly blocks: number;
}

/** What it measured: resident memory after the first hundred blocks, and after all. */
export interface Remembered {
  readonly beforeBytes: number;
  readonly afterBytes: number;
}

export interface EpochResult {
  readonly kind: "epoch";
  readonly neurons: number;
  /** Neurons that weigh all others; the rest weigh nobody. */
  readonly validators: number;
  readonly rule: "yuma2" | "yuma3" | "liquid alpha";
  /** The block in which the epoch runs, and one in which none does; storage included. */
  readonly epochBlockMs: Summary;
  readonly emptyBlockMs: Summary;
  /** One block with a setting of weights by every validator. */
  readonly weightsBlockMs: number;
}

export interface LatencyResult {
  readonly kind: "latency";
  readonly blockMs: number;
  /** From submit to finalised, by a client with a connection of its own. */
  readonly ms: Summary;
}

export interface MemoryResult extends Remembered {
  readonly kind: "memory";
  readonly blocks: number;
}

export type ChainResult = EpochResult | LatencyResult | MemoryResult;

const NEURONS = 256;
const RULES = ["yuma2", "yuma3", "liquid alpha"] as const;
/** A subnet as it is by default, and the most that can be asked of one. */
const VALIDATORS = [64, NEURONS];
const BLOCK_TIMES_MS = [250, 1_000];

export async function benchChain(options: ChainBenchOptions): Promise<Bench<ChainResult>> {
  const { rounds, blocks, workDir, signal, onProgress = () => {} } = options;
  const epochs: EpochResult[] = [];
  for (const validators of VALIDATORS) {
    for (const rule of RULES) {
      signal?.throwIfAborted();
      onProgress(`epochs of ${NEURONS} neurons, ${validators} of them validators, ${rule}`);
      epochs.push(measureEpochs(validators, rule, rounds));
    }
  }
  const latencies: LatencyResult[] = [];
  const dir = await mkdtemp(join(workDir, "chain-"));
  try {
    for (const blockMs of BLOCK_TIMES_MS) {
      onProgress(`transactions at a block every ${blockMs} ms`);
      latencies.push(await measureLatency(join(dir, String(blockMs)), blockMs, rounds, signal));
    }
    onProgress(`memory over ${blocks} blocks`);
    const life: LongLife = { dir: join(dir, "long"), blocks };
    const remembered = await inOwnProcess<Remembered>(
      { program: "chain-child", task: life, nodeOptions: ["--expose-gc"], failed: chainFailed },
      signal,
    );
    const memory: MemoryResult = { kind: "memory", blocks, ...remembered };
    return {
      results: [...epochs, ...latencies, memory],
      tables: [epochTable(epochs), latencyTable(latencies), memoryTable(memory)],
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function measureEpochs(validators: number, rule: EpochResult["rule"], rounds: number): EpochResult {
  const subnet = new FullSubnet({
    neurons: NEURONS,
    validators,
    yuma3: rule !== "yuma2",
    liquidAlpha: rule === "liquid alpha",
  });
  const weightsBlockMs = subnet.setAllWeights();
  const emptyBlockMs: number[] = [];
  const epochBlockMs: number[] = [];
  // The first epoch makes bonds where there were none; those after it have something to average with.
  subnet.runEpoch();
  for (let round = 0; round < rounds; round++) {
    emptyBlockMs.push(subnet.block());
    epochBlockMs.push(subnet.runEpoch());
  }
  return {
    kind: "epoch",
    neurons: NEURONS,
    validators,
    rule,
    epochBlockMs: summarise(epochBlockMs),
    emptyBlockMs: summarise(emptyBlockMs),
    weightsBlockMs,
  };
}

async function measureLatency(
  dir: string,
  blockMs: number,
  rounds: number,
  signal: AbortSignal | undefined,
): Promise<LatencyResult> {
  const local = await startLocalChain({ dir, blockMs });
  try {
    const chain = await connectSubtensor(local.url, signal && { signal });
    try {
      const ms: number[] = [];
      const alice = devSigner("//Alice");
      for (let round = 0; round < rounds; round++) {
        const beginMs = performance.now();
        await chain.transfer(devSigner("//Bob").hotkey, 1_000_000n, alice);
        ms.push(performance.now() - beginMs);
        // Somewhere in the time of a block, as transactions of real people are.
        await new Promise((resolve) => setTimeout(resolve, (blockMs * ((round * 7) % 10)) / 10));
      }
      return { kind: "latency", blockMs, ms: summarise(ms) };
    } finally {
      await chain.close();
    }
  } finally {
    await local.close();
  }
}

function chainFailed(how: string): BenchError {
  return new BenchError(
    "CHAIN_FAILED",
    `the local chain of the bench ended with ${how}`,
    "Run assay localnet up: what goes wrong there is said in full.",
  );
}

function epochTable(epochs: readonly EpochResult[]): Table {
  return {
    title: `An epoch of ${NEURONS} neurons: milliseconds of the whole block, storage included`,
    columns: ["rule", "validators", "epoch", "slowest", "empty block", "block of weights"],
    textColumns: 1,
    rows: epochs.map(({ rule, validators, epochBlockMs, emptyBlockMs, weightsBlockMs }) => [
      rule,
      String(validators),
      milliseconds(epochBlockMs.median),
      milliseconds(epochBlockMs.max),
      milliseconds(emptyBlockMs.median),
      milliseconds(weightsBlockMs),
    ]),
  };
}

function latencyTable(latencies: readonly LatencyResult[]): Table {
  return {
    title: "A transaction from submit to finalised",
    columns: ["block time ms", "median ms", "slowest ms", "block times"],
    textColumns: 0,
    rows: latencies.map(({ blockMs, ms }) => [
      String(blockMs),
      milliseconds(ms.median),
      milliseconds(ms.max),
      (ms.max / blockMs).toFixed(2),
    ]),
  };
}

function memoryTable({ blocks, beforeBytes, afterBytes }: MemoryResult): Table {
  return {
    title: "Resident memory of the chain's process",
    columns: ["blocks", "before", "after"],
    textColumns: 0,
    rows: [[String(blocks), megabytes(beforeBytes), megabytes(afterBytes)]],
  };
}
