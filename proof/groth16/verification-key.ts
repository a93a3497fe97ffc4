/**
 * The key a verifier holds: one Groth16 circuit, its weights included, in a few hundred bytes to a few kilobytes.
 * Groth 2016, §3.2.
 * @module
 */
import { bn254 } from "@noble/curves/bn254.js";
import { ProofError } from "../error.ts";
import type { Rejection } from "../rejection.ts";
import { isRejection } from "./points.ts";
import type { G1, G2 } from "./proof.ts";
import { g1FromJson, g1ToJson, g2FromJson, g2ToJson, hasExactKeys } from "./strict-json.ts";

/** Branded: decoded strictly, every point checked, gamma ≠ delta, neither a generator where it may not be. */
export interface VerificationKey {
  readonly nPublic: number;
  readonly alpha: G1;
  readonly beta: G2;
  readonly gamma: G2;
  readonly delta: G2;
  /** nPublic + 1 points: the constant term, then one per public signal. None is infinity: it would bind nothing. */
  readonly ic: readonly G1[];
  readonly __brand: "VerificationKey";
}

/** A key is read into memory whole: more signals than any circuit of ours has. */
const MAX_PUBLIC = 1 << 20;

const KEYS = [
  "protocol",
  "curve",
  "nPublic",
  "vk_alpha_1",
  "vk_beta_2",
  "vk_gamma_2",
  "vk_delta_2",
  "vk_alphabeta_12",
  "IC",
];

/**
 * Reads snarkjs's verification_key.json. vk_alphabeta_12 follows from alpha and beta and is not read.
 * @returns `KEY_UNSAFE` for keys under which anybody forges: delta equal to gamma or a generator (nobody contributed)
 */
export function decodeVerificationKey(value: unknown): VerificationKey | Rejection {
  if (!hasExactKeys(value, KEYS)) return { code: "MALFORMED", at: "verificationKey" };
  if (value["protocol"] !== "groth16") return { code: "MALFORMED", at: "protocol" };
  if (value["curve"] !== "bn128") return { code: "MALFORMED", at: "curve" };
  const nPublic = value["nPublic"];
  if (typeof nPublic !== "number" || !Number.isInteger(nPublic) || nPublic < 0)
    return { code: "MALFORMED", at: "nPublic" };
  const points = value["IC"];
  if (!Array.isArray(points) || points.length !== nPublic + 1 || nPublic > MAX_PUBLIC)
    return { code: "WRONG_SIGNAL_COUNT", at: "IC" };
  const alpha = g1FromJson(value["vk_alpha_1"], "vk_alpha_1");
  if (isRejection(alpha)) return alpha;
  const beta = g2FromJson(value["vk_beta_2"], "vk_beta_2");
  if (isRejection(beta)) return beta;
  const gamma = g2FromJson(value["vk_gamma_2"], "vk_gamma_2");
  if (isRejection(gamma)) return gamma;
  const delta = g2FromJson(value["vk_delta_2"], "vk_delta_2");
  if (isRejection(delta)) return delta;
  const ic: G1[] = [];
  for (const [i, point] of points.entries()) {
    const decoded = g1FromJson(point, `IC[${i}]`);
    if (isRejection(decoded)) return decoded;
    ic.push(decoded);
  }
  const key = { nPublic, alpha, beta, gamma, delta, ic } as unknown as VerificationKey;
  const unsafe = unsafeAt(key);
  return unsafe === undefined ? key : { code: "KEY_UNSAFE", at: unsafe };
}

/** For whoever takes the key out of a proving key of this machine. @throws ProofError with the refusal's code */
export function acceptedKey(key: VerificationKey | Rejection, provingKey: string): VerificationKey {
  if (!isRejection(key)) return key;
  throw new ProofError(
    key.code,
    `the verification key of ${provingKey} is refused at ${key.at}`,
    key.code === "KEY_UNSAFE"
      ? "Contribute to the key first: without a contribution anybody can forge."
      : "Make the key again from its circuit and powers of tau.",
  );
}

export type VerificationKeyJson = Readonly<Record<string, unknown>>;

/** What snarkjs writes, but for vk_alphabeta_12, which only old contracts read: empty. */
export function encodeVerificationKey(key: VerificationKey): VerificationKeyJson {
  return {
    protocol: "groth16",
    curve: "bn128",
    nPublic: key.nPublic,
    vk_alpha_1: g1ToJson(key.alpha),
    vk_beta_2: g2ToJson(key.beta),
    vk_gamma_2: g2ToJson(key.gamma),
    vk_delta_2: g2ToJson(key.delta),
    vk_alphabeta_12: [],
    IC: key.ic.map(g1ToJson),
  };
}

/**
 * gamma is the generator in every snarkjs key, so that a delta equal to it says that nobody contributed; alpha and
 * beta equal to the generators say that the powers of tau are nobody's either.
 */
function unsafeAt({ alpha, beta, gamma, delta }: VerificationKey): string | undefined {
  const g1 = bn254.G1.Point.BASE.toAffine();
  const g2 = bn254.G2.Point.BASE.toAffine();
  const generator: G2 = { x: [g2.x.c0, g2.x.c1], y: [g2.y.c0, g2.y.c1] };
  if (alpha.x === g1.x) return "vk_alpha_1";
  // The same x is the same point or its negative, and neither is safe.
  if (sameX(beta, generator)) return "vk_beta_2";
  if (sameX(delta, gamma) || sameX(delta, generator)) return "vk_delta_2";
  return undefined;
}

function sameX(a: G2, b: G2): boolean {
  return a.x[0] === b.x[0] && a.x[1] === b.x[1];
}
