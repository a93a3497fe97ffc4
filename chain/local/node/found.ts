/**
 * Block 1 of a chain that begins with subnets: all founding extrinsics must be in it and succeed, or there is no chain.
 * @module
 */
import { ChainError } from "../../error.ts";
import type { Signing } from "../runtime/extrinsic.ts";
import type { Ledger } from "./ledger.ts";

export interface Founding {
  /** Text by which the same founding is known again. */
  readonly settings: string;
  extrinsics(signing: Signing): readonly Uint8Array[];
}

/** @throws ChainError `FOUNDING_FAILED`: nothing was written */
export function found(ledger: Ledger, { extrinsics }: Founding): void {
  const candidates = extrinsics(ledger.signing);
  if (candidates.length === 0) return;
  ledger.append(Date.now(), candidates, ({ refused }) => {
    const events = ledger.state.get("System.Events", []).map(({ event }) => event as EventOf);
    const why = [
      ...refused.map(({ validity }) => (validity.kind === "valid" ? "" : validity.data)),
      ...events.map(failureIn).filter((failure) => failure !== undefined),
    ];
    if (why.length === 0) return;
    throw new ChainError(
      "FOUNDING_FAILED",
      `the subnets that were asked for cannot be founded: ${why.join("; ")}`,
      "Correct the settings of subnets.",
    );
  });
}

/** An event by pallet and name. Not every event has fields. */
interface EventOf {
  readonly type: string;
  readonly value: {
    readonly type: string;
    readonly value?: { readonly dispatch_error?: unknown; readonly sudo_result?: unknown };
  };
}

/** What failed: an extrinsic, or what Sudo did for one that did not. */
function failureIn({ type, value }: EventOf): string | undefined {
  const name = `${type}.${value.type}`;
  if (name === "System.ExtrinsicFailed") return `${name} ${textOf(value.value?.dispatch_error)}`;
  const result = value.value?.sudo_result as { readonly success: boolean } | undefined;
  if (name === "Sudo.Sudid" && result?.success === false) return `${name} ${textOf(result)}`;
  return undefined;
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}` : inner));
}
