/**
 * What waits to be revealed, compared with what the chain holds of it: the store knows what was sent, the chain alone
 * whether it came, in which epoch, and whether it was revealed.
 * @module
 */
import { blake2AsHex } from "@polkadot/util-crypto";
import type { Logger } from "pino";
import { z } from "zod";
import type { Hotkey, Included, Signer } from "../chain.ts";
import { netuidIndex } from "../timelock/commit-hash.ts";
import { modularEpochOf } from "../timelock/modular-schedule.ts";
import type { Call } from "./calls.ts";
import type { CommitStore, WaitingCommit } from "./commit-store.ts";
import { Account, Bytes, Count, MECHANISM } from "./shapes.ts";
import { ERA_BLOCKS } from "./sign.ts";
import { readSubnet, type Subnet } from "./subnet.ts";
import { subtensorItem, type View } from "./view.ts";
import { revealCall } from "./weights.ts";

/** A commit that is not on the chain may still come: it was signed again when its mortality ended, a few times at most. */
const MAY_COME_BLOCKS = 4 * ERA_BLOCKS;

const HashedCommits = z.array(z.tuple([Bytes, Count, Count, Count])).nullable();
const TimelockedCommits = z.array(z.tuple([Account, Count, Bytes, Count]));

export interface RevealParts {
  readonly store: CommitStore;
  readonly view: () => Promise<View>;
  readonly submit: (call: Call, signer: Signer) => Promise<Included>;
  /** Commits that are being sent or revealed just now; this file adds and removes its own. */
  readonly busy: Set<string>;
  readonly genesis: string;
  readonly log: Logger | undefined;
}

export async function revealDue(
  netuid: number,
  signer: Signer,
  { store, view: viewNow, submit, busy, genesis, log }: RevealParts,
): Promise<readonly Included[]> {
  const all = await store.waiting(genesis, netuid, signer.hotkey);
  const commits = all.filter(({ id }) => !busy.has(id));
  if (commits.length === 0) return [];
  for (const { id } of commits) busy.add(id);
  try {
    const view = await viewNow();
    const subnet = await readSubnet(view, netuid);
    const hashed = await hashedEpochs(view, netuid, signer.hotkey, subnet);
    const revealed: Included[] = [];
    for (const commit of commits) {
      const what = { commit: commit.id, netuid, way: commit.way };
      if (commit.way === "timelocked") {
        if (isGone(view, commit, await isStillSealed(view, commit, subnet))) {
          log?.info(what, "timelocked weights showed");
          await store.forget(commit.id);
        }
        continue;
      }
      const epoch = hashed.get(commit.hash);
      if (epoch === undefined) {
        if (isGone(view, commit, false)) {
          log?.warn(what, "a commit is not on the chain");
          await store.forget(commit.id);
        }
        continue;
      }
      const revealEpoch = epoch + subnet.info.revealPeriodEpochs;
      if (subnet.commitEpoch < revealEpoch) continue;
      if (subnet.commitEpoch > revealEpoch) {
        log?.warn({ ...what, revealEpoch }, "a commit has expired");
        await store.forget(commit.id);
        continue;
      }
      revealed.push(await submit(revealCall(view, commit), signer));
      await store.forget(commit.id);
    }
    return revealed;
  } finally {
    for (const { id } of commits) busy.delete(id);
  }
}

/** Epoch of every hashed commit that the chain holds, by its hash. */
async function hashedEpochs(
  view: View,
  netuid: number,
  hotkey: Hotkey,
  { info }: Subnet,
): Promise<ReadonlyMap<string, number>> {
  const [commits] = await view.read(
    subtensorItem("weightCommits", [netuidIndex(netuid, MECHANISM), hotkey], HashedCommits),
  );
  // Before the schedule had a state, the first number was the block of the commit.
  const isEpoch = view.has("subtensorModule", "subnetEpochIndex");
  return new Map(
    (commits ?? []).map(([hash, first]) => [
      `0x${Buffer.from(hash).toString("hex")}`,
      isEpoch ? first : modularEpochOf({ netuid, tempo: info.tempo }, first),
    ]),
  );
}

/** It may have come an epoch later than was foreseen. */
async function isStillSealed(
  view: View,
  { hash, hotkey, netuid, revealEpoch }: WaitingCommit,
  { info }: Subnet,
): Promise<boolean> {
  const epoch = revealEpoch - info.revealPeriodEpochs;
  const index = netuidIndex(netuid, MECHANISM);
  const rows = await view.read(
    subtensorItem("timelockedWeightCommits", [index, epoch], TimelockedCommits),
    subtensorItem("timelockedWeightCommits", [index, epoch + 1], TimelockedCommits),
  );
  return rows.flat().some(([who, , sealed]) => who === hotkey && blake2AsHex(sealed) === hash);
}

/** Nothing on the chain waits for it any more, nor can it still come. */
function isGone(view: View, commit: WaitingCommit, isThere: boolean): boolean {
  if (isThere) return false;
  const came = commit.placedAt !== undefined && view.head.number >= commit.placedAt;
  return came || view.head.number > commit.madeAt + MAY_COME_BLOCKS;
}
