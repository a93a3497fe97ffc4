/**
 * All that the local chain knows after a block. It is never changed in place: a transaction or an epoch makes a new
 * state out of an old one, so what was refused has left no trace. Names are Subtensor's storage items.
 *
 * Every rao is somewhere:  Σ balances + Σ stakes + burned = issued.
 * @module
 */
import type { Endpoint, Hotkey } from "../chain.ts";

export interface State {
  /** Number of the block after which this holds. */
  readonly block: number;
  readonly accounts: ReadonlyMap<Hotkey, Account>;
  /** Every hotkey that was ever registered. */
  readonly hotkeys: ReadonlyMap<Hotkey, Ownership>;
  readonly subnet: Subnet;
  /** Rao ever made, at genesis or as emission. */
  readonly issued: bigint;
  /** Rao destroyed: fees and the price of registrations. */
  readonly burned: bigint;
}

export interface Account {
  /** Of the next transaction. */
  readonly nonce: number;
  /** Free rao. */
  readonly balance: bigint;
}

export interface Ownership {
  readonly coldkey: Hotkey;
  /** Rao staked to the hotkey. Only its coldkey stakes here: this chain has no delegation. */
  readonly stake: bigint;
}

export interface Subnet {
  readonly netuid: number;
  /** Coldkey that receives the owner's share of every emission. */
  readonly owner: Hotkey;
  readonly parameters: Hyperparameters;
  /** By uid. */
  readonly neurons: readonly Seat[];
  /**
   * Block of the last epoch, 0 before the first. Subtensor's LastMechansimStepBlock (its spelling) is equal to it here,
   * and BlocksSinceLastStep is the distance to it, for this chain never skips an epoch that is due.
   */
  readonly lastEpochBlock: number;
  /** Epochs that have run. */
  readonly subnetEpochIndex: number;
}

/** uid to u16, ascending by uid. */
export type SparseRow = readonly (readonly [uid: number, value: number])[];

/** What a uid is and has earned. */
export interface Seat {
  readonly hotkey: Hotkey;
  readonly blockAtRegistration: number;
  /** Block of the last weights; of the registration before the first. */
  readonly lastUpdate: number;
  readonly endpoint: Endpoint | undefined;
  /** Block of the last serve_axon, 0 before the first. */
  readonly servedAt: number;
  readonly weights: SparseRow;
  readonly bonds: SparseRow;
  readonly validatorPermit: boolean;
  readonly active: boolean;
  readonly consensus: number;
  readonly incentive: number;
  readonly dividends: number;
  readonly validatorTrust: number;
  /** Rao of the last epoch. */
  readonly emission: bigint;
}

/** Subtensor's hyperparameters, as far as this chain has them; u16 fractions count 65535 as one. */
export interface Hyperparameters {
  /** Blocks from one epoch to the next. */
  readonly tempo: number;
  /** Rao made for the subnet in every block; paid in epochs. */
  readonly blockEmission: bigint;
  /** Rao burned by a registration. */
  readonly burn: bigint;
  readonly maxAllowedUids: number;
  readonly maxAllowedValidators: number;
  /** Rao below which stake does not count: no permit, no weights. */
  readonly stakeThreshold: bigint;
  /** Blocks without new weights after which a validator's stake does not count. */
  readonly activityCutoff: number;
  readonly weightsSetRateLimit: number;
  readonly weightsVersionKey: bigint;
  readonly minAllowedWeights: number;
  readonly maxWeightsLimit: number;
  readonly servingRateLimit: number;
  readonly kappa: number;
  /** Parts of a million. */
  readonly bondsMovingAverage: number;
  readonly bondsPenalty: number;
  readonly yuma3On: boolean;
  readonly liquidAlphaOn: boolean;
  readonly alphaValues: readonly [low: number, high: number];
  /** Percent. */
  readonly alphaSigmoidSteepness: number;
}

export function accountOf(state: State, key: Hotkey): Account {
  return state.accounts.get(key) ?? { nonce: 0, balance: 0n };
}

export function withAccount(state: State, key: Hotkey, account: Account): State {
  return { ...state, accounts: new Map(state.accounts).set(key, account) };
}

export function withOwnership(state: State, key: Hotkey, ownership: Ownership): State {
  return { ...state, hotkeys: new Map(state.hotkeys).set(key, ownership) };
}

export function withSeat(state: State, uid: number, seat: Seat): State {
  return { ...state, subnet: { ...state.subnet, neurons: state.subnet.neurons.with(uid, seat) } };
}

export function stakeOf(state: State, key: Hotkey): bigint {
  return state.hotkeys.get(key)?.stake ?? 0n;
}

/** @returns undefined when `key` has no seat in the subnet. */
export function uidOf(state: State, key: Hotkey): number | undefined {
  const uid = state.subnet.neurons.findIndex((seat) => seat.hotkey === key);
  return uid === -1 ? undefined : uid;
}
