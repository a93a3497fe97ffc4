/**
 * Commit-reveal, version 2: a validator commits the hash of its weights with a salt, and reveals them in the one epoch
 * that lies RevealPeriodEpochs after the commit's.
 * @module
 */
import {
  AccountId,
  Blake2256,
  type Codec,
  Tuple,
  u16,
  u64,
  Vector,
} from "@polkadot-api/substrate-bindings";
import type { Hotkey } from "../../chain.ts";
import {
  type CallHandler,
  type Context,
  ensureSigned,
  type PalletPart,
  type PoolRefusal,
} from "../runtime/pallet.ts";
import { ensureMechanism, MAIN_MECHANISM, storageIndex } from "./mechanism.ts";
import { refuse } from "./refusal.ts";
import { epochOf, isCommitExpired, isRevealEpoch } from "./schedule.ts";
import { hasWaited, setLastUpdate, storeWeights } from "./weight-rules.ts";
import { completeBatch } from "./weights-batch.ts";
import { screenCommit, screenStake } from "./weights-screens.ts";

/** Commits of one hotkey that wait for their reveal. */
const MAX_UNREVEALED = 10;

interface Commit {
  readonly netuid: number;
  readonly mecid: number;
  /** 0x hex of 32 bytes. */
  readonly commit_hash: string;
}

interface BatchCommit {
  readonly netuids: readonly number[];
  readonly commit_hashes: readonly string[];
}

interface Reveal {
  readonly netuid: number;
  readonly mecid: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly salt: readonly number[];
  readonly version_key: bigint;
}

interface BatchReveal {
  readonly netuid: number;
  readonly uids_list: readonly (readonly number[])[];
  readonly values_list: readonly (readonly number[])[];
  readonly salts_list: readonly (readonly number[])[];
  readonly version_keys: readonly bigint[];
}

const HASHED: Codec<[string, number, number[], number[], number[], bigint]> = Tuple(
  AccountId(),
  u16,
  Vector(u16),
  Vector(u16),
  Vector(u16),
  u64,
);

/** Of SCALE(hotkey, storage index, uids, values, salt, version key). 0x hex of 32 bytes. */
function hashOf(hotkey: Hotkey, reveal: Reveal): string {
  const { netuid, mecid, uids, values, salt, version_key } = reveal;
  const index = storageIndex(netuid, mecid);
  const bytes = HASHED.enc([hotkey, index, [...uids], [...values], [...salt], version_key]);
  return `0x${Buffer.from(Blake2256(bytes)).toString("hex")}`;
}

function commit(context: Context, hotkey: Hotkey, { netuid, mecid, commit_hash }: Commit): void {
  const { state, block } = context;
  ensureMechanism(state, netuid, mecid);
  ensureCommitReveal(context, netuid);
  const uid = state.get("SubtensorModule.Uids", [netuid, hotkey]);
  if (uid === undefined) refuse("HotKeyNotRegisteredInSubNet");
  if (!hasWaited(state, netuid, mecid, uid, block)) refuse("CommittingWeightsTooFast");

  const index = storageIndex(netuid, mecid);
  const { waiting } = commitsOf(context, netuid, index, hotkey);
  if (waiting.length >= MAX_UNREVEALED) refuse("TooManyUnrevealedCommits");
  // The fourth is a bound of former runtimes, without meaning now.
  waiting.push([commit_hash, epochOf(state, netuid, block), BigInt(block), 0n]);
  state.put("SubtensorModule.WeightCommits", [index, hotkey], waiting);
  context.emit("SubtensorModule", "WeightsCommitted", [hotkey, index, commit_hash]);
  setLastUpdate(state, netuid, mecid, uid, block);
}

/** Commits in their order, without those at the head of the queue whose epoch has passed. */
function commitsOf(
  { state, block }: Context,
  netuid: number,
  index: number,
  hotkey: Hotkey,
): { waiting: [string, bigint, bigint, bigint][]; expired: string[] } {
  const queue = state.get("SubtensorModule.WeightCommits", [index, hotkey]) ?? [];
  const live = queue.findIndex(([, epoch]) => !isCommitExpired(state, netuid, block, epoch));
  const count = live < 0 ? queue.length : live;
  return { waiting: queue.slice(count), expired: queue.slice(0, count).map(([hash]) => hash) };
}

function reveal(context: Context, hotkey: Hotkey, revealed: Reveal): void {
  const { state, block } = context;
  const { netuid, mecid, uids, values, version_key: versionKey } = revealed;
  ensureCommitReveal(context, netuid);
  const index = storageIndex(netuid, mecid);
  const { waiting, expired } = commitsOf(context, netuid, index, hotkey);
  const hash = hashOf(hotkey, revealed);
  if (waiting.length === 0) {
    refuse(expired.includes(hash) ? "ExpiredWeightCommit" : "NoWeightsCommitFound");
  }
  const position = waiting.findIndex(([committed]) => committed === hash);
  const found = waiting[position];
  if (found === undefined) {
    refuse(expired.includes(hash) ? "ExpiredWeightCommit" : "InvalidRevealCommitHashNotMatch");
  }
  if (!isRevealEpoch(state, netuid, block, found[1])) refuse("RevealTooEarly");
  // Older commits are given up: the newest opinion is the one that counts.
  keepCommits(context, index, hotkey, waiting.slice(position + 1));
  storeWeights(context, hotkey, { netuid, mecid, uids, values, versionKey });
  context.emit("SubtensorModule", "WeightsRevealed", [hotkey, index, hash]);
}

function keepCommits(
  { state }: Context,
  index: number,
  hotkey: Hotkey,
  commits: [string, bigint, bigint, bigint][],
): void {
  if (commits.length === 0) state.remove("SubtensorModule.WeightCommits", [index, hotkey]);
  else state.put("SubtensorModule.WeightCommits", [index, hotkey], commits);
}

const batchReveal: CallHandler = (context, origin, args: BatchReveal) => {
  const reveals = splitReveals(args);
  if (reveals === undefined) refuse("InputLengthsUnequal");
  const hotkey = ensureSigned(origin);
  const { netuid } = args;
  ensureCommitReveal(context, netuid);
  const index = storageIndex(netuid, MAIN_MECHANISM);
  if (!context.state.has("SubtensorModule.WeightCommits", [index, hotkey])) {
    refuse("NoWeightsCommitFound");
  }
  const { waiting, expired } = commitsOf(context, netuid, index, hotkey);
  const hashes = reveals.map((one) => hashOf(hotkey, one));
  for (const hash of hashes) {
    const found = waiting.find(([committed]) => committed === hash);
    if (found === undefined) {
      refuse(expired.includes(hash) ? "ExpiredWeightCommit" : "InvalidRevealCommitHashNotMatch");
    }
    if (!isRevealEpoch(context.state, netuid, context.block, found[1])) refuse("RevealTooEarly");
  }
  for (const [i, one] of reveals.entries()) {
    const position = waiting.findIndex(([committed]) => committed === hashes[i]);
    // The same reveal twice in one batch finds its commit only once.
    if (position < 0) refuse("InvalidRevealCommitHashNotMatch");
    waiting.splice(position, 1);
    const { uids, values, version_key: versionKey } = one;
    storeWeights(context, hotkey, { netuid, mecid: MAIN_MECHANISM, uids, values, versionKey });
  }
  keepCommits(context, index, hotkey, waiting);
  context.emit("SubtensorModule", "WeightsBatchRevealed", [hotkey, netuid, hashes]);
};

/** Undefined when the lists differ in length. */
function splitReveals(args: BatchReveal): Reveal[] | undefined {
  const { netuid, uids_list, values_list, salts_list, version_keys } = args;
  const lengths = new Set([
    uids_list.length,
    values_list.length,
    salts_list.length,
    version_keys.length,
  ]);
  if (lengths.size > 1) return undefined;
  return uids_list.map((uids, i) => ({
    netuid,
    mecid: MAIN_MECHANISM,
    uids,
    values: values_list[i] ?? [],
    salt: salts_list[i] ?? [],
    version_key: version_keys[i] ?? 0n,
  }));
}

/** @throws DispatchFailure CommitRevealDisabled */
export function ensureCommitReveal({ state }: Context, netuid: number): void {
  if (!state.get("SubtensorModule.CommitRevealWeightsEnabled", [netuid])) {
    refuse("CommitRevealDisabled");
  }
}

function screenReveals(
  context: Context,
  who: Hotkey,
  reveals: readonly Reveal[],
): PoolRefusal | undefined {
  const { state, block } = context;
  for (const one of reveals) {
    const index = storageIndex(one.netuid, one.mecid);
    const stake = screenStake(context, who, [one.netuid]);
    if (stake !== undefined) return stake;
    const hash = hashOf(who, one);
    const commits = state.get("SubtensorModule.WeightCommits", [index, who]) ?? [];
    const found = commits.find(([committed]) => committed === hash);
    if (found === undefined) return "CommitNotFound";
    if (!isRevealEpoch(state, one.netuid, block, found[1])) return "CommitBlockNotInRevealRange";
  }
  return undefined;
}

const onMain = <T>(args: T): T & { mecid: number } => ({ ...args, mecid: MAIN_MECHANISM });

export const HASHED_COMMITS: PalletPart = {
  pallet: "SubtensorModule",
  calls: {
    commit_weights: (context, origin, args: Commit) =>
      commit(context, ensureSigned(origin), onMain(args)),
    commit_mechanism_weights: (context, origin, args: Commit) =>
      commit(context, ensureSigned(origin), args),
    batch_commit_weights: (context, origin, { netuids, commit_hashes }: BatchCommit) => {
      const hotkey = ensureSigned(origin);
      if (netuids.length !== commit_hashes.length) refuse("InputLengthsUnequal");
      completeBatch(context, hotkey, netuids, (netuid, i) =>
        commit(context, hotkey, onMain({ netuid, commit_hash: commit_hashes[i] ?? "" })),
      );
    },
    reveal_weights: (context, origin, args: Reveal) =>
      reveal(context, ensureSigned(origin), onMain(args)),
    reveal_mechanism_weights: (context, origin, args: Reveal) =>
      reveal(context, ensureSigned(origin), args),
    batch_reveal_weights: batchReveal,
  },
  free: [
    "commit_weights",
    "commit_mechanism_weights",
    "batch_commit_weights",
    "reveal_weights",
    "reveal_mechanism_weights",
    "batch_reveal_weights",
  ],
  screens: {
    commit_weights: (context, who, { netuid }: Commit) =>
      screenCommit(context, who, netuid, MAIN_MECHANISM),
    commit_mechanism_weights: (context, who, { netuid, mecid }: Commit) =>
      screenCommit(context, who, netuid, mecid),
    batch_commit_weights: (context, who, { netuids, commit_hashes }: BatchCommit) =>
      netuids.length === commit_hashes.length
        ? screenStake(context, who, netuids)
        : "InputLengthsUnequal",
    reveal_weights: (context, who, args: Reveal) => screenReveals(context, who, [onMain(args)]),
    reveal_mechanism_weights: (context, who, args: Reveal) => screenReveals(context, who, [args]),
    batch_reveal_weights: (context, who, args: BatchReveal) => {
      const reveals = splitReveals(args);
      return reveals === undefined ? "InputLengthsUnequal" : screenReveals(context, who, reveals);
    },
  },
};
