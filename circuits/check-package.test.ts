import { appendFile, cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Ceremony } from "../proof/ceremony.ts";
import type { Engine } from "../proof/engine.ts";
import { openCeremony, openEngine } from "../proof/open.ts";
import { recordOf } from "../store/artefacts.ts";
import { newFolder } from "../store/testing.ts";
import { finishDraft } from "./build.ts";
import { CHECKS, type Check, checkPackage } from "./check-package.ts";
import { writeDraft } from "./draft.ts";
import {
  encodeManifest,
  FILES,
  type FileRole,
  MANIFEST_FILE,
  type Manifest,
  withCircuitId,
} from "./manifest.ts";
import { type CircuitPackage, openPackage } from "./package.ts";
import { findPowersOfTau } from "./powers-of-tau.ts";
import { pairGraph, tinyGraph } from "./testing.ts";
import { encodeVectors } from "./vectors.ts";

let engine: Engine;
let ceremony: Ceremony;
let original: CircuitPackage;
/** Of another model with as many signals, under the same powers of tau. */
let other: CircuitPackage;
let ptauDir: string;
let ptau: string;
beforeAll(async () => {
  engine = openEngine();
  ceremony = openCeremony();
  ptauDir = await newFolder(afterAll);
  const build = async (variant: number): Promise<CircuitPackage> => {
    const made = await newFolder(afterAll);
    await writeDraft(made, tinyGraph(variant), ["public"]);
    await finishDraft({ dir: made, ptauDir }, { ceremony, engine });
    return openPackage(made);
  };
  [original, other] = [await build(0), await build(1)];
  ptau = join(ptauDir, "development-7.ptau");
});
afterAll(() => Promise.all([engine.close(), ceremony.close()]));

let dir: string;
beforeEach(async () => {
  dir = join(await newFolder(onTestFinished), "package");
  await cp(original.dir, dir, { recursive: true });
});

/** Puts bytes in place of a file, and a manifest and a circuit id that fit them. */
async function replace(role: FileRole, content: string | Uint8Array): Promise<void> {
  const path = join(dir, FILES[role]);
  await writeFile(path, content);
  const record = await recordOf(path);
  await rewrite((parts) => ({ ...parts, files: { ...parts.files, [role]: record } }));
}

async function rewrite(
  change: (parts: Omit<Manifest, "circuit">) => Omit<Manifest, "circuit">,
): Promise<void> {
  const stated = JSON.parse(await readFile(join(dir, MANIFEST_FILE), "utf8")) as Manifest;
  const { circuit: _, ...parts } = stated;
  await writeFile(join(dir, MANIFEST_FILE), encodeManifest(withCircuitId(change(parts))));
}

const check = (file: string | undefined = ptau): Promise<readonly Check[]> =>
  checkPackage(dir, { engine, ceremony, powersOfTau: async () => file });

/** Everything before it holds, and nothing after it is reached. */
async function failure(): Promise<[name: string, code: string]> {
  const checks = await check();
  const last = checks.at(-1);
  expect(checks.map(({ name }) => name)).toEqual(CHECKS.slice(0, checks.length));
  expect(checks.slice(0, -1).every(({ is }) => is === "sound")).toBe(true);
  if (last?.is !== "unsound") throw new Error(`all is sound: ${JSON.stringify(checks)}`);
  return [last.name, last.code];
}

describe("checkPackage", () => {
  it("finds every claim of an honest package sound, by the powers of tau that it names", async () => {
    const file = await findPowersOfTau(ptauDir, original.manifest.setup.powersOfTau);
    expect(file).toBe(ptau);
    const told: Check[] = [];
    const checks = await checkPackage(dir, {
      engine,
      ceremony,
      powersOfTau: async () => file,
      onCheck: (one) => told.push(one),
    });
    expect(checks.map(({ name, is }) => [name, is])).toEqual(CHECKS.map((name) => [name, "sound"]));
    expect(told).toEqual(checks);
  });

  it("says what it could not check without powers of tau", async () => {
    const elsewhere = await newFolder(onTestFinished);
    expect(await findPowersOfTau(elsewhere, original.manifest.setup.powersOfTau)).toBeUndefined();
    const checks = await checkPackage(dir, {
      engine,
      ceremony,
      powersOfTau: async () => undefined,
    });
    const skipped = checks.filter(({ is }) => is === "skipped").map(({ name }) => name);
    expect(skipped).toEqual(["powers of tau", "proving key"]);
    expect(checks.at(-1)).toMatchObject({ name: "vectors", is: "sound" });
  });

  it("names an edited manifest, a changed byte and a missing file", async () => {
    const text = await readFile(join(dir, MANIFEST_FILE), "utf8");
    await writeFile(join(dir, MANIFEST_FILE), text.replace('"max":15', '"max":16'));
    expect(await failure()).toEqual(["manifest", "BAD_MANIFEST"]);
    await writeFile(join(dir, MANIFEST_FILE), text);
    await appendFile(join(dir, FILES.provingKey), "x");
    expect(await failure()).toEqual(["files", "ARTEFACT_ALTERED"]);
  });

  it("refuses the rows of another model, and rows with one byte changed", async () => {
    await replace("r1cs", await readFile(other.path("r1cs")));
    expect(await failure()).toEqual(["circuit", "R1CS_MISMATCH"]);
    const rows = await readFile(original.path("r1cs"));
    // Within a coefficient of the first rows: still an R1CS, and nearly the same.
    rows[200] = (rows[200] ?? 0) ^ 1;
    await replace("r1cs", rows);
    expect(await failure()).toEqual(["circuit", "R1CS_MISMATCH"]);
  });

  it("refuses another model, whose rows are not these", async () => {
    await replace("model", other.graph.bytes);
    await rewrite((parts) => ({ ...parts, model: other.graph.id }));
    expect(await failure()).toEqual(["circuit", "R1CS_MISMATCH"]);
    await replace("model", pairGraph().bytes);
    expect(await failure()).toEqual(["model", "BAD_MANIFEST"]);
  });

  it("refuses wider ranges, and counts that are not the circuit's", async () => {
    await rewrite((parts) => ({
      ...parts,
      inputs: parts.inputs.map((input) => ({ ...input, range: { min: 0, max: 16 } })),
    }));
    expect(await failure()).toEqual(["ranges", "BAD_MANIFEST"]);
    await rewrite((parts) => ({
      ...parts,
      inputs: original.manifest.inputs,
      counts: { ...parts.counts, constraints: 1 },
    }));
    expect(await failure()).toEqual(["ranges", "BAD_MANIFEST"]);
  });

  it("refuses the verification key of another circuit, and the proving key with it", async () => {
    await replace("verificationKey", await readFile(other.path("verificationKey")));
    expect(await failure()).toEqual(["verification key", "KEY_MISMATCH"]);
    await replace("provingKey", await readFile(other.path("provingKey")));
    expect(await failure()).toEqual(["proving key", "KEY_MISMATCH"]);
  });

  it("refuses powers of tau that are not the keys', and a transcript that is not theirs", async () => {
    const elsewhere = join(await newFolder(onTestFinished), "other.ptau");
    await ceremony.developmentPowersOfTau({ power: 7, out: elsewhere });
    const checks = await check(elsewhere);
    expect(checks.at(-1)).toMatchObject({ name: "powers of tau", code: "KEY_MISMATCH" });
    await rewrite((parts) => ({
      ...parts,
      setup: { ...parts.setup, key: parts.setup.key.map((one) => ({ ...one, name: "Ada" })) },
    }));
    expect(await failure()).toEqual(["proving key", "KEY_MISMATCH"]);
  });

  it("refuses a vector whose answer is not the model's, and one whose proof does not hold", async () => {
    const [vector, ...more] = original.vectors;
    if (vector === undefined) throw new Error("no vector");
    const outputs = vector.outputs.with(0, (vector.outputs[0] ?? 0) + 1);
    await replace("vectors", encodeVectors([{ ...vector, outputs }, ...more]));
    expect(await failure()).toEqual(["vectors", "VECTOR_MISMATCH"]);
    const swapped = { ...vector, proof: more[0]?.proof ?? vector.proof };
    await replace("vectors", encodeVectors([swapped, ...more]));
    expect(await failure()).toEqual(["vectors", "VECTOR_MISMATCH"]);
  });

  it("stops when it is told to", async () => {
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    await expect(
      checkPackage(dir, { engine, ceremony, powersOfTau: async () => ptau, signal }),
    ).rejects.toBe(reason);
  });
});
