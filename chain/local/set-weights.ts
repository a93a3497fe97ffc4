/**
 * A validator's opinion of the miners, and the rules for giving one, in the order of Subtensor's do_set_weights: of two
 * mistakes in one transaction both chains name the same.
 * @module
 */
import type { Hotkey } from "../chain.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { type State, stakeOf, uidOf, withSeat } from "./state.ts";
import type { Call } from "./transaction.ts";
import { div, fromInteger, fromU16, maxUpscale, sum, U16_ONE } from "./yuma/fixed.ts";

type SetWeights = Extract<Call, { call: "set_weights" }>;

export function setWeights(state: State, hotkey: Hotkey, call: SetWeights): State | Refusal {
  const { uids, values } = call;
  const { neurons, parameters } = state.subnet;

  if (uids.length !== values.length) {
    return refuse("WeightVecNotEqualSize", `${uids.length} uids, ${values.length} values`);
  }
  if (uids.length > neurons.length) {
    return refuse(
      "UidsLengthExceedUidsInSubNet",
      `${uids.length} uids in a subnet of ${neurons.length}`,
    );
  }
  const uid = uidOf(state, hotkey);
  const seat = uid === undefined ? undefined : neurons[uid];
  if (uid === undefined || seat === undefined) {
    return refuse("HotKeyNotRegisteredInSubNet", `${hotkey} has no uid in it`);
  }
  const stake = stakeOf(state, hotkey);
  if (stake < parameters.stakeThreshold) {
    return refuse(
      "NotEnoughStakeToSetWeights",
      `${stake} rao are staked, at least ${parameters.stakeThreshold} are needed`,
    );
  }
  if (call.versionKey < parameters.weightsVersionKey) {
    return refuse(
      "IncorrectWeightVersionKey",
      `version key ${call.versionKey}, the subnet asks for ${parameters.weightsVersionKey}`,
    );
  }
  const waited = state.block - seat.lastUpdate;
  if (waited < parameters.weightsSetRateLimit) {
    return refuse(
      "SettingWeightsTooFast",
      `${waited} blocks since block ${seat.lastUpdate}, wait for ${parameters.weightsSetRateLimit}`,
    );
  }
  const isSelfWeight = uids.length === 1 && uids[0] === uid;
  if (!isSelfWeight && !seat.validatorPermit) {
    return refuse(
      "NeuronNoValidatorPermit",
      `uid ${uid} has no permit; permits are given at an epoch, the next is at block ` +
        `${state.subnet.lastEpochBlock + parameters.tempo}`,
    );
  }
  if (new Set(uids).size !== uids.length) return refuse("DuplicateUids", "a uid stands twice");
  const unknown = uids.find((target) => target >= neurons.length);
  if (unknown !== undefined) {
    return refuse("UidVecContainInvalidOne", `there is no uid ${unknown}`);
  }
  if (!isSelfWeight && uids.length < Math.min(parameters.minAllowedWeights, neurons.length)) {
    return refuse(
      "WeightVecLengthIsLow",
      `${uids.length} weights, at least ${parameters.minAllowedWeights} are needed`,
    );
  }
  const upscaled = maxUpscale(values);
  if (!isSelfWeight && exceeds(upscaled, parameters.maxWeightsLimit)) {
    return refuse(
      "MaxWeightExceeded",
      `one weight is more than ${parameters.maxWeightsLimit}/65535 of their sum`,
    );
  }

  // Ascending, so that the order in which a validator names its uids means nothing.
  const weights = uids
    .map((target, k) => [target, upscaled[k] ?? 0] as const)
    .sort(([a], [b]) => a - b);
  return withSeat(state, uid, { ...seat, weights, lastUpdate: state.block });
}

function exceeds(weights: readonly number[], limit: number): boolean {
  if (limit >= U16_ONE) return false;
  const total = sum(weights.map(fromInteger));
  return weights.some((w) => w > 0 && div(fromInteger(w), total) > fromU16(limit));
}
