/**
 * Builds a circuit package: lower the model, make keys, prove the vectors, put everything in place in one move. The keys
 * are development keys: this machine makes every contribution itself, and could keep the secrets.
 * @module
 */
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { interpret } from "../models/interpreter.ts";
import type { Contribution, StepOptions, VerifiedChain } from "../proof/ceremony.ts";
import type { Engine } from "../proof/engine.ts";
import { ProofError } from "../proof/error.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import { encodeVerificationKey, type VerificationKey } from "../proof/groth16/verification-key.ts";
import type { Rejection } from "../proof/rejection.ts";
import { type ArtefactRecord, recordOf } from "../store/artefacts.ts";
import {
  placeFolder,
  sweepTemporaries,
  temporaryBeside,
  writeFileAtomic,
} from "../store/atomic.ts";
import { StoreError } from "../store/error.ts";
import { acquireLock } from "../store/lock.ts";
import { type OpenDraft, openDraft, writeDraft } from "./draft.ts";
import { CircuitError } from "./error.ts";
import { joinTensors } from "./interface.ts";
import { defaultVisibility } from "./lower/inputs.ts";
import type { Visibility } from "./lower/lowered.ts";
import {
  encodeManifest,
  FILES,
  type FileRole,
  MANIFEST_FILE,
  type Manifest,
  withCircuitId,
} from "./manifest.ts";
import { ensurePowersOfTau, freshBeacon, type KeyParts, withinStage } from "./powers-of-tau.ts";
import { claimOfShown, showAll } from "./statement.ts";
import { encodeVectors, type Vector } from "./vectors.ts";

export interface BuildParts extends KeyParts {
  readonly engine: Engine;
}

export interface BuildPlaces {
  readonly graph: IntegerGraph;
  /** One per input; by default public up to 1,024 elements, and hashed above. */
  readonly visibility?: readonly Visibility[];
  /** Each package lies here in a folder named by its circuit id. */
  readonly packagesDir: string;
  /** Powers of tau are kept here, one file for each size. */
  readonly ptauDir: string;
}

/** A build that was killed leaves its folder; nobody builds for a day. */
const ABANDONED_MS = 24 * 3_600_000;

/**
 * @returns the folder of the new package
 * @throws StoreError `DISK_FULL`; CircuitError `UNSUPPORTED_GRAPH` | `BOUND_UNPROVEN` | `CIRCUIT_DISAGREES`; the
 *   signal's reason. Nothing half-made stays.
 */
export async function buildPackage(places: BuildPlaces, parts: BuildParts): Promise<string> {
  const { graph, packagesDir, ptauDir } = places;
  const { signal, onProgress = () => {} } = parts;
  await mkdir(packagesDir, { recursive: true });
  await sweepTemporaries(packagesDir, ABANDONED_MS);
  const dir = temporaryBeside(join(packagesDir, graph.id));
  try {
    await mkdir(dir, { recursive: true });
    onProgress(`compiling the circuit of ${graph.name}`);
    signal?.throwIfAborted();
    const visibility = places.visibility ?? graph.inputs.map(defaultVisibility);
    const draft = await writeDraft(dir, graph, visibility);
    const manifest = await finish(draft, ptauDir, parts);
    const place = join(packagesDir, manifest.circuit);
    await placeFolder(dir, place);
    return place;
  } catch (error) {
    throw isDiskFull(error) ? diskFull(dir, error) : error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * Makes keys for the draft in a folder, which becomes a package where it lies.
 * @throws as buildPackage, and as openDraft. The folder is then still the draft it was.
 */
export async function finishDraft(
  { dir, ptauDir }: { readonly dir: string; readonly ptauDir: string },
  parts: BuildParts,
): Promise<Manifest> {
  const lock = await acquireLock(join(dir, "setup.lock"), {
    ...(parts.signal && { signal: parts.signal }),
  });
  try {
    await sweepTemporaries(dir, ABANDONED_MS);
    return await finish(await openDraft(dir), ptauDir, parts);
  } catch (error) {
    throw isDiskFull(error) ? diskFull(dir, error) : error;
  } finally {
    await lock.release();
  }
}

/** The manifest comes last: until then the folder is a draft. */
async function finish(draft: OpenDraft, ptauDir: string, parts: BuildParts): Promise<Manifest> {
  const { dir, circuit } = draft;
  const { ceremony, signal, onProgress = () => {} } = parts;
  const options: StepOptions = signal === undefined ? {} : { signal };
  const work = temporaryBeside(join(dir, "keys"));
  const r1cs = join(dir, FILES.r1cs);
  const made = (role: FileRole): string => join(work, FILES[role]);
  try {
    await mkdir(work);
    const power = Math.log2(circuit.domain.size);
    const tau = await ensurePowersOfTau({ power, ptauDir }, parts);
    const key = made("provingKey");
    const contributions = await makeKey({ r1cs, tau: tau.file, work, key }, parts);
    const verificationKey = await ceremony.exportVerificationKey({ key }, options);
    await writeFileAtomic(
      made("verificationKey"),
      JSON.stringify(encodeVerificationKey(verificationKey)),
    );
    onProgress("proving and verifying the first answers");
    const vectors = await proveVectors({ draft, verificationKey, provingKey: key }, parts);
    await writeFileAtomic(made("vectors"), encodeVectors(vectors));

    for (const role of KEY_ROLES) {
      await rename(made(role), join(dir, FILES[role]));
    }
    const { files, setup: _, ...core } = draft.draft;
    const manifest = withCircuitId({
      ...core,
      setup: {
        kind: "development",
        powersOfTau: tau.contributions.map(named),
        key: contributions.map(named),
      },
      files: { ...files, ...(await recordsOf(dir)) },
    });
    await writeFileAtomic(join(dir, MANIFEST_FILE), encodeManifest(manifest));
    return manifest;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function makeKey(
  {
    r1cs,
    tau,
    work,
    key,
  }: {
    readonly r1cs: string;
    readonly tau: string;
    readonly work: string;
    readonly key: string;
  },
  parts: BuildParts,
): Promise<readonly Contribution[]> {
  const { ceremony, onProgress = () => {} } = parts;
  const options = withinStage(parts);
  const [first, second] = [join(work, "first.zkey"), join(work, "second.zkey")];
  onProgress("making the proving key");
  await ceremony.newKey({ r1cs, powersOfTau: tau, out: first }, options);
  onProgress("contributing to the proving key, and closing it with a beacon");
  await ceremony.contributeToKey({ from: first, out: second, name: "development" }, options);
  await ceremony.applyBeaconToKey(
    { from: second, out: key, name: "development beacon", beacon: freshBeacon() },
    options,
  );
  onProgress("checking the proving key against the circuit");
  const step = { r1cs, powersOfTau: tau, key };
  const chain = accepted(await ceremony.verifyKey(step, options), "proving key");
  await Promise.all([first, second].map((file) => rm(file)));
  return chain.contributions;
}

/** What a new machine can check itself against: inputs, the answers and proofs of them. */
async function proveVectors(
  {
    draft: { graph, circuit, draft: manifest },
    verificationKey,
    provingKey,
  }: {
    readonly draft: OpenDraft;
    readonly verificationKey: VerificationKey;
    readonly provingKey: string;
  },
  { engine, signal }: BuildParts,
): Promise<Vector[]> {
  const options = signal === undefined ? {} : { signal };
  const tag = BigInt(`0x${graph.id.slice(0, 62)}`);
  const vectors: Vector[] = [];
  for (const inputs of vectorInputs(
    manifest.inputs.map(({ range }) => range),
    graph,
  )) {
    const values = interpret(graph, inputs);
    const outputs = joinTensors(
      graph.outputs.map(({ name }) => values.get(name) ?? new Int32Array(0)),
    );
    const witness = circuit.witness({ tag, inputs });
    const { proof } = await engine.prove({ provingKey, witness }, options);
    const bytes = compressProof(proof);
    const statement = { tag, input: joinTensors(inputs), outputs };
    const claim = claimOfShown({ manifest, verificationKey }, showAll(statement, manifest), bytes);
    const rejection = isRejection(claim) ? claim : await engine.verify(claim);
    if (rejection !== undefined) {
      throw new CircuitError(
        "CIRCUIT_DISAGREES",
        `the circuit of ${graph.name} proves another answer than the interpreter computes (${rejection.code} at ${rejection.at})`,
        "Report this with the model: circuit and integer graph must mean the same.",
      );
    }
    vectors.push({ ...statement, proof: bytes });
  }
  return vectors;
}

/**
 * Three inputs: every value of the range in turn, so that no element stays at its edge and two next to each other differ;
 * then each end of the range, where accumulators are far from the middle.
 */
function vectorInputs(
  ranges: readonly { readonly min: number; readonly max: number }[],
  graph: IntegerGraph,
): Int32Array[][] {
  const fill = (elementAt: (min: number, max: number, i: number) => number): Int32Array[] =>
    graph.inputs.map(({ dims }, k) => {
      const { min, max } = ranges[k] ?? { min: 0, max: 0 };
      const length = dims.reduce((product, dim) => product * dim, 1);
      return Int32Array.from({ length }, (_, i) => elementAt(min, max, i));
    });
  return [
    fill((min, max, i) => min + (i % (max - min + 1))),
    fill((min) => min),
    fill((_, max) => max),
  ];
}

const KEY_ROLES = ["provingKey", "verificationKey", "vectors"] as const;

async function recordsOf(dir: string): Promise<Record<(typeof KEY_ROLES)[number], ArtefactRecord>> {
  const [provingKey, verificationKey, vectors] = [
    await recordOf(join(dir, FILES.provingKey)),
    await recordOf(join(dir, FILES.verificationKey)),
    await recordOf(join(dir, FILES.vectors)),
  ];
  return { provingKey, verificationKey, vectors };
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

/** A ceremony fails on a full disk like on anything else: only its message tells. */
function isDiskFull(error: unknown): boolean {
  return error instanceof ProofError && error.message.includes("ENOSPC");
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
