/**
 * What circuits cost is pinned in test/golden/sizes.csv: a row more is a decision, not an accident.
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { findModel } from "../models/zoo/catalogue.ts";
import { countNonZeros, readR1cs } from "../proof/files/r1cs.ts";
import { compileCircuit } from "./compile.ts";
import { readDenseNetwork } from "./dense-network.ts";
import { generateCircuit } from "./generate.ts";
import { rowsOf } from "./requantise.ts";
import { tinyGraph } from "./testing.ts";

async function sizesOf(graph: IntegerGraph): Promise<number[]> {
  const dir = await mkdtemp(join(tmpdir(), "assay-sizes-"));
  try {
    const { r1cs } = await compileCircuit({ source: generateCircuit(graph), dir });
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
  for (const graph of [tinyGraph(), mnist]) {
    lines.push([graph.name, ...(await sizesOf(graph))].join(","));
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
