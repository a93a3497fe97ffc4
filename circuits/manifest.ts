/**
 * The manifest of a circuit package: what is proven, from which files, under which keys. The circuit id is the SHA-256
 * of the manifest itself in its canonical form, so that nothing in it, nor in any file it names, can change under one id.
 * @module
 */
import { z } from "zod";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { bounds } from "../models/interval.ts";
import type { Contribution } from "../proof/ceremony.ts";
import type { ArtefactRecord } from "../store/artefacts.ts";
import { type Digest, sha256 } from "../store/digest.ts";
import { CircuitError } from "./error.ts";

/** The files of a package, by what they are. */
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
const record: z.ZodType<ArtefactRecord> = z.strictObject({ sha256: hex64, bytes: count });
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
  readonly format: "assay/package/1";
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
  format: z.literal("assay/package/1"),
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
    model: record,
    r1cs: record,
    witnessProgram: record,
    provingKey: record,
    verificationKey: record,
    vectors: record,
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

/** The one way of writing a manifest; what circuitIdOf hashes. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(schema.parse(manifest)));
}

export function circuitIdOf(manifest: Manifest): Digest {
  return sha256(encodeManifest(manifest));
}

/** @throws CircuitError `BAD_MANIFEST` for any other form, too: unknown keys, another order, white space */
export function decodeManifest(bytes: Uint8Array, place: string): Manifest {
  const text = new TextDecoder("utf-8", { fatal: true });
  let manifest: Manifest;
  try {
    manifest = schema.parse(JSON.parse(text.decode(bytes)));
  } catch (cause) {
    throw badManifest(place, whyBad(cause), cause);
  }
  if (Buffer.compare(encodeManifest(manifest), bytes) !== 0) {
    throw badManifest(place, "it is not written in the canonical form");
  }
  return manifest;
}

export function badManifest(place: string, reason: string, cause?: unknown): CircuitError {
  return new CircuitError(
    "BAD_MANIFEST",
    `${place}: ${reason}`,
    "Take the package again from where it was published, or delete it and run assay circuit setup.",
    { cause },
  );
}

function whyBad(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return "it is not JSON in UTF-8";
  const [issue] = cause.issues;
  return `${issue?.path.join(".") || "the whole"}: ${issue?.message ?? "wrong form"}`;
}
