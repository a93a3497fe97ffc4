/**
 * Runs the circom compiler (npm circom2: circom 2.2 as WebAssembly) in a process of its own. --O1 keeps linear rows: they
 * live in C, of which a Groth16 key stores no coefficient, so that keys and proofs grow with activations, not with
 * weights (docs/decisions/weights-stand-in-c.md).
 * @module
 */
import { execFile } from "node:child_process";
import { copyFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { CircuitError } from "./error.ts";

export interface Compiled {
  readonly r1cs: string;
  /** The program that computes a witness. */
  readonly wasm: string;
}

const TEMPLATES_DIR = fileURLToPath(new URL("./templates", import.meta.url));

/** Enough of what the compiler says to find the line. */
const MAX_MESSAGE = 2_000;
/** The heap that circom's WebAssembly may ask Node for is its own; this bounds only what it prints. */
const MAX_PRINTED_BYTES = 16 * 1024 * 1024;

/**
 * @param dir an empty folder; sources and results stay there
 * @throws CircuitError `COMPILE_FAILED` with what the compiler said; the signal's reason when aborted
 */
export async function compileCircuit(
  { source, dir }: { readonly source: string; readonly dir: string },
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Compiled> {
  // All of them: a template includes others.
  for (const name of await readdir(TEMPLATES_DIR)) {
    await copyFile(join(TEMPLATES_DIR, name), join(dir, name));
  }
  await writeFile(join(dir, "main.circom"), source);
  // The compiler sees only its working directory and what lies below.
  await runCircom(["main.circom", "--r1cs", "--wasm", "--O1", "-o", "."], dir, signal);
  return { r1cs: join(dir, "main.r1cs"), wasm: join(dir, "main_js", "main.wasm") };
}

/** @throws as compileCircuit */
export function runCircom(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const program = createRequire(import.meta.url).resolve("circom2/cli.js");
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [program, ...args],
      { cwd, maxBuffer: MAX_PRINTED_BYTES, killSignal: "SIGKILL", ...(signal && { signal }) },
      (error, stdout, stderr) => {
        if (error === null) return resolve();
        if (signal?.aborted === true) return reject(signal.reason);
        // circom colours what it says, also where nobody sees colours. The first error comes first.
        const said = stripVTControlCharacters(`${stdout}\n${stderr}`).trim().slice(0, MAX_MESSAGE);
        reject(
          new CircuitError(
            "COMPILE_FAILED",
            `circom did not compile the circuit: ${said}`,
            "The message names the line. The generated source is main.circom in the working folder.",
          ),
        );
      },
    );
  });
}
