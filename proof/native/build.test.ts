/**
 * The build of the native core, on a crate of one function: what is current stays, what changed is compiled, and what
 * cannot be compiled is said.
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buildNative } from "./build.ts";

const hasCargo = spawnSync("cargo", ["--version"]).status === 0;

describe.skipIf(!hasCargo)("building the native core", () => {
  let crate = "";
  let addon = "";
  beforeEach(async () => {
    crate = await mkdtemp(join(tmpdir(), "assay-crate-"));
    addon = join(crate, "addon.node");
    await mkdir(join(crate, "src"));
    await writeFile(
      join(crate, "Cargo.toml"),
      '[package]\nname = "assay-native"\nversion = "0.1.0"\nedition = "2024"\nrust-version = "1.85"\n' +
        '[lib]\ncrate-type = ["cdylib"]\n[workspace]\n',
    );
    await writeFile(join(crate, "build.rs"), "fn main() {}\n");
    await source("pub extern fn one() {}");
    const locked = spawnSync("cargo", ["generate-lockfile", "--offline"], { cwd: crate });
    expect(locked.status, String(locked.stderr)).toBe(0);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(crate, { recursive: true, force: true });
  });

  const source = (text: string): Promise<void> => writeFile(join(crate, "src/lib.rs"), text);

  it("compiles once, and again when the sources changed", async () => {
    const lines: string[] = [];
    const options = { onProgress: (line: string) => lines.push(line) };
    expect(await buildNative(options, { crate, addon })).toMatchObject({ kind: "built" });
    expect(lines.every((line) => /compiling the native core.*\d s$/.test(line))).toBe(true);
    const first = await readFile(addon);
    expect(await buildNative({}, { crate, addon })).toEqual({ kind: "current" });

    await source("#[unsafe(no_mangle)] pub extern fn another() -> u32 { 2 }");
    expect(await buildNative({}, { crate, addon })).toMatchObject({ kind: "built" });
    expect(await readFile(addon)).not.toEqual(first);
    await rm(addon);
    expect(await buildNative({}, { crate, addon })).toMatchObject({ kind: "built" });
    // A library, if not one that Node can use.
    expect(() => createRequire(import.meta.url)(addon)).toThrow(/did not self-register/);
  }, 60_000);

  it("says what the compiler says, and leaves the old addon alone", async () => {
    await buildNative({}, { crate, addon });
    const before = await readFile(addon);
    await source("fn broken() -> u32 { true }");
    const failed = await buildNative({}, { crate, addon });
    expect(failed).toMatchObject({ kind: "failed", reason: expect.stringContaining("mismatched") });
    expect(await readFile(addon)).toEqual(before);
    expect(await buildNative({}, { crate, addon })).toMatchObject({ kind: "failed" });
  }, 60_000);

  it("says that the compiler is too old, missing, or that there is nothing to compile", async () => {
    const manifest = await readFile(join(crate, "Cargo.toml"), "utf8");
    await writeFile(join(crate, "Cargo.toml"), manifest.replace("1.85", "1.999"));
    expect(await buildNative({}, { crate, addon })).toMatchObject({
      kind: "impossible",
      reason: expect.stringContaining("1.999"),
    });
    vi.stubEnv("PATH", "");
    expect(await buildNative({}, { crate, addon })).toEqual({
      kind: "impossible",
      reason: "cargo is not installed",
    });
    await rm(join(crate, "src"), { recursive: true });
    expect(await buildNative({}, { crate, addon })).toMatchObject({ kind: "impossible" });
    await writeFile(addon, "built elsewhere");
    expect(await buildNative({}, { crate, addon })).toEqual({ kind: "current" });
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const building = buildNative({ signal: stop.signal }, { crate, addon });
    stop.abort(new Error("enough"));
    await expect(building).rejects.toThrow("enough");
  });
});
