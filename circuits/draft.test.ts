import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Ceremony } from "../proof/ceremony.ts";
import type { Engine } from "../proof/engine.ts";
import { openCeremony, openEngine } from "../proof/open.ts";
import { recordOf } from "../store/artefacts.ts";
import { newFolder } from "../store/testing.ts";
import { finishDraft } from "./build.ts";
import { openDraft, writeDraft } from "./draft.ts";
import { FILES, MANIFEST_FILE } from "./manifest.ts";
import { openPackage } from "./package.ts";
import { leavesOf, tinyGraph, tinyPackage } from "./testing.ts";

const PUBLIC = ["public"] as const;

let engine: Engine;
let ceremony: Ceremony;
beforeAll(() => {
  engine = openEngine();
  ceremony = openCeremony();
});
afterAll(() => Promise.all([engine.close(), ceremony.close()]));

describe("a draft", () => {
  const draftIn = (dir: string) => writeDraft(dir, tinyGraph(), PUBLIC);

  it("becomes a package where it lies, as if it had been built from the model", async () => {
    const root = await newFolder(onTestFinished);
    await draftIn(root);
    await writeFile(join(root, "report.json"), "{}");
    await expect(openPackage(root)).rejects.toMatchObject({ code: "PACKAGE_DRAFT" });
    const ptauDir = await newFolder(onTestFinished);
    const { circuit } = await finishDraft({ dir: root, ptauDir }, { ceremony, engine });
    const made = await openPackage(root);
    expect(made.id).toBe(circuit);
    const original = await tinyPackage();
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
