/**
 * Block 1 of a chain that begins with subnets: all founding extrinsics must be in it and succeed, or there is no chain.
 * @module
 */
import { ChainError } from "../../error.ts";
import type { Signing } from "../runtime/extrinsic.ts";
import type { Ledger } from "./ledger.ts";
import { signingOf } from "./upgrade.ts";

export interface Founding {
  /** Text by which the same founding is known again. */
  readonly settings: string;
  extrinsics(signing: Signing): readonly Uint8Array[];
}

/** @throws ChainError `FOUNDING_FAILED` */
export function found(ledger: Ledger, { extrinsics }: Founding): void {
  const candidates = extrinsics(signingOf(ledger));
  if (candidates.length === 0) return;
  const { executed } = ledger.append(Date.now(), candidates);
  const refused = executed.refused.map(({ validity }) =>
    validity.kind === "valid" ? "" : validity.data,
  );
  const failed = ledger.state
    .get("System.Events", [])
    .map(({ event }) => event)
    .filter(isFailure)
    .map((event) => JSON.stringify(event, (_, value) => (typeof value === "bigint" ? `${value}` : value)));
  const why = [...refused, ...failed];
  if (why.length === 0) return;
  throw new ChainError(
    "FOUNDING_FAILED",
    `the subnets that were asked for cannot be founded: ${why.join("; ")}`,
    "Correct the settings of subnets and start in an empty folder.",
  );
}
