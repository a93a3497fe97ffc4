/**
 * Which coldkey a hotkey belongs to. It is settled once, by whoever names the hotkey first, and
 * says who may register it and who gets what it earns.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";

/** Undefined while nobody named the hotkey. */
export function ownerOf(state: State, hotkey: Hotkey): Hotkey | undefined {
  return state.has("SubtensorModule.Owner", [hotkey])
    ? state.get("SubtensorModule.Owner", [hotkey])
    : undefined;
}

/** Makes a hotkey that nobody owns the coldkey's. */
export function associateHotkey(state: State, coldkey: Hotkey, hotkey: Hotkey): void {
  if (ownerOf(state, hotkey) !== undefined) return;
  state.put("SubtensorModule.Owner", [hotkey], coldkey);
  for (const item of ["SubtensorModule.OwnedHotkeys", "SubtensorModule.StakingHotkeys"] as const) {
    const hotkeys = state.get(item, [coldkey]);
    if (!hotkeys.includes(hotkey)) state.put(item, [coldkey], [...hotkeys, hotkey]);
  }
}

/** @throws DispatchFailure `NonAssociatedColdKey` when the hotkey is another's */
export function ensureOwnOrFree(state: State, coldkey: Hotkey, hotkey: Hotkey): void {
  if ((ownerOf(state, hotkey) ?? coldkey) !== coldkey) {
    fail("SubtensorModule", "NonAssociatedColdKey");
  }
}

/** Succeeds whoever owns the hotkey: what is settled stays. */
function tryAssociateHotkey(
  { state }: Context,
  origin: Origin,
  { hotkey }: { readonly hotkey: Hotkey },
): void {
  associateHotkey(state, ensureSigned(origin), hotkey);
}

export const OWNERSHIP: PalletPart = {
  pallet: "SubtensorModule",
  calls: { try_associate_hotkey: tryAssociateHotkey },
};
