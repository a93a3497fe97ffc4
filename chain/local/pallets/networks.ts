/**
 * Subnets begin: a coldkey locks TAO and owns the subnet from then on; its hotkey has uid 0.
 * Emission begins when the owner says so (`start_call`). The root network, netuid 0, is there from
 * genesis on.
 *
 * Other than on the real chain a subnet's alpha costs one TAO for ever (mechanism 0), and no subnet
 * makes room for another: at SubnetLimit no further one begins.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { EXISTENTIAL_DEPOSIT } from "../runtime/fees.ts";
import {
  type Context,
  DispatchFailure,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { isIdentityValid, type SubnetIdentity } from "./identities.ts";
import { balanceOf, endow } from "./ledger.ts";
import { ROOT_NETUID, subnets } from "./mechanism.ts";
import { appendNeuron } from "./neurons.ts";
import { associateHotkey, ensureOwnOrFree } from "./ownership.ts";
import { ensureRatePassed, isRatePassed, NETWORK_REGISTRATION, recordUse } from "./rate-limits.ts";
import { payIntoSubnet, STABLE_MECHANISM, subnetAccount } from "./subnet-pool.ts";

/** What a seat of a new subnet costs, in rao. */
const FIRST_BURN = 1_000_000_000n;

/**
 * Hyperparameters of a new subnet where they differ from the metadata's defaults, and their events.
 */
const FIRST_MAX_UIDS = 256;
const FIRST_MAX_VALIDATORS = 64;
const FIRST_MIN_WEIGHTS = 1;
const FIRST_IMMUNITY = 5_000;

/** Subtensor has a symbol for each netuid; the local chain knows those of the Greek alphabet. */
const SYMBOLS = "αβγδεζηθικλμνξοπρστυφχψω";

/** Root's, as Subtensor's genesis has them. */
const ROOT_TEMPO = 100;
const ROOT_MAX_UIDS = 64;

function registerNetwork(
  context: Context,
  origin: Origin,
  { hotkey, identity }: { readonly hotkey: Hotkey; readonly identity?: SubnetIdentity | undefined },
): void {
  const { state, block } = context;
  const coldkey = ensureSigned(origin);
  ensureOwnOrFree(state, coldkey, hotkey);
  if (BigInt(block) < state.get("SubtensorModule.NetworkRegistrationStartBlock", [])) {
    fail("SubtensorModule", "SubNetRegistrationDisabled");
  }
  ensureRatePassed(context, NETWORK_REGISTRATION, "NetworkTxRateLimitExceeded");
  const existing = subnets(state);
  if (existing.length >= state.get("SubtensorModule.SubnetLimit", [])) {
    fail("SubtensorModule", "SubnetLimitReached");
  }
  const cost = lockCost(state, block);
  if (balanceOf(state, coldkey) < cost) fail("SubtensorModule", "CannotAffordLockCost");

  const netuid = firstFree(existing);
  initNetwork(context, netuid);
  const locked = payIntoSubnet(context, coldkey, netuid, cost);
  state.put("SubtensorModule.NetworkLastLockCost", [], locked);
  recordUse(context, NETWORK_REGISTRATION);
  associateHotkey(state, coldkey, hotkey);
  appendNeuron(state, netuid, hotkey, block);
  state.put("SubtensorModule.SubnetMechanism", [netuid], STABLE_MECHANISM);
  state.put("SubtensorModule.NetworkRegisteredAt", [netuid], BigInt(block));
  const counter = state.get("SubtensorModule.RegisteredSubnetCounter", [netuid]) + 1n;
  state.put("SubtensorModule.RegisteredSubnetCounter", [netuid], counter);
  const symbol = SYMBOLS[netuid - 1];
  if (symbol !== undefined) {
    state.put("SubtensorModule.TokenSymbol", [netuid], new TextEncoder().encode(symbol));
  }
  state.put("SubtensorModule.SubnetAlphaIn", [netuid], locked);
  state.put("SubtensorModule.SubnetOwner", [netuid], coldkey);
  state.put("SubtensorModule.SubnetOwnerHotkey", [netuid], hotkey);
  context.emit("SubtensorModule", "SubnetOwnerHotkeySet", [netuid, hotkey]);
  state.put("SubtensorModule.SubnetLocked", [netuid], locked);
  if (identity !== undefined) {
    if (!isIdentityValid(identity)) fail("SubtensorModule", "InvalidIdentity");
    state.put("SubtensorModule.SubnetIdentitiesV3", [netuid], identity);
    context.emit("SubtensorModule", "SubnetIdentitySet", netuid);
  }
  context.emit("SubtensorModule", "NetworkAdded", [netuid, STABLE_MECHANISM]);
  // Root allows a subnet its share of new TAO later on; its alpha is emitted without.
  state.put("SubtensorModule.SubnetEmissionEnabled", [netuid], false);
}

/**
 * @returns rao that the next subnet costs: twice the last one's, falling to the minimum within the
 * interval
 */
export function lockCost(state: State, block: number): bigint {
  const last = state.get("SubtensorModule.NetworkLastLockCost", []);
  const atLeast = state.get("SubtensorModule.NetworkMinLockCost", []);
  const interval = state.get("SubtensorModule.NetworkLockReductionInterval", []);
  const since = state.get("SubtensorModule.LastRateLimitedBlock", [NETWORK_REGISTRATION.key]);
  const start = since === 0n ? last : 2n * last;
  const perBlock = interval === 0n ? 0n : last / interval;
  const cost = start - perBlock * (BigInt(block) - since);
  return cost > atLeast ? cost : atLeast;
}

function firstFree(existing: readonly number[]): number {
  let netuid = ROOT_NETUID + 1;
  while (existing.includes(netuid)) netuid += 1;
  return netuid;
}

function initNetwork({ state, block, emit }: Context, netuid: number): void {
  const tempo = state.get("SubtensorModule.Tempo", [netuid]);
  state.put("SubtensorModule.SubnetworkN", [netuid], 0);
  state.put("SubtensorModule.NetworksAdded", [netuid], true);
  state.put("SubtensorModule.Tempo", [netuid], tempo);
  // Staggered by netuid, so that epochs of subnets that began together do not fall into one block.
  const last = block - (netuid % tempo);
  state.put("SubtensorModule.LastEpochBlock", [netuid], BigInt(last > 0 ? last : 0));
  state.put(
    "SubtensorModule.TotalNetworks",
    [],
    state.get("SubtensorModule.TotalNetworks", []) + 1,
  );
  state.put("SubtensorModule.NetworkRegistrationAllowed", [netuid], true);
  emit("SubtensorModule", "RegistrationAllowed", [netuid, true]);
  state.put("SubtensorModule.MaxAllowedUids", [netuid], FIRST_MAX_UIDS);
  emit("SubtensorModule", "MaxAllowedUidsSet", [netuid, FIRST_MAX_UIDS]);
  state.put("SubtensorModule.MaxAllowedValidators", [netuid], FIRST_MAX_VALIDATORS);
  emit("SubtensorModule", "MaxAllowedValidatorsSet", [netuid, FIRST_MAX_VALIDATORS]);
  state.put("SubtensorModule.MinAllowedWeights", [netuid], FIRST_MIN_WEIGHTS);
  emit("SubtensorModule", "MinAllowedWeightSet", [netuid, FIRST_MIN_WEIGHTS]);
  state.put("SubtensorModule.ImmunityPeriod", [netuid], FIRST_IMMUNITY);
  emit("SubtensorModule", "ImmunityPeriodSet", [netuid, FIRST_IMMUNITY]);
  state.put("SubtensorModule.Yuma3On", [netuid], true);
  state.put("SubtensorModule.Burn", [netuid], FIRST_BURN);
  // Written though they are the defaults: clients that list a map find every subnet in it.
  state.put("SubtensorModule.Kappa", [netuid], state.get("SubtensorModule.Kappa", [netuid]));
  state.put(
    "SubtensorModule.ActivityCutoff",
    [netuid],
    state.get("SubtensorModule.ActivityCutoff", [netuid]),
  );
}

function startCall(
  context: Context,
  origin: Origin,
  { netuid }: { readonly netuid: number },
): void {
  const { state, block } = context;
  if (!state.get("SubtensorModule.NetworksAdded", [netuid])) {
    fail("SubtensorModule", "SubnetNotExists");
  }
  const who = ensureSigned(origin);
  if (state.get("SubtensorModule.SubnetOwner", [netuid]) !== who) {
    throw new DispatchFailure({ type: "BadOrigin" });
  }
  if (state.get("SubtensorModule.FirstEmissionBlockNumber", [netuid]) !== undefined) {
    fail("SubtensorModule", "FirstEmissionBlockNumberAlreadySet");
  }
  const earliest =
    state.get("SubtensorModule.NetworkRegisteredAt", [netuid]) +
    state.get("SubtensorModule.StartCallDelay", []);
  if (BigInt(block) < earliest) fail("SubtensorModule", "NeedWaitingMoreBlocksToStarCall");
  const first = BigInt(block) + 1n;
  state.put("SubtensorModule.FirstEmissionBlockNumber", [netuid], first);
  state.put("SubtensorModule.SubtokenEnabled", [netuid], true);
  context.emit("SubtensorModule", "FirstEmissionBlockNumberSet", [netuid, first]);
}

export const NETWORKS: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    register_network: registerNetwork,
    register_network_with_identity: registerNetwork,
    start_call: startCall,
  },
  screens: {
    register_network: (context) => {
      return isRatePassed(context, NETWORK_REGISTRATION) ? undefined : "RateLimitExceeded";
    },
  },
  genesis(state) {
    // Nothing is locked in the root network: what is staked there must not leave its account too
    // poor to exist.
    endow(state, subnetAccount(ROOT_NETUID), EXISTENTIAL_DEPOSIT);
    state.put("SubtensorModule.NetworksAdded", [ROOT_NETUID], true);
    state.put("SubtensorModule.SubnetworkN", [ROOT_NETUID], 0);
    state.put("SubtensorModule.TotalNetworks", [], 1);
    state.put("SubtensorModule.Tempo", [ROOT_NETUID], ROOT_TEMPO);
    state.put("SubtensorModule.MaxAllowedUids", [ROOT_NETUID], ROOT_MAX_UIDS);
    state.put("SubtensorModule.MaxAllowedValidators", [ROOT_NETUID], ROOT_MAX_UIDS);
    state.put("SubtensorModule.MinAllowedWeights", [ROOT_NETUID], 0);
    state.put("SubtensorModule.SubtokenEnabled", [ROOT_NETUID], true);
  },
};
