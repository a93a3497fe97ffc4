/**
 * Commit-reveal, version 4: weights sealed to a round of drand, which the chain itself opens in the epoch that lies
 * RevealPeriodEpochs after the commit's, as soon as it has the round's pulse. A commit whose round has no pulse by the
 * end of that epoch is dropped, and so is one that cannot be opened or whose weights break a rule.
 * @module
 */
import { blake2AsHex } from "@polkadot/util-crypto";
import { hotkeyOf } from "../../account.ts";
import type { Hotkey } from "../../chain.ts";
import { ChainError } from "../../error.ts";
import { MAX_SEALED_BYTES, opener } from "../../timelock/seal.ts";
import { decodeWeightsPayload, type WeightsPayload } from "../../timelock/weights-payload.ts";
import {
  type CallHandler,
  type Context,
  DispatchFailure,
  ensureSigned,
  type PalletPart,
  type PoolRefusal,
} from "../runtime/pallet.ts";
import { ensureCommitReveal } from "./hashed-commits.ts";
import { ensureMechanism, MAIN_MECHANISM, storageIndex } from "./mechanism.ts";
import { refuse } from "./refusal.ts";
import { deferredEpochs, epochOf, isEpochDue } from "./schedule.ts";
import { hasWaited, setLastUpdate, storeWeights } from "./weight-rules.ts";
import { screenStake } from "./weights-screens.ts";

/** Commits of one hotkey in one epoch. */
const MAX_UNREVEALED = 10;

/**
 * Opened in one block; the others wait for the next, but none beyond its epoch. One takes about 13 ms, so blocks of
 * 250 ms are not held up. The real chain opens all at once, and has 12 s.
 */
const MAX_OPENED_PER_BLOCK = 8;

interface Commit {
  readonly netuid: number;
  readonly mecid: number;
  readonly commit: Uint8Array;
  readonly reveal_round: bigint;
  readonly commit_reveal_version: number;
}

function commit(context: Context, hotkey: Hotkey, args: Commit): void {
  const { state, block } = context;
  const { netuid, mecid, commit: sealed, reveal_round: round } = args;
  // The metadata has no bound on the bytes, so the decoder lets pass what the real runtime's refuses.
  if (sealed.length > MAX_SEALED_BYTES) throw new DispatchFailure({ type: "Other" });
  ensureMechanism(state, netuid, mecid);
  ensureCommitReveal(context, netuid);
  const version = state.get("SubtensorModule.CommitRevealWeightsVersion", []);
  if (args.commit_reveal_version !== version) refuse("IncorrectCommitRevealVersion");
  const uid = state.get("SubtensorModule.Uids", [netuid, hotkey]);
  if (uid === undefined) refuse("HotKeyNotRegisteredInSubNet");
  if (!hasWaited(state, netuid, mecid, uid, block)) refuse("CommittingWeightsTooFast");

  const index = storageIndex(netuid, mecid);
  const epoch = epochOf(state, netuid, block);
  const commits = state.get("SubtensorModule.TimelockedWeightCommits", [index, epoch]);
  const own = commits.filter(([who]) => who === hotkey).length;
  if (own >= MAX_UNREVEALED) refuse("TooManyUnrevealedCommits");
  state.put(
    "SubtensorModule.TimelockedWeightCommits",
    [index, epoch],
    [...commits, [hotkey, BigInt(block), sealed, round]],
  );
  const hash = blake2AsHex(sealed, 256);
  context.emit("SubtensorModule", "TimelockedWeightsCommitted", [hotkey, index, hash, round]);
  setLastUpdate(state, netuid, mecid, uid, block);
}

/** Reveals what may be revealed in this block. A subnet whose epoch has to wait keeps its commits until it runs. */
export function revealTimelocked(context: Context, netuids: readonly number[]): void {
  const { state, block } = context;
  const deferred = deferredEpochs(state, netuids, block);
  const run: Run = { left: MAX_OPENED_PER_BLOCK, openers: new Map() };
  for (const netuid of netuids) {
    if (deferred.has(netuid)) continue;
    const count = state.get("SubtensorModule.MechanismCountCurrent", [netuid]);
    for (let mecid = 0; mecid < count; mecid++) revealMechanism(context, netuid, mecid, run);
  }
}

/** Of one block. */
interface Run {
  left: number;
  /** By round: its pulse is decoded once for all commits that wait for it. */
  readonly openers: Map<bigint, Opener>;
}

type Opener = (sealed: Uint8Array) => Uint8Array;

function openerOf({ openers }: Run, round: bigint, signature: Uint8Array): Opener {
  const known = openers.get(round) ?? opener(signature);
  openers.set(round, known);
  return known;
}

function revealMechanism(context: Context, netuid: number, mecid: number, run: Run): void {
  const { state, block } = context;
  const index = storageIndex(netuid, mecid);
  const item = "SubtensorModule.TimelockedWeightCommits";
  const revealed =
    epochOf(state, netuid, block) - state.get("SubtensorModule.RevealPeriodEpochs", [netuid]);
  // Those that are left would be dropped with the next block.
  const isLastChance = !isEpochDue(state, netuid, block) && isEpochDue(state, netuid, block + 1);
  for (const [[, epoch], commits] of state.entries(item, [index])) {
    if (epoch < revealed) state.remove(item, [index, epoch]);
    if (epoch !== revealed) continue;
    const waiting = commits.filter(([who, , sealed, round]) => {
      const pulse = state.get("Drand.Pulses", [round]);
      if (pulse === undefined || (run.left <= 0 && !isLastChance)) return true;
      run.left--;
      const open = openerOf(run, round, pulse.signature);
      reveal(context, who, { netuid, mecid, payload: openPayload(sealed, open) });
      return false;
    });
    if (waiting.length === commits.length) continue;
    if (waiting.length === 0) state.remove(item, [index, epoch]);
    else state.put(item, [index, epoch], waiting);
  }
}

interface Opened {
  readonly netuid: number;
  readonly mecid: number;
  readonly payload: WeightsPayload | undefined;
}

function reveal(context: Context, who: Hotkey, { netuid, mecid, payload }: Opened): void {
  if (payload === undefined) return;
  // Whoever copied another's commit cannot pass it for his own.
  if (payload.hotkey !== undefined && hotkeyOf(payload.hotkey) !== who) return;
  const { uids, values, versionKey } = payload;
  try {
    storeWeights(context, who, { netuid, mecid, uids, values, versionKey });
  } catch (error) {
    if (error instanceof DispatchFailure) return;
    throw error;
  }
  const index = storageIndex(netuid, mecid);
  context.emit("SubtensorModule", "TimelockedWeightsRevealed", [index, who]);
}

/** Undefined for what its author spoiled. */
function openPayload(sealed: Uint8Array, open: Opener): WeightsPayload | undefined {
  try {
    return decodeWeightsPayload(open(sealed));
  } catch (error) {
    if (error instanceof ChainError) return undefined;
    throw error;
  }
}

function screen(
  context: Context,
  who: Hotkey,
  { netuid, commit: sealed, reveal_round: round }: Commit,
): PoolRefusal | undefined {
  const stake = screenStake(context, who, [netuid]);
  if (stake !== undefined) return stake;
  if (sealed.length > MAX_SEALED_BYTES) return "BadRequest";
  // What is sealed to a round that is out already hides nothing.
  const isOut = round < context.state.get("Drand.LastStoredRound", []);
  return isOut ? "InvalidRevealRound" : undefined;
}

const onMain = (args: Commit): Commit => ({ ...args, mecid: MAIN_MECHANISM });

/** The form of version 3 for mechanisms names no version: it is taken for the present one. */
const commitCrv3: CallHandler = (context, origin, args: Commit) => {
  const version = context.state.get("SubtensorModule.CommitRevealWeightsVersion", []);
  commit(context, ensureSigned(origin), { ...args, commit_reveal_version: version });
};

export const TIMELOCKED_COMMITS: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    commit_timelocked_weights: (context, origin, args: Commit) =>
      commit(context, ensureSigned(origin), onMain(args)),
    commit_timelocked_mechanism_weights: (context, origin, args: Commit) =>
      commit(context, ensureSigned(origin), args),
    commit_crv3_mechanism_weights: commitCrv3,
  },
  free: [
    "commit_timelocked_weights",
    "commit_timelocked_mechanism_weights",
    "commit_crv3_mechanism_weights",
  ],
  screens: {
    commit_timelocked_weights: screen,
    commit_timelocked_mechanism_weights: screen,
    commit_crv3_mechanism_weights: screen,
  },
};
