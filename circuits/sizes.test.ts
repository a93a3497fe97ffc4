/**
 * What circuits cost is pinned in test/golden/sizes.csv: a row more is a decision, not an accident.
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findModel } from "../models/zoo/catalogue.ts";
import { countNonZeros, readR1cs } from "../proof/files/r1cs.ts";
import { compileCircuit } from "./compile.ts";
import { readDenseNetwork } from "./dense-network.ts";
import { generateCircuit } from "./generate.ts";
import { rowsOf } from "./requantise.ts";
import { gadgetSource, tinyGraph } from "./testing.ts";

/** Accumulators of 13, 15 and 20 bits and a sign, then the narrower forms of the gadget. */
const GADGETS = {
  tag: gadgetSource("Tag()", ["tag"]),
  "dense-3-2": gadgetSource("Dense(3, 2, [[1,-2,3],[0,5,-6]], [7,-8])", ["x"]),
  "requantise-13": gadgetSource("Requantise(5, 4, 4, 1, 1)"),
  "requantise-15": gadgetSource("Requantise(6, 5, 4, 1, 1)"),
  "requantise-20": gadgetSource("Requantise(9, 7, 4, 1, 1)"),
  "requantise-below": gadgetSource("Requantise(6, 5, 4, 1, 0)"),
  "requantise-above": gadgetSource("Requantise(6, 5, 4, 0, 1)"),
  "requantise-unclipped": gadgetSource("Requantise(6, 5, 0, 0, 0)"),
};

async function sizesOf(source: string): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), "assay-sizes-"));
  try {
    const { r1cs } = await compileCircuit({ source, dir });
    const read = readR1cs(new Uint8Array(await readFile(r1cs)));
    const signals = read.nPubOut + read.nPubIn;
    return [read.constraints.length, read.nWires, countNonZeros(read), signals];
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

it("compiles every circuit to its pinned size", async () => {
  const mnist = await findModel("mnist-mlp")?.openGraph();
  if (mnist === undefined) throw new Error("mnist-mlp is not in the catalogue");
  const lines = ["circuit,constraints,wires,non_zeros,public_signals"];
  const models = [tinyGraph(), mnist].map((graph) => [graph.name, generateCircuit(graph)] as const);
  for (const [name, source] of [...Object.entries(GADGETS), ...models]) {
    lines.push([name, ...(await sizesOf(source))].join(","));
  }
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("../test/golden/sizes.csv");

  const [constraints = 0, , , signals = 0] = (lines.at(-1) ?? "").split(",").slice(1).map(Number);
  expect(constraints + signals + 1).toBeLessThanOrEqual(4_096);
}, 120_000);

it("spends at most 25 constraints on an activation of mnist-mlp", async () => {
  const mnist = await findModel("mnist-mlp")?.openGraph();
  if (mnist === undefined) throw new Error("mnist-mlp is not in the catalogue");
  const activations = readDenseNetwork(mnist).layers.flatMap((layer) => layer.activations ?? []);
  expect(activations).toHaveLength(128);
  for (const activation of activations) {
    if (activation.kind === "gadget") expect(rowsOf(activation) + 1).toBeLessThanOrEqual(25);
  }
});
