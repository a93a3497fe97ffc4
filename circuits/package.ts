/**
 * A circuit package: a folder with a model, its circuit, the keys and a manifest, named by its circuit id. Opening one
 * checks every byte; nothing of an altered package is ever used.
 * @module
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { decodeVerificationKey, type VerificationKey } from "../proof/groth16/verification-key.ts";
import { readArtefact, verifyArtefact } from "../store/artefacts.ts";
import type { Digest } from "../store/digest.ts";
import { StoreError } from "../store/error.ts";
import { acquireLock } from "../store/lock.ts";
import { type BuildParts, buildPackage } from "./build.ts";
import {
  badManifest,
  circuitIdOf,
  decodeManifest,
  FILES,
  type FileRole,
  interfaceOf,
  MAX_MANIFEST_BYTES,
  type Manifest,
} from "./manifest.ts";

export const MANIFEST_FILE = "manifest.json";

export interface CircuitPackage {
  readonly dir: string;
  /** The circuit id. */
  readonly id: Digest;
  readonly manifest: Manifest;
  readonly graph: IntegerGraph;
  readonly verificationKey: VerificationKey;
  path(role: FileRole): string;
}

/**
 * @throws CircuitError `BAD_MANIFEST`; StoreError `ARTEFACT_MISSING` | `ARTEFACT_ALTERED` naming the file;
 *   ModelError when the model is not an integer graph
 */
export async function openPackage(dir: string): Promise<CircuitPackage> {
  const place = join(dir, MANIFEST_FILE);
  const manifest = decodeManifest(await readManifestBytes(place), place);
  const path = (role: FileRole): string => join(dir, FILES[role]);
  for (const role of ["r1cs", "witnessProgram", "provingKey", "vectors"] as const) {
    await verifyArtefact(path(role), manifest.files[role]);
  }
  const graph = readIntegerGraph(await readArtefact(path("model"), manifest.files.model));
  const key = decodeVerificationKey(
    JSON.parse(
      new TextDecoder().decode(
        await readArtefact(path("verificationKey"), manifest.files.verificationKey),
      ),
    ),
  );
  if (isRejection(key)) throw badManifest(path("verificationKey"), `${key.code} at ${key.at}`);

  // The manifest says what the model says, or it is not this model's.
  const { model, input, output, publicSignals } = manifest;
  const stated = JSON.stringify({ model, input, output, publicSignals });
  if (stated !== JSON.stringify(interfaceOf(graph))) {
    throw badManifest(place, "what it says of inputs and outputs is not what the model says");
  }
  const signals = publicSignals.outputs + publicSignals.tag + publicSignals.inputs;
  if (key.nPublic !== signals) {
    throw badManifest(place, `its key binds ${key.nPublic} public signals, expected ${signals}`);
  }
  return { dir, id: circuitIdOf(manifest), manifest, graph, verificationKey: key, path };
}

/** The package of a model in a folder of packages, each in a folder named by its circuit id. */
export async function findPackage(
  packagesDir: string,
  model: Digest,
): Promise<CircuitPackage | undefined> {
  const names = await readdir(packagesDir).catch(() => []);
  for (const name of names.filter((candidate) => /^[0-9a-f]{64}$/.test(candidate)).sort()) {
    const place = join(packagesDir, name, MANIFEST_FILE);
    const manifest = decodeManifest(await readManifestBytes(place), place);
    if (manifest.model !== model) continue;
    if (circuitIdOf(manifest) !== name) {
      throw badManifest(place, `it is circuit ${circuitIdOf(manifest)}, expected ${name}`);
    }
    return openPackage(join(packagesDir, name));
  }
  return undefined;
}

export interface PackagePlaces {
  readonly graph: IntegerGraph;
  readonly packagesDir: string;
  /** Powers of tau are kept here, one file for each size. */
  readonly ptauDir: string;
}

/** Finds the package, or builds it under development keys; of several that ask at once, one builds. */
export async function ensurePackage(
  { graph, packagesDir, ptauDir }: PackagePlaces,
  parts: BuildParts,
): Promise<CircuitPackage> {
  const found = await findPackage(packagesDir, graph.id);
  if (found !== undefined) return found;
  const lock = await acquireLock(join(packagesDir, `${graph.id}.lock`), {
    waitMs: Number.POSITIVE_INFINITY,
    ...(parts.signal && { signal: parts.signal }),
  });
  try {
    const meanwhile = await findPackage(packagesDir, graph.id);
    if (meanwhile !== undefined) return meanwhile;
    return await openPackage(await buildPackage({ graph, packagesDir, ptauDir }, parts));
  } finally {
    await lock.release();
  }
}

async function readManifestBytes(place: string): Promise<Uint8Array> {
  const file = await open(place, "r").catch((cause: unknown) => {
    throw new StoreError(
      "ARTEFACT_MISSING",
      `no manifest at ${place}`,
      "Give the folder of a circuit package.",
      { cause },
    );
  });
  try {
    const { size } = await file.stat();
    if (size > MAX_MANIFEST_BYTES) throw badManifest(place, `it has ${size} bytes`);
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}
