/**
 * The manifest of a circuit package: what is proven, from which files, under which keys. The circuit id is the SHA-256
 * of its canonical core: everything a statement and a proof of it mean. Outside the core are only the files by which
 * one machine or another computes (witness program, proving key, vectors): each is held to a size and a SHA-256.
 * @module
 */
import { z } from "zod";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { bounds } from "../models/interval.ts";
import type { Contribution } from "../proof/ceremony.ts";
import type { ArtefactRecord } from "../store/artefacts.ts";
import { type Digest, sha256 } from "../store/digest.ts";
import { CircuitError } from "./error.ts";

/** A form that this version would misread gets another number. */
export const FORMAT = "assay/package/1";

export const MANIFEST_FILE = "manifest.json";

/** The files of a package beside its manifest, by what they are. */
export const FILES = {
  model: "model.onnx",
  r1cs: "circuit.r1cs",
  witnessProgram: "circuit.wasm",
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

const record = (maxBytes: number): z.ZodType<ArtefactRecord> =>
  z.strictObject({ sha256: hex64, bytes: count.max(maxBytes) });
const streamed = record(2 ** 31);
const read = record(MAX_READ_BYTES);
const range = z.strictObject({ min: int32, max: int32 });

const tensor = {
  name: z.string().min(1).max(200),
  dims: z.array(count).max(8),
  scale: z.number().positive(),
};

export interface Range {
  readonly min: number;
  readonly max: number;
}

interface Tensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** The real number is `scale` times the integer. */
  readonly scale: number;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  /** The circuit id: SHA-256 of the core. */
  readonly circuit: Digest;
  readonly model: Digest;
  /** All elements of the input share one range: a clause of every verifier. */
  readonly input: Tensor & { readonly range: Range };
  /** One exact range per element of the output. */
  readonly output: Tensor & {
    readonly labels: readonly string[];
    readonly ranges: readonly Range[];
  };
  /** How many of each, in the order in which a verifier takes them. */
  readonly publicSignals: {
    readonly outputs: number;
    readonly tag: 1;
    readonly inputs: number;
  };
  readonly counts: {
    readonly constraints: number;
    readonly wires: number;
    readonly nonZeros: number;
  };
  readonly setup: {
    /** development: one machine made the keys and could have kept the secrets. */
    readonly kind: "development" | "ceremony";
    readonly powersOfTau: readonly ManifestContribution[];
    readonly key: readonly ManifestContribution[];
  };
  readonly files: Readonly<Record<FileRole, ArtefactRecord>>;
}

type ManifestContribution = Pick<Contribution, "name" | "kind" | "hash">;

const contribution = z.strictObject({
  name: z.string().max(100),
  kind: z.enum(["contribution", "beacon"]),
  hash: z.string().regex(/^[0-9a-f]{128}$/),
});

// The order of the keys is the canonical one.
const schema: z.ZodType<Manifest> = z.strictObject({
  format: z.literal(FORMAT),
  circuit: hex64,
  model: hex64,
  input: z.strictObject({ ...tensor, range }),
  output: z.strictObject({
    ...tensor,
    labels: z.array(z.string().max(200)).max(100_000),
    ranges: z.array(range).min(1).max(100_000),
  }),
  publicSignals: z.strictObject({ outputs: count, tag: z.literal(1), inputs: count }),
  counts: z.strictObject({ constraints: count, wires: count, nonZeros: count }),
  setup: z.strictObject({
    kind: z.enum(["development", "ceremony"]),
    powersOfTau: z.array(contribution).max(10_000),
    key: z.array(contribution).max(10_000),
  }),
  files: z.strictObject({
    model: read,
    r1cs: streamed,
    witnessProgram: streamed,
    provingKey: streamed,
    verificationKey: read,
    vectors: read,
  }),
});

/** What a statement must look like, read from the graph alone. */
export type Interface = Pick<Manifest, "model" | "input" | "output" | "publicSignals">;

/** 4 MiB: room for 100,000 labelled outputs. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024;

/** @throws CircuitError `UNSUPPORTED_GRAPH` for more than one input or output */
export function interfaceOf(graph: IntegerGraph): Interface {
  const [input, ...moreInputs] = graph.inputs;
  const [output, ...moreOutputs] = graph.outputs;
  if (input === undefined || output === undefined || moreInputs.length + moreOutputs.length > 0) {
    throw new CircuitError(
      "UNSUPPORTED_GRAPH",
      `${graph.name} has ${graph.inputs.length} inputs and ${graph.outputs.length} outputs, expected one of each`,
      "Join them into one tensor.",
    );
  }
  const interval = bounds(graph).get(output.name);
  const ranges = Array.from(interval?.min ?? [], (min, i) => ({
    min,
    max: interval?.max[i] ?? min,
  }));
  return {
    model: graph.id,
    input: {
      name: input.name,
      dims: [...input.dims],
      scale: input.scale,
      range: { min: input.min, max: input.max },
    },
    output: {
      name: output.name,
      dims: [...output.dims],
      scale: output.scale,
      labels: [...output.labels],
      ranges,
    },
    publicSignals: {
      outputs: ranges.length,
      tag: 1,
      inputs: input.dims.reduce((product, dim) => product * dim, 1),
    },
  };
}

/** Adds the circuit id that the rest determines. */
export function withCircuitId(parts: Omit<Manifest, "circuit">): Manifest {
  return { ...parts, circuit: circuitIdOf(parts) };
}

/** The one way of writing a manifest. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return utf8(schema.parse(manifest));
}

/**
 * @param place the file, for messages
 * @throws CircuitError `PACKAGE_VERSION` for another format; `BAD_MANIFEST` for everything else that encodeManifest
 *   does not write: unknown keys, another order, white space, a circuit id that the core does not have
 */
export function decodeManifest(bytes: Uint8Array, place: string): Manifest {
  const value = parseJson(bytes, place);
  checkFormat(value, place);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badManifest(
      place,
      `${issue?.path.join(".") || "the whole"}: ${issue?.message ?? "wrong form"}`,
      parsed.error,
    );
  }
  const manifest = parsed.data;
  if (Buffer.compare(encodeManifest(manifest), bytes) !== 0) {
    throw badManifest(place, "it is not written in the canonical form");
  }
  const circuit = circuitIdOf(manifest);
  if (manifest.circuit !== circuit) {
    throw badManifest(
      place,
      `it was edited: it says circuit ${manifest.circuit}, its core is circuit ${circuit}`,
    );
  }
  return manifest;
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
  const { format, model, input, output, publicSignals, counts, setup } = schema.parse({
    ...manifest,
    circuit: manifest.model,
    files,
  });
  const { r1cs, verificationKey } = files;
  const keys = { r1cs: r1cs.sha256, verificationKey: verificationKey.sha256 };
  return sha256(utf8({ format, model, input, output, publicSignals, counts, setup, ...keys }));
}

function utf8(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
