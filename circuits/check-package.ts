/**
 * Why anybody may trust a circuit package whose maker is nobody to them: every claim of its manifest is made again from
 * what stands below it, and the first that does not hold is named. The circuit is what the integer graph gives, byte for
 * byte; the keys follow from the circuit and from powers of tau; the vectors are what the model answers.
 * @module
 */
import { join } from "node:path";
import { readIntegerGraph } from "../models/integer-graph.ts";
import { interpret } from "../models/interpreter.ts";
import type { Ceremony, VerifiedChain } from "../proof/ceremony.ts";
import type { Engine } from "../proof/engine.ts";
import { isRejection } from "../proof/groth16/points.ts";
import { compressProof } from "../proof/groth16/proof-bytes.ts";
import {
  decodeVerificationKey,
  encodeVerificationKey,
  type VerificationKey,
} from "../proof/groth16/verification-key.ts";
import type { Rejection } from "../proof/rejection.ts";
import { readArtefact, verifyArtefact } from "../store/artefacts.ts";
import { coreOf, lowerAgain, requireSameCore } from "./draft.ts";
import { CircuitError } from "./error.ts";
import { joinTensors, splitInput } from "./interface.ts";
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
import { claimOfShown, showAll } from "./statement.ts";
import { decodeVectors } from "./vectors.ts";

/** What was checked, in order; each rests on those before it. */
export const CHECKS = [
  "manifest",
  "files",
  "model",
  "circuit",
  "ranges",
  "verification key",
  "powers of tau",
  "proving key",
  "vectors",
] as const;

export type CheckName = (typeof CHECKS)[number];

export type Check =
  | { readonly name: CheckName; readonly is: "sound"; readonly found: string }
  /** Not checked, and why. */
  | { readonly name: CheckName; readonly is: "skipped"; readonly found: string }
  | {
      readonly name: CheckName;
      readonly is: "unsound";
      readonly code: string;
      readonly found: string;
    };

export interface CheckParts {
  readonly engine: Engine;
  readonly ceremony: Ceremony;
  /**
   * Finds the powers of tau that the keys say they were made from; undefined where there are none, and then the keys are
   * not followed to them.
   */
  readonly powersOfTau: (manifest: Manifest) => Promise<string | undefined>;
  readonly onCheck?: (check: Check) => void;
  readonly signal?: AbortSignal;
}

/** What a check found out, for the checks after it, and in words. */
type Finding<T> = readonly [value: T, found: string | { readonly skipped: string }];
type RunCheck = <T>(name: CheckName, run: () => Promise<Finding<T>>) => Promise<T>;

/**
 * @returns a line for each check up to the first that failed
 * @throws only the signal's reason, and what is no fault of the package
 */
export async function checkPackage(dir: string, parts: CheckParts): Promise<readonly Check[]> {
  const checks: Check[] = [];
  const tell = (check: Check): void => {
    checks.push(check);
    parts.onCheck?.(check);
  };
  let current: CheckName = "manifest";
  try {
    await runChecks(dir, parts, async (name, run) => {
      current = name;
      parts.signal?.throwIfAborted();
      const [value, found] = await run();
      if (typeof found === "string") tell({ name, is: "sound", found });
      else tell({ name, is: "skipped", found: found.skipped });
      return value;
    });
  } catch (error) {
    parts.signal?.throwIfAborted();
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (!(error instanceof Error) || !("hint" in error) || typeof code !== "string") throw error;
    tell({ name: current, is: "unsound", code, found: error.message });
  }
  return checks;
}

async function runChecks(
  dir: string,
  { engine, ceremony, powersOfTau, signal }: CheckParts,
  check: RunCheck,
): Promise<void> {
  const options = signal === undefined ? {} : { signal };
  const place = join(dir, MANIFEST_FILE);
  const path = (role: FileRole): string => join(dir, FILES[role]);
  const roles = Object.keys(FILES) as FileRole[];

  const manifest = await check("manifest", async () => {
    const read = decodeManifest(await readManifestBytes(place), place);
    return [read, `circuit ${read.circuit}, ${read.setup.kind} keys`];
  });
  const { files, setup, publicSignals } = manifest;

  await check("files", async () => {
    for (const role of roles) await verifyArtefact(path(role), files[role]);
    return [undefined, `${roles.length} files have their sizes and digests`];
  });

  const graph = await check("model", async () => {
    const read = readIntegerGraph(await readArtefact(path("model"), files.model));
    if (read.id !== manifest.model) throw badManifest(place, `its model is ${read.id}`);
    return [read, `model ${read.id}: ${read.nodes.length} nodes, no sum leaves 32 bits`];
  });

  const circuit = await check("circuit", async () => {
    const lowered = lowerAgain(graph, manifest, dir);
    const found = `the model gives these ${lowered.rows} rows, all ${files.r1cs.bytes} bytes of them`;
    return [lowered, found];
  });

  await check("ranges", async () => {
    requireSameCore(manifest, coreOf(graph, circuit), place);
    const { inputs, outputs } = publicSignals;
    return [undefined, `${inputs} public inputs and ${outputs} outputs, as the model proves them`];
  });

  const key = await check("verification key", async () => {
    const read = await readVerificationKey(path("verificationKey"), manifest);
    const exported = await ceremony.exportVerificationKey({ key: path("provingKey") }, options);
    const [stated, actual] = [read, exported].map((one) =>
      JSON.stringify(encodeVerificationKey(one)),
    );
    if (stated !== actual) {
      throw new CircuitError(
        "KEY_MISMATCH",
        `${path("verificationKey")} is not the proving key's`,
        "Do not use the package: who verifies with it verifies something else.",
      );
    }
    return [read, `the proving key's own, for ${read.nPublic} public signals`];
  });

  const tau = await check("powers of tau", async () => {
    const file = await powersOfTau(manifest);
    if (file === undefined) {
      return [undefined, { skipped: "not on this machine: give the file with --ptau" }];
    }
    const chain = accepted(await ceremony.verifyPowersOfTau({ file }, options), file);
    requireSameChain(chain, setup.powersOfTau, file);
    const known = chain.published === undefined ? "" : `, the published ${chain.published}`;
    return [file, `contributions: ${chain.contributions.length}${known}`];
  });

  await check("proving key", async () => {
    if (tau === undefined) {
      return [undefined, { skipped: "it cannot be followed to the circuit without them" }];
    }
    const step = { r1cs: path("r1cs"), powersOfTau: tau, key: path("provingKey") };
    const chain = accepted(await ceremony.verifyKey(step, options), step.key);
    requireSameChain(chain, setup.key, step.key);
    const count = chain.contributions.length;
    return [undefined, `follows from circuit and powers of tau in ${count} contributions`];
  });

  await check("vectors", async () => {
    const vectors = decodeVectors(
      await readArtefact(path("vectors"), files.vectors),
      manifest,
      path("vectors"),
    );
    for (const [i, vector] of vectors.entries()) {
      const wrong = (what: string): CircuitError =>
        new CircuitError(
          "VECTOR_MISMATCH",
          `${path("vectors")}: vector ${i}: ${what}`,
          "Do not use the package, or look for a fault of this machine's memory.",
        );
      const inputs = splitInput(vector.input, manifest.inputs);
      const values = interpret(graph, inputs);
      const outputs = joinTensors(
        graph.outputs.map(({ name }) => values.get(name) ?? new Int32Array(0)),
      );
      if (outputs.join() !== vector.outputs.join()) throw wrong("the model answers otherwise");
      const verify = async (proof: Uint8Array): Promise<Rejection | undefined> => {
        const shown = showAll(vector, manifest);
        const claim = claimOfShown({ manifest, verificationKey: key }, shown, proof);
        return isRejection(claim) ? claim : engine.verify(claim);
      };
      const kept = await verify(vector.proof);
      if (kept !== undefined) throw wrong(`its proof is refused (${kept.code} at ${kept.at})`);
      const witness = circuit.witness({ tag: vector.tag, inputs });
      const { proof } = await engine.prove({ provingKey: path("provingKey"), witness }, options);
      const made = await verify(compressProof(proof));
      if (made !== undefined) throw wrong(`a new proof is refused (${made.code} at ${made.at})`);
    }
    const found = `${vectors.length} answers are the model's; their proofs hold, kept and made again`;
    return [undefined, found];
  });
}

async function readVerificationKey(place: string, manifest: Manifest): Promise<VerificationKey> {
  const bytes = await readArtefact(place, manifest.files.verificationKey);
  const key = decodeVerificationKey(parseJson(bytes, place));
  if (isRejection(key)) throw badManifest(place, `${key.code} at ${key.at}`);
  return key;
}

function accepted(verdict: VerifiedChain | Rejection, file: string): VerifiedChain {
  if (!isRejection(verdict)) return verdict;
  throw new CircuitError(
    verdict.code,
    `${file} is refused at ${verdict.at}`,
    "Do not use the package: whoever made these keys may be able to forge.",
  );
}

function requireSameChain(
  { contributions }: VerifiedChain,
  stated: Manifest["setup"]["key"],
  file: string,
): void {
  const text = (list: Manifest["setup"]["key"]): string =>
    list.map(({ name, kind, hash }) => `${kind} ${hash} ${name}`).join("\n");
  if (text(contributions) === text(stated)) return;
  throw new CircuitError(
    "KEY_MISMATCH",
    `${file} has ${contributions.length} contributions that are not those of the manifest`,
    "Give the powers of tau that the package names, or do not use it.",
  );
}
