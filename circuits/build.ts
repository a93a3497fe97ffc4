/**
 * Builds a circuit package: compile, make keys, prove one vector, put everything in place in one move. The keys are
 * development keys: this machine makes every contribution itself, and could keep the secrets.
 * @module
 */
import { mkdir, rename, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { interpret } from "../models/interpreter.ts";
import type { Contribution, StepOptions, VerifiedChain } from "../proof/ceremony.ts";
import type { Engine, WitnessCalculator } from "../proof/engine.ts";
import { ProofError } from "../proof/error.ts";
import { countNonZeros, readR1cs } from "../proof/files/r1cs.ts";
import { isRejection, R } from "../proof/groth16/points.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import { encodeVerificationKey, type VerificationKey } from "../proof/groth16/verification-key.ts";
import type { Rejection } from "../proof/rejection.ts";
import { type ArtefactRecord, readArtefact, recordOf } from "../store/artefacts.ts";
import {
  placeFolder,
  sweepTemporaries,
  temporaryBeside,
  writeFileAtomic,
} from "../store/atomic.ts";
import { StoreError } from "../store/error.ts";
import { compileCircuit } from "./compile.ts";
import { CircuitError } from "./error.ts";
import { generateCircuit, publicSignals, witnessInputs } from "./generate.ts";
import {
  encodeManifest,
  FILES,
  type FileRole,
  FORMAT,
  interfaceOf,
  MANIFEST_FILE,
  withCircuitId,
} from "./manifest.ts";
import { ensurePowersOfTau, freshBeacon, type KeyParts, withinStage } from "./powers-of-tau.ts";
import { encodeVectors } from "./vectors.ts";

export interface BuildParts extends KeyParts {
  readonly engine: Engine & WitnessCalculator;
}

export interface BuildPlaces {
  readonly graph: IntegerGraph;
  /** Each package lies here in a folder named by its circuit id. */
  readonly packagesDir: string;
  /** Powers of tau are kept here, one file for each size. */
  readonly ptauDir: string;
}

/** A build that was killed leaves its folder; nobody builds for a day. */
const ABANDONED_MS = 24 * 3_600_000;

/** The witness program alone of a real model is larger. */
const LEAST_FREE_BYTES = 1024 * 1024;

/**
 * @returns the folder of the new package
 * @throws StoreError `DISK_FULL`; CircuitError `UNSUPPORTED_GRAPH` | `COMPILE_FAILED` | `CIRCUIT_DISAGREES`; the
 *   signal's reason. Nothing half-made stays.
 */
export async function buildPackage(places: BuildPlaces, parts: BuildParts): Promise<string> {
  const { graph, packagesDir, ptauDir } = places;
  const { ceremony, signal, onProgress = () => {} } = parts;
  const options: StepOptions = signal === undefined ? {} : { signal };
  await mkdir(packagesDir, { recursive: true });
  await sweepTemporaries(packagesDir, ABANDONED_MS);
  const dir = temporaryBeside(join(packagesDir, graph.id));
  const work = join(dir, "work");
  const path = (role: FileRole): string => join(dir, FILES[role]);
  try {
    await mkdir(work, { recursive: true });
    onProgress(`compiling the circuit of ${graph.name}`);
    const compiled = await compileCircuit({ source: generateCircuit(graph), dir: work }, options);
    await rename(compiled.r1cs, path("r1cs"));
    await rename(compiled.wasm, path("witnessProgram"));
    await writeFileAtomic(path("model"), graph.bytes);
    const r1cs = readR1cs(await readArtefact(path("r1cs"), await recordOf(path("r1cs"))));
    const constraints = r1cs.constraints.length;

    // snarkjs adds one row for each public signal and one for the constant.
    const rows = constraints + r1cs.nPubOut + r1cs.nPubIn + 1;
    const power = Math.ceil(Math.log2(rows));
    const tau = await ensurePowersOfTau({ power, ptauDir }, parts);
    const contributions = await makeKey({ tau: tau.file, work, path }, parts);
    const key = await ceremony.exportVerificationKey({ key: path("provingKey") }, options);
    await writeFileAtomic(path("verificationKey"), JSON.stringify(encodeVerificationKey(key)));
    onProgress("proving and verifying a first answer");
    await writeVectors({ graph, key, path }, parts);
    await rm(work, { recursive: true });

    const manifest = withCircuitId({
      format: FORMAT,
      ...interfaceOf(graph),
      counts: { constraints, wires: r1cs.nWires, nonZeros: countNonZeros(r1cs) },
      setup: {
        kind: "development",
        powersOfTau: tau.contributions.map(named),
        key: contributions.map(named),
      },
      files: await recordsOf(path),
    });
    await writeFileAtomic(join(dir, MANIFEST_FILE), encodeManifest(manifest));
    const place = join(packagesDir, manifest.circuit);
    await placeFolder(dir, place);
    return place;
  } catch (error) {
    throw (await isDiskFull(error, dir)) ? diskFull(dir, error) : error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function makeKey(
  { tau, work, path }: { tau: string; work: string; path: (role: FileRole) => string },
  parts: BuildParts,
): Promise<readonly Contribution[]> {
  const { ceremony, onProgress = () => {} } = parts;
  const options = withinStage(parts);
  const [first, second] = ["first.zkey", "second.zkey"].map((name) => join(work, name)) as [
    string,
    string,
  ];
  const key = path("provingKey");
  onProgress("making the proving key");
  await ceremony.newKey({ r1cs: path("r1cs"), powersOfTau: tau, out: first }, options);
  onProgress("contributing to the proving key, and closing it with a beacon");
  await ceremony.contributeToKey({ from: first, out: second, name: "development" }, options);
  await ceremony.applyBeaconToKey(
    { from: second, out: key, name: "development beacon", beacon: freshBeacon() },
    options,
  );
  onProgress("checking the proving key against the circuit");
  const step = { r1cs: path("r1cs"), powersOfTau: tau, key };
  return accepted(await ceremony.verifyKey(step, options), "proving key").contributions;
}

/** What a new machine can check itself against: an input, the answer and a proof of it. */
async function writeVectors(
  {
    graph,
    key,
    path,
  }: { graph: IntegerGraph; key: VerificationKey; path: (role: FileRole) => string },
  { engine, signal }: BuildParts,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const { input: spec, publicSignals: signals } = interfaceOf(graph);
  const { min, max } = spec.range;
  // Every value of the range in turn: no element stays at its edge, and two inputs next to each other differ.
  const input = Int32Array.from({ length: signals.inputs }, (_, i) => min + (i % (max - min + 1)));
  const tag = BigInt(`0x${graph.id.slice(0, 62)}`);
  const outputs = interpret(graph, [input]).get(graph.outputs[0]?.name ?? "") ?? new Int32Array();
  const witness = await engine.calculateWitness(
    path("witnessProgram"),
    witnessInputs(tag, input),
    options,
  );
  const { proof } = await engine.prove({ provingKey: path("provingKey"), witness }, options);
  const claim = { key, proof, publicSignals: publicSignals({ outputs, tag, input }, R) };
  const rejection = await engine.verify(claim);
  if (rejection !== undefined) {
    throw new CircuitError(
      "CIRCUIT_DISAGREES",
      `the circuit of ${graph.name} proves another answer than the interpreter computes (${rejection.code})`,
      "Report this with the model: circuit and integer graph must mean the same.",
    );
  }
  const vector = { tag, input, outputs, proof: compressProof(proof) };
  await writeFileAtomic(path("vectors"), encodeVectors([vector]));
}

async function recordsOf(
  path: (role: FileRole) => string,
): Promise<Record<FileRole, ArtefactRecord>> {
  const roles = Object.keys(FILES) as FileRole[];
  const records = await Promise.all(roles.map(async (role) => [role, await recordOf(path(role))]));
  return Object.fromEntries(records) as Record<FileRole, ArtefactRecord>;
}

/** @throws CircuitError `KEY_MISMATCH` and the like: what we just made does not verify */
function accepted(verdict: VerifiedChain | Rejection, what: string): VerifiedChain {
  if (!isRejection(verdict)) return verdict;
  throw new CircuitError(
    verdict.code,
    `the new ${what} does not verify: ${verdict.at}`,
    "Try again; if it happens again, check the machine's memory and disk.",
  );
}

/** The compiler and snarkjs fail on a full disk like on anything else: only the disk, or a message, tells. */
async function isDiskFull(error: unknown, dir: string): Promise<boolean> {
  if (error instanceof ProofError) return error.message.includes("ENOSPC");
  if (!(error instanceof CircuitError) || error.code !== "COMPILE_FAILED") return false;
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize < LEAST_FREE_BYTES;
}

function diskFull(dir: string, cause: unknown): StoreError {
  return new StoreError(
    "DISK_FULL",
    `no space left to build a circuit package in ${dir}`,
    "Free space on that disk, or set ASSAY_HOME to a folder on another one.",
    { cause },
  );
}

function named({ name, kind, hash }: Contribution): Contribution {
  return { name, kind, hash };
}
