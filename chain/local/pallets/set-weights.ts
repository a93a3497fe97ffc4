/**
 * Plain weights: set_weights and its forms, for subnets without commit-reveal.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import {
  type CallHandler,
  type Context,
  ensureSigned,
  type PalletPart,
} from "../runtime/pallet.ts";
import { MAIN_MECHANISM } from "./mechanism.ts";
import { refuse } from "./refusal.ts";
import { storeWeights } from "./weight-rules.ts";
import { completeBatch } from "./weights-batch.ts";
import { screenSet, screenStake } from "./weights-screens.ts";

interface SetWeights {
  readonly netuid: number;
  readonly dests: readonly number[];
  readonly weights: readonly number[];
  readonly version_key: bigint;
}

interface SetMechanismWeights extends SetWeights {
  readonly mecid: number;
}

interface BatchSetWeights {
  readonly netuids: readonly number[];
  readonly weights: readonly (readonly (readonly [uid: number, value: number])[])[];
  readonly version_keys: readonly (number | bigint)[];
}

const setMechanismWeights: CallHandler = (context, origin, args: SetMechanismWeights) => {
  const { netuid, mecid, dests: uids, weights: values, version_key: versionKey } = args;
  refuseCommitReveal(context, netuid);
  storeWeights(context, ensureSigned(origin), { netuid, mecid, uids, values, versionKey });
};

const setWeights: CallHandler = (context, origin, args: SetWeights) => {
  setMechanismWeights(context, origin, { ...args, mecid: MAIN_MECHANISM } as never);
};

const batchSetWeights: CallHandler = (context, origin, args: BatchSetWeights) => {
  const hotkey = ensureSigned(origin);
  const { netuids, weights, version_keys: versionKeys } = args;
  if (!hasEqualLengths(args)) refuse("InputLengthsUnequal");
  completeBatch(context, hotkey, netuids, (netuid, i) => {
    refuseCommitReveal(context, netuid);
    storeWeights(context, hotkey, {
      netuid,
      mecid: MAIN_MECHANISM,
      uids: (weights[i] ?? []).map(([uid]) => uid),
      values: (weights[i] ?? []).map(([, value]) => value),
      versionKey: BigInt(versionKeys[i] ?? 0),
    });
  });
};

function refuseCommitReveal({ state }: Context, netuid: number): void {
  if (state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid])) {
    refuse("CommitRevealEnabled");
  }
}

function hasEqualLengths({ netuids, weights, version_keys }: BatchSetWeights): boolean {
  return netuids.length === weights.length && netuids.length === version_keys.length;
}

export const SET_WEIGHTS: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    set_weights: setWeights,
    set_mechanism_weights: setMechanismWeights,
    batch_set_weights: batchSetWeights,
  },
  free: ["set_weights", "set_mechanism_weights", "batch_set_weights"],
  screens: {
    set_weights: (context, who, { netuid }: SetWeights) =>
      screenSet(context, who, netuid, MAIN_MECHANISM),
    set_mechanism_weights: (context, who, { netuid, mecid }: SetMechanismWeights) =>
      screenSet(context, who, netuid, mecid),
    batch_set_weights: (context: Context, who: Hotkey, args: BatchSetWeights) =>
      hasEqualLengths(args) ? screenStake(context, who, args.netuids) : "InputLengthsUnequal",
  },
};
