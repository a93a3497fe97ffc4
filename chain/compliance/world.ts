/**
 * What a case of the compliance suite is given, and what it may need that not every chain has: the local chain gives
 * all, a public network's endpoint next to nothing. A case whose needs are not met is skipped, with the reason.
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { sr25519PairFromSeed, sr25519Sign } from "@polkadot/util-crypto";
import { hotkeyOf } from "../account.ts";
import type { EpochInfo, Head, Hotkey, Neuron, Signer } from "../chain.ts";
import { ChainError } from "../error.ts";
import {
  connectSubtensor,
  type SubtensorChain,
  type SubtensorOptions,
} from "../subtensor/connect.ts";

/** The local chain's Control, in this process or by RPC from another. */
export interface ChainControl {
  pause(): void | Promise<void>;
  resume(): void | Promise<void>;
  step(blocks: number): Promise<Head>;
  retract(blocks: number): Promise<void>;
  freeze(): void | Promise<void>;
  thaw(): void | Promise<void>;
  dropConnections(): void | Promise<void>;
  announceUpgrade(): void | Promise<void>;
}

export interface World {
  readonly url: string;
  readonly netuid: number;
  /** Open for the whole suite. */
  readonly chain: SubtensorChain;
  /** Has what registrations, stakes and fees of the cases cost. */
  readonly treasury: Signer | undefined;
  /** Holds the chain's Sudo key. */
  readonly root: Signer | undefined;
  readonly control: ChainControl | undefined;
  /** Its newest block is not final at once, so that `control` can take it back. */
  readonly reorg: true | undefined;
  /** An empty folder. */
  folder(): Promise<string>;
}

/** The local chain's world has all of them. */
export type FullWorld = World & {
  readonly treasury: Signer;
  readonly root: Signer;
  readonly control: ChainControl;
};

export interface Case {
  /** A sentence. */
  readonly name: string;
  /** Beyond an endpoint. */
  readonly needs: readonly ("treasury" | "root" | "control" | "reorg")[];
  /** How the subnet takes weights, where it matters. */
  readonly commitReveal?: EpochInfo["commitReveal"];
  /** Is only called in worlds that have what it needs. */
  readonly run: (world: FullWorld) => Promise<void>;
}

/** @returns why `world` cannot run it; undefined when it can */
export function lacking(
  world: World,
  way: EpochInfo["commitReveal"],
  one: Case,
): string | undefined {
  const missing = one.needs.find((need) => world[need] === undefined);
  if (missing !== undefined) return `this chain gives no ${missing}`;
  if (one.commitReveal === undefined || one.commitReveal === way) return undefined;
  return `commit-reveal of subnet ${world.netuid} is ${way}, not ${one.commitReveal}`;
}

export function freshKey(): Signer {
  const pair = sr25519PairFromSeed(randomBytes(32));
  return {
    hotkey: hotkeyOf(pair.publicKey),
    sign: (message) => sr25519Sign(message, pair),
  };
}

export async function fundedKey({ chain, treasury }: FullWorld, rao: bigint): Promise<Signer> {
  const key = freshKey();
  await chain.transfer(key.hotkey, rao, treasury);
  return key;
}

/** Rao that a coldkey of the suite begins with: a registration, its fees, and something to stake. */
export const POCKET = 20_000_000_000n;

export interface Member {
  readonly hotkey: Signer;
  readonly coldkey: Signer;
  readonly uid: number;
}

export async function newMember(world: FullWorld, rao: bigint = POCKET): Promise<Member> {
  const coldkey = await fundedKey(world, rao);
  const hotkey = freshKey();
  const uid = await world.chain.register(world.netuid, hotkey.hotkey, coldkey);
  return { hotkey, coldkey, uid };
}

/** More than any stake threshold that a subnet of a test has. */
const VALIDATOR_STAKE = 2_000_000_000_000n;

/** A member with enough stake, after the epoch that gives it its permit, when it may set weights. */
export async function newValidator(world: FullWorld): Promise<Member> {
  const member = await newMember(world, VALIDATOR_STAKE + POCKET);
  const { chain, netuid } = world;
  await chain.addStake(netuid, member.hotkey.hotkey, VALIDATOR_STAKE, member.coldkey);
  const { weightsRateLimit } = await chain.epochInfo(netuid);
  await until(world, async ({ number }) => {
    const neuron = await neuronOf(world, member.hotkey.hotkey);
    // A registration counts as an update.
    return neuron?.validatorPermit === true && number >= neuron.lastUpdate + weightsRateLimit;
  });
  return member;
}

export async function neuronOf(
  { chain, netuid }: World,
  hotkey: Hotkey,
): Promise<Neuron | undefined> {
  const { neurons } = await chain.metagraph(netuid);
  return neurons.find((neuron) => neuron.hotkey === hotkey);
}

/** Looks at every finalised head, for at most three epochs. */
export async function until(
  { chain, netuid }: World,
  isSo: (head: Head) => Promise<boolean>,
): Promise<void> {
  const { tempo } = await chain.epochInfo(netuid);
  const first = await chain.finalisedHead();
  for (let head = first; head.number <= first.number + 3 * (tempo + 1); ) {
    if (await isSo(head)) return;
    head = await nextHead(chain, head.number);
  }
  assert.fail("it did not come about within three epochs");
}

/** The first finalised head after number `after`. */
export async function nextHead(chain: SubtensorChain, after: number): Promise<Head> {
  const head = await chain.finalisedHead();
  if (head.number > after) return head;
  return new Promise((resolve) => {
    const stop = chain.onHead((next) => {
      if (next.number <= after) return;
      stop();
      resolve(next);
    });
  });
}

/** Without a block meanwhile, where that can be had: what is too early stays so. */
export async function whileHeld({ control }: World, act: () => Promise<void>): Promise<void> {
  await control?.pause();
  try {
    await act();
  } finally {
    await control?.resume();
  }
}

/** Waits for so many finalised heads. */
export async function pass({ chain }: World, blocks: number): Promise<void> {
  const { number } = await chain.finalisedHead();
  await nextHead(chain, number + blocks - 1);
}

/** That `act` is refused, by one of these names. */
export async function refuses(
  names: string | readonly string[],
  act: () => Promise<unknown>,
): Promise<void> {
  const expected = typeof names === "string" ? [names] : names;
  let got: unknown;
  try {
    await act();
  } catch (error) {
    got = error;
  }
  if (!(got instanceof ChainError)) {
    assert.fail(`expected ${expected.join(" or ")}, got ${got === undefined ? "no refusal" : got}`);
  }
  assert.ok(
    expected.includes(got.code),
    `expected ${expected.join(" or ")}, got ${got.code}: ${got.message}`,
  );
  assert.notEqual(got.hint, "", `${got.code} tells nobody what to do`);
}

/** That `act` makes `who` sign nothing that the chain ever sees. */
export async function signsNothing(
  { chain }: World,
  who: Hotkey,
  act: () => Promise<void>,
): Promise<void> {
  const before = await chain.account(who);
  await act();
  assert.deepEqual(await chain.account(who), before);
}

/** Another connection to the same chain, closed when `use` is over. */
export async function withChain(
  network: string | readonly string[],
  options: SubtensorOptions,
  use: (chain: SubtensorChain) => Promise<void>,
): Promise<void> {
  const chain = await connectSubtensor(network, options);
  try {
    await use(chain);
  } finally {
    await chain.close();
  }
}
