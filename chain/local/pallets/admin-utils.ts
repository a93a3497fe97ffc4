/**
 * AdminUtils: sets hyperparameters, by the tables of hyperparameters.ts and chain-parameters.ts,
 * and those that do more than to store a value.
 *
 * Not here, and refused as filtered: the pool's and EVM's parameters, for which the local chain has
 * nothing to do, and trimming of uids.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type CallHandler,
  type Context,
  ensureRoot,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import { GLOBAL_ROWS, type GlobalRow } from "./chain-parameters.ts";
import { SUBNET_ROWS, type SubnetRow } from "./hyperparameters.ts";
import { ROOT_NETUID } from "./mechanism.ts";
import { setEmissionSplit, setMechanismCount } from "./mechanism-settings.ts";
import { ensureRatePassed, ownerHotkeyRate, recordUse } from "./rate-limits.ts";
import {
  ensureOwnerOrRoot,
  ensureUseAllowed,
  ensureWindowOpen,
  recordOwnerUse,
} from "./subnet-authority.ts";
import { applyTempo } from "./tempo.ts";

/** AlphaValues below this, of 65535, would hardly move a bond: a fortieth. */
const MIN_ALPHA = 1_638;

type SubnetArgs = Readonly<Record<string, unknown>> & { readonly netuid: number };

/** @param error "Pallet.Error" */
function refuse(error: string | undefined): void {
  if (error === undefined) return;
  const [pallet = "", name = ""] = error.split(".");
  fail(pallet, name);
}

function subnetSetter(row: SubnetRow): CallHandler {
  return (context: Context, origin: Origin, args: SubnetArgs) => {
    const { state } = context;
    const { netuid } = args;
    const value = args[row.argument] as never;
    let owner: Hotkey | undefined;
    if (row.owner === undefined) ensureRoot(origin);
    else {
      owner = ensureOwnerOrRoot(context, origin, netuid);
      ensureUseAllowed(context, owner, netuid, row.owner);
    }
    if (row.freezes) ensureWindowOpen(context, netuid);
    if (row.exists) ensureExists(context, netuid);
    if (row.notRoot && netuid === ROOT_NETUID) fail("AdminUtils", "NotPermittedOnRootSubnet");
    refuse(row.check?.(state, netuid, value, owner !== undefined));
    state.put(row.item, [netuid], value);
    if (row.event !== undefined) context.emit("SubtensorModule", row.event, [netuid, value]);
    if (row.adminEvent !== undefined) {
      context.emit("AdminUtils", row.adminEvent, { netuid, [row.argument]: value });
    }
    if (row.owner !== undefined) recordOwnerUse(context, owner, netuid, row.owner);
  };
}

function globalSetter(row: GlobalRow): CallHandler {
  return (context: Context, origin: Origin, args: Readonly<Record<string, unknown>>) => {
    ensureRoot(origin);
    const value = args[row.argument] as never;
    refuse(row.check?.(value));
    context.state.put(row.item, [], value);
    if (row.event !== undefined) context.emit("SubtensorModule", row.event, value);
  };
}

function ensureExists({ state }: Context, netuid: number): void {
  if (!state.get("SubtensorModule.NetworksAdded", [netuid])) {
    fail("AdminUtils", "SubnetDoesNotExist");
  }
}

/** The cycle begins anew: the next epoch is a whole tempo away. */
const setTempo: CallHandler = (
  context,
  origin,
  { netuid, tempo }: { readonly netuid: number; readonly tempo: number },
) => {
  ensureRoot(origin);
  ensureWindowOpen(context, netuid);
  ensureExists(context, netuid);
  applyTempo(context, netuid, tempo);
};

const setAlphaValues: CallHandler = (
  context,
  origin,
  {
    netuid,
    alpha_low,
    alpha_high,
  }: { readonly netuid: number; readonly alpha_low: number; readonly alpha_high: number },
) => {
  const { state } = context;
  const owner = ensureOwnerOrRoot(context, origin, netuid);
  ensureUseAllowed(context, owner, netuid, "AlphaValues");
  ensureWindowOpen(context, netuid);
  if (!state.get("SubtensorModule.LiquidAlphaOn", [netuid])) {
    fail("SubtensorModule", "LiquidAlphaDisabled");
  }
  if (alpha_high < MIN_ALPHA) fail("SubtensorModule", "AlphaHighTooLow");
  if (alpha_low < MIN_ALPHA || alpha_low > alpha_high) {
    fail("SubtensorModule", "AlphaLowOutOfRange");
  }
  state.put("SubtensorModule.AlphaValues", [netuid], [alpha_low, alpha_high]);
  recordOwnerUse(context, owner, netuid, "AlphaValues");
};

const setOwnerHotkey: CallHandler = (
  context,
  origin,
  { netuid, hotkey }: { readonly netuid: number; readonly hotkey: Hotkey },
) => {
  ensureOwnerOrRoot(context, origin, netuid);
  if (!context.state.get("SubtensorModule.NetworksAdded", [netuid])) {
    fail("SubtensorModule", "SubnetNotExists");
  }
  ensureRatePassed(context, ownerHotkeyRate(netuid), "TxRateLimitExceeded");
  recordUse(context, ownerHotkeyRate(netuid));
  context.state.put("SubtensorModule.SubnetOwnerHotkey", [netuid], hotkey);
  context.emit("SubtensorModule", "SubnetOwnerHotkeySet", [netuid, hotkey]);
};

export const ADMIN_UTILS: PalletPart = {
  pallet: "AdminUtils",
  calls: {
    ...mapped(SUBNET_ROWS, subnetSetter),
    ...mapped(GLOBAL_ROWS, globalSetter),
    sudo_set_tempo: setTempo,
    sudo_set_alpha_values: setAlphaValues,
    sudo_set_subnet_owner_hotkey: setOwnerHotkey,
    sudo_set_sn_owner_hotkey: setOwnerHotkey,
    sudo_set_mechanism_count: setMechanismCount,
    sudo_set_mechanism_emission_split: setEmissionSplit,
    sudo_set_network_pow_registration_allowed: () => fail("AdminUtils", "POWRegistrationDisabled"),
    sudo_set_total_issuance: () => fail("AdminUtils", "Deprecated"),
  },
};

function mapped<A, B>(rows: Readonly<Record<string, A>>, make: (row: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, make(row)]));
}
