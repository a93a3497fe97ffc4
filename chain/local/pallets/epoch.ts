/**
 * An epoch of a subnet: Yuma over each of its mechanisms, and what comes of it into storage. Pays nobody; that is the
 * coinbase's part.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import type { Context } from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import type { YumaInput, YumaParameters } from "../yuma/input.ts";
import { runYuma, type YumaOutcome } from "../yuma/yuma.ts";
import { MAIN_MECHANISM, storageIndex } from "./mechanism.ts";
import { activityCutoff, isCommitExpired } from "./schedule.ts";
import { stakeWeight } from "./stake-weight.ts";
import { ownerUid } from "./weight-rules.ts";

const U16_ONE = 65_535;

/** Shares of mechanisms are fractions of 2^64, as U64F64. */
const SHARE_BITS = 64n;

/** Rao of the subnet's alpha that a uid earned; for validating it is a measure, not yet a payment. */
export interface Earnings {
  readonly hotkey: Hotkey;
  readonly serving: bigint;
  readonly validating: bigint;
}

/** Runs it, whether it is due or not. @param emission rao to share out @returns by uid */
export function runEpoch(context: Context, netuid: number, emission: bigint): Earnings[] {
  const { state } = context;
  const subnet = readSubnet(state, netuid);
  const terms = subnet.hotkeys.map(() => newTerms());
  for (const [mecid, part] of splitEmission(state, netuid, emission).entries()) {
    const outcomes = runYuma(parametersOf(state, netuid), {
      block: context.block,
      lastEpochBlock: Number(state.get("SubtensorModule.LastMechansimStepBlock", [netuid])),
      ...(subnet.ownerUid === undefined ? {} : { ownerUid: subnet.ownerUid }),
      emission: part,
      neurons: neuronsOf(context, netuid, mecid, subnet),
    });
    storeMechanism(context, storageIndex(netuid, mecid), outcomes);
    const share = shareOf(part, emission, mecid);
    for (const [uid, outcome] of outcomes.entries()) addTerms(terms[uid], outcome, share);
  }
  storeSubnet(state, netuid, terms);
  return subnet.hotkeys.map((hotkey, uid) => ({
    hotkey,
    serving: terms[uid]?.serving ?? 0n,
    validating: terms[uid]?.validating ?? 0n,
  }));
}

/** Of a mechanism in the subnet's emission; while there is none, the first stands for all. */
function shareOf(part: bigint, emission: bigint, mecid: number): bigint {
  if (emission > 0n) return (part << SHARE_BITS) / emission;
  return mecid === MAIN_MECHANISM ? 1n << SHARE_BITS : 0n;
}

/** What all mechanisms of a subnet have in common; arrays by uid. */
interface Subnet {
  readonly hotkeys: readonly Hotkey[];
  readonly uids: ReadonlyMap<Hotkey, number>;
  readonly ownerUid: number | undefined;
  /** Rao. */
  readonly stake: readonly bigint[];
  readonly validatorPermit: readonly boolean[];
  readonly blockAtRegistration: readonly number[];
}

function readSubnet(state: State, netuid: number): Subnet {
  const n = state.get("SubtensorModule.SubnetworkN", [netuid]);
  const hotkeys = Array.from({ length: n }, (_, uid) =>
    state.get("SubtensorModule.Keys", [netuid, uid]),
  );
  const permits = state.get("SubtensorModule.ValidatorPermit", [netuid]);
  return {
    hotkeys,
    uids: new Map(hotkeys.map((hotkey, uid) => [hotkey, uid])),
    ownerUid: ownerUid(state, netuid),
    stake: hotkeys.map((hotkey) => stakeWeight(state, hotkey, netuid)),
    validatorPermit: hotkeys.map((_, uid) => permits[uid] === true),
    blockAtRegistration: hotkeys.map((_, uid) =>
      Number(state.get("SubtensorModule.BlockAtRegistration", [netuid, uid])),
    ),
  };
}

function parametersOf(state: State, netuid: number): YumaParameters {
  return {
    tempo: state.get("SubtensorModule.Tempo", [netuid]),
    activityCutoff: Number(activityCutoff(state, netuid)),
    stakeThreshold: state.get("SubtensorModule.StakeThreshold", []),
    maxAllowedValidators: state.get("SubtensorModule.MaxAllowedValidators", [netuid]),
    kappa: state.get("SubtensorModule.Kappa", [netuid]),
    bondsMovingAverage: Number(state.get("SubtensorModule.BondsMovingAverage", [netuid])),
    bondsPenalty: state.get("SubtensorModule.BondsPenalty", [netuid]),
    yuma3On: state.get("SubtensorModule.Yuma3On", [netuid]),
    liquidAlphaOn: state.get("SubtensorModule.LiquidAlphaOn", [netuid]),
    alphaValues: state.get("SubtensorModule.AlphaValues", [netuid]),
    alphaSigmoidSteepness: state.get("SubtensorModule.AlphaSigmoidSteepness", [netuid]),
  };
}

function neuronsOf(
  context: Context,
  netuid: number,
  mecid: number,
  subnet: Subnet,
): YumaInput["neurons"] {
  const { state } = context;
  const index = storageIndex(netuid, mecid);
  const lastUpdate = state.get("SubtensorModule.LastUpdate", [index]);
  const pending = state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid])
    ? pendingCommits(context, netuid, index, subnet)
    : new Map<number, bigint>();
  return subnet.hotkeys.map((_, uid) => {
    const committed = pending.get(uid);
    return {
      stake: subnet.stake[uid] ?? 0n,
      validatorPermit: subnet.validatorPermit[uid] ?? false,
      lastUpdate: Number(lastUpdate[uid] ?? 0n),
      blockAtRegistration: subnet.blockAtRegistration[uid] ?? 0,
      ...(committed === undefined ? {} : { earliestCommitBlock: Number(committed) }),
      weights: ascending(state.get("SubtensorModule.Weights", [index, uid])),
      bonds: state.get("SubtensorModule.Bonds", [index, uid]),
    };
  });
}

/**
 * The block of the oldest commit of each uid that may still be revealed. A commit moves LastUpdate, so without it
 * weights that are older than the newcomer on a uid would be taken for an opinion of the newcomer.
 */
function pendingCommits(
  { state, block }: Context,
  netuid: number,
  index: number,
  { uids }: Subnet,
): Map<number, bigint> {
  const oldest = new Map<number, bigint>();
  const note = (who: Hotkey, committed: bigint): void => {
    const uid = uids.get(who);
    if (uid === undefined) return;
    const before = oldest.get(uid);
    if (before === undefined || committed < before) oldest.set(uid, committed);
  };
  for (const [[, who], commits] of state.entries("SubtensorModule.WeightCommits", [index])) {
    const live = commits.find(([, epoch]) => !isCommitExpired(state, netuid, block, epoch));
    if (live !== undefined) note(who, live[2]);
  }
  for (const [[, epoch], commits] of state.entries("SubtensorModule.TimelockedWeightCommits", [
    index,
  ])) {
    if (isCommitExpired(state, netuid, block, epoch)) continue;
    for (const [who, committed] of commits) note(who, committed);
  }
  return oldest;
}

/** Weights are stored in the order in which the validator named them. */
function ascending(row: [number, number][]): [number, number][] {
  const isAscending = row.every(([j], k) => k === 0 || j > (row[k - 1]?.[0] ?? 0));
  return isAscending ? row : [...row].sort(([a], [b]) => a - b);
}

/** By mechanism; what rounding leaves goes to the first. */
function splitEmission(state: State, netuid: number, emission: bigint): bigint[] {
  const count = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
  const split = state.get("SubtensorModule.MechanismEmissionSplit", [netuid]);
  const parts = Array.from({ length: count }, (_, mecid) =>
    split === undefined
      ? emission / BigInt(count)
      : (emission * BigInt(split[mecid] ?? 0)) / BigInt(U16_ONE),
  );
  const rest = emission - parts.reduce((sum, part) => sum + part, 0n);
  return parts.map((part, mecid) => (mecid === MAIN_MECHANISM ? part + rest : part));
}

function storeMechanism(context: Context, index: number, outcomes: readonly YumaOutcome[]): void {
  const { state } = context;
  state.put(
    "SubtensorModule.Incentive",
    [index],
    outcomes.map(({ incentive }) => incentive),
  );
  for (const [uid, { bonds }] of outcomes.entries()) {
    state.put("SubtensorModule.Bonds", [index, uid], bonds as [number, number][]);
  }
  context.emit("SubtensorModule", "IncentiveAlphaEmittedToMiners", {
    netuid: index,
    emissions: outcomes.map(({ serverEmission }) => serverEmission),
  });
}

/** Of one uid over all mechanisms: fractions by the mechanisms' shares of the emission, rao summed. */
interface Terms {
  active: boolean;
  validatorPermit: boolean;
  consensus: number;
  dividends: number;
  validatorTrust: number;
  stakeWeight: number;
  emission: bigint;
  serving: bigint;
  validating: bigint;
}

function newTerms(): Terms {
  return {
    active: false,
    validatorPermit: false,
    consensus: 0,
    dividends: 0,
    validatorTrust: 0,
    stakeWeight: 0,
    emission: 0n,
    serving: 0n,
    validating: 0n,
  };
}

function addTerms(terms: Terms | undefined, outcome: YumaOutcome, share: bigint): void {
  if (terms === undefined) return;
  const weigh = (value: bigint): bigint => (value * share) >> SHARE_BITS;
  const weighU16 = (value: number): number => Number(weigh(BigInt(value)));
  terms.active ||= outcome.active;
  terms.validatorPermit ||= outcome.validatorPermit;
  terms.consensus += weighU16(outcome.consensus);
  terms.dividends += weighU16(outcome.dividends);
  terms.validatorTrust += weighU16(outcome.validatorTrust);
  terms.stakeWeight += weighU16(outcome.stakeWeight);
  terms.emission += weigh(outcome.emission);
  terms.serving += outcome.serverEmission;
  terms.validating += outcome.validatorEmission;
}

function storeSubnet(state: State, netuid: number, terms: readonly Terms[]): void {
  state.put(
    "SubtensorModule.Active",
    [netuid],
    terms.map((t) => t.active),
  );
  state.put(
    "SubtensorModule.Emission",
    [netuid],
    terms.map((t) => t.emission),
  );
  state.put(
    "SubtensorModule.Consensus",
    [netuid],
    terms.map((t) => t.consensus),
  );
  state.put(
    "SubtensorModule.Dividends",
    [netuid],
    terms.map((t) => t.dividends),
  );
  state.put(
    "SubtensorModule.ValidatorTrust",
    [netuid],
    terms.map((t) => t.validatorTrust),
  );
  state.put(
    "SubtensorModule.ValidatorPermit",
    [netuid],
    terms.map((t) => t.validatorPermit),
  );
  state.put(
    "SubtensorModule.StakeWeight",
    [netuid],
    terms.map((t) => t.stakeWeight),
  );
}
