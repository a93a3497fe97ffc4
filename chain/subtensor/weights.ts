/**
 * Weights on their way to the chain: set at once, or committed. Which call it is, is told by the chain's state and by
 * the calls that its runtime has; what stands against it is found before anything is signed.
 * @module
 */
import { randomBytes } from "node:crypto";
import { blake2AsHex } from "@polkadot/util-crypto";
import { z } from "zod";
import { publicKeyOf } from "../account.ts";
import type { Hotkey, Weights } from "../chain.ts";
import { type ConformedWeights, conformWeights } from "../conform-weights.ts";
import { ChainError } from "../error.ts";
import { type Beacon, timeOfRoundMs } from "../timelock/beacon.ts";
import { commitHash, netuidIndex } from "../timelock/commit-hash.ts";
import { revealRound } from "../timelock/reveal-round.ts";
import { seal } from "../timelock/seal.ts";
import { encodeWeightsPayload } from "../timelock/weights-payload.ts";
import { type Call, hasCall } from "./calls.ts";
import { commitId, type WaitingCommit } from "./commit-store.ts";
import { refusal } from "./refusal.ts";
import { Account, Bool, Count, MECHANISM, Small } from "./shapes.ts";
import { readSubnet, type Subnet, TIMELOCK_VERSION } from "./subnet.ts";
import { subtensorItem, type View } from "./view.ts";

/** What would be signed, and what stands against it now. */
export interface Plan {
  readonly call: Call;
  /** The first of them is what signing it would be refused for. */
  readonly obstacles: readonly ChainError[];
}

export interface WeightsPlan extends Plan {
  /** To be kept before the call is sent. */
  readonly commit: WaitingCommit | undefined;
}

export interface WeightsSources {
  /** Whose pulses the chain stores. */
  readonly beacon: () => Promise<Beacon>;
  /** Why nothing that depends on the time may be signed. */
  readonly clockObstacle: () => Promise<ChainError | undefined>;
}

/** 128 bits: nobody tries them all for one validator's weights of one epoch. */
const SALT_LENGTH = 8;

/** From the newest finalised block to the one that has the commit, on a chain that is not busy. */
const BLOCKS_UNTIL_IN = 4;

/**
 * @throws ChainError of conformWeights, `SubnetNotExists`, `NO_EPOCHS`
 */
export async function planWeights(
  view: View,
  netuid: number,
  weights: Weights,
  hotkey: Hotkey,
  sources: WeightsSources,
): Promise<WeightsPlan> {
  const subnet = await readSubnet(view, netuid);
  const index = netuidIndex(netuid, MECHANISM);
  const [uid, permits, lastUpdates, owner] = await view.read(
    subtensorItem("uids", [netuid, hotkey], Small.nullable()),
    subtensorItem("validatorPermit", [netuid], z.array(Bool)),
    subtensorItem("lastUpdate", [index], z.array(Count)),
    subtensorItem("subnetOwnerHotkey", [netuid], Account.nullable()),
  );
  const { info, size } = subnet;
  const conformed = conformWeights(weights, {
    // A subnet asks for no more weights than it has neurons.
    minAllowedWeights: Math.min(info.minAllowedWeights, size),
    maxWeightsLimit: info.maxWeightsLimit,
    self: uid ?? -1,
  });
  const obstacles = [
    uid === null ? refusal("HotKeyNotRegisteredInSubNet", `${hotkey} in subnet ${netuid}`) : null,
    uid !== null && owner !== hotkey && permits[uid] !== true && !isSelf(conformed, uid)
      ? refusal("NeuronNoValidatorPermit", `uid ${uid} of subnet ${netuid}`)
      : null,
    conformed.uids.some((target) => target >= size)
      ? refusal("UidVecContainInvalidOne", `weights of subnet ${netuid}, which has ${size} uids`)
      : null,
    uid === null ? null : tooEarly(view, subnet, lastUpdates[uid] ?? 0),
    info.commitReveal === "timelocked" ? await sources.clockObstacle() : null,
  ].filter((obstacle) => obstacle !== null && obstacle !== undefined);

  if (info.commitReveal === "off") {
    return {
      call: setCall(view, netuid, conformed, info.weightsVersionKey),
      obstacles,
      commit: undefined,
    };
  }
  const about = {
    id: commitId(),
    genesis: view.session.genesis,
    hotkey,
    netuid,
    mecid: MECHANISM,
    ...conformed,
    versionKey: info.weightsVersionKey,
    revealEpoch: subnet.commitEpoch + info.revealPeriodEpochs,
    madeAt: view.head.number,
  };
  if (info.commitReveal === "hashed") {
    const salt = [...new Uint16Array(new Uint8Array(randomBytes(2 * SALT_LENGTH)).buffer)];
    const hash = `0x${Buffer.from(
      commitHash({
        hotkey: publicKeyOf(hotkey),
        netuidIndex: index,
        ...conformed,
        salt,
        versionKey: info.weightsVersionKey,
      }),
    ).toString("hex")}`;
    const call = mechanismCall(view, "commit", "weights", netuid, { commit_hash: hash });
    return { call, obstacles, commit: { ...about, way: "hashed", salt, hash, round: 0 } };
  }
  if (subnet.firstRevealBlock === undefined) throw neverRevealed(netuid);
  const [nowMs, newestRound] = await view.read(
    { pallet: "timestamp", item: "now", args: [], schema: Count },
    { pallet: "drand", item: "lastStoredRound", args: [], schema: Count },
  );
  const beacon = await sources.beacon();
  const { blockMs } = view.session;
  const foreseen = revealRound(beacon, {
    firstRevealBlock: subnet.firstRevealBlock,
    head: view.head.number,
    blockMs,
    nowMs,
  });
  // Where an epoch is over in a beacon's period, the round foreseen may be out before the commit is in a block.
  const periodMs = beacon.periodSeconds * 1_000;
  const round = Math.max(
    foreseen,
    newestRound + 1 + Math.ceil((BLOCKS_UNTIL_IN * blockMs) / periodMs),
  );
  const sealed = seal(
    encodeWeightsPayload({
      hotkey: publicKeyOf(hotkey),
      ...conformed,
      versionKey: info.weightsVersionKey,
    }),
    round,
    beacon,
  );
  const call = mechanismCall(view, "commit_timelocked", "weights", netuid, {
    commit: `0x${Buffer.from(sealed).toString("hex")}`,
    reveal_round: BigInt(round),
    commit_reveal_version: TIMELOCK_VERSION,
  });
  const hash = blake2AsHex(sealed);
  const lastBlock = subnet.firstRevealBlock + info.tempo - 1;
  const lastMs = nowMs + (lastBlock - view.head.number) * blockMs;
  if (timeOfRoundMs(beacon, round) > lastMs) obstacles.push(tooShort(netuid, info.tempo, beacon));
  return { call, obstacles, commit: { ...about, way: "timelocked", salt: [], hash, round } };
}

/** What reveals a hashed commit. */
export function revealCall(view: View, commit: WaitingCommit): Call {
  return mechanismCall(view, "reveal", "weights", commit.netuid, {
    uids: commit.uids,
    values: commit.values,
    salt: commit.salt,
    version_key: commit.versionKey,
  });
}

function setCall(
  view: View,
  netuid: number,
  { uids, values }: ConformedWeights,
  versionKey: bigint,
): Call {
  return mechanismCall(view, "set", "weights", netuid, {
    dests: uids,
    weights: values,
    version_key: versionKey,
  });
}

/** The form that names a mechanism where the runtime has it: `set_mechanism_weights` before `set_weights`. */
function mechanismCall(
  view: View,
  verb: string,
  noun: string,
  netuid: number,
  rest: Readonly<Record<string, unknown>>,
): Call {
  const pallet = "SubtensorModule";
  const call = `${verb}_mechanism_${noun}`;
  if (hasCall(view.session.api, pallet, call)) {
    return { pallet, call, args: { netuid, mecid: MECHANISM, ...rest } };
  }
  return { pallet, call: `${verb}_${noun}`, args: { netuid, ...rest } };
}

function isSelf({ uids }: ConformedWeights, uid: number): boolean {
  return uids.length === 1 && uids[0] === uid;
}

/** The rule of check_rate_limit, for a call in the block after the head; block 0 means never. */
function tooEarly({ head }: View, { info }: Subnet, lastUpdate: number): ChainError | null {
  const left = lastUpdate + info.weightsRateLimit - (head.number + 1);
  if (lastUpdate === 0 || left <= 0) return null;
  return new ChainError(
    "WEIGHTS_TOO_EARLY",
    `weights were set in block ${lastUpdate}, and may be again ${info.weightsRateLimit} blocks later: ${left} are left`,
    `Wait ${left} blocks.`,
  );
}

function tooShort(netuid: number, tempo: number, { periodSeconds }: Beacon): ChainError {
  return new ChainError(
    "EPOCH_TOO_SHORT",
    `the ${tempo} blocks of an epoch of subnet ${netuid} are over before the beacon's next round is out`,
    `Give it a longer tempo or slower blocks: a round comes every ${periodSeconds} s.`,
  );
}

function neverRevealed(netuid: number): ChainError {
  return new ChainError(
    "NO_EPOCHS",
    `subnet ${netuid} has tempo 0: what is committed would never be revealed`,
    "Ask its owner to set a tempo.",
  );
}
