/**
 * Where and with what something was measured: without it a number means nothing a month later.
 * @module
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Machine {
  readonly cpu: string;
  /** Of the features that provers of this field use, those that this processor has. */
  readonly flags: readonly string[];
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
}

export interface Versions {
  readonly assay: string;
  /** With `+` when files differ from it; absent outside a checkout. */
  readonly commit?: string;
  readonly node: string;
  readonly snarkjs: string;
  readonly rust?: string;
}

/** Names as in /proc/cpuinfo. asimd and sha2 are ARM's. */
const FLAGS = ["bmi2", "adx", "avx2", "avx512f", "avx512ifma", "avx512_vbmi2", "asimd", "sha2"];

export async function describeMachine(): Promise<Machine> {
  const processors = cpus();
  const listed = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  const found = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(listed)?.[1]?.split(/\s+/) ?? []);
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    flags: FLAGS.filter((flag) => found.has(flag)),
    cores: processors.length,
    memoryBytes: totalmem(),
    system: `${process.platform} ${release()} ${process.arch}`,
  };
}

export async function describeVersions(): Promise<Versions> {
  const [commit, changes, rust] = await Promise.all([
    said("git", ["rev-parse", "--short=12", "HEAD"]),
    said("git", ["status", "--porcelain", "--untracked-files=no"]),
    said("rustc", ["--version"]),
  ]);
  return {
    assay: await versionIn(fileURLToPath(new URL(OWN_PACKAGE, import.meta.url))),
    ...(commit && { commit: changes === "" ? commit : `${commit}+` }),
    node: process.version,
    snarkjs: await versionOf("snarkjs"),
    ...(rust && { rust: rust.replace(/^rustc /, "") }),
  };
}

/** How busy the machine was with other things over the last minute, in processors. */
export function otherLoad(): number {
  return loadavg()[0] ?? 0;
}

/** One folder up in the sources and two in the build. */
const OWN_PACKAGE = import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json";

async function versionIn(file: string): Promise<string> {
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

/** snarkjs does not export its package.json: it is found where Node would look for the package. */
async function versionOf(name: string): Promise<string> {
  for (const folder of createRequire(import.meta.url).resolve.paths(name) ?? []) {
    const version = await versionIn(join(folder, name, "package.json")).catch(() => undefined);
    if (version !== undefined) return version;
  }
  return "unknown";
}

/** What a program prints, or undefined where there is none: outside a checkout, without Rust. */
async function said(program: string, args: readonly string[]): Promise<string | undefined> {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  return await run(program, args, { cwd }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
