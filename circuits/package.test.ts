import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Ceremony } from "../proof/ceremony.ts";
import type { Engine } from "../proof/engine.ts";
import { openCeremony, openEngine } from "../proof/open.ts";
import { recordOf } from "../store/artefacts.ts";
import {
  killHard,
  mountSmallDisk,
  newFolder,
  nextOutput,
  runProcess,
  unmount,
} from "../store/testing.ts";
import { finishDraft } from "./build.ts";
import { openDraft, writeDraft } from "./draft.ts";
import { lower } from "./lower/lower.ts";
import { writeR1cs } from "./lower/write-r1cs.ts";
import { encodeManifest, FILES, MANIFEST_FILE, type Manifest, withCircuitId } from "./manifest.ts";
import { type CircuitPackage, ensurePackage, findPackage, openPackage } from "./package.ts";
import { leavesOf, tinyGraph, tinyPackage } from "./testing.ts";
import { openVerifier } from "./verify.ts";

let engine: Engine;
let ceremony: Ceremony;
let original: CircuitPackage;
beforeAll(async () => {
  engine = openEngine();
  ceremony = openCeremony();
  original = await tinyPackage();
});
afterAll(async () => {
  await engine.close();
  await ceremony.close();
});

/** A folder of packages with a copy of the tiny package to spoil. */
let packagesDir: string;
let dir: string;
beforeEach(async () => {
  packagesDir = await newFolder(onTestFinished);
  dir = join(packagesDir, original.id);
  await cp(original.dir, dir, { recursive: true });
});

const PUBLIC = ["public"] as const;

const manifestPath = (): string => join(dir, MANIFEST_FILE);

/** Writes the manifest as somebody would who has read this repository: canonical, with the circuit id that fits. */
async function rewrite(change: (parts: Omit<Manifest, "circuit">) => Omit<Manifest, "circuit">) {
  const { circuit: _, ...parts } = original.manifest;
  await writeFile(manifestPath(), encodeManifest(withCircuitId(change(parts))));
}

/** Replaces one file and its record. */
async function replaceFile(role: keyof typeof FILES, content: string | Uint8Array) {
  await writeFile(join(dir, FILES[role]), content);
  const record = await recordOf(join(dir, FILES[role]));
  await rewrite((parts) => ({ ...parts, files: { ...parts.files, [role]: record } }));
}

describe("openPackage", () => {
  it("opens what was built: the id, the model, the key and a vector", async () => {
    const opened = await openPackage(dir);
    expect(opened).toMatchObject({ id: original.id, dir, manifest: original.manifest });
    expect(opened.graph.id).toBe(tinyGraph().id);
    expect(opened.verificationKey.nPublic).toBe(3 + 1 + 6);
    expect(opened.vectors).toHaveLength(3);
  });

  it.each(Object.values(FILES))("refuses %s with one bit flipped", async (name) => {
    const bytes = await readFile(join(dir, name));
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    await writeFile(join(dir, name), bytes);
    await expect(openPackage(dir)).rejects.toMatchObject({
      code: "ARTEFACT_ALTERED",
      message: expect.stringContaining(join(dir, name)),
    });
  });

  it.each(Object.values(FILES))(
    "refuses %s when it is truncated, longer or missing",
    async (name) => {
      const path = join(dir, name);
      const bytes = await readFile(path);
      await truncate(path, bytes.length - 1);
      await expect(openPackage(dir)).rejects.toMatchObject({ code: "ARTEFACT_ALTERED" });
      await writeFile(path, bytes);
      await appendFile(path, "\n");
      await expect(openPackage(dir)).rejects.toMatchObject({ code: "ARTEFACT_ALTERED" });
      await rm(path);
      await expect(openPackage(dir)).rejects.toMatchObject({
        code: "ARTEFACT_MISSING",
        message: expect.stringContaining(path),
      });
    },
  );

  it("refuses a manifest with any one field edited", async () => {
    const leaves = leavesOf(original.manifest);
    expect(leaves.length).toBeGreaterThan(40);
    for (const { path, change } of leaves) {
      await writeFile(manifestPath(), JSON.stringify(change()));
      const outcome = await openPackage(dir).catch((error: unknown) => error);
      const codes = ["BAD_MANIFEST", "PACKAGE_VERSION", "ARTEFACT_ALTERED"];
      expect(codes, path).toContain((outcome as { code?: string }).code);
      expect((outcome as Error).message, path).toContain(dir);
    }
  });

  it("refuses what a manifest says against its model, even under the circuit id that fits", async () => {
    const { inputs, outputs, publicSignals } = original.manifest;
    const leaves = leavesOf({ inputs, outputs, publicSignals });
    for (const { path, change } of leaves) {
      const changed = change() as Pick<Manifest, "inputs" | "outputs" | "publicSignals">;
      if (changed.publicSignals.tag !== 1) continue;
      await rewrite((parts) => ({ ...parts, ...changed }));
      await expect(openPackage(dir), path).rejects.toMatchObject({ code: "BAD_MANIFEST" });
    }
  });

  it("refuses the verification key of another circuit, an unsafe one, and one that is no key", async () => {
    const other = await tinyPackage(1);
    await cp(other.path("verificationKey"), join(dir, FILES.verificationKey));
    await expect(openPackage(dir)).rejects.toMatchObject({ code: "ARTEFACT_ALTERED" });

    const key = JSON.parse(await readFile(original.path("verificationKey"), "utf8"));
    for (const wrong of [
      { ...key, vk_delta_2: key.vk_gamma_2 },
      { ...key, nPublic: key.nPublic - 1, IC: key.IC.slice(1) },
      { ...key, protocol: "plonk" },
    ]) {
      await replaceFile("verificationKey", JSON.stringify(wrong));
      await expect(openPackage(dir)).rejects.toMatchObject({
        code: "BAD_MANIFEST",
        message: expect.stringContaining(FILES.verificationKey),
      });
    }
    await replaceFile("verificationKey", "{");
    await expect(openPackage(dir)).rejects.toMatchObject({ code: "BAD_MANIFEST" });
  });

  it("refuses a truncated model even where the manifest fits", async () => {
    await replaceFile("model", original.graph.bytes.subarray(0, 100));
    await expect(openPackage(dir)).rejects.toMatchObject({ name: "ModelError" });
  });

  it("refuses vectors in another form, and vectors that no verifier would take", async () => {
    const [vector] = JSON.parse(await readFile(original.path("vectors"), "utf8"));
    for (const wrong of [
      [],
      [{ ...vector, note: "" }],
      [{ ...vector, tag: "01" }],
      [{ ...vector, proof: vector.proof.slice(0, -2) }],
      [{ ...vector, input: vector.input.slice(1) }],
      [{ ...vector, input: [16, ...vector.input.slice(1)] }],
      [{ ...vector, outputs: [2 ** 31 - 1, ...vector.outputs.slice(1)] }],
    ]) {
      await replaceFile("vectors", JSON.stringify(wrong));
      await expect(openPackage(dir)).rejects.toMatchObject({
        code: "BAD_MANIFEST",
        message: expect.stringContaining(FILES.vectors),
      });
    }
  });

  it("refuses a folder without a manifest, and says which", async () => {
    await rm(manifestPath());
    await expect(openPackage(dir)).rejects.toMatchObject({
      code: "ARTEFACT_MISSING",
      message: expect.stringContaining(manifestPath()),
    });
  });
});

describe("findPackage", () => {
  it("finds the package of a model, and none of another", async () => {
    expect((await findPackage(packagesDir, original.graph.id, PUBLIC))?.id).toBe(original.id);
    expect(await findPackage(packagesDir, tinyGraph(1).id, PUBLIC)).toBeUndefined();
    expect(
      await findPackage(join(packagesDir, "nowhere"), original.graph.id, PUBLIC),
    ).toBeUndefined();
  });

  it("finds none whose inputs are seen in another way", async () => {
    expect(await findPackage(packagesDir, original.graph.id, ["hashed"])).toBeUndefined();
  });

  it("passes by a package of another version", async () => {
    const name = "0".repeat(64);
    await mkdir(join(packagesDir, name));
    await writeFile(join(packagesDir, name, MANIFEST_FILE), '{"format":"assay/package/1"}');
    expect((await findPackage(packagesDir, original.graph.id, PUBLIC))?.id).toBe(original.id);
  });

  it("refuses a package under another circuit's name", async () => {
    await rewrite((parts) => ({ ...parts, counts: { ...parts.counts, constraints: 1 } }));
    await expect(findPackage(packagesDir, original.graph.id, PUBLIC)).rejects.toMatchObject({
      code: "BAD_MANIFEST",
      message: expect.stringContaining(original.id),
    });
  });
});

describe("ensurePackage", () => {
  const placesOf = (root: string, variant = 0) => ({
    graph: tinyGraph(variant),
    packagesDir: join(root, "packages"),
    ptauDir: join(root, "ptau"),
  });

  it("builds once when two ask at once, with a circuit that anybody can make again", async () => {
    const root = await newFolder(onTestFinished);
    const lines: string[] = [];
    const parts = { ceremony, engine, onProgress: (line: string) => lines.push(line) };
    const [one, two] = await Promise.all([
      ensurePackage(placesOf(root), parts),
      ensurePackage(placesOf(root), parts),
    ]);
    expect(two.id).toBe(one.id);
    expect(lines.filter((line) => line.startsWith("compiling"))).toHaveLength(1);
    expect(await readdir(join(root, "packages"))).toEqual([one.id]);
    // Other secrets, so other keys and another circuit id; but the same rows.
    expect(one.id).not.toBe(original.id);
    expect(one.manifest.files.r1cs).toEqual(original.manifest.files.r1cs);
    expect(one.manifest.setup).toMatchObject({
      kind: "development",
      powersOfTau: expect.arrayContaining([expect.objectContaining({ kind: "contribution" })]),
      key: [{ kind: "contribution" }, { kind: "beacon" }],
    });

    const again = join(await newFolder(onTestFinished), FILES.r1cs);
    await writeR1cs(lower(one.graph, PUBLIC), again);
    expect(await recordOf(again)).toEqual(one.manifest.files.r1cs);
  });

  it("keeps powers of tau for the next model, and makes them again when they were altered", async () => {
    const root = await newFolder(onTestFinished);
    const lines: string[] = [];
    const parts = { ceremony, engine, onProgress: (line: string) => lines.push(line) };
    const made = (): number => lines.filter((line) => line.includes("making development")).length;
    // These three have 65 to 67 rows, so they share powers of tau for 2^7.
    await ensurePackage(placesOf(root, 0), parts);
    await ensurePackage(placesOf(root, 3), parts);
    expect(made()).toBe(1);

    const file = join(root, "ptau", "development-7.ptau");
    const bytes = await readFile(file);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    const third = await ensurePackage(placesOf(root, 4), parts);
    expect(made()).toBe(2);
    expect(await openPackage(third.dir)).toMatchObject({ id: third.id });
  });

  it("leaves nothing behind when it is stopped at any step, and builds afterwards", async () => {
    const root = await newFolder(onTestFinished);
    for (const step of ["compiling", "making development", "contributing", "proving and"]) {
      const controller = new AbortController();
      const reason = new Error(`stopped while ${step}`);
      const onProgress = (line: string): void => {
        if (line.startsWith(step)) controller.abort(reason);
      };
      const parts = { ceremony, engine, onProgress, signal: controller.signal };
      await expect(ensurePackage(placesOf(root), parts)).rejects.toBe(reason);
      expect(await readdir(join(root, "packages"))).toEqual([]);
    }
    const built = await ensurePackage(placesOf(root), { ceremony, engine });
    expect(await readdir(join(root, "packages"))).toEqual([built.id]);
  });

  it("builds after a builder that was killed, and is not misled by what that one left", async () => {
    const root = await newFolder(onTestFinished);
    const builder = runProcess(`
      const { ensurePackage } = await store("../circuits/package.ts");
      const { tinyGraph } = await store("../circuits/testing.ts");
      const { openCeremony, openEngine } = await store("../proof/open.ts");
      const root = ${JSON.stringify(root)};
      await ensurePackage(
        { graph: tinyGraph(), packagesDir: root + "/packages", ptauDir: root + "/ptau" },
        {
          ceremony: openCeremony(),
          engine: openEngine(),
          onProgress: (line) => line.startsWith("contributing") && console.log(line),
        },
      );
    `);
    await nextOutput(builder);
    await killHard(builder);
    expect((await readdir(join(root, "packages"))).length).toBeGreaterThan(0);
    expect(await findPackage(join(root, "packages"), original.graph.id, PUBLIC)).toBeUndefined();

    const built = await ensurePackage(placesOf(root), { ceremony, engine });
    expect((await findPackage(join(root, "packages"), built.graph.id, PUBLIC))?.id).toBe(built.id);
  });

  // 20 KiB are too few for the circuit, 60 KiB for the powers of tau, 200 KiB for the keys.
  it.for([20, 60, 200])(
    "says that the disk is full, and leaves it as it was (%i KiB)",
    async (kib, { skip }) => {
      const root = await newFolder(onTestFinished);
      const disk = join(root, "disk");
      const reason = await mountSmallDisk(disk, kib * 1024);
      if (reason !== undefined) skip(reason);
      onTestFinished(() => unmount(disk));
      await expect(ensurePackage(placesOf(disk), { ceremony, engine })).rejects.toMatchObject({
        code: "DISK_FULL",
      });
      expect(await readdir(join(disk, "packages"))).toEqual([]);
    },
  );

  it("refuses an altered package in the cache instead of building another beside it", async () => {
    await truncate(join(dir, FILES.provingKey), 1000);
    const places = { ...placesOf(packagesDir), packagesDir };
    await expect(ensurePackage(places, { ceremony, engine })).rejects.toMatchObject({
      code: "ARTEFACT_ALTERED",
      message: expect.stringContaining(join(dir, FILES.provingKey)),
      hint: expect.stringContaining("Remove the folder"),
    });
  });
});

describe("a draft", () => {
  const draftIn = async (dir_: string): Promise<void> => {
    await writeDraft(dir_, tinyGraph(), PUBLIC);
  };

  it("becomes a package where it lies, as if it had been built from the model", async () => {
    const root = await newFolder(onTestFinished);
    await draftIn(root);
    await writeFile(join(root, "report.json"), "{}");
    await expect(openPackage(root)).rejects.toMatchObject({ code: "PACKAGE_DRAFT" });
    const ptauDir = await newFolder(onTestFinished);
    const { circuit } = await finishDraft({ dir: root, ptauDir }, { ceremony, engine });
    const made = await openPackage(root);
    expect(made.id).toBe(circuit);
    expect(made.manifest.files.r1cs).toEqual(original.manifest.files.r1cs);
    expect((await readdir(root)).sort()).toEqual(
      [...Object.values(FILES), MANIFEST_FILE, "report.json"].sort(),
    );
    // What has keys keeps them.
    await expect(finishDraft({ dir: root, ptauDir }, { ceremony, engine })).rejects.toMatchObject({
      code: "NOT_A_DRAFT",
    });
  });

  it("stays a draft when it is stopped, and can be finished afterwards", async () => {
    const root = await newFolder(onTestFinished);
    const ptauDir = await newFolder(onTestFinished);
    await draftIn(root);
    const before = (await readdir(root)).sort();
    const controller = new AbortController();
    const reason = new Error("stopped");
    const onProgress = (line: string): void => {
      if (line.startsWith("contributing")) controller.abort(reason);
    };
    const parts = { ceremony, engine, onProgress, signal: controller.signal };
    await expect(finishDraft({ dir: root, ptauDir }, parts)).rejects.toBe(reason);
    expect((await readdir(root)).sort()).toEqual(before);
    await finishDraft({ dir: root, ptauDir }, { ceremony, engine });
    expect((await openPackage(root)).vectors).toHaveLength(3);
  });

  it("is refused with the rows of another model, also where its manifest fits them", async () => {
    const root = await newFolder(onTestFinished);
    const other = await newFolder(onTestFinished);
    await draftIn(root);
    await writeDraft(other, tinyGraph(1), PUBLIC);
    await cp(join(other, FILES.r1cs), join(root, FILES.r1cs));
    await expect(openDraft(root)).rejects.toMatchObject({ code: "ARTEFACT_ALTERED" });

    const draft = JSON.parse(await readFile(join(root, MANIFEST_FILE), "utf8"));
    const files = { ...draft.files, r1cs: await recordOf(join(root, FILES.r1cs)) };
    await writeFile(join(root, MANIFEST_FILE), JSON.stringify({ ...draft, files }));
    await expect(openDraft(root)).rejects.toMatchObject({ code: "R1CS_MISMATCH" });
  });

  it("is refused with any one field edited", async () => {
    const root = await newFolder(onTestFinished);
    await draftIn(root);
    const draft = JSON.parse(await readFile(join(root, MANIFEST_FILE), "utf8"));
    for (const { path, change } of leavesOf(draft)) {
      await writeFile(join(root, MANIFEST_FILE), JSON.stringify(change()));
      const outcome = await openDraft(root).catch((error: unknown) => error);
      const codes = [
        "BAD_MANIFEST",
        "PACKAGE_VERSION",
        "ARTEFACT_ALTERED",
        "NOT_A_DRAFT",
        "R1CS_MISMATCH",
      ];
      expect(codes, path).toContain((outcome as { code?: string }).code);
    }
  });
});

describe("a package", () => {
  it("can be moved: it is its folder, wherever that lies", async () => {
    const elsewhere = join(packagesDir, "elsewhere");
    await rename(dir, elsewhere);
    const verifier = await openVerifier(elsewhere, { engine, allowDevelopmentKeys: true });
    expect(verifier.circuit).toBe(original.id);
  });
});
