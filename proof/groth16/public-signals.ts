/**
 * Public signals as a verifier takes them: exactly as many as the key binds, each below r. What is not looked at here
 * could be the same signal in another spelling (docs/threats.md).
 * @module
 */
import type { Rejection } from "../rejection.ts";
import { R } from "./points.ts";
import type { VerificationKey } from "./verification-key.ts";

export function refuseSignals(
  publicSignals: readonly bigint[],
  { nPublic }: Pick<VerificationKey, "nPublic">,
): Rejection | undefined {
  if (publicSignals.length !== nPublic) return { code: "WRONG_SIGNAL_COUNT", at: "publicSignals" };
  const wild = publicSignals.findIndex((signal) => signal < 0n || signal >= R);
  return wild < 0 ? undefined : { code: "NON_CANONICAL", at: `publicSignals[${wild}]` };
}
