/**
 * When a validator that sets no weights counts as inactive: in thousandths of a tempo.
 * @module
 */
import { type Context, fail, type Origin, type PalletPart } from "../runtime/pallet.ts";
import {
  ensureOwnerOrRoot,
  ensureUseAllowed,
  ensureWindowOpen,
  recordOwnerUse,
} from "./subnet-authority.ts";

/** Constants of the runtime: one tempo and fifty. */
const MIN_FACTOR_MILLI = 1_000;
const MAX_FACTOR_MILLI = 50_000;

const USE = "ActivityCutoffFactorMilli";

function setActivityCutoffFactor(
  context: Context,
  origin: Origin,
  { netuid, factor_milli }: { readonly netuid: number; readonly factor_milli: number },
): void {
  const owner = ensureOwnerOrRoot(context, origin, netuid);
  if (factor_milli < MIN_FACTOR_MILLI || factor_milli > MAX_FACTOR_MILLI) {
    fail("SubtensorModule", "ActivityCutoffFactorMilliOutOfBounds");
  }
  // Root is not bound by the window here, other than in AdminUtils.
  if (owner !== undefined) ensureWindowOpen(context, netuid);
  ensureUseAllowed(context, owner, netuid, USE);
  context.state.put("SubtensorModule.ActivityCutoffFactorMilli", [netuid], factor_milli);
  context.emit("SubtensorModule", "ActivityCutoffFactorMilliSet", { netuid, factor_milli });
  recordOwnerUse(context, owner, netuid, USE);
}

export const ACTIVITY_CUTOFF: PalletPart = {
  pallet: "SubtensorModule",
  calls: { set_activity_cutoff_factor: setActivityCutoffFactor },
};
