import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startLocalChain } from "../chain/local/local-chain.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { receiptFault } from "../protocol/receipt.ts";
import { freshSeed } from "../protocol/seed.ts";
import { Journal, openJournal } from "./journal.ts";
import { scoresOf } from "./score.ts";
import {
  Audience,
  ahead,
  borrowing,
  dripping,
  dying,
  full,
  hanging,
  honest,
  lying,
  NETUID,
  ruleModel,
  type StagedChain,
  type StagedMiner,
  seat,
  slowBy,
  stageChain,
  stageMiner,
  type Temper,
} from "./testing.ts";
import { startValidator, type Validator, type ValidatorOptions } from "./validator.ts";

const log = pino({ level: "silent" });
const signer = devSigner("//Validator");

let dir: string;
let staged: StagedChain;
let journal: Journal;
let audience: Audience;
/** Undone after each test, the last first. */
const undo: (() => unknown)[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-validator-"));
  undo.push(() => rm(dir, { recursive: true }));
  staged = await stageChain({ dir: join(dir, "chain") });
  undo.push(() => staged.close());
  journal = await openJournal(join(dir, "journal.sqlite"));
  undo.push(() => journal.close());
  audience = new Audience();
});
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function stageMiners<Name extends string>(
  tempers: Readonly<Record<Name, Temper>>,
): Promise<Record<Name, StagedMiner>> {
  const miners: Record<string, StagedMiner> = {};
  for (const [name, temper] of Object.entries<Temper>(tempers)) {
    const miner = await stageMiner(name, temper);
    miners[name] = miner;
    undo.push(() => miner.close());
  }
  await seat(staged.chain, [signer], Object.values(miners));
  return miners;
}

async function start(
  options: Partial<ValidatorOptions> = {},
  parts: { journal?: Journal; model?: ReturnType<typeof ruleModel> } = {},
): Promise<Validator> {
  const validator = await startValidator(
    {
      ...{ netuid: NETUID, lockDir: join(dir, "locks"), budgetMs: 10_000, jobIntervalMs: 20 },
      ...{ status: { port: 0 }, ...options },
    },
    {
      ...{ chain: staged.chain, signer, log, onEvent: audience.hear },
      ...{ models: [parts.model ?? ruleModel()], journal: parts.journal ?? journal },
    },
  );
  undo.push(() => validator.close());
  return validator;
}

const verdictsOn = (miner: StagedMiner): string[] =>
  audience
    .of("verdict")
    .filter((event) => event.miner === miner.signer.hotkey)
    .map(({ verdict }) => (verdict.kind === "accepted" ? verdict.kind : verdict.code));

const ready = async ({ statusUrl }: Validator): Promise<[number, unknown]> => {
  const response = await fetch(`${statusUrl}/readyz`);
  return [response.status, await response.json()];
};

test("each miner gets the verdict it deserves, and only the honest are paid", async () => {
  const miners = await stageMiners({
    ...{ Honest: honest, Slow: slowBy(150), Hanging: hanging, Dripping: dripping },
    ...{ Lying: lying, Borrowing: borrowing, Full: full, Dying: dying },
  });
  const validator = await start({ maxInFlight: 16, budgetMs: 2_000, jobIntervalMs: 50 });
  await audience.until(
    () =>
      Object.values(miners).every((miner) => verdictsOn(miner).length >= 2) &&
      audience.of("weights-confirmed").length >= 2,
  );
  const metrics = await (await fetch(`${validator.statusUrl}/metrics`)).text();
  expect(metrics).toMatch(
    /^assay_validator_verdicts_total\{kind="rejected",code="PROOF_INVALID"\} [1-9]/m,
  );
  expect((await fetch(`${validator.statusUrl}/healthz`)).status).toBe(200);
  expect(await ready(validator)).toEqual([200, { status: "ready" }]);
  await validator.close();
  await expect(fetch(`${validator.statusUrl}/healthz`)).rejects.toThrow();

  const deserved = {
    ...{ Honest: "accepted", Slow: "accepted", Hanging: "LATE", Dripping: "LATE" },
    ...{ Lying: "PROOF_INVALID", Borrowing: "PROOF_INVALID" },
    ...{ Full: "BUSY", Dying: "UNREACHABLE" },
  };
  for (const [name, verdict] of Object.entries(deserved)) {
    const given = new Set(verdictsOn(miners[name as keyof typeof miners]));
    // What was under way when the validator stopped.
    given.delete("CANCELLED");
    expect([name, [...given]]).toEqual([name, [verdict]]);
  }

  const outcomes = [...journal.outcomesAfter()];
  expect(outcomes.map(({ job }) => job)).toEqual(audience.of("verdict").map(({ job }) => job));
  expect(new Set(outcomes.map(({ job }) => job)).size).toBe(audience.of("job").length);
  const scores = scoresOf(outcomes);
  for (const miner of Object.values(miners)) {
    const last = audience.of("verdict").findLast((event) => event.miner === miner.signer.hotkey);
    expect(last?.score).toBe(scores.get(miner.signer.hotkey) ?? 0n);
  }
  const { neurons } = await staged.chain.metagraph(NETUID);
  const paid = neurons.find(({ hotkey }) => hotkey === signer.hotkey)?.weights.map(([uid]) => uid);
  const uidOf = (miner: StagedMiner): number =>
    neurons.find(({ hotkey }) => hotkey === miner.signer.hotkey)?.uid ?? -1;
  expect(new Set(paid)).toEqual(new Set([uidOf(miners.Honest), uidOf(miners.Slow)]));

  const jobs = Object.values(miners).flatMap((miner) => miner.jobs);
  const model = ruleModel();
  for (const job of jobs) expect(job.input).toEqual(model.freshInput(freshSeed(job)));
  expect(new Set(jobs.map(({ input }) => input.join())).size).toBe(jobs.length);
  expect(miners.Slow.crowd).toBe(1);
  for (const { job, verdict } of outcomes) {
    const receipt = journal.receipt(job);
    if (verdict.kind !== "accepted") expect(receipt).toBeUndefined();
    else expect(receipt === undefined ? "none" : receiptFault(receipt)).toBeUndefined();
  }
});

test("a miner that was away is asked again when it is back, where it says it is", async () => {
  const { Honest } = await stageMiners({ Honest: honest });
  await Honest.close();
  await start();
  await audience.until(() => verdictsOn(Honest).includes("UNREACHABLE"));
  const back = await stageMiner("Honest", honest);
  undo.push(() => back.close());
  await staged.chain.publishEndpoint(NETUID, back.endpoint, back.signer);
  await audience.until(() => verdictsOn(back).includes("accepted"));
});

test("a validator that stops cancels what is open, which costs nobody score", async () => {
  const { Slow } = await stageMiners({ Slow: honest });
  const validator = await start();
  await audience.until(() => verdictsOn(Slow).length >= 2);
  await new Promise<void>((resolve) => {
    Slow.temper = () => resolve();
  });
  const before = audience.of("verdict").at(-1)?.score;
  await validator.close();
  expect(audience.of("verdict").at(-1)).toMatchObject({
    verdict: { kind: "ignored", code: "CANCELLED" },
    detail: "STOPPING",
    score: before,
  });
  expect(audience.of("verdict")).toHaveLength(audience.of("job").length);
});

test("a verifier that fails cancels the job and raises the alarm until it works again", async () => {
  const { Honest } = await stageMiners({ Honest: honest });
  const { verifier, freshInput } = ruleModel();
  let failures = 2;
  await start(
    {},
    {
      model: {
        verifier: {
          circuit: verifier.circuit,
          verify(statement, proof) {
            if (failures-- > 0) throw new Error("out of memory");
            return verifier.verify(statement, proof);
          },
        },
        freshInput,
      },
    },
  );
  await audience.until(() => audience.of("recovered").length >= 1);
  expect(audience.of("alarm")).toEqual([
    expect.objectContaining({
      code: "VERIFIER_FAILED",
      message: expect.stringContaining("out of memory"),
    }),
  ]);
  await audience.until(() => verdictsOn(Honest).length >= 3);
  expect(verdictsOn(Honest).slice(0, 3)).toEqual(["CANCELLED", "CANCELLED", "accepted"]);
});

test("a clock that miners find wrong raises the alarm, until one of them takes a job", async () => {
  const { Ahead } = await stageMiners({ Ahead: ahead });
  await start();
  await audience.until(() => audience.of("alarm").length >= 1);
  expect(audience.of("alarm")[0]).toMatchObject({
    code: "CLOCK_OFF",
    hint: expect.stringContaining("NTP"),
  });
  Ahead.temper = honest;
  await audience.until(() => audience.of("recovered").some(({ code }) => code === "CLOCK_OFF"));
});

test("while the chain is silent no job is handed out, and then again", async () => {
  const { Honest } = await stageMiners({ Honest: honest });
  const validator = await start({ chainSilenceMs: 2_500 });
  await audience.until(() => verdictsOn(Honest).length >= 1);
  await staged.server.close();
  await audience.until(() => audience.of("alarm").some(({ code }) => code === "CHAIN_SILENT"));
  const handedOut = audience.of("job").length;
  expect(await ready(validator)).toEqual([
    503,
    { status: "waiting", reason: "the chain is silent" },
  ]);
  const port = Number(new URL(staged.url).port);
  const again = await startLocalChain({ dir: join(dir, "chain"), port, blockMs: 100 });
  undo.push(() => again.close());
  await audience.until(() => audience.of("recovered").some(({ code }) => code === "CHAIN_SILENT"));
  expect(audience.of("job")).toHaveLength(handedOut);
  await audience.until(() => audience.of("job").length > handedOut);
});

test("without a seat nothing is handed out; the alarm ends with the registration", async () => {
  const miner = await stageMiner("Honest", honest);
  undo.push(() => miner.close());
  await seat(staged.chain, [], [miner]);
  const validator = await start({ awaitRegistration: true });
  await audience.until(() => audience.of("alarm").length >= 1);
  expect(audience.of("alarm")[0]).toMatchObject({ code: "NOT_REGISTERED" });
  expect((await ready(validator))[0]).toBe(503);
  expect(miner.jobs).toEqual([]);
  await seat(staged.chain, [signer]);
  await audience.until(() => audience.of("recovered").length >= 1);
  await audience.until(() => verdictsOn(miner).includes("accepted"));
});

describe("a full disk", () => {
  test("stops the handing out; the verdict under way waits, and is written when there is room", async () => {
    const { Slow } = await stageMiners({ Slow: honest });
    await journal.close();
    const path = join(dir, "full.sqlite");
    await (await openJournal(path)).close();
    const database = new Database(path);
    const cramped = new Journal(path, database, undefined);
    undo.push(() => cramped.close());
    // An answer of 1000 integers needs pages of its own.
    const model = ruleModel(1_000);
    Slow.temper = (...told) => {
      const pages = Number(database.pragma("page_count", { simple: true }));
      database.pragma(`max_page_count = ${pages}`);
      honest(...told);
    };
    const validator = await start({}, { journal: cramped, model });
    await audience.until(() => audience.of("alarm").length >= 1);
    expect(audience.of("alarm")[0]).toMatchObject({
      code: "JOURNAL_UNWRITABLE",
      message: expect.stringContaining("SQLITE_FULL"),
    });
    expect(audience.of("job")).toHaveLength(1);
    expect(audience.of("verdict")).toEqual([]);
    expect(await ready(validator)).toEqual([
      503,
      { status: "waiting", reason: "the journal cannot be written" },
    ]);

    Slow.temper = honest;
    database.pragma("max_page_count = 1073741823");
    await audience.until(() => audience.of("verdict").length >= 2);
    expect(audience.events.filter(({ type }) => type !== "epoch").slice(1, 5)).toMatchObject([
      ...[{ type: "job" }, { type: "alarm" }],
      ...[{ type: "recovered", code: "JOURNAL_UNWRITABLE" }, { type: "verdict" }],
    ]);
    expect(verdictsOn(Slow)[0]).toBe("accepted");
  });

  test("that never gets room again loses the verdict, says so, and the next start cancels the job", async () => {
    const { Slow } = await stageMiners({ Slow: honest });
    const path = join(dir, "full.sqlite");
    await (await openJournal(path)).close();
    const database = new Database(path);
    const cramped = new Journal(path, database, undefined);
    Slow.temper = (...told) => {
      const pages = Number(database.pragma("page_count", { simple: true }));
      database.pragma(`max_page_count = ${pages}`);
      honest(...told);
    };
    const validator = await start({}, { journal: cramped, model: ruleModel(1_000) });
    await audience.until(() => audience.of("alarm").length >= 1);
    await validator.close();
    await cramped.close();
    const [job] = audience.of("job");
    expect(audience.of("alarm").at(-1)).toMatchObject({
      code: "VERDICTS_LOST",
      message: expect.stringContaining(job?.job ?? "no job"),
    });
    const reopened = await openJournal(path);
    undo.push(() => reopened.close());
    expect(reopened.cancelUnanswered()).toBe(1);
    expect([...reopened.outcomesAfter()]).toMatchObject([
      { job: job?.job, verdict: { code: "CANCELLED" } },
    ]);
  });
});

describe("a start that cannot be", () => {
  test("is refused while another validator runs with this hotkey, and works after it", async () => {
    await stageMiners({});
    const first = await start();
    const path = join(dir, "second.sqlite");
    const other = await openJournal(path);
    undo.push(() => other.close());
    await expect(start({}, { journal: other })).rejects.toMatchObject({ code: "LOCKED" });
    await first.close();
    await start({}, { journal: other });
  });

  test("on a port in use leaves no lock behind", async () => {
    await stageMiners({});
    const miner = await stageMiner("Honest", honest);
    undo.push(() => miner.close());
    const { ip: host, port } = miner.endpoint;
    await expect(start({ status: { host, port } })).rejects.toMatchObject({ code: "PORT_IN_USE" });
    await start();
  });

  test("with the journal of another hotkey is refused", async () => {
    await stageMiners({});
    const genesis = staged.chain.genesisHash;
    journal.claim({ genesis, netuid: NETUID, validator: devSigner("//Other").hotkey });
    await expect(start()).rejects.toMatchObject({ code: "JOURNAL_OWNER" });
  });
});

describe("a fault that no alarm covers", () => {
  test("is told to whoever started the validator, which hands out nothing more", async () => {
    await stageMiners({ Honest: honest });
    const broken = {
      ...ruleModel(),
      freshInput: () => {
        throw new Error("no input can be drawn");
      },
    };
    const validator = await start({}, { model: broken });
    await expect(validator.failed).rejects.toThrow("no input can be drawn");
    expect(audience.of("job")).toEqual([]);
    await validator.close();
  });
});
