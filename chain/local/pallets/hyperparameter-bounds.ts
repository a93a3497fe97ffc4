/**
 * Bounds of hyperparameters: what a value must not be beside those of its type.
 * @module
 */
import type { State } from "../runtime/state.ts";

/** "Pallet.Error", or undefined when the value may be set. */
export type Check<V> = (
  state: State,
  netuid: number,
  value: V,
  isOwner: boolean,
) => string | undefined;

/** For owners: a bond must be able to move. */
const OWNER_MAX_BONDS_MOVING_AVERAGE = 975_000n;

/** The runtime's constants MinBurnUpperBound and MaxBurnLowerBound, in rao. */
const MIN_BURN_UPPER_BOUND = 1_000_000_000n;
const MAX_BURN_LOWER_BOUND = 100_000_000n;

const MAX_BURN_HALF_LIFE = 36_100;
const ONE_U64F64 = 1n << 64n;

const MAX_REVEAL_PERIOD = 100n;

/** Neurons of an owner that cannot be replaced. */
const MAX_IMMUNE_NEURONS = 10;

/** No subnet has more seats; counted over all its mechanisms. */
export const MAX_UIDS = 256;

/** As many as storage indices leave room for. */
export const MAX_MECHANISMS = 16;

export const checkMaxUids: Check<number> = (state, netuid, value) => {
  if (value < state.get("SubtensorModule.MinAllowedUids", [netuid])) {
    return "AdminUtils.MaxAllowedUidsLessThanMinAllowedUids";
  }
  if (value < state.get("SubtensorModule.SubnetworkN", [netuid])) {
    return "AdminUtils.MaxAllowedUIdsLessThanCurrentUIds";
  }
  if (value > MAX_UIDS) return "AdminUtils.MaxAllowedUidsGreaterThanDefaultMaxAllowedUids";
  const mechanisms = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
  return value * mechanisms > MAX_UIDS ? "SubtensorModule.TooManyUIDsPerMechanism" : undefined;
};

export const checkMinUids: Check<number> = (state, netuid, value) => {
  if (value >= state.get("SubtensorModule.MaxAllowedUids", [netuid])) {
    return "AdminUtils.MinAllowedUidsGreaterThanMaxAllowedUids";
  }
  return value >= state.get("SubtensorModule.SubnetworkN", [netuid])
    ? "AdminUtils.MinAllowedUidsGreaterThanCurrentUids"
    : undefined;
};

export const checkMaxValidators: Check<number> = (state, netuid, value) => {
  return value > state.get("SubtensorModule.MaxAllowedUids", [netuid])
    ? "AdminUtils.MaxValidatorsLargerThanMaxUIds"
    : undefined;
};

export const checkMinBurn: Check<bigint> = (state, netuid, value) => {
  const most = state.get("SubtensorModule.MaxBurn", [netuid]);
  return value < MIN_BURN_UPPER_BOUND && value < most ? undefined : "AdminUtils.ValueNotInBounds";
};

export const checkMaxBurn: Check<bigint> = (state, netuid, value) => {
  const least = state.get("SubtensorModule.MinBurn", [netuid]);
  return value > MAX_BURN_LOWER_BOUND && value > least ? undefined : "AdminUtils.ValueNotInBounds";
};

export const checkCutoff: Check<number> = (state, _, value) => {
  return value < state.get("SubtensorModule.MinActivityCutoff", [])
    ? "SubtensorModule.ActivityCutoffTooLow"
    : undefined;
};

export const checkRevealPeriod: Check<bigint> = (_, __, value) => {
  if (value > MAX_REVEAL_PERIOD) return "SubtensorModule.RevealPeriodTooLarge";
  return value < 1n ? "SubtensorModule.RevealPeriodTooSmall" : undefined;
};

export const checkBondsMovingAverage: Check<bigint> = (_, __, value, isOwner) => {
  return isOwner && value > OWNER_MAX_BONDS_MOVING_AVERAGE
    ? "AdminUtils.BondsMovingAverageMaxReached"
    : undefined;
};

export const checkSteepness: Check<number> = (_, __, value, isOwner) => {
  return isOwner && value < 0 ? "AdminUtils.NegativeSigmoidSteepness" : undefined;
};

export const checkImmuneNeurons: Check<number> = (_, __, value) => {
  return value >= 1 && value <= MAX_IMMUNE_NEURONS ? undefined : "SubtensorModule.InvalidValue";
};

export const checkHalfLife: Check<number> = (_, __, value) => {
  return value > 0 && value <= MAX_BURN_HALF_LIFE ? undefined : "AdminUtils.InvalidValue";
};

export const checkMultiplier: Check<bigint> = (_, __, value) => {
  const isWithin = value >= ONE_U64F64 && value <= 3n * ONE_U64F64;
  return isWithin ? undefined : "AdminUtils.InvalidValue";
};

export const checkChildkeyTake: Check<number> = (state, _, value) => {
  const least = state.get("SubtensorModule.MinChildkeyTake", []);
  const most = state.get("SubtensorModule.MaxChildkeyTake", []);
  return value >= least && value <= most ? undefined : "AdminUtils.InvalidValue";
};
