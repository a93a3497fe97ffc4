/**
 * The manifest of a circuit package: what is proven, from which files, under which keys. The circuit id is the SHA-256
 * of its canonical core: everything a statement and a proof of it mean. Outside the core are only the files by which
 * one machine or another computes (proving key, vectors): each is held to a size and a SHA-256. A **draft** is the same
 * before anybody has made keys, and has no circuit id.
 * @module
 */
import { open } from "node:fs/promises";
import { z } from "zod";
import type { Contribution } from "../proof/ceremony.ts";
import type { ArtefactRecord } from "../store/artefacts.ts";
import { type Digest, sha256 } from "../store/digest.ts";
import { StoreError } from "../store/error.ts";
import { CircuitError } from "./error.ts";
import type { Interface } from "./interface.ts";

/** A form that this version would misread gets another number. */
export const FORMAT = "assay/package/2";

export const MANIFEST_FILE = "manifest.json";

/** The files of a package beside its manifest, by what they are. */
export const FILES = {
  model: "model.onnx",
  r1cs: "circuit.r1cs",
  provingKey: "proving.zkey",
  verificationKey: "verification_key.json",
  vectors: "vectors.json",
} as const;

export type FileRole = keyof typeof FILES;

const hex64 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .transform((text) => text as Digest);
const count = z
  .int()
  .min(0)
  .max(2 ** 31);
const int32 = z
  .int()
  .min(-(2 ** 31))
  .max(2 ** 31 - 1);

/** Files that are read into memory whole: 64 MiB is far more than any model or key of ours has. */
const MAX_READ_BYTES = 64 * 1024 * 1024;
/** A circuit of 2^24 rows is past what any of our machines proves; its key has tens of gigabytes. */
const MAX_STREAMED_BYTES = 2 ** 36;

const record = (maxBytes: number): z.ZodType<ArtefactRecord> =>
  z.strictObject({ sha256: hex64, bytes: z.int().min(0).max(maxBytes) });
const streamed = record(MAX_STREAMED_BYTES);
const read = record(MAX_READ_BYTES);
const range = z.strictObject({ min: int32, max: int32 });
const positive = z.number().positive();

const tensor = {
  name: z.string().min(1).max(200),
  dims: z.array(count).max(8),
  scale: z.union([positive, z.array(positive).max(100_000)]),
};

export interface Counts {
  readonly constraints: number;
  readonly wires: number;
  /** Coefficients of A, B and C together. */
  readonly nonZeros: number;
}

/** What a circuit is before it has keys. */
export interface Core extends Interface {
  /** By which proof system. */
  readonly system: "groth16";
  readonly counts: Counts;
}

export interface Manifest extends Core {
  readonly format: typeof FORMAT;
  /** The circuit id: SHA-256 of the core. */
  readonly circuit: Digest;
  readonly setup: {
    /** development: one machine made the keys and could have kept the secrets. */
    readonly kind: "development" | "ceremony";
    readonly powersOfTau: readonly ManifestContribution[];
    readonly key: readonly ManifestContribution[];
  };
  readonly files: Readonly<Record<FileRole, ArtefactRecord>>;
}

/** The files a draft has already. */
export type DraftRole = "model" | "r1cs";

export interface Draft extends Core {
  readonly format: typeof FORMAT;
  readonly setup: { readonly kind: "draft" };
  readonly files: Readonly<Record<DraftRole, ArtefactRecord>>;
}

type ManifestContribution = Pick<Contribution, "name" | "kind" | "hash">;

const contribution = z.strictObject({
  name: z.string().max(100),
  kind: z.enum(["contribution", "beacon"]),
  hash: z.string().regex(/^[0-9a-f]{128}$/),
});

// The order of the keys is the canonical one.
const core = {
  model: hex64,
  system: z.literal("groth16"),
  inputs: z
    .array(
      z.strictObject({ ...tensor, range, visibility: z.enum(["public", "hashed", "private"]) }),
    )
    .min(1)
    .max(64),
  outputs: z
    .array(
      z.strictObject({
        ...tensor,
        labels: z.array(z.string().max(200)).max(100_000),
        ranges: z.array(range).min(1).max(100_000),
      }),
    )
    .min(1)
    .max(64),
  publicSignals: z.strictObject({ outputs: count, tag: z.literal(1), inputs: count }),
  counts: z.strictObject({ constraints: count, wires: count, nonZeros: count }),
};

const schema: z.ZodType<Manifest> = z.strictObject({
  format: z.literal(FORMAT),
  circuit: hex64,
  ...core,
  setup: z.strictObject({
    kind: z.enum(["development", "ceremony"]),
    powersOfTau: z.array(contribution).max(10_000),
    key: z.array(contribution).max(10_000),
  }),
  files: z.strictObject({
    model: read,
    r1cs: streamed,
    provingKey: streamed,
    verificationKey: read,
    vectors: read,
  }),
});

const draftSchema: z.ZodType<Draft> = z.strictObject({
  format: z.literal(FORMAT),
  ...core,
  setup: z.strictObject({ kind: z.literal("draft") }),
  files: z.strictObject({ model: read, r1cs: streamed }),
});

/** 16 MiB: room for 100,000 labelled outputs, with a scale and a range each. */
const MAX_MANIFEST_BYTES = 16 * 1024 * 1024;

/** @throws StoreError `ARTEFACT_MISSING`; CircuitError `BAD_MANIFEST` for one too large to be read */
export async function readManifestBytes(place: string): Promise<Uint8Array> {
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

/** Adds the circuit id that the rest determines. */
export function withCircuitId(parts: Omit<Manifest, "circuit">): Manifest {
  return { ...parts, circuit: circuitIdOf(parts) };
}

/** The one way of writing a manifest: keys in one order, no white space. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return utf8(schema.parse(manifest));
}

export function encodeDraft(draft: Draft): Uint8Array {
  return utf8(draftSchema.parse(draft));
}

/**
 * @param place the file, for messages
 * @throws CircuitError `BAD_MANIFEST` | `PACKAGE_VERSION`; `PACKAGE_DRAFT` for one without keys
 */
export function decodeManifest(bytes: Uint8Array, place: string): Manifest {
  const value = parseJson(bytes, place);
  checkFormat(value, place);
  if (isDraft(value)) {
    throw new CircuitError(
      "PACKAGE_DRAFT",
      `${place} is a draft: it has no keys yet`,
      "Make them with assay circuit setup and the folder's name.",
    );
  }
  const manifest = decode(schema, value, bytes, place);
  const circuit = circuitIdOf(manifest);
  if (manifest.circuit !== circuit) {
    throw badManifest(
      place,
      `it was edited: it says circuit ${manifest.circuit}, its core is circuit ${circuit}`,
    );
  }
  return manifest;
}

/** @throws CircuitError `BAD_MANIFEST` | `PACKAGE_VERSION`; `NOT_A_DRAFT` for one that has keys */
export function decodeDraft(bytes: Uint8Array, place: string): Draft {
  const value = parseJson(bytes, place);
  checkFormat(value, place);
  if (!isDraft(value)) {
    throw new CircuitError(
      "NOT_A_DRAFT",
      `${place} is no draft`,
      "A package that has keys keeps them: make a draft again with assay model import for others.",
    );
  }
  return decode(draftSchema, value, bytes, place);
}

function decode<T>(as: z.ZodType<T>, value: unknown, bytes: Uint8Array, place: string): T {
  const parsed = as.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badManifest(
      place,
      `${issue?.path.join(".") || "the whole"}: ${issue?.message ?? "wrong form"}`,
      parsed.error,
    );
  }
  if (Buffer.compare(utf8(parsed.data), bytes) !== 0) {
    throw badManifest(place, "it is not written in the canonical form");
  }
  return parsed.data;
}

function isDraft(value: unknown): boolean {
  const setup = typeof value === "object" && value !== null && "setup" in value ? value.setup : {};
  return typeof setup === "object" && setup !== null && "kind" in setup && setup.kind === "draft";
}

export function badManifest(place: string, reason: string, cause?: unknown): CircuitError {
  return new CircuitError(
    "BAD_MANIFEST",
    `${place}: ${reason}`,
    "Take the package again from where it was published, or delete its folder and run assay circuit setup.",
    { cause },
  );
}

/** Reads JSON of a package. @throws CircuitError `BAD_MANIFEST` */
export function parseJson(bytes: Uint8Array, place: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw badManifest(place, "it is not JSON in UTF-8", cause);
  }
}

function checkFormat(value: unknown, place: string): void {
  const format =
    typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (typeof format !== "string" || format === FORMAT) return;
  if (!/^assay\/package\/\d{1,9}$/.test(format)) return;
  throw new CircuitError(
    "PACKAGE_VERSION",
    `${place} has format ${format}, this version reads ${FORMAT}`,
    "Use the Assay that made the package, or make it again with assay circuit setup.",
  );
}

function circuitIdOf({ files, ...manifest }: Omit<Manifest, "circuit">): Digest {
  const {
    circuit: _,
    files: __,
    ...stated
  } = schema.parse({
    ...manifest,
    circuit: manifest.model,
    files,
  });
  const { r1cs, verificationKey } = files;
  return sha256(utf8({ ...stated, r1cs: r1cs.sha256, verificationKey: verificationKey.sha256 }));
}

function utf8(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
