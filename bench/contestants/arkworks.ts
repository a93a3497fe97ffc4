/**
 * arkworks' Groth16 (ark-groth16 0.5) over the same key and witness, in a program of its own that is compiled for this
 * very processor: proof/native/bench-arkworks. Built by cargo when it is first needed.
 * @module
 */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isRejection } from "../../proof/groth16/points.ts";
import { proofFromJson } from "../../proof/groth16/proof-json.ts";
import type { Contestant, Entrant, Threads } from "../contest.ts";
import { BenchError } from "../error.ts";
import { noProof } from "./no-proof.ts";

const SOURCES = fileURLToPath(new URL("../../proof/native/bench-arkworks", import.meta.url));
const PROGRAM = join(SOURCES, "target", "release", "bench-arkworks");
/** Cargo writes a line for each crate. */
const MAX_PRINTED_BYTES = 16 * 1024 * 1024;

/** @param cores what "all threads" are here */
export function arkworks(threads: Threads, cores: number): Contestant {
  const name = threads === "all" ? "arkworks" : "arkworks, one thread";
  return {
    name,
    maker: "arkworks",
    threads,
    tables: false,
    async open({ provingKey, witnessFile }) {
      if (!existsSync(join(SOURCES, "Cargo.toml"))) return { absent: "its sources are not here" };
      const program = await build();
      if (typeof program !== "string") return program;
      const count = threads === "all" ? cores : 1;
      return start(name, program, [provingKey, witnessFile, String(count)]);
    },
  };
}

/** Undefined where nobody has built it yet. */
export function arkworksProgram(): string | undefined {
  return existsSync(PROGRAM) ? PROGRAM : undefined;
}

async function build(): Promise<string | { readonly absent: string }> {
  // In its own folder, where cargo finds the configuration that names the processor.
  const options = { cwd: SOURCES, maxBuffer: MAX_PRINTED_BYTES };
  try {
    await promisify(execFile)("cargo", ["build", "--release", "--locked", "--quiet"], options);
    return PROGRAM;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { absent: code === "ENOENT" ? "cargo is not installed" : `cargo: ${message}` };
  }
}

async function start(name: string, program: string, args: readonly string[]): Promise<Entrant> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  const nextLine = async (): Promise<Readonly<Record<string, unknown>>> => {
    const { value, done } = await lines.next();
    if (done !== true) return JSON.parse(value) as Readonly<Record<string, unknown>>;
    throw new BenchError(
      "OPPONENT_FAILED",
      `${name} ended (${child.exitCode ?? child.signalCode}) before it answered`,
      "What it said stands above. Leave it out with --provers.",
    );
  };
  await nextLine();
  return {
    pids: child.pid === undefined ? [] : [child.pid],
    async prove() {
      child.stdin.write("\n");
      const { ms, proof } = await nextLine();
      const decoded = proofFromJson(proof);
      if (isRejection(decoded)) throw noProof(name, decoded);
      return { ms: Number(ms), proof: decoded };
    },
    async close() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
