/**
 * The Commitments pallet: a few hundred bytes that a registered hotkey publishes about itself, such
 * as where its model is. Fields may be sealed to a round of drand; they are opened when the chain
 * has the round's pulse (reveal-commitments.ts).
 * @module
 */
import { publicKeyOf } from "../../account.ts";
import type { Hotkey } from "../../chain.ts";
import {
  type Context,
  DispatchFailure,
  ensureRoot,
  ensureSigned,
  fail,
  type Origin,
  type PalletPart,
} from "../runtime/pallet.ts";
import type { State } from "../runtime/state.ts";
import { storageIndex } from "./mechanism.ts";
import { uidOf } from "./neurons.ts";
import { epochOf } from "./schedule.ts";

/** One piece of a commitment; `Raw0` to `Raw128` are named after their lengths. */
export interface Field {
  readonly type: string;
  readonly value?: unknown;
}

export interface Timelocked {
  readonly encrypted: Uint8Array;
  readonly reveal_round: bigint;
}

/** The runtime's constant MaxFields. */
const MAX_FIELDS = 3;

/**
 * Bounds of the runtime's types, which the metadata does not tell: its decoder refuses what is
 * longer.
 */
const MAX_BIG_RAW_BYTES = 512;
const MAX_TIMELOCKED_BYTES = 1_024;

/** What a commitment counts as at least, in bytes of the space that a hotkey has in an epoch. */
const MIN_SPACE = 100;

export function timelockedOf(field: Field): Timelocked | undefined {
  return field.type === "TimelockEncrypted" ? (field.value as Timelocked) : undefined;
}

function setCommitment(
  context: Context,
  origin: Origin,
  { netuid, info }: { readonly netuid: number; readonly info: readonly Field[] },
): void {
  const { state, block, emit } = context;
  const who = ensureSigned(origin);
  if (info.some(isTooLong)) throw new DispatchFailure({ type: "Other" });
  if (uidOf(state, netuid, who) === undefined) fail("Commitments", "AccountNotAllowedCommit");
  if (info.length > MAX_FIELDS) fail("Commitments", "TooManyFieldsInCommitmentInfo");
  useSpace(context, netuid, who, Math.max(MIN_SPACE, sum(info.map(spaceOf))));
  if (info.some(({ type }) => type === "ResetBondsFlag")) {
    state.put("Commitments.LastBondsReset", [netuid, who], block);
    resetBonds(state, netuid, who);
  }
  const deposit = state.get("Commitments.CommitmentOf", [netuid, who])?.deposit ?? 0n;
  state.put("Commitments.CommitmentOf", [netuid, who], { deposit, block, info: [...info] });
  state.put("Commitments.LastCommitment", [netuid, who], block);
  const timelocked = info.map(timelockedOf).find((field) => field !== undefined);
  indexTimelocked(state, netuid, who, timelocked !== undefined);
  if (timelocked === undefined) emit("Commitments", "Commitment", { netuid, who });
  else {
    const { reveal_round } = timelocked;
    emit("Commitments", "TimelockCommitment", { netuid, who, reveal_round });
  }
}

/** Notes whether a hotkey has sealed fields that wait for their round. */
export function indexTimelocked(state: State, netuid: number, who: Hotkey, waits: boolean): void {
  const others = state
    .get("Commitments.TimelockedIndex", [])
    .filter(([subnet, hotkey]) => subnet !== netuid || hotkey !== who);
  const all: [number, Hotkey][] = waits ? [...others, [netuid, who]] : others;
  // A set has one encoding: ascending.
  all.sort(([a, x], [b, y]) => a - b || Buffer.compare(publicKeyOf(x), publicKeyOf(y)));
  state.put("Commitments.TimelockedIndex", [], all);
}

/** @throws DispatchFailure `SpaceLimitExceeded`; a new epoch brings new space */
function useSpace({ state, block }: Context, netuid: number, who: Hotkey, bytes: number): void {
  const epoch = epochOf(state, netuid, block);
  const before = state.get("Commitments.UsedSpaceOf", [netuid, who]);
  const used = (before?.last_epoch === epoch ? before.used_space : 0n) + BigInt(bytes);
  if (used > BigInt(state.get("Commitments.MaxSpace", []))) {
    fail("Commitments", "SpaceLimitExceeded");
  }
  state.put("Commitments.UsedSpaceOf", [netuid, who], { last_epoch: epoch, used_space: used });
}

/** A miner that became another forgoes what validators held of the one before. */
function resetBonds(state: State, netuid: number, who: Hotkey): void {
  const uid = uidOf(state, netuid, who);
  if (uid === undefined || !state.get("SubtensorModule.BondsResetOn", [netuid])) return;
  const mechanisms = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
  for (let mecid = 0; mecid < mechanisms; mecid++) {
    const index = storageIndex(netuid, mecid);
    for (const [keys, row] of state.entries("SubtensorModule.Bonds", [index])) {
      const without = row.filter(([miner]) => miner !== uid);
      if (without.length < row.length) state.put("SubtensorModule.Bonds", keys, without);
    }
  }
}

function isTooLong(field: Field): boolean {
  if (field.type === "BigRaw") return (field.value as Uint8Array).length > MAX_BIG_RAW_BYTES;
  return (timelockedOf(field)?.encrypted.length ?? 0) > MAX_TIMELOCKED_BYTES;
}

/** Bytes. */
function spaceOf(field: Field): number {
  if (typeof field.value === "string") return (field.value.length - "0x".length) / 2;
  if (field.type === "BigRaw") return (field.value as Uint8Array).length;
  return timelockedOf(field)?.encrypted.length ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function setMaxSpace(
  { state }: Context,
  origin: Origin,
  { new_limit }: { readonly new_limit: number },
): void {
  ensureRoot(origin);
  state.put("Commitments.MaxSpace", [], new_limit);
}

export const COMMITMENTS: PalletPart = {
  pallet: "Commitments",
  calls: { set_commitment: setCommitment, set_max_space: setMaxSpace },
  free: ["set_commitment"],
};
