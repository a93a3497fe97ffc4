/**
 * Builds the native core with cargo, where this machine has it: `cargo build --release --locked`, then the library is
 * moved beside this file under the addon's name. A digest of the sources stands beside it, so that nothing is built
 * twice and nothing old is used.
 * @module
 */
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { access, copyFile, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ADDON_PATH } from "./addon.ts";

/** The crate, and the addon that is made of it. */
export interface NativePlaces {
  readonly crate: string;
  readonly addon: string;
}

const PLACES: NativePlaces = {
  crate: fileURLToPath(new URL(".", import.meta.url)),
  addon: ADDON_PATH,
};
/** Whatever the library is made from. */
const SOURCES = ["Cargo.toml", "Cargo.lock", "build.rs", "src"];

export interface NativeBuildOptions {
  /** Called with a line for people, some of them many times a second. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

export type NativeBuild =
  | { readonly kind: "current" }
  | { readonly kind: "built"; readonly seconds: number }
  /** This machine cannot build it: no sources, no cargo, or one that is too old. */
  | { readonly kind: "impossible"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** Never throws for what the build meets; only the signal's reason is thrown. */
export async function buildNative(
  options: NativeBuildOptions = {},
  places: NativePlaces = PLACES,
): Promise<NativeBuild> {
  const { crate, addon } = places;
  const digest = await digestOfSources(crate);
  if (digest === undefined) {
    // A built Assay without its sources: what came with it is what there is.
    return (await exists(addon))
      ? { kind: "current" }
      : { kind: "impossible", reason: "and its sources are not here" };
  }
  if (await isCurrent(digest, addon)) return { kind: "current" };
  const lacking = await lackingToolchain(crate);
  if (lacking !== undefined) return { kind: "impossible", reason: lacking };

  const startMs = performance.now();
  const failure = await compile(crate, options);
  options.signal?.throwIfAborted();
  if (failure !== undefined) return { kind: "failed", reason: failure };
  // Moved, never overwritten: a process that has the old library loaded runs in its pages.
  const part = `${addon}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await copyFile(join(crate, "target", "release", libraryName()), part);
    await rm(digestPath(addon), { force: true });
    await rename(part, addon);
  } finally {
    await rm(part, { force: true });
  }
  await writeFile(digestPath(addon), digest);
  return { kind: "built", seconds: (performance.now() - startMs) / 1_000 };
}

function digestPath(addon: string): string {
  return addon.replace(/node$/, "sources");
}

async function isCurrent(digest: string, addon: string): Promise<boolean> {
  const kept = await readFile(digestPath(addon), "utf8").catch(() => undefined);
  return kept === digest && (await exists(addon));
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function digestOfSources(crate: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    for (const name of await filesOf(crate, SOURCES)) {
      const content = await readFile(join(crate, name));
      hash.update(`${name}\0${content.length}\0`).update(content);
    }
  } catch {
    return undefined;
  }
  return hash.digest("hex");
}

async function filesOf(crate: string, names: readonly string[]): Promise<string[]> {
  const files = await Promise.all(
    names.map(async (name) => {
      if (!(await stat(join(crate, name))).isDirectory()) return [name];
      const inner = await readdir(join(crate, name));
      return filesOf(
        crate,
        inner.map((entry) => `${name}/${entry}`),
      );
    }),
  );
  return files.flat().sort();
}

/** @returns undefined when cargo is here and rustc is new enough */
async function lackingToolchain(crate: string): Promise<string | undefined> {
  const manifest = await readFile(join(crate, "Cargo.toml"), "utf8");
  const wanted = /^rust-version = "(\d+)\.(\d+)/m.exec(manifest);
  const [cargo, rustc] = await Promise.all([
    run("cargo", ["--version"]),
    run("rustc", ["--version"]),
  ]);
  if (cargo.code !== 0) return "cargo is not installed";
  const found = /^rustc (\d+)\.(\d+)/.exec(rustc.output);
  const [major, minor] = [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
  const isNewEnough = major > Number(wanted?.[1]) || minor >= Number(wanted?.[2]);
  if (isNewEnough) return undefined;
  return `rustc ${wanted?.[1]}.${wanted?.[2]} or newer is needed, and this is ${major}.${minor}`;
}

/** How often a person is told that the compiler still works. */
const TICK_MS = 250;

async function compile(
  crate: string,
  { onProgress = () => {}, signal }: NativeBuildOptions,
): Promise<string | undefined> {
  const startMs = performance.now();
  let step = "";
  const tell = (): void => {
    const seconds = Math.round((performance.now() - startMs) / 1_000);
    onProgress(`compiling the native core${step}, ${seconds} s`);
  };
  const ticking = setInterval(tell, TICK_MS);
  try {
    const args = ["build", "--release", "--locked", "--manifest-path", join(crate, "Cargo.toml")];
    const { code, output } = await run("cargo", args, {
      ...(signal === undefined ? {} : { signal }),
      onText: (text) => {
        // As in "Building [====>   ] 31/74: ark-ff": the last one counts.
        const [, done, all] = [...text.matchAll(/\] (\d+)\/(\d+)/g)].at(-1) ?? [];
        if (done !== undefined) step = ` (${done} of ${all} crates)`;
      },
    });
    return code === 0 ? undefined : reasonOf(output);
  } finally {
    clearInterval(ticking);
  }
}

/** The compiler's first error, or its last words. */
function reasonOf(output: string): string {
  const lines = output
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== "" && !/\] \d+\/\d+/.test(line));
  const first = lines.findIndex((line) => line.startsWith("error"));
  return (first < 0 ? lines.slice(-3) : lines.slice(first, first + 3)).join(" ").trim();
}

interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onText?: (text: string) => void;
}

/** What a failing compiler may say; the rest is dropped from the front. */
const OUTPUT_LIMIT = 100_000;

function run(
  program: string,
  args: readonly string[],
  { signal, onText = () => {} }: RunOptions = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "pipe", "pipe"],
      // cargo shows how far it is only on a terminal, or when told to.
      env: { ...process.env, CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80" },
      ...(signal === undefined ? {} : { signal }),
    });
    let output = "";
    const read = (text: string): void => {
      output = (output + text).slice(-OUTPUT_LIMIT);
      onText(text);
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("error", (error) => resolve({ code: null, output: output + error.message }));
    child.once("close", (code) => resolve({ code, output }));
  });
}

function libraryName(): string {
  switch (process.platform) {
    case "win32":
      return "assay_native.dll";
    case "darwin":
      return "libassay_native.dylib";
    default:
      return "libassay_native.so";
  }
}
