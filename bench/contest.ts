/**
 * A contest: several provers, one key, one witness, one run. They take turns, so that whatever slows the machine down
 * slows all of them, and each is warm before it is measured: key open, tables built, code compiled. Before it is
 * measured each proves once, and a prover whose proof does not hold is no prover.
 * @module
 */
import type { StageTimings } from "../proof/engine.ts";
import { readWitness } from "../proof/files/witness.ts";
import { verifyByPairing } from "../proof/groth16/pairing.ts";
import type { Proof } from "../proof/groth16/proof.ts";
import type { PreparedCircuit } from "./circuits/prepare.ts";
import { BenchError } from "./error.ts";
import { withPeakMemory } from "./processes.ts";
import { rotated, type Summary, summarise, summariseEach } from "./statistics.ts";

export type Threads = "one" | "all";

/** Who takes part, before anything of it runs. */
export interface Contestant {
  /** Unique in a contest. */
  readonly name: string;
  /** Whose it is: `assay` or the name of an opponent. */
  readonly maker: string;
  readonly threads: Threads;
  /** Whether its sums of products stand on tables: what the bound is computed for. */
  readonly tables: boolean;
  /** @returns an entrant, or in words why there is none on this machine */
  open(circuit: PreparedCircuit): Promise<Entrant | Absent>;
}

export interface Absent {
  readonly absent: string;
}

export interface Proving {
  readonly ms: number;
  readonly proof: Proof;
  readonly stages?: StageTimings;
}

/** A contestant in its place, with key and witness loaded. */
export interface Entrant {
  prove(): Promise<Proving>;
  /** Waits for what a first proof has set going in the background. */
  settle?(): Promise<void>;
  /** The processes whose memory it is. */
  readonly pids: readonly number[];
  close(): Promise<void>;
}

export interface Result {
  readonly name: string;
  readonly maker: string;
  readonly threads: Threads;
  readonly tables: boolean;
  readonly ms: Summary;
  readonly stages: Readonly<Record<string, Summary>>;
  /** From nothing to the first proof: process, key, tables. */
  readonly firstMs: number;
  /** The most anonymous memory held during one proof. */
  readonly peakBytes?: number;
}

export interface Contest {
  readonly results: readonly Result[];
  readonly absent: readonly (Absent & { readonly name: string })[];
}

export interface ContestOptions {
  readonly rounds: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

/**
 * A turn is at least one proof, and as many as fit in this time: a proof of 10 ms measured five times says little, one
 * of 10 s is measured once.
 */
const TURN_MS = 300;
const MAX_PROOFS_IN_TURN = 20;

interface Seat {
  readonly contestant: Contestant;
  readonly entrant: Entrant;
  readonly firstMs: number;
  readonly provings: Proving[];
}

/** @throws BenchError `PROOF_INVALID`; whatever a contestant throws; the signal's reason */
export async function runContest(
  contestants: readonly Contestant[],
  circuit: PreparedCircuit,
  { rounds, signal, onProgress = () => {} }: ContestOptions,
): Promise<Contest> {
  const seats: Seat[] = [];
  const absent: (Absent & { name: string })[] = [];
  try {
    for (const contestant of contestants) {
      signal?.throwIfAborted();
      onProgress(`${circuit.name}: ${contestant.name} gets ready`);
      const startMs = performance.now();
      const entrant = await contestant.open(circuit);
      if ("absent" in entrant) {
        absent.push({ name: contestant.name, absent: entrant.absent });
        continue;
      }
      seats.push({
        contestant,
        entrant,
        firstMs: await checkedFirst(contestant, entrant, circuit, startMs),
        provings: [],
      });
    }
    for (let round = 0; round < rounds; round++) {
      onProgress(`${circuit.name}: round ${round + 1} of ${rounds}`);
      for (const seat of rotated(seats, round)) {
        signal?.throwIfAborted();
        await takeTurn(seat);
      }
    }
    const results: Result[] = [];
    for (const seat of seats) results.push(await resultOf(seat));
    return { results, absent };
  } finally {
    await Promise.all(seats.map(({ entrant }) => entrant.close()));
  }
}

async function checkedFirst(
  { name }: Contestant,
  entrant: Entrant,
  circuit: PreparedCircuit,
  startMs: number,
): Promise<number> {
  try {
    const { proof } = await entrant.prove();
    const firstMs = performance.now() - startMs;
    requireProof(name, proof, circuit);
    await entrant.settle?.();
    return firstMs;
  } catch (error) {
    await entrant.close();
    throw error;
  }
}

/** Against the signals of the witness itself, whatever the prover says they are, and by none of the provers' verifiers. */
function requireProof(name: string, proof: Proof, circuit: PreparedCircuit): void {
  const { verificationKey: key, witness } = circuit;
  const publicSignals = readWitness(witness).slice(1, 1 + key.nPublic);
  if (verifyByPairing({ key, publicSignals, proof })) return;
  throw new BenchError(
    "PROOF_INVALID",
    `${name} makes a proof of ${circuit.name} that does not hold`,
    "What is wrong is not measured. Remove the bench's cache and try again; if it happens again, report it.",
  );
}

async function takeTurn({ entrant, provings }: Seat): Promise<void> {
  const endMs = performance.now() + TURN_MS;
  for (let i = 0; i < MAX_PROOFS_IN_TURN; i++) {
    provings.push(await entrant.prove());
    if (performance.now() >= endMs) return;
  }
}

/** Memory is looked at in one proof more, after the clock: looking takes time. */
async function resultOf({ contestant, entrant, firstMs, provings }: Seat): Promise<Result> {
  const { name, maker, threads, tables } = contestant;
  const { peakBytes } = await withPeakMemory(
    async () => entrant.pids,
    () => entrant.prove(),
  );
  return {
    name,
    maker,
    threads,
    tables,
    ms: summarise(provings.map(({ ms }) => ms)),
    stages: summariseEach(provings.map(({ stages }) => stages ?? {})),
    firstMs,
    ...(peakBytes !== undefined && { peakBytes }),
  };
}
