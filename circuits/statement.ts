/**
 * What a proof is about, and the clauses that every verifier checks before it looks at the proof: as many inputs and
 * outputs as the manifest says, each in its range, the tag below 2^248. The circuit does not check them: its static
 * bounds rest on them. (A hashed or private input it does check; the clause holds wherever the elements are shown.)
 *
 * A job shows every element of every input. A proof outside jobs may show less of what the circuit does not show either:
 * of a hashed input its digest alone, of a private one nothing.
 * @module
 */
import type { Claim, Engine } from "../proof/engine.ts";
import { isRejection, R } from "../proof/groth16/points.ts";
import type { VerificationKey } from "../proof/groth16/verification-key.ts";
import type { Rejection } from "../proof/rejection.ts";
import { countOf, type InputTensor, splitInput } from "./interface.ts";
import { hashInput } from "./lower/hash/input-digest.ts";
import type { Manifest } from "./manifest.ts";

/** What a prover is asked. */
export interface Question {
  readonly tag: bigint;
  /** The elements of all inputs, one tensor after the other, in the order of the graph. */
  readonly input: Int32Array;
  /** One for each hashed input, below 2^128. Jobs have none: then each is 0. */
  readonly salts?: readonly bigint[];
}

/** What a proof claims. */
export interface Statement extends Question {
  /** The elements of all outputs, one tensor after the other. */
  readonly outputs: Int32Array;
}

/** What is shown of one input tensor. */
export type Shown =
  | { readonly kind: "elements"; readonly elements: Int32Array; readonly salt?: bigint }
  | { readonly kind: "digest"; readonly digest: bigint }
  | { readonly kind: "nothing" };

/** A statement that shows of its inputs what it likes, as far as the circuit lets it. */
export interface ShownStatement {
  readonly tag: bigint;
  readonly inputs: readonly Shown[];
  readonly outputs: Int32Array;
}

/** What the clauses rest on. */
export type Terms = Pick<Manifest, "inputs" | "outputs" | "publicSignals">;

/** By what a verifier knows a circuit. */
export interface Verifiable {
  readonly manifest: Terms;
  readonly verificationKey: VerificationKey;
}

const TAG_END = 1n << 248n;
const SALT_END = 1n << 128n;

export function refuseQuestion(
  { tag, input, salts }: Question,
  { inputs }: Pick<Terms, "inputs">,
): Rejection | undefined {
  const refusal = refuseTag(tag);
  if (refusal !== undefined) return refusal;
  const count = inputs.reduce((total, { dims }) => total + countOf(dims), 0);
  if (input.length !== count) return { code: "WRONG_SIGNAL_COUNT", at: "inputs" };
  const hashed = inputs.filter(({ visibility }) => visibility === "hashed").length;
  if (salts !== undefined && salts.length !== hashed) {
    return { code: "WRONG_SIGNAL_COUNT", at: "salts" };
  }
  const wildSalt = salts?.findIndex((salt) => salt < 0n || salt >= SALT_END) ?? -1;
  if (wildSalt >= 0) return { code: "OUT_OF_RANGE", at: `salts[${wildSalt}]` };
  let first = 0;
  for (const [i, elements] of splitInput(input, inputs).entries()) {
    const wild = refuseElements(elements, inputs[i] as InputTensor, first);
    if (wild !== undefined) return wild;
    first += elements.length;
  }
  return undefined;
}

export function refuseStatement(statement: Statement, terms: Terms): Rejection | undefined {
  return refuseQuestion(statement, terms) ?? refuseOutputs(statement.outputs, terms);
}

/** Everything a verifier checks of a job, in the order of what it costs. */
export async function verifyStatement(
  circuit: Verifiable,
  statement: Statement,
  proof: Uint8Array,
  engine: Engine,
): Promise<Rejection | undefined> {
  const claim = claimOf(circuit, statement, proof);
  return isRejection(claim) ? claim : engine.verify(claim);
}

/** Of a job, which shows every element: no proof says anything about one that is private. */
export function claimOf(
  circuit: Verifiable,
  statement: Statement,
  proof: Uint8Array,
): Claim<Uint8Array> | Rejection {
  const refusal = refuseStatement(statement, circuit.manifest);
  if (refusal !== undefined) return refusal;
  const hidden = circuit.manifest.inputs.findIndex(({ visibility }) => visibility === "private");
  if (hidden >= 0) return { code: "WRONG_SIGNAL_COUNT", at: `inputs.${hidden}` };
  return claimOfShown(circuit, showAll(statement, circuit.manifest), proof);
}

/** A statement with every element that the circuit ties to its proof. */
export function showAll(
  { tag, input, outputs, salts }: Statement,
  { inputs }: Pick<Terms, "inputs">,
): ShownStatement {
  let hashed = 0;
  const shown = splitInput(input, inputs).map((elements, i): Shown => {
    switch (inputs[i]?.visibility) {
      case "private":
        return { kind: "nothing" };
      case "hashed":
        return { kind: "elements", elements, salt: salts?.[hashed++] ?? 0n };
      default:
        return { kind: "elements", elements };
    }
  });
  return { tag, inputs: shown, outputs };
}

/** The same, with the digests of hashed inputs in place of their elements. */
export function conceal(
  statement: ShownStatement,
  { inputs }: Pick<Terms, "inputs">,
): ShownStatement {
  return {
    ...statement,
    inputs: statement.inputs.map((shown, i): Shown => {
      const tensor = inputs[i];
      if (tensor?.visibility !== "hashed" || shown.kind !== "elements") return shown;
      const digest = hashInput(shown.elements, tensor.range, shown.salt ?? 0n);
      return { kind: "digest", digest };
    }),
  };
}

/** As `claimOf`, of what is shown. */
export function claimOfShown(
  { manifest, verificationKey }: Verifiable,
  { tag, inputs, outputs }: ShownStatement,
  proof: Uint8Array,
): Claim<Uint8Array> | Rejection {
  const refusal = refuseTag(tag);
  if (refusal !== undefined) return refusal;
  if (inputs.length !== manifest.inputs.length) {
    return { code: "WRONG_SIGNAL_COUNT", at: "inputs" };
  }
  const signals: bigint[] = [];
  let first = 0;
  for (const [i, tensor] of manifest.inputs.entries()) {
    const shown = signalsOfShown(inputs[i] ?? { kind: "nothing" }, tensor, i, first);
    if (isRejection(shown)) return shown;
    for (const signal of shown) signals.push(signal);
    first += countOf(tensor.dims);
  }
  const wild = refuseOutputs(outputs, manifest);
  if (wild !== undefined) return wild;
  const publicSignals = [...Array.from(outputs, signalOf), tag, ...signals];
  return { key: verificationKey, publicSignals, proof };
}

/** Public signals of an input, as far as it is shown: an integer x stands as x mod r. */
function signalsOfShown(
  shown: Shown,
  tensor: InputTensor,
  index: number,
  first: number,
): readonly bigint[] | Rejection {
  const unfit: Rejection = { code: "WRONG_SIGNAL_COUNT", at: `inputs.${index}` };
  if (tensor.visibility === "private") return shown.kind === "nothing" ? [] : unfit;
  if (shown.kind === "digest") {
    if (tensor.visibility !== "hashed") return unfit;
    const { digest } = shown;
    return digest >= 0n && digest < R
      ? [digest]
      : { code: "NON_CANONICAL", at: `inputs.${index}.digest` };
  }
  if (shown.kind === "nothing") return unfit;
  const { elements, salt } = shown;
  if (elements.length !== countOf(tensor.dims)) return { code: "WRONG_SIGNAL_COUNT", at: "inputs" };
  const wild = refuseElements(elements, tensor, first);
  if (wild !== undefined) return wild;
  if (tensor.visibility === "public") {
    return salt === undefined ? Array.from(elements, signalOf) : unfit;
  }
  if (salt !== undefined && (salt < 0n || salt >= SALT_END)) {
    return { code: "OUT_OF_RANGE", at: `inputs.${index}.salt` };
  }
  return [hashInput(elements, tensor.range, salt ?? 0n)];
}

function refuseTag(tag: bigint): Rejection | undefined {
  return tag < 0n || tag >= TAG_END ? { code: "OUT_OF_RANGE", at: "tag" } : undefined;
}

/** @param first the place of its first element among those of all inputs */
function refuseElements(
  elements: Int32Array,
  { range: { min, max } }: InputTensor,
  first: number,
): Rejection | undefined {
  const wild = elements.findIndex((value) => value < min || value > max);
  return wild < 0 ? undefined : { code: "OUT_OF_RANGE", at: `inputs[${first + wild}]` };
}

function refuseOutputs(
  outputs: Int32Array,
  { outputs: tensors, publicSignals }: Pick<Terms, "outputs" | "publicSignals">,
): Rejection | undefined {
  if (outputs.length !== publicSignals.outputs) {
    return { code: "WRONG_SIGNAL_COUNT", at: "outputs" };
  }
  let i = 0;
  for (const { ranges } of tensors) {
    for (const { min, max } of ranges) {
      const value = outputs[i] as number;
      if (value < min || value > max) return { code: "OUT_OF_RANGE", at: `outputs[${i}]` };
      i++;
    }
  }
  return undefined;
}

function signalOf(value: number): bigint {
  return value < 0 ? R + BigInt(value) : BigInt(value);
}
