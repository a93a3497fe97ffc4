import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { SubnetSettings } from "../chain/local/subnet-settings.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { digest } from "../protocol/digest.ts";
import { newJobId, signJob } from "../protocol/job.ts";
import { ChainView, type View } from "./chain-view.ts";
import { type Journal, openJournal } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { scoresOf } from "./score.ts";
import { Audience, NETUID, RULE_CIRCUIT, type StagedChain, seat, stageChain } from "./testing.ts";
import { WeightSetter } from "./weight-setter.ts";
import { weightsOf } from "./weights.ts";

const log = pino({ level: "silent" });
const validator = devSigner("//Validator");
const fast = { signer: devSigner("//Fast"), endpoint: { ip: "127.0.0.2", port: 4001 } };
const slow = { signer: devSigner("//Slow"), endpoint: { ip: "127.0.0.2", port: 4002 } };
const liar = { signer: devSigner("//Liar"), endpoint: { ip: "127.0.0.2", port: 4003 } };

let dir: string;
let staged: StagedChain;
let journal: Journal;
let uids: Awaited<ReturnType<typeof seat>>;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-weights-"));
  journal = await openJournal(join(dir, "journal.sqlite"));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await journal.close();
  await rm(dir, { recursive: true });
});

async function stage(subnet: SubnetSettings = {}): Promise<void> {
  staged = await stageChain({ dir: join(dir, "chain"), subnet });
  closing.push(() => staged.close());
  uids = await seat(staged.chain, [validator], [fast, slow, liar]);
}

/** An accepted answer for each latency. */
function earn(miner: typeof fast, ...latenciesMs: number[]): void {
  for (const latencyMs of latenciesMs) {
    const names = { id: newJobId(), netuid: NETUID, circuit: RULE_CIRCUIT };
    const parties = { validator: validator.hotkey, miner: miner.signer.hotkey };
    const block = { number: 1, hash: digest("00".repeat(32)) };
    const times = { block, expiryBlock: 9, budgetMs: 60_000 };
    const job = { ...names, ...parties, ...times, input: Int32Array.of(1) };
    journal.addJob(signJob(job, validator), 4);
    const accepted = { verdict: { kind: "accepted" }, answer: new Uint8Array(1) } as const;
    journal.addVerdict(job.id, { ...accepted, latencyUs: latencyMs * 1_000 });
  }
}

/** A setter that sees every head of the chain. */
async function run(audience: Audience): Promise<() => Promise<void>> {
  const { chain } = staged;
  const emit = audience.hear;
  const ledger = new Ledger(journal, emit);
  const setter = new WeightSetter(
    { netuid: NETUID },
    { chain, signer: validator, journal, ledger, log, emit },
  );
  const view = await ChainView.open(
    { netuid: NETUID, silenceMs: 60_000 },
    { chain, hotkey: validator.hotkey, log, emit, onView: (seen: View) => setter.onView(seen) },
  );
  const stop = async (): Promise<void> => {
    view.close();
    await setter.idle();
  };
  closing.push(stop);
  return stop;
}

const self = async () =>
  (await staged.chain.metagraph(NETUID)).neurons.find(({ hotkey }) => hotkey === validator.hotkey);

async function untilPermitted(): Promise<void> {
  while ((await self())?.validatorPermit !== true) {
    await new Promise<void>((resolve) => {
      const unsubscribe = staged.chain.onHead(() => {
        unsubscribe();
        resolve();
      });
    });
  }
}

test("scores become weights on the chain, once in each epoch, and pay follows", async () => {
  await stage();
  for (let i = 0; i < 3; i++) {
    earn(fast, 100);
    earn(slow, 900);
  }
  const audience = new Audience();
  const stop = await run(audience);
  const confirmed = (): number[] => audience.of("weights-confirmed").map(({ epoch }) => epoch);
  const second = (): number | undefined =>
    confirmed().find((epoch) => confirmed().includes(epoch - 1));
  await audience.until(() =>
    audience.of("epoch").some(({ index }) => index > (second() ?? Number.POSITIVE_INFINITY)),
  );
  await stop();

  const set = audience.of("weights");
  expect(new Set(set.map(({ epoch }) => epoch)).size).toBe(set.length);
  expect(audience.of("alarm")).toEqual([]);

  const metagraph = await staged.chain.metagraph(NETUID);
  const { neurons } = metagraph;
  const mine = new Map((await self())?.weights);
  expect([...mine]).toEqual(
    weightsOf(scoresOf(journal.outcomesAfter()), metagraph, validator.hotkey, true),
  );
  const uid = (miner: typeof fast): number => uids.get(miner.signer.hotkey) ?? -1;
  expect(mine.get(uid(fast))).toBe(65_535);
  expect(mine.get(uid(slow))).toBeGreaterThan(0);
  expect(mine.get(uid(slow))).toBeLessThan(65_535);
  expect(mine.has(uid(liar))).toBe(false);
  const pay = (miner: typeof fast): bigint => neurons[uid(miner)]?.emission ?? -1n;
  expect(pay(fast)).toBeGreaterThan(pay(slow));
  expect(pay(slow)).toBeGreaterThan(0n);
  expect(pay(liar)).toBe(0n);
});

test("a journal in which nobody earned anything sets nothing and raises no alarm", async () => {
  await stage();
  const audience = new Audience();
  await run(audience);
  await audience.until(() => audience.of("epoch").length >= 3);
  expect(audience.of("weights")).toEqual([]);
  expect(audience.of("alarm")).toEqual([]);
  expect((await self())?.weights).toEqual([]);
});

test("weights that the chain refuses raise alarms that say why, and the epoch counts as missed", async () => {
  await stage({ minAllowedWeights: 3 });
  earn(fast, 1_000);
  const audience = new Audience();
  await run(audience);
  const alarmed = (code: string) => audience.of("alarm").find((alarm) => alarm.code === code);
  await audience.until(() => alarmed("WEIGHTS_MISSED") !== undefined);
  expect(alarmed("WEIGHTS_REFUSED")?.message).toMatch(/epoch \d+: \w+: \S/);
  expect(alarmed("WEIGHTS_MISSED")?.message).toMatch(/ended without weights: \w+/);
  expect((await self())?.weights).toEqual([]);
});

test("an attempt whose outcome a crash swallowed is found on the chain, and not made again", async () => {
  await stage();
  earn(fast, 1_000);
  // As a validator that is killed between the chain's word and its own journal's.
  await untilPermitted();
  const epoch = await staged.chain.epochInfo(NETUID);
  const head = await staged.chain.finalisedHead();
  const weights = [[uids.get(fast.signer.hotkey) ?? -1, 65_535]] as const;
  const seq = journal.addWeights({ epoch: epoch.index, verdicts: 1, weights, head: head.number });
  const { block } = await staged.chain.setWeights(NETUID, weights, validator);

  const audience = new Audience();
  await run(audience);
  await audience.until(() => audience.of("weights-confirmed").length >= 1);
  expect(journal.latestWeights(9).find((record) => record.seq === seq)?.placement).toEqual({
    block,
    way: "set",
  });
  expect(audience.of("alarm")).toEqual([]);
});

test("weights under drand's time lock are committed once an epoch, and confirmed by the next run when they show", async () => {
  // Longer than drand takes for a round: an epoch that ends before it drops the commit.
  await stage({ tempo: 50, commitReveal: true, revealPeriodEpochs: 1 });
  earn(fast, 1_000);
  const audience = new Audience();
  const stop = await run(audience);
  await audience.until(() => audience.of("weights").length >= 1);
  await stop();
  const [committed] = audience.of("weights");
  if (committed?.revealEpoch === undefined) throw new Error("no reveal epoch was told");
  expect(committed).toMatchObject({ way: "timelocked", revealEpoch: committed.epoch + 1 });
  expect(await self()).toMatchObject({ weights: [], lastUpdate: committed.block.number });

  const later = new Audience();
  await run(later);
  await later.until(() => later.of("weights-confirmed").length >= 1);
  const [confirmed] = later.of("weights-confirmed");
  expect(confirmed).toMatchObject({ epoch: committed.epoch, block: committed.block.number });
  expect((await self())?.weights).toEqual(committed.weights);
  expect([...audience.of("alarm"), ...later.of("alarm")]).toEqual([]);
  const { way, round, block, revealEpoch } = committed;
  expect(journal.latestWeights(9).at(-1)).toMatchObject({
    placement: { way, round, block, revealEpoch },
    shownAt: expect.any(Number),
  });
  // The epoch of the commit was done with it: nothing was committed twice.
  expect(later.of("weights").map(({ epoch }) => epoch)).not.toContain(committed.epoch);
});

test("a commit whose outcome a crash swallowed is found by its block, though nothing shows what it holds", async () => {
  await stage({ commitReveal: true });
  earn(fast, 1_000);
  await untilPermitted();
  const { index: epoch } = await staged.chain.epochInfo(NETUID);
  const { number: head } = await staged.chain.finalisedHead();
  const weights = [[uids.get(fast.signer.hotkey) ?? -1, 65_535]] as const;
  const seq = journal.addWeights({ epoch, verdicts: 1, weights, head });
  const { block, way } = await staged.chain.setWeights(NETUID, weights, validator);
  const audience = new Audience();
  await run(audience);
  await audience.until(() => audience.of("weights").length >= 1);
  expect(journal.latestWeights(9)).toMatchObject([
    { seq, placement: { block, way, revealEpoch: epoch + 1 }, shownAt: undefined },
  ]);
  expect(audience.of("alarm")).toEqual([]);
});

test("a commit that did not show in its epoch raises the alarm", async () => {
  await stage();
  const weights = [[uids.get(fast.signer.hotkey) ?? -1, 65_535]] as const;
  const seq = journal.addWeights({ epoch: 0, verdicts: 0, weights, head: 1 });
  const block = { number: 2, hash: digest("00".repeat(32)) };
  journal.placeWeights(seq, { block, way: "timelocked", revealEpoch: 1, round: 7 });
  const audience = new Audience();
  await run(audience);
  await audience.until(() => audience.of("epoch").some(({ index }) => index > 1));
  await audience.until(() => audience.of("alarm").length >= 1);
  expect(audience.of("alarm")).toMatchObject([
    {
      code: "WEIGHTS_NOT_REVEALED",
      message: expect.stringContaining("committed in block 2, did not show in epoch 1"),
    },
  ]);
  expect(audience.of("weights-confirmed")).toEqual([]);
});

test("weights of this hotkey that the journal does not know raise an alarm", async () => {
  await stage({ tempo: 20 });
  const audience = new Audience();
  await run(audience);
  await audience.until(() => audience.of("epoch").length >= 1);
  const weights = [[uids.get(liar.signer.hotkey) ?? -1, 65_535]] as const;
  const { block } = await staged.chain.setWeights(NETUID, weights, validator);
  await audience.until(() => audience.of("alarm").length >= 1);
  expect(audience.of("alarm")[0]).toMatchObject({
    code: "FOREIGN_WEIGHTS",
    message: expect.stringContaining(`block ${block.number} `),
  });
});
