/**
 * What a machine is worth as a miner: how many answers it proves in a second, for one model and with the engine in use.
 * An answer is all that a miner does after inference: every wire of the circuit, then the proof.
 * @module
 */
import { randomBytes } from "node:crypto";
import type { ProvenAnswer, Prover } from "../circuits/prove.ts";
import type { Vector } from "../circuits/vectors.ts";
import { BenchError } from "./error.ts";
import { type Summary, summarise, summariseEach } from "./statistics.ts";

export interface ThroughputOptions {
  /** Of each of the two measurements; at least one answer is made in any case. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
}

export interface Throughput {
  /** One answer at a time, every processor on it: how soon it is there. */
  readonly alone: { readonly ms: Summary; readonly stages: Readonly<Record<string, Summary>> };
  /** As many as there are processors, one on each: how many there are in the end. */
  readonly sideBySide: { readonly provers: number; readonly perSecond: number };
}

/**
 * @param provers of the same circuit: one that takes every processor, and one that makes `width` answers side by side
 * @param vectors of the package: what is asked
 */
export async function measureThroughput(
  provers: { readonly alone: Prover; readonly sideBySide: Prover; readonly width: number },
  vectors: readonly Vector[],
  { seconds, signal, onProgress = () => {} }: ThroughputOptions,
): Promise<Throughput> {
  const [vector] = vectors;
  if (vector === undefined) {
    throw new BenchError(
      "NOTHING_TO_PROVE",
      "the package has no vector",
      "Make the package again with assay circuit setup.",
    );
  }
  const { input } = vector;
  const answer = (prover: Prover): Promise<ProvenAnswer> =>
    prover.prove({ tag: freshTag(), input }, signal === undefined ? {} : { signal });

  onProgress("a first answer, which is checked");
  await requireAnswer(provers.alone, vector);
  const { sideBySide, width } = provers;
  // Keys and processes of the other engine get ready, too, before anything is timed.
  await Promise.all(Array.from({ length: width }, () => answer(sideBySide)));

  onProgress("one answer at a time");
  const taken: { readonly ms: number; readonly stages: ProvenAnswer["stages"] }[] = [];
  const aloneEndMs = performance.now() + 1_000 * seconds;
  do {
    const startMs = performance.now();
    const { stages } = await answer(provers.alone);
    taken.push({ ms: performance.now() - startMs, stages });
  } while (performance.now() < aloneEndMs);

  onProgress(`${width} answers side by side`);
  const startMs = performance.now();
  let made = 0;
  const work = async (): Promise<void> => {
    do {
      await answer(sideBySide);
      made++;
    } while (performance.now() < startMs + 1_000 * seconds);
  };
  await Promise.all(Array.from({ length: width }, work));
  const elapsedMs = performance.now() - startMs;
  return {
    alone: {
      ms: summarise(taken.map(({ ms }) => ms)),
      stages: summariseEach(taken.map(({ stages }) => stages)),
    },
    sideBySide: { provers: width, perSecond: (1_000 * made) / elapsedMs },
  };
}

async function requireAnswer(prover: Prover, { input, outputs }: Vector): Promise<void> {
  const tag = freshTag();
  const answer = await prover.prove({ tag, input });
  const statement = { tag, input, outputs };
  const refusal = await prover.verify(statement, answer.proof);
  if (refusal === undefined) return;
  throw new BenchError(
    "PROOF_INVALID",
    `the proof of a known answer does not hold (${refusal.code})`,
    "What is wrong is not measured. Make the package again with assay circuit setup.",
  );
}

/** Below 2^248, as tags are. */
function freshTag(): bigint {
  return BigInt(`0x${randomBytes(31).toString("hex")}`);
}
