/**
 * Proofs and public signals as snarkjs writes them. Reading is strict: one proof has one form, and whatever else
 * snarkjs would accept is refused with the place (docs/threats.md, the verifier's boundary).
 * @module
 */
import type { Rejection } from "../rejection.ts";
import { isRejection, R } from "./points.ts";
import type { Proof } from "./proof.ts";
import {
  g1FromJson,
  g1ToJson,
  g2FromJson,
  g2ToJson,
  hasExactKeys,
  numberFromJson,
} from "./strict-json.ts";

const KEYS = ["pi_a", "pi_b", "pi_c", "protocol", "curve"];

/** A proof as snarkjs writes it. */
export interface ProofJson {
  readonly pi_a: readonly string[];
  readonly pi_b: readonly (readonly string[])[];
  readonly pi_c: readonly string[];
  readonly protocol: "groth16";
  readonly curve: "bn128";
}

export function proofFromJson(value: unknown): Proof | Rejection {
  if (!hasExactKeys(value, KEYS)) return { code: "MALFORMED", at: "proof" };
  if (value["protocol"] !== "groth16") return { code: "MALFORMED", at: "protocol" };
  if (value["curve"] !== "bn128") return { code: "MALFORMED", at: "curve" };
  const a = g1FromJson(value["pi_a"], "pi_a");
  if (isRejection(a)) return a;
  const b = g2FromJson(value["pi_b"], "pi_b");
  if (isRejection(b)) return b;
  const c = g1FromJson(value["pi_c"], "pi_c");
  if (isRejection(c)) return c;
  return { a, b, c } as Proof;
}

export function proofToJson({ a, b, c }: Proof): ProofJson {
  return {
    pi_a: g1ToJson(a),
    pi_b: g2ToJson(b),
    pi_c: g1ToJson(c),
    protocol: "groth16",
    curve: "bn128",
  };
}

/** @param nPublic what the verification key binds; any other number of signals is refused before one is read */
export function publicSignalsFromJson(value: unknown, nPublic: number): bigint[] | Rejection {
  if (!Array.isArray(value)) return { code: "MALFORMED", at: "publicSignals" };
  if (value.length !== nPublic) return { code: "WRONG_SIGNAL_COUNT", at: "publicSignals" };
  const signals: bigint[] = [];
  for (let i = 0; i < nPublic; i++) {
    const signal = numberFromJson(value[i], R, `publicSignals[${i}]`);
    if (typeof signal !== "bigint") return signal;
    signals.push(signal);
  }
  return signals;
}
