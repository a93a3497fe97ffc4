/**
 * What the pool asks of a transaction about weights before it takes it: stake and patience. So a validator learns of
 * these two mistakes by error 1010 with a code, and of all others by the event of a failed extrinsic.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import type { Context, PoolRefusal } from "../runtime/pallet.ts";
import { hasStakeForWeights, hasWaited } from "./weight-rules.ts";

/** Every one of the subnets must see enough stake. */
export function screenStake(
  { state }: Context,
  who: Hotkey,
  netuids: readonly number[],
): PoolRefusal | undefined {
  const hasEnough = netuids.every((netuid) => hasStakeForWeights(state, who, netuid));
  return hasEnough ? undefined : "StakeAmountTooLow";
}

/** Plain weights. With commit-reveal the rate is the commit's, and the call itself will be refused. */
export function screenSet(
  context: Context,
  who: Hotkey,
  netuid: number,
  mecid: number,
): PoolRefusal | undefined {
  const stake = screenStake(context, who, [netuid]);
  if (stake !== undefined) return stake;
  if (context.state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid])) return undefined;
  return screenRate(context, who, netuid, mecid);
}

/** Commits of hashes. */
export function screenCommit(
  context: Context,
  who: Hotkey,
  netuid: number,
  mecid: number,
): PoolRefusal | undefined {
  return screenStake(context, who, [netuid]) ?? screenRate(context, who, netuid, mecid);
}

/** A hotkey without a uid passes: its call fails and says so. */
function screenRate(
  { state, block }: Context,
  who: Hotkey,
  netuid: number,
  mecid: number,
): PoolRefusal | undefined {
  const uid = state.get("SubtensorModule.Uids", [netuid, who]);
  if (uid === undefined || hasWaited(state, netuid, mecid, uid, block)) return undefined;
  return "RateLimitExceeded";
}
