/**
 * Compares rows that are lowered with rows that circom makes, for random small layers:
 *
 *     node --import tsx scripts/equivalence.ts [count] [seed]
 *
 * Prints every difference, and exits with 1 when there is one.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { differenceOf } from "../circuits/soundness/equivalence.ts";
import { anyLayer } from "../circuits/soundness/random-layers.ts";
import { endsOf, inputsOf } from "../models/operators/testing.ts";
import { openEngine } from "../proof/open.ts";

/** A layer, and questions for it: at random, and at both ends of its inputs' ranges. */
const anyAsked = anyLayer.chain((pair) =>
  fc.tuple(inputsOf(pair.graph), inputsOf(pair.graph)).map((drawn) => ({
    pair,
    questions: [...drawn, endsOf(pair.graph, "min"), endsOf(pair.graph, "max")],
  })),
);

/** The differences, in words. The same seed draws the same layers. */
export async function compareLayers({
  count,
  seed,
}: {
  readonly count: number;
  readonly seed: number;
}): Promise<string[]> {
  const dir = await mkdtemp(join(tmpdir(), "assay-equivalence-"));
  const calculator = openEngine();
  const differences: string[] = [];
  try {
    for (const { pair, questions } of fc.sample(anyAsked, { numRuns: count, seed })) {
      const difference = await differenceOf(pair, questions, { dir, calculator });
      if (difference !== undefined) differences.push(difference);
    }
    return differences;
  } finally {
    await calculator.close();
    await rm(dir, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [count = "300", seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
  process.stdout.write(`${count} layers, seed ${seed}\n`);
  const differences = await compareLayers({ count: Number(count), seed: Number(seed) });
  for (const difference of differences) process.stderr.write(`${difference}\n`);
  process.stdout.write(`${differences.length} differences\n`);
  process.exitCode = differences.length > 0 ? 1 : 0;
}
