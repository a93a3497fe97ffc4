/**
 * A circuit package: a folder with a model, its circuit, the keys and a manifest, named by its circuit id. Opening one
 * checks every byte; nothing of an altered package is ever used.
 * @module
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { decodeVerificationKey, type VerificationKey } from "../proof/groth16/verification-key.ts";
import { readArtefact, verifyArtefact } from "../store/artefacts.ts";
import type { Digest } from "../store/digest.ts";
import { acquireLock } from "../store/lock.ts";
import { type BuildParts, type BuildPlaces, buildPackage } from "./build.ts";
import { CircuitError } from "./error.ts";
import { interfaceOf } from "./interface.ts";
import { defaultVisibility } from "./lower/inputs.ts";
import type { Visibility } from "./lower/lowered.ts";
import {
  badManifest,
  decodeManifest,
  FILES,
  type FileRole,
  MANIFEST_FILE,
  type Manifest,
  parseJson,
  readManifestBytes,
} from "./manifest.ts";
import { decodeVectors, type Vector } from "./vectors.ts";

export interface CircuitPackage {
  readonly dir: string;
  /** The circuit id. */
  readonly id: Digest;
  readonly manifest: Manifest;
  readonly graph: IntegerGraph;
  readonly verificationKey: VerificationKey;
  /** What a machine can check itself against. */
  readonly vectors: readonly Vector[];
  path(role: FileRole): string;
}

/**
 * @throws CircuitError `BAD_MANIFEST` | `PACKAGE_VERSION` | `PACKAGE_DRAFT`; StoreError `ARTEFACT_MISSING` | `ARTEFACT_ALTERED`, all
 *   naming the file; ModelError when the model is not an integer graph
 */
export async function openPackage(dir: string): Promise<CircuitPackage> {
  const place = join(dir, MANIFEST_FILE);
  const manifest = decodeManifest(await readManifestBytes(place), place);
  const path = (role: FileRole): string => join(dir, FILES[role]);
  for (const role of ["r1cs", "provingKey"] as const) {
    await verifyArtefact(path(role), manifest.files[role]);
  }
  const read = (role: FileRole): Promise<Uint8Array> =>
    readArtefact(path(role), manifest.files[role]);
  const graph = readIntegerGraph(await read("model"));
  checkInterface(manifest, graph, place);
  const keyPlace = path("verificationKey");
  const key = decodeVerificationKey(parseJson(await read("verificationKey"), keyPlace));
  if (isRejection(key)) throw badManifest(keyPlace, `${key.code} at ${key.at}`);
  const { outputs, tag, inputs } = manifest.publicSignals;
  const signals = outputs + tag + inputs;
  if (key.nPublic !== signals) {
    throw badManifest(keyPlace, `it binds ${key.nPublic} public signals, expected ${signals}`);
  }
  const vectors = decodeVectors(await read("vectors"), manifest, path("vectors"));
  return { dir, id: manifest.circuit, manifest, graph, verificationKey: key, vectors, path };
}

/** The manifest says what the model says, or it is not this model's. */
function checkInterface(manifest: Manifest, graph: IntegerGraph, place: string): void {
  const { model, inputs, outputs, publicSignals } = manifest;
  const stated = JSON.stringify({ model, inputs, outputs, publicSignals });
  const actual = interfaceOf(
    graph,
    inputs.map(({ visibility }) => visibility),
  );
  if (stated === JSON.stringify(actual)) return;
  throw badManifest(place, "what it says of inputs and outputs is not what the model says");
}

/**
 * The package of a model in a folder of packages, each in a folder named by its circuit id. Those of another version,
 * or with other inputs public, are not looked at.
 * @throws as openPackage does; `BAD_MANIFEST` for a package that lies under another's name
 */
export async function findPackage(
  packagesDir: string,
  model: Digest,
  visibility: readonly Visibility[],
): Promise<CircuitPackage | undefined> {
  const names = await readdir(packagesDir).catch(() => []);
  for (const name of names.filter((candidate) => /^[0-9a-f]{64}$/.test(candidate)).sort()) {
    const place = join(packagesDir, name, MANIFEST_FILE);
    const manifest = await readOwnManifest(place);
    if (manifest?.model !== model) continue;
    const shown = manifest.inputs.map((input) => input.visibility);
    if (shown.join() !== visibility.join()) continue;
    if (manifest.circuit !== name) {
      throw badManifest(place, `it is circuit ${manifest.circuit}, expected ${name}`);
    }
    return openPackage(join(packagesDir, name));
  }
  return undefined;
}

/** Finds the package, or builds it under development keys; of several that ask at once, one builds. */
export async function ensurePackage(
  places: BuildPlaces,
  parts: BuildParts,
): Promise<CircuitPackage> {
  const { graph, packagesDir } = places;
  const visibility = places.visibility ?? graph.inputs.map(defaultVisibility);
  const found = await findPackage(packagesDir, graph.id, visibility);
  if (found !== undefined) return found;
  const lock = await acquireLock(join(packagesDir, `${graph.id}.lock`), {
    waitMs: Number.POSITIVE_INFINITY,
    ...(parts.signal && { signal: parts.signal }),
  });
  try {
    const meanwhile = await findPackage(packagesDir, graph.id, visibility);
    if (meanwhile !== undefined) return meanwhile;
    return await openPackage(await buildPackage({ ...places, visibility }, parts));
  } finally {
    await lock.release();
  }
}

/** Undefined for a package of another version, and for a draft. */
async function readOwnManifest(place: string): Promise<Manifest | undefined> {
  try {
    return decodeManifest(await readManifestBytes(place), place);
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    if (error.code === "PACKAGE_VERSION" || error.code === "PACKAGE_DRAFT") return undefined;
    throw error;
  }
}
