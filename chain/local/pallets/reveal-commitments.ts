/**
 * Opens sealed fields of commitments as a block begins: when the pulse of their round is there,
 * what they hide moves to RevealedCommitments. What its author spoiled is dropped.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { ChainError } from "../../error.ts";
import { open } from "../../timelock/seal.ts";
import type { Context, PalletPart } from "../runtime/pallet.ts";
import { type Field, indexTimelocked, timelockedOf } from "./commitments.ts";

/** Revealed fields that the chain remembers of one hotkey. */
const MAX_REVEALED = 10;

/**
 * Fields opened in one block, of 13 ms each; others wait for the next. The real chain opens all at
 * once, in 12 s.
 */
const MAX_OPENED_PER_BLOCK = 4;

function revealDue(context: Context): void {
  let left = MAX_OPENED_PER_BLOCK;
  for (const [netuid, who] of context.state.get("Commitments.TimelockedIndex", [])) {
    left -= revealOf(context, netuid, who, left);
  }
}

/** @returns how many fields were opened, at most `limit` */
function revealOf(context: Context, netuid: number, who: Hotkey, limit: number): number {
  const { state, block, emit } = context;
  const commitment = state.get("Commitments.CommitmentOf", [netuid, who]);
  const rest: Field[] = [];
  const revealed: [Uint8Array, bigint][] = [];
  let opened = 0;
  for (const field of commitment?.info ?? []) {
    const sealed = timelockedOf(field);
    const pulse = sealed && state.get("Drand.Pulses", [sealed.reveal_round]);
    if (sealed === undefined || pulse === undefined || opened === limit) {
      rest.push(field);
      continue;
    }
    opened += 1;
    const content = openField(sealed.encrypted, pulse.signature);
    if (content !== undefined && content.length > 0) revealed.push([content, BigInt(block)]);
  }
  if (opened === 0 || commitment === undefined) return opened;
  if (revealed.length > 0) {
    const before = state.get("Commitments.RevealedCommitments", [netuid, who]) ?? [];
    const all = [...before, ...revealed].slice(-MAX_REVEALED);
    state.put("Commitments.RevealedCommitments", [netuid, who], all);
    for (const _ of revealed) emit("Commitments", "CommitmentRevealed", { netuid, who });
  }
  if (rest.length === 0) state.remove("Commitments.CommitmentOf", [netuid, who]);
  else state.put("Commitments.CommitmentOf", [netuid, who], { ...commitment, info: rest });
  const waits = rest.some((field) => timelockedOf(field) !== undefined);
  indexTimelocked(state, netuid, who, waits);
  return opened;
}

function openField(sealed: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  try {
    return open(sealed, signature);
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

export const REVEAL_COMMITMENTS: PalletPart = {
  pallet: "Commitments",
  onInitialize: revealDue,
};
