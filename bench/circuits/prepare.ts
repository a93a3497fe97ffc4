/**
 * Makes what a prover needs of a circuit of the catalogue (compiled rows, a key, a witness) once, and keeps it. Keys are
 * development keys of this machine: they are measured, and nothing is ever proven to anybody with them.
 * @module
 */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { runCircom } from "../../circuits/compile.ts";
import { ensurePowersOfTau, type KeyParts } from "../../circuits/powers-of-tau.ts";
import type { WitnessCalculator } from "../../proof/engine.ts";
import { isRejection } from "../../proof/groth16/points.ts";
import {
  decodeVerificationKey,
  encodeVerificationKey,
  type VerificationKey,
} from "../../proof/groth16/verification-key.ts";
import { type ArtefactRecord, recordOf, verifyArtefact } from "../../store/artefacts.ts";
import { placeFolder, sweepTemporaries, temporaryBeside } from "../../store/atomic.ts";
import { type Digest, sha256 } from "../../store/digest.ts";
import { acquireLock } from "../../store/lock.ts";
import { BenchError } from "../error.ts";
import { type BenchCircuit, CIRCUIT_NAMES, findCircuit } from "./catalogue.ts";

export interface PreparedCircuit {
  readonly name: string;
  readonly power: number;
  readonly r1cs: string;
  readonly powersOfTau: string;
  readonly provingKey: string;
  /** Path of the `.wtns`. */
  readonly witnessFile: string;
  readonly witness: Uint8Array;
  readonly verificationKey: VerificationKey;
}

export interface PrepareParts extends KeyParts {
  readonly witnesses: WitnessCalculator;
}

const FILES = {
  r1cs: "circuit.r1cs",
  provingKey: "key.zkey",
  witness: "witness.wtns",
  verificationKey: "verification-key.json",
} as const;
type Role = keyof typeof FILES;
const ROLES = Object.keys(FILES) as Role[];
const NOTE = "note.json";

/**
 * Linear rows are substituted away, unlike in Assay's own circuits: the figures that the tables compare with were
 * measured on such circuits, and this is what most circuits that other people prove look like.
 */
const COMPILER_OPTIONS = ["--r1cs", "--wasm", "--O2"];

/** Preparing a large circuit was killed: nobody takes a day for it. */
const ABANDONED_MS = 24 * 3_600_000;

const recordSchema = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
});
const noteSchema = z.strictObject({
  r1cs: recordSchema,
  provingKey: recordSchema,
  witness: recordSchema,
  verificationKey: recordSchema,
});

/** @throws BenchError `NO_SUCH_CIRCUIT` */
export function circuitNamed(name: string): BenchCircuit {
  const found = findCircuit(name);
  if (found !== undefined) return found;
  throw new BenchError(
    "NO_SUCH_CIRCUIT",
    `there is no circuit ${name} to measure`,
    `Name some of: ${CIRCUIT_NAMES.join(", ")}.`,
  );
}

/**
 * @param places `cacheDir` keeps one folder for each circuit, named by what it was made from
 * @throws CircuitError `COMPILE_FAILED`; ProofError from engine and ceremony; the signal's reason
 */
export async function prepareCircuit(
  circuit: BenchCircuit,
  places: { readonly cacheDir: string; readonly ptauDir: string },
  parts: PrepareParts,
): Promise<PreparedCircuit> {
  const template = await readFile(
    fileURLToPath(new URL(`./${circuit.template}`, import.meta.url)),
    "utf8",
  );
  const inputs = JSON.stringify(circuit.inputs, (_, value) =>
    typeof value === "bigint" ? String(value) : value,
  );
  const id = sha256(
    Buffer.from(JSON.stringify([template, circuit.source, inputs, COMPILER_OPTIONS])),
  ).slice(0, 16);
  const dir = join(places.cacheDir, `${circuit.name}-${id}`);
  await mkdir(places.cacheDir, { recursive: true });
  const lock = await acquireLock(`${dir}.lock`, {
    waitMs: Number.POSITIVE_INFINITY,
    ...(parts.signal && { signal: parts.signal }),
  });
  try {
    const tau = await ensurePowersOfTau({ power: circuit.power, ptauDir: places.ptauDir }, parts);
    const kept = await isKept(dir);
    if (!kept) {
      await sweepTemporaries(places.cacheDir, ABANDONED_MS);
      await rm(dir, { recursive: true, force: true });
      await make(circuit, template, { dir, powersOfTau: tau.file }, parts);
    }
    return await open(circuit, dir, tau.file);
  } finally {
    await lock.release();
  }
}

/** Missing, unreadable or altered: a cache is made again. */
async function isKept(dir: string): Promise<boolean> {
  try {
    const note = noteSchema.parse(JSON.parse(await readFile(join(dir, NOTE), "utf8")));
    for (const role of ROLES) {
      const { sha256: digest, bytes } = note[role];
      await verifyArtefact(join(dir, FILES[role]), { sha256: digest as Digest, bytes });
    }
    return true;
  } catch {
    return false;
  }
}

async function open(
  { name, power }: BenchCircuit,
  dir: string,
  powersOfTau: string,
): Promise<PreparedCircuit> {
  const path = (role: Role): string => join(dir, FILES[role]);
  const witness = new Uint8Array(await readFile(path("witness")));
  const key = decodeVerificationKey(JSON.parse(await readFile(path("verificationKey"), "utf8")));
  if (isRejection(key)) {
    throw new BenchError(
      key.code,
      `the verification key of ${name} is refused at ${key.at}`,
      `Remove ${dir}: it is made again.`,
    );
  }
  return {
    name,
    power,
    r1cs: path("r1cs"),
    powersOfTau,
    provingKey: path("provingKey"),
    witnessFile: path("witness"),
    witness,
    verificationKey: key,
  };
}

async function make(
  circuit: BenchCircuit,
  template: string,
  { dir, powersOfTau }: { readonly dir: string; readonly powersOfTau: string },
  { ceremony, witnesses, signal, onProgress = () => {} }: PrepareParts,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const temporary = temporaryBeside(dir);
  const work = join(temporary, "work");
  const path = (role: Role): string => join(temporary, FILES[role]);
  try {
    await mkdir(work, { recursive: true });
    await writeFile(join(work, circuit.template), template);
    await writeFile(join(work, "main.circom"), circuit.source);
    onProgress(`compiling ${circuit.name}`);
    await runCircom(["main.circom", ...COMPILER_OPTIONS, "-o", "."], work, signal);
    await rename(join(work, "main.r1cs"), path("r1cs"));
    const program = join(work, "main_js", "main.wasm");
    await writeFile(
      path("witness"),
      await witnesses.calculateWitness(program, circuit.inputs, options),
    );
    onProgress(`making the proving key of ${circuit.name} (${ceremony.name})`);
    const fresh = join(work, "fresh.zkey");
    await ceremony.newKey({ r1cs: path("r1cs"), powersOfTau, out: fresh }, options);
    await ceremony.contributeToKey(
      { from: fresh, out: path("provingKey"), name: "bench" },
      options,
    );
    const key = await ceremony.exportVerificationKey({ key: path("provingKey") }, options);
    await writeFile(path("verificationKey"), JSON.stringify(encodeVerificationKey(key)));
    await rm(work, { recursive: true });
    const records = await Promise.all(
      ROLES.map(
        async (role): Promise<[Role, ArtefactRecord]> => [role, await recordOf(path(role))],
      ),
    );
    await writeFile(join(temporary, NOTE), JSON.stringify(Object.fromEntries(records)));
    await placeFolder(temporary, dir);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
