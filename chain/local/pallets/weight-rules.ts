/**
 * A validator's opinion of the miners, and the rules for giving one, in the order of Subtensor's set_weights: of two
 * mistakes in one call both chains name the same.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import type { Context } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { maxUpscale } from "../yuma/fixed.ts";
import { ensureMechanism, ROOT_NETUID, storageIndex } from "./mechanism.ts";
import { refuse } from "./refusal.ts";
import { stakeWeight } from "./stake-weight.ts";

const U16_ONE = 65_535;

/** Weights of `uids`, any scale, for one mechanism. */
export interface Opinion {
  readonly netuid: number;
  readonly mecid: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/**
 * Stores them, upscaled so that the largest is 65535. Where commit-reveal is on they come from a reveal: then the rate
 * limit was the commit's, and so is LastUpdate.
 * @throws DispatchFailure with Subtensor's error
 */
export function storeWeights(context: Context, hotkey: Hotkey, opinion: Opinion): void {
  const { state, block } = context;
  const { netuid, mecid, uids, values } = opinion;
  if (netuid === ROOT_NETUID) refuse("CanNotSetRootNetworkWeights");
  if (uids.length !== values.length) refuse("WeightVecNotEqualSize");
  ensureMechanism(state, netuid, mecid);
  const neurons = state.get("SubtensorModule.SubnetworkN", [netuid]);
  if (uids.length > neurons) refuse("UidsLengthExceedUidsInSubNet");
  const uid = state.get("SubtensorModule.Uids", [netuid, hotkey]);
  if (uid === undefined) refuse("HotKeyNotRegisteredInSubNet");
  if (!hasStakeForWeights(state, hotkey, netuid)) refuse("NotEnoughStakeToSetWeights");
  const versionKey = state.get("SubtensorModule.WeightsVersionKey", [netuid]);
  if (opinion.versionKey < versionKey) refuse("IncorrectWeightVersionKey");
  const isCommitReveal = state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid]);
  if (!isCommitReveal && !hasWaited(state, netuid, mecid, uid, block)) {
    refuse("SettingWeightsTooFast");
  }
  const isSelfWeight = uids.length === 1 && uids[0] === uid;
  if (!isSelfWeight && !mayValidate(state, netuid, uid)) refuse("NeuronNoValidatorPermit");
  if (new Set(uids).size !== uids.length) refuse("DuplicateUids");
  if (uids.some((target) => target >= neurons)) refuse("UidVecContainInvalidOne");
  const least = Math.min(state.get("SubtensorModule.MinAllowedWeights", [netuid]), neurons);
  if (!isSelfWeight && uids.length < least) refuse("WeightVecLengthIsLow");
  const upscaled = maxUpscale(values);
  const limit = state.get("SubtensorModule.MaxWeightsLimit", [netuid]);
  if (!isSelfWeight && exceeds(upscaled, limit)) refuse("MaxWeightExceeded");

  const index = storageIndex(netuid, mecid);
  state.put(
    "SubtensorModule.Weights",
    [index, uid],
    uids.map((target, k) => [target, upscaled[k] ?? 0]),
  );
  if (!isCommitReveal) setLastUpdate(state, netuid, mecid, uid, block);
  context.emit("SubtensorModule", "WeightsSet", [index, uid]);
}

/** The owner's hotkey needs none. */
export function hasStakeForWeights(state: State, hotkey: Hotkey, netuid: number): boolean {
  const uid = state.get("SubtensorModule.Uids", [netuid, hotkey]);
  if (uid !== undefined && uid === ownerUid(state, netuid)) return true;
  const threshold = state.get("SubtensorModule.StakeThreshold", []);
  return stakeWeight(state, hotkey, netuid) >= threshold;
}

/** Whether WeightsSetRateLimit lets `uid` set or commit weights again. */
export function hasWaited(
  state: State,
  netuid: number,
  mecid: number,
  uid: number,
  block: number,
): boolean {
  const index = storageIndex(netuid, mecid);
  const last = state.get("SubtensorModule.LastUpdate", [index])[uid] ?? 0n;
  // Zero is the default: it never set any.
  if (last === 0n) return true;
  return BigInt(block) - last >= state.get("SubtensorModule.WeightsSetRateLimit", [netuid]);
}

export function setLastUpdate(
  state: State,
  netuid: number,
  mecid: number,
  uid: number,
  block: number,
): void {
  const index = storageIndex(netuid, mecid);
  const before = state.get("SubtensorModule.LastUpdate", [index]);
  // A mechanism that was added after its neurons came has no entries for them yet.
  const length = Math.max(before.length, uid + 1);
  const after = Array.from({ length }, (_, i) => (i === uid ? BigInt(block) : (before[i] ?? 0n)));
  state.put("SubtensorModule.LastUpdate", [index], after);
}

/** Undefined when the owner's hotkey is not registered. */
export function ownerUid(state: State, netuid: number): number | undefined {
  if (!state.has("SubtensorModule.SubnetOwnerHotkey", [netuid])) return undefined;
  const hotkey = state.get("SubtensorModule.SubnetOwnerHotkey", [netuid]);
  return state.get("SubtensorModule.Uids", [netuid, hotkey]);
}

function mayValidate(state: State, netuid: number, uid: number): boolean {
  if (uid === ownerUid(state, netuid)) return true;
  return state.get("SubtensorModule.ValidatorPermit", [netuid])[uid] === true;
}

/** Whether one weight is a larger part of their sum than `limit` is of 65535, in I32F32. */
function exceeds(weights: readonly number[], limit: number): boolean {
  if (limit === U16_ONE) return false;
  const total = BigInt(weights.reduce((sum, weight) => sum + weight, 0));
  const largest = BigInt(Math.max(0, ...weights));
  if (total === 0n) return false;
  return (largest << 32n) / total > (BigInt(limit) << 32n) / BigInt(U16_ONE);
}
