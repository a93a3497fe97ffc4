/**
 * What happens every `tempo` blocks, before the transactions of that block: Yuma weighs what was set until then, and
 * the rao made since the last epoch are paid: 18 % to the subnet's owner, 41 % to miners by incentive, 41 % to
 * validators by dividends (all 82 % by stake while nobody has set weights). Earnings are stake of the hotkey.
 *
 * So a validator's way is: stake, then a permit at the next epoch, then weights, then pay at the epoch after.
 * @module
 */
import { accountOf, type Seat, type State, stakeOf, withAccount, withOwnership } from "./state.ts";
import { runYuma, type YumaOutcome } from "./yuma/yuma.ts";

const OWNER_PERCENT = 18n;

export function isEpochDue({ block, subnet }: State): boolean {
  return block >= subnet.lastEpochBlock + subnet.parameters.tempo;
}

export function runEpoch(state: State): State {
  const { subnet, block } = state;
  const made = subnet.parameters.blockEmission * BigInt(block - subnet.lastEpochBlock);
  const ownersCut = (made * OWNER_PERCENT) / 100n;

  const outcomes = runYuma(subnet.parameters, {
    block,
    lastEpochBlock: subnet.lastEpochBlock,
    emission: made - ownersCut,
    neurons: subnet.neurons.map((seat) => ({ ...seat, stake: stakeOf(state, seat.hotkey) })),
  });
  const seats = subnet.neurons.map((seat, uid) => afterEpoch(seat, outcomes[uid]));
  const stepped: State = {
    ...state,
    subnet: {
      ...subnet,
      neurons: seats,
      lastEpochBlock: block,
      subnetEpochIndex: subnet.subnetEpochIndex + 1,
    },
  };
  const isAnybodyPaid = seats.some(({ emission }) => emission > 0n);
  // With nobody to earn it nothing is made: an owner alone does not mint.
  return isAnybodyPaid ? payOwner(payNeurons(stepped), ownersCut) : stepped;
}

function afterEpoch(seat: Seat, outcome: YumaOutcome | undefined): Seat {
  if (outcome === undefined) return seat;
  const { serverEmission, validatorEmission, emission: _, stakeWeight: __, ...rest } = outcome;
  return { ...seat, ...rest, emission: serverEmission + validatorEmission };
}

function payNeurons(state: State): State {
  return state.subnet.neurons.reduce((paid, { hotkey, emission }) => {
    const ownership = paid.hotkeys.get(hotkey);
    if (ownership === undefined || emission === 0n) return paid;
    const earned = withOwnership(paid, hotkey, {
      ...ownership,
      stake: ownership.stake + emission,
    });
    return { ...earned, issued: earned.issued + emission };
  }, state);
}

function payOwner(state: State, cut: bigint): State {
  const { owner } = state.subnet;
  const account = accountOf(state, owner);
  const paid = withAccount(state, owner, { ...account, balance: account.balance + cut });
  return { ...paid, issued: paid.issued + cut };
}
