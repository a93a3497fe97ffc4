/**
 * A draft: a folder with an integer graph, its R1CS and a manifest without keys. Whoever opens it has the rows made again
 * from the graph; a draft whose rows are others is refused, so that nobody makes keys for a circuit that is not the
 * model's.
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { type ArtefactRecord, readArtefact, recordOf, verifyArtefact } from "../store/artefacts.ts";
import { writeFileAtomic } from "../store/atomic.ts";
import { digest } from "../store/digest.ts";
import { CircuitError } from "./error.ts";
import { interfaceOf } from "./interface.ts";
import { lower } from "./lower/lower.ts";
import type { LoweredCircuit, Visibility } from "./lower/lowered.ts";
import { encodeR1cs, writeR1cs } from "./lower/write-r1cs.ts";
import {
  badManifest,
  type Core,
  type Draft,
  decodeDraft,
  encodeDraft,
  FILES,
  FORMAT,
  MANIFEST_FILE,
  readManifestBytes,
} from "./manifest.ts";

export interface OpenDraft {
  readonly dir: string;
  readonly draft: Draft;
  readonly graph: IntegerGraph;
  readonly circuit: LoweredCircuit;
}

/**
 * Writes the draft of a model into a folder that is there; the manifest last.
 * @param visibility one per input
 * @throws CircuitError as `lower`; StoreError `DISK_FULL` | `WRITE_FAILED`
 */
export async function writeDraft(
  dir: string,
  graph: IntegerGraph,
  visibility: readonly Visibility[],
): Promise<OpenDraft> {
  const circuit = lower(graph, visibility);
  const core = coreOf(graph, circuit);
  const [model, r1cs] = [join(dir, FILES.model), join(dir, FILES.r1cs)];
  await writeFileAtomic(model, graph.bytes);
  await writeR1cs(circuit, r1cs);
  const draft: Draft = {
    format: FORMAT,
    ...core,
    setup: { kind: "draft" },
    files: { model: await recordOf(model), r1cs: await recordOf(r1cs) },
  };
  await writeFileAtomic(join(dir, MANIFEST_FILE), encodeDraft(draft));
  return { dir, draft, graph, circuit };
}

/**
 * @throws CircuitError `BAD_MANIFEST` | `PACKAGE_VERSION` | `NOT_A_DRAFT` | `R1CS_MISMATCH`; StoreError
 *   `ARTEFACT_MISSING` | `ARTEFACT_ALTERED`; ModelError when the model is not an integer graph
 */
export async function openDraft(dir: string): Promise<OpenDraft> {
  const place = join(dir, MANIFEST_FILE);
  const draft = decodeDraft(await readManifestBytes(place), place);
  const graph = readIntegerGraph(await readArtefact(join(dir, FILES.model), draft.files.model));
  await verifyArtefact(join(dir, FILES.r1cs), draft.files.r1cs);
  const circuit = lowerAgain(graph, draft, dir);
  requireSameCore(draft, coreOf(graph, circuit), place);
  return { dir, draft, graph, circuit };
}

/** From the bytes of an integer graph to its rows. @throws ModelError; CircuitError as `lower` */
export function compileModel(bytes: Uint8Array): {
  readonly graph: IntegerGraph;
  readonly circuit: LoweredCircuit;
  /** How long the first half took. */
  readonly readMs: number;
} {
  const startMs = performance.now();
  const graph = readIntegerGraph(bytes);
  const readMs = performance.now() - startMs;
  return { graph, circuit: lower(graph), readMs };
}

/**
 * The rows of a model, made again. @param dir for messages
 * @throws CircuitError `R1CS_MISMATCH` when they are not those of the manifest
 */
export function lowerAgain(
  graph: IntegerGraph,
  { inputs, files: { r1cs } }: Pick<Draft, "inputs" | "files">,
  dir: string,
): LoweredCircuit {
  const circuit = lower(
    graph,
    inputs.map(({ visibility }) => visibility),
  );
  const made = recordOfR1cs(circuit);
  if (made.sha256 === r1cs.sha256 && made.bytes === r1cs.bytes) return circuit;
  throw new CircuitError(
    "R1CS_MISMATCH",
    `${join(dir, FILES.r1cs)} is not the circuit of its model: lowering gives SHA-256 ${made.sha256}, the manifest says ${r1cs.sha256}`,
    "Do not use it: it proves something else. Make it again with assay circuit setup, or ask whoever published it.",
  );
}

/** What a manifest says of a model and its circuit. */
export function coreOf(graph: IntegerGraph, circuit: LoweredCircuit): Core {
  const { model, inputs, outputs, publicSignals } = interfaceOf(graph, circuit.visibility);
  const nonZeros = [circuit.a, circuit.b, circuit.c].reduce(
    (total, { wires }) => total + wires.length,
    0,
  );
  return {
    model,
    system: "groth16",
    inputs,
    outputs,
    publicSignals,
    counts: { constraints: circuit.rows, wires: circuit.wires, nonZeros },
  };
}

/** @throws CircuitError `BAD_MANIFEST` when a manifest says of a model what the model does not say */
export function requireSameCore(stated: Core, actual: Core, place: string): void {
  const text = ({ model, system, inputs, outputs, publicSignals, counts }: Core): string =>
    JSON.stringify({ model, system, inputs, outputs, publicSignals, counts });
  if (text(stated) === text(actual)) return;
  throw badManifest(place, "what it says of inputs, outputs and counts is not what the model says");
}

function recordOfR1cs(circuit: LoweredCircuit): ArtefactRecord {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const chunk of encodeR1cs(circuit)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { sha256: digest(hash.digest("hex")), bytes };
}
