/**
 * Development powers of tau, made once for each size and kept with their digest: an altered file is made again.
 * @module
 */
import { randomBytes } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Beacon, Ceremony, Contribution, StepOptions } from "../proof/ceremony.ts";
import { type ArtefactRecord, recordOf, verifyArtefact } from "../store/artefacts.ts";
import { sweepTemporaries, writeFileAtomic } from "../store/atomic.ts";
import type { Digest } from "../store/digest.ts";
import { acquireLock } from "../store/lock.ts";

export interface KeyParts extends StepOptions {
  readonly ceremony: Ceremony;
}

/** snarkjs's least; a development beacon proves nothing, whatever it costs. */
const BEACON_ITERATIONS_EXP = 10;

/** A beacon that only stands where one must stand: this machine chose it. */
export function freshBeacon(): Beacon {
  return { hash: randomBytes(32).toString("hex"), iterationsExp: BEACON_ITERATIONS_EXP };
}

/** For a step of the ceremony: of its lines only those that say how far it is, so that a stage stays one line. */
export function withinStage({ signal, onProgress }: StepOptions): StepOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: (line, done) => void (done !== undefined && onProgress(line, done)) }),
  };
}

export interface PowersOfTau {
  readonly file: string;
  readonly contributions: readonly Contribution[];
}

const digestText = z.string().regex(/^[0-9a-f]{64}$/);
/** What stands beside the file. */
const noteSchema = z.strictObject({
  record: z.strictObject({ sha256: digestText, bytes: z.int().min(0) }),
  contributions: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["contribution", "beacon"]),
      hash: z.string().regex(/^[0-9a-f]{128}$/),
    }),
  ),
});

/** Half-made files of a run that was killed. */
const ABANDONED_MS = 24 * 3_600_000;

export async function ensurePowersOfTau(
  { power, ptauDir }: { readonly power: number; readonly ptauDir: string },
  parts: KeyParts,
): Promise<PowersOfTau> {
  await mkdir(ptauDir, { recursive: true });
  const file = join(ptauDir, `development-${power}.ptau`);
  const lock = await acquireLock(`${file}.lock`, {
    waitMs: Number.POSITIVE_INFINITY,
    ...(parts.signal && { signal: parts.signal }),
  });
  try {
    const kept = await readKept(file);
    if (kept !== undefined) return { file, contributions: kept };
    await sweepTemporaries(ptauDir, ABANDONED_MS);
    const contributions = await makePowersOfTau({ power, out: file }, parts);
    const note = { record: await recordOf(file), contributions };
    await writeFileAtomic(`${file}.json`, JSON.stringify(note));
    return { file, contributions };
  } finally {
    await lock.release();
  }
}

/**
 * Powers of tau among those kept whose contributions are the given ones: what a key says it was made from.
 * @returns the file; whoever trusts it verifies it
 */
export async function findPowersOfTau(
  ptauDir: string,
  contributions: readonly Pick<Contribution, "hash">[],
): Promise<string | undefined> {
  const wanted = contributions.map(({ hash }) => hash).join();
  const names = await readdir(ptauDir).catch(() => []);
  for (const name of names.filter((candidate) => candidate.endsWith(".ptau")).sort()) {
    const kept = await readNote(join(ptauDir, name));
    if (kept?.contributions.map(({ hash }) => hash).join() === wanted) return join(ptauDir, name);
  }
  return undefined;
}

async function readKept(file: string): Promise<readonly Contribution[] | undefined> {
  const note = await readNote(file);
  if (note === undefined) return undefined;
  const { sha256, bytes } = note.record;
  const record: ArtefactRecord = { sha256: sha256 as Digest, bytes };
  return await verifyArtefact(file, record).then(
    () => note.contributions,
    () => undefined,
  );
}

/** Undefined where it is missing, unreadable or altered: a cache is made again. */
async function readNote(file: string): Promise<z.infer<typeof noteSchema> | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(`${file}.json`, "utf8")));
  } catch {
    return undefined;
  }
}

async function makePowersOfTau(
  step: { readonly power: number; readonly out: string },
  parts: KeyParts,
): Promise<readonly Contribution[]> {
  parts.onProgress?.(`making development powers of tau for up to 2^${step.power} rows`);
  const made = await parts.ceremony.developmentPowersOfTau(step, withinStage(parts));
  return made.map(({ name, kind, hash }) => ({ name, kind, hash }));
}
