/**
 * What a proof is about, and the clauses that every verifier checks before it looks at the proof: as many inputs and
 * outputs as the manifest says, each in its range, the tag below 2^248. The circuit does not check them: its static
 * bounds rest on them.
 * @module
 */
import type { Claim, Engine } from "../proof/engine.ts";
import { isRejection, R } from "../proof/groth16/points.ts";
import type { Rejection } from "../proof/rejection.ts";
import { publicSignals } from "./generate.ts";
import type { Manifest } from "./manifest.ts";
import type { CircuitPackage } from "./package.ts";

/** What a prover is asked. */
export interface Question {
  readonly tag: bigint;
  readonly input: Int32Array;
}

/** What a proof claims. */
export interface Statement extends Question {
  readonly outputs: Int32Array;
}

const TAG_END = 1n << 248n;

export function refuseQuestion(
  { tag, input }: Question,
  { input: spec, publicSignals: signals }: Pick<Manifest, "input" | "publicSignals">,
): Rejection | undefined {
  if (tag < 0n || tag >= TAG_END) return { code: "OUT_OF_RANGE", at: "tag" };
  if (input.length !== signals.inputs) return { code: "WRONG_SIGNAL_COUNT", at: "inputs" };
  const { min, max } = spec.range;
  const wild = input.findIndex((value) => value < min || value > max);
  return wild < 0 ? undefined : { code: "OUT_OF_RANGE", at: `inputs[${wild}]` };
}

export function refuseStatement(
  statement: Statement,
  manifest: Pick<Manifest, "input" | "output" | "publicSignals">,
): Rejection | undefined {
  const refusal = refuseQuestion(statement, manifest);
  if (refusal !== undefined) return refusal;
  const { outputs } = statement;
  const { ranges } = manifest.output;
  if (outputs.length !== ranges.length) return { code: "WRONG_SIGNAL_COUNT", at: "outputs" };
  const wild = ranges.findIndex(({ min, max }, i) => {
    const value = outputs[i] ?? 0;
    return value < min || value > max;
  });
  return wild < 0 ? undefined : { code: "OUT_OF_RANGE", at: `outputs[${wild}]` };
}

/** Everything a verifier checks, in the order of what it costs. */
export async function verifyStatement(
  circuit: Pick<CircuitPackage, "manifest" | "verificationKey">,
  statement: Statement,
  proof: Uint8Array,
  engine: Engine,
): Promise<Rejection | undefined> {
  const claim = claimOf(circuit, statement, proof);
  return isRejection(claim) ? claim : engine.verify(claim);
}

export function claimOf(
  { manifest, verificationKey }: Pick<CircuitPackage, "manifest" | "verificationKey">,
  statement: Statement,
  proof: Uint8Array,
): Claim<Uint8Array> | Rejection {
  const refusal = refuseStatement(statement, manifest);
  if (refusal !== undefined) return refusal;
  return { key: verificationKey, publicSignals: publicSignals(statement, R), proof };
}
