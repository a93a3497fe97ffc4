import { execFile } from "node:child_process";
import { appendFile, mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type ArtefactRecord, readArtefact, recordOf, verifyArtefact } from "./artefacts.ts";
import { digest, sha256 } from "./digest.ts";
import { newFolder } from "./testing.ts";

let path: string;
beforeEach(async () => {
  path = join(await newFolder(onTestFinished), "artefact");
});

/** Both ways to check a file must say the same. */
async function expectCode(record: ArtefactRecord, code: string): Promise<void> {
  const refusal = { code, message: expect.stringContaining(path) };
  await expect(verifyArtefact(path, record)).rejects.toMatchObject(refusal);
  await expect(readArtefact(path, record)).rejects.toMatchObject(refusal);
}

describe("an artefact", () => {
  test("is accepted and read when it is what its record says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        await writeFile(path, bytes);
        const record = await recordOf(path);
        expect(record).toEqual({ sha256: sha256(bytes), bytes: bytes.length });
        await verifyArtefact(path, record);
        expect(await readArtefact(path, record)).toEqual(bytes);
      }),
      { numRuns: 20 },
    );
  });

  test("is hashed whole when it is longer than one piece", async () => {
    const bytes = new Uint8Array(3 * (1 << 20) + 5).map((_, i) => i);
    await writeFile(path, bytes);
    expect(await recordOf(path)).toEqual({ sha256: sha256(bytes), bytes: bytes.length });
  });

  test("is refused with any one bit turned", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1 }), fc.nat(), async (bytes, drawn) => {
        await writeFile(path, bytes);
        const record = await recordOf(path);
        const bit = drawn % (8 * bytes.length);
        const altered = bytes.slice();
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(path, altered);
        await expectCode(record, "ARTEFACT_ALTERED");
      }),
      { numRuns: 30 },
    );
  });

  test("is refused truncated, and with bytes added", async () => {
    await writeFile(path, "artefact");
    const record = await recordOf(path);
    await truncate(path, 7);
    await expectCode(record, "ARTEFACT_ALTERED");
    await appendFile(path, "tt");
    await expectCode(record, "ARTEFACT_ALTERED");
  });

  test("is missing when it is not there", async () => {
    await expectCode({ sha256: sha256(), bytes: 0 }, "ARTEFACT_MISSING");
    await expect(recordOf(path)).rejects.toMatchObject({ code: "ARTEFACT_MISSING" });
    await expect(recordOf(join(path, "below"))).rejects.toMatchObject({ code: "ARTEFACT_MISSING" });
  });

  test("is missing when a folder stands in its place", async () => {
    await mkdir(path);
    await expectCode({ sha256: sha256(), bytes: 4_096 }, "ARTEFACT_MISSING");
  });

  test("is missing, not waited for, when a named pipe stands in its place", async ({ skip }) => {
    if (process.platform === "win32") skip("Windows has no named pipes in folders");
    await promisify(execFile)("mkfifo", [path]);
    await expectCode({ sha256: sha256(), bytes: 0 }, "ARTEFACT_MISSING");
  });
});

describe("a digest", () => {
  test("is that of sha256sum", () => {
    const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(sha256()).toBe(empty);
    expect(digest(empty)).toBe(empty);
    expect(sha256(Uint8Array.of(1), Uint8Array.of(2))).toBe(sha256(Uint8Array.of(1, 2)));
  });

  test.each([
    "",
    "E3".repeat(32),
    "e3".repeat(31),
    "e3".repeat(33),
    `${"e3".repeat(32)}\n`,
    "gg".repeat(32),
  ])("is refused as %j", (text) => {
    expect(() => digest(text)).toThrow(expect.objectContaining({ code: "MALFORMED_DIGEST" }));
  });
});
