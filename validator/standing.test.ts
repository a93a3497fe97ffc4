import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { onboard } from "../chain/local/onboard.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { openJournal } from "./journal.ts";
import { Standing } from "./standing.ts";
import {
  Audience,
  honest,
  NETUID,
  ruleModel,
  type StagedChain,
  seat,
  stageChain,
  stageMiner,
} from "./testing.ts";
import { startValidator, type Validator } from "./validator.ts";

const signer = devSigner("//Validator");

let dir: string;
let staged: StagedChain;
let audience: Audience;
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  audience = new Audience();
  dir = await mkdtemp(join(tmpdir(), "assay-standing-"));
  undo.push(() => rm(dir, { recursive: true }));
  staged = await stageChain({ dir: join(dir, "chain") });
  undo.push(() => staged.close());
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(): Promise<Validator> {
  const journal = await openJournal(join(dir, "journal.sqlite"));
  const validator = await startValidator(
    {
      ...{ netuid: NETUID, lockDir: join(dir, "locks"), budgetMs: 10_000, jobIntervalMs: 20 },
      status: { port: 0 },
    },
    {
      ...{ chain: staged.chain, signer, log: pino({ level: "silent" }), onEvent: audience.hear },
      ...{ models: [ruleModel()], journal },
    },
  ).catch(async (error: unknown) => {
    await journal.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await validator.close();
    await journal.close();
  };
  undo.push(close);
  return { ...validator, close };
}

const ready = async ({ statusUrl }: Validator): Promise<[number, unknown]> => {
  const response = await fetch(`${statusUrl}/readyz`);
  return [response.status, await response.json()];
};

describe("a validator that lost", () => {
  const admin = (call: string, args: Record<string, unknown>) =>
    staged.chain.sudo(
      { pallet: "AdminUtils", call, args: { netuid: NETUID, ...args } },
      devSigner("//Alice"),
    );

  test("its permit hands out nothing until it has one again, also after it was started again", async () => {
    const miner = await stageMiner("Honest", honest);
    undo.push(() => miner.close());
    await seat(staged.chain, [signer], [miner]);
    const first = await start();
    await audience.until(() => audience.of("weights-confirmed").length >= 1);
    await admin("sudo_set_max_allowed_validators", { max_allowed_validators: 1 });
    const rival = devSigner("//Rival");
    const coldkey = devSigner("//Rival//cold");
    const stakeRao = 50_000n * 1_000_000_000n;
    await onboard(staged.chain, { netuid: NETUID, coldkey, hotkey: rival.hotkey, stakeRao });
    const isLost = (): boolean => audience.of("alarm").some(({ code }) => code === "PERMIT_LOST");
    await audience.until(isLost);
    expect(await ready(first)).toEqual([
      503,
      { status: "waiting", reason: "the validator permit was lost" },
    ]);
    await first.close();
    const handedOut = miner.jobs.length;

    audience = new Audience();
    await start();
    expect(isLost()).toBe(true);
    await audience.until(() => audience.of("epoch").length >= 1);
    expect(miner.jobs).toHaveLength(handedOut);
    await admin("sudo_set_max_allowed_validators", { max_allowed_validators: 8 });
    await audience.until(() => audience.of("recovered").some(({ code }) => code === "PERMIT_LOST"));
    await audience.until(() => audience.of("verdict").length >= 1);
    expect(miner.jobs.length).toBeGreaterThan(handedOut);
  });

  test("its seat ends, and does not start without one", async () => {
    await seat(staged.chain, [signer]);
    const validator = await start();
    await admin("sudo_set_immunity_period", { immunity_period: 0 });
    await admin("sudo_set_min_non_immune_uids", { min: 0 });
    await admin("sudo_set_min_allowed_uids", { min_allowed_uids: 0 });
    await admin("sudo_set_max_allowed_uids", { max_allowed_uids: 2 });
    await seat(staged.chain, [devSigner("//Rival")]);
    await expect(validator.failed).rejects.toMatchObject({
      code: "NOT_REGISTERED",
      hint: expect.stringContaining("assay chain register"),
    });
    expect(audience.of("alarm")).toMatchObject([{ code: "NOT_REGISTERED" }]);
    await validator.close();
    await expect(start()).rejects.toMatchObject({ code: "NOT_REGISTERED" });
  });
});

describe("standing", () => {
  const self = (validatorPermit: boolean) => ({
    ...{ uid: 3, hotkey: signer.hotkey, coldkey: signer.hotkey, stake: 1n, active: true },
    ...{ endpoint: undefined, lastUpdate: 0, registeredAt: 0, incentive: 0, consensus: 0 },
    ...{ dividends: 0, validatorTrust: 0, emission: 0n, weights: [], validatorPermit },
  });

  test("a validator that never had a permit works, and waits for its first one", () => {
    const standing = new Standing(
      { netuid: NETUID, hotkey: signer.hotkey, hadPermit: false },
      audience.hear,
    );
    standing.notice(self(false));
    expect(standing.obstacle()).toBe(undefined);
    standing.notice(self(true));
    standing.notice(self(false));
    expect(standing.obstacle()).toBe("the validator permit was lost");
    standing.notice(undefined);
    expect(standing.obstacle()).toBe("the hotkey is not registered");
    // A new seat is a new beginning.
    standing.notice(self(false));
    expect(standing.obstacle()).toBe(undefined);
    expect(audience.events.map((event) => [event.type, "code" in event && event.code])).toEqual([
      ["alarm", "PERMIT_LOST"],
      ["alarm", "NOT_REGISTERED"],
      ["recovered", "NOT_REGISTERED"],
    ]);
  });
});
