/**
 * What is said when an opponent answers something that is no proof at all.
 * @module
 */
import type { Rejection } from "../../proof/rejection.ts";
import { BenchError } from "../error.ts";

export function noProof(name: string, { code, at }: Rejection): BenchError {
  return new BenchError(
    "PROOF_INVALID",
    `${name} answers no proof: ${code} at ${at}`,
    "Leave it out with --provers, or install the version that docs/benchmarks.md names.",
  );
}
