/**
 * @module A desk knows who asks before it reads what is asked; and one whose disk is full takes nothing that it could not
 * remember, says so, and recovers.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import type { Hotkey, Neuron } from "../chain/chain.ts";
import { devSigner } from "../chain/wallet/key.ts";
import type { Job } from "../protocol/job.ts";
import { nowNs } from "../protocol/request-auth.ts";
import { bodyOf, draftJob, miner, neuron, openDesk, requestOf, validator } from "./testing.ts";

const still = new AbortController().signal;
const askFor = (job: Job) => requestOf(bodyOf(job));
const SECOND_NS = 1_000_000_000n;

describe("a desk", () => {
  it("answers a job once that its validator sends, and the same request never again", async () => {
    const { desk, close } = openDesk();
    const request = askFor(draftJob());
    expect(await desk.answer(request, still)).toHaveProperty("answer");
    expect(await desk.answer(request, still)).toEqual({ refusal: "REPLAYED_REQUEST" });
    const again = requestOf(request.body);
    expect(await desk.answer(again, still)).toEqual({ refusal: "DUPLICATE_JOB" });
    close();
  });

  it("refuses a job that somebody else sends, who is registered too", async () => {
    const { desk, close } = openDesk();
    const body = bodyOf(draftJob());
    expect(await desk.answer(requestOf(body, { by: miner }), still)).toEqual({
      refusal: "WRONG_SENDER",
    });
    expect(await desk.answer(requestOf(body), still)).toHaveProperty("answer");
    close();
  });

  it("refuses who is not registered, who does not sign, and whose clock is off, unread", async () => {
    const { desk, close } = openDesk();
    const ask = async (changes: Parameters<typeof requestOf>[1], headers = {}) => {
      // No job: read, it would be refused as malformed.
      const request = requestOf(new TextEncoder().encode("{}"), changes);
      const reply = await desk.answer(
        { ...request, headers: { ...request.headers, ...headers } },
        still,
      );
      return "refusal" in reply ? reply.refusal : "taken";
    };
    expect(await ask({ by: devSigner("//Stranger") })).toBe("NOT_REGISTERED");
    expect(await ask({}, { "x-bittensor-signature": "" })).toBe("MALFORMED_AUTH");
    expect(await ask({}, { "x-bittensor-signature": `0x${"11".repeat(64)}` })).toBe(
      "BAD_SIGNATURE",
    );
    expect(await ask({ nonce: nowNs() - 10n * SECOND_NS - SECOND_NS })).toBe("STALE_REQUEST");
    expect(await ask({ nonce: nowNs() + 10n * SECOND_NS })).toBe("FUTURE_REQUEST");
    expect(await ask({})).toBe("MALFORMED_JOB");
    close();
  });
});

it("takes no job whose id it cannot keep while the disk is full, and takes it when there is room", async () => {
  const dir = await mkdtemp(join(tmpdir(), "assay-desk-"));
  const jobs = new Database(join(dir, "seen.sqlite"));
  const { desk, seen, close } = openDesk({ jobs });
  expect(await desk.answer(askFor(draftJob()), still)).toHaveProperty("answer");

  const pages = Number(jobs.pragma("page_count", { simple: true }));
  jobs.pragma(`max_page_count = ${pages}`);
  let unkept: Job | undefined;
  // The last page has room for a few more.
  for (let tries = 0; unkept === undefined && tries < 200; tries++) {
    const next = draftJob();
    await desk.answer(askFor(next), still).catch((error: { code: string }) => {
      expect(error.code).toBe("SQLITE_FULL");
      unkept = next;
    });
  }
  if (unkept === undefined) throw new Error("the disk was never full");
  expect(seen.has(unkept)).toBe(false);

  jobs.pragma("max_page_count = 1073741823");
  expect(await desk.answer(askFor(unkept), still)).toHaveProperty("answer");
  expect(await desk.answer(askFor(unkept), still)).toEqual({ refusal: "DUPLICATE_JOB" });
  close();
  await rm(dir, { recursive: true });
});

it("takes no request whose nonce it cannot keep while the disk is full", async () => {
  const dir = await mkdtemp(join(tmpdir(), "assay-desk-"));
  const requests = new Database(join(dir, "requests.sqlite"));
  const { desk, close } = openDesk({ requests });
  const pages = Number(requests.pragma("page_count", { simple: true }));
  requests.pragma(`max_page_count = ${pages}`);
  let refused = 0;
  for (let tries = 0; refused === 0 && tries < 200; tries++) {
    await desk.answer(askFor(draftJob()), still).catch((error: { code: string }) => {
      expect(error.code).toBe("SQLITE_FULL");
      refused++;
    });
  }
  expect(refused).toBe(1);
  requests.pragma("max_page_count = 1073741823");
  expect(await desk.answer(askFor(draftJob()), still)).toHaveProperty("answer");
  close();
  await rm(dir, { recursive: true });
});

it("is not ready, and takes nothing, while the chain does not know this miner", async () => {
  const neurons = new Map<Hotkey, Neuron>();
  const view: { current: { head: number; neurons: Map<Hotkey, Neuron> } | undefined } = {
    current: undefined,
  };
  const { desk, close } = openDesk({
    peers: { current: () => view.current, onHead: () => {}, close: () => {} },
  });
  expect(desk.obstacle()).toBe("the chain is silent");
  expect(await desk.answer(askFor(draftJob()), still)).toEqual({ refusal: "CHAIN_UNAVAILABLE" });
  view.current = { head: 1, neurons };
  expect(desk.obstacle()).toBe("this miner is not registered");
  neurons.set(...neuron(miner.hotkey, 0n));
  expect(desk.obstacle()).toBeUndefined();
  expect(await desk.answer(askFor(draftJob()), still)).toEqual({ refusal: "NOT_REGISTERED" });
  neurons.set(...neuron(validator.hotkey, 10n ** 12n));
  expect(await desk.answer(askFor(draftJob()), still)).toHaveProperty("answer");
  close();
});
