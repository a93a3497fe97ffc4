/**
 * Who may change a subnet: root, and its owner within limits. The owner may change each
 * hyperparameter once in some epochs; and nobody, root included, most of them shortly before an
 * epoch.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { type Context, DispatchFailure, fail, type Origin } from "../runtime/pallet.ts";
import {
  type AccountRate,
  ensureAccountRatePassed,
  ensureRatePassed,
  hyperparameterRate,
  recordAccountUse,
  recordUse,
} from "./rate-limits.ts";
import { isInFreezeWindow } from "./schedule.ts";

/**
 * What an owner's change is counted as: a hyperparameter by its name in the metadata, or a kind of
 * transaction.
 */
export type Use = string | AccountRate;

/** @returns the owner, or undefined for root @throws DispatchFailure `BadOrigin` */
export function ensureOwnerOrRoot(
  context: Context,
  origin: Origin,
  netuid: number,
): Hotkey | undefined {
  return origin.kind === "root" ? undefined : ensureOwner(context, origin, netuid);
}

/** @throws DispatchFailure `BadOrigin` */
export function ensureOwner({ state }: Context, origin: Origin, netuid: number): Hotkey {
  const isOwner =
    origin.kind === "signed" && origin.who === state.get("SubtensorModule.SubnetOwner", [netuid]);
  if (!isOwner) throw new DispatchFailure({ type: "BadOrigin" });
  return origin.who;
}

/** @throws DispatchFailure `TxRateLimitExceeded`; root has no limits */
export function ensureUseAllowed(
  context: Context,
  owner: Hotkey | undefined,
  netuid: number,
  use: Use,
): void {
  if (owner === undefined) return;
  if (typeof use === "string") {
    ensureRatePassed(context, hyperparameterRate(netuid, use), "TxRateLimitExceeded");
  } else {
    ensureAccountRatePassed(context, owner, netuid, use);
  }
}

export function recordOwnerUse(
  context: Context,
  owner: Hotkey | undefined,
  netuid: number,
  use: Use,
): void {
  if (owner === undefined) return;
  if (typeof use === "string") recordUse(context, hyperparameterRate(netuid, use));
  else recordAccountUse(context, owner, netuid, use);
}

/** @throws DispatchFailure `AdminActionProhibitedDuringWeightsWindow` */
export function ensureWindowOpen({ state, block }: Context, netuid: number): void {
  if (isInFreezeWindow(state, netuid, block)) {
    fail("SubtensorModule", "AdminActionProhibitedDuringWeightsWindow");
  }
}
