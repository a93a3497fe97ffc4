/**
 * The state as those see it who ask: metagraph, epoch, account.
 * @module
 */
import type { EpochInfo, Metagraph } from "../chain.ts";
import { type State, stakeOf } from "./state.ts";

export function metagraphOf(state: State): Metagraph {
  const { netuid, neurons, owner } = state.subnet;
  return {
    netuid,
    block: state.block,
    neurons: neurons.map((seat, uid) => ({
      uid,
      hotkey: seat.hotkey,
      coldkey: state.hotkeys.get(seat.hotkey)?.coldkey ?? owner,
      stake: stakeOf(state, seat.hotkey),
      validatorPermit: seat.validatorPermit,
      active: seat.active,
      endpoint: seat.endpoint,
      lastUpdate: seat.lastUpdate,
      registeredAt: seat.blockAtRegistration,
      incentive: seat.incentive,
      consensus: seat.consensus,
      dividends: seat.dividends,
      validatorTrust: seat.validatorTrust,
      emission: seat.emission,
      weights: seat.weights,
    })),
  };
}

export function epochInfoOf({ subnet }: State): EpochInfo {
  const { parameters, lastEpochBlock, subnetEpochIndex } = subnet;
  return {
    tempo: parameters.tempo,
    index: subnetEpochIndex,
    lastEpochBlock,
    nextEpochBlock: lastEpochBlock + parameters.tempo,
    weightsRateLimit: parameters.weightsSetRateLimit,
    weightsVersionKey: parameters.weightsVersionKey,
    minAllowedWeights: parameters.minAllowedWeights,
    maxWeightsLimit: parameters.maxWeightsLimit,
  };
}
