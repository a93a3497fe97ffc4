import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { localRuntime } from "../local-runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { Author } from "./author.ts";
import type { BlockRef } from "./ledger.ts";
import { Pool } from "./pool.ts";
import { alice, bob, openLedger, remark, signed, transfer } from "./testing.ts";
import type { TransactionStatus } from "./watchers.ts";

const BLOCK_MS = 12_000;
const TOKEN = 1_000_000_000n;

/** The local runtime with a fault in it: it breaks, half a block later, on whatever contains these words. */
const FAULT = "break, please";

function faultyRuntime(): Runtime {
  const runtime = localRuntime();
  return {
    ...runtime,
    execute(state, block) {
      const executed = runtime.execute(state, block);
      const isFatal = block.candidates.some((bytes) => Buffer.from(bytes).includes(FAULT));
      if (isFatal) throw new RangeError("a fault of the runtime");
      return executed;
    },
  };
}

async function open(runtime: Runtime = localRuntime()): Promise<{
  author: Author;
  pool: Pool;
  sign: (call: Parameters<typeof signed>[1], nonce: number, who?: typeof alice) => Uint8Array;
  ledger: Awaited<ReturnType<typeof openLedger>>["ledger"];
}> {
  const { ledger } = await openLedger(onTestFinished, { runtime, finalityLag: 2 });
  const pool = new Pool(ledger);
  const parts = { ledger, pool, log: pino({ level: "silent" }) };
  const author = new Author({ blockMs: BLOCK_MS }, parts, 0);
  onTestFinished(async () => author.close());
  return {
    ...{ author, pool, ledger },
    sign: (call, nonce, who = alice) => signed(ledger, call, { nonce }, who),
  };
}

test("one transaction that breaks the runtime is thrown out; the others come into the next block", async () => {
  const { author, pool, sign, ledger } = await open(faultyRuntime());
  pool.submit(sign(transfer(bob, TOKEN), 0));
  await author.step(1);
  const told: TransactionStatus[] = [];
  pool.submit(sign(remark(FAULT), 0, bob), { tell: (status) => told.push(status) });
  const good = sign(remark("fine"), 1);
  pool.submit(good);
  await expect(author.step(1)).rejects.toThrow("a fault of the runtime");
  expect(ledger.best.number).toBe(1);
  expect(told).toEqual(["ready", "invalid"]);
  await author.step(1);
  expect(ledger.block(ledger.best.hash)?.body.map(Buffer.from)).toContainEqual(Buffer.from(good));
});

test("listeners hear of each block once, and of final ones in order", async () => {
  const { author, ledger } = await open();
  const bests: number[] = [];
  const finals: BlockRef[] = [];
  const stop = author.listen({
    best: () => bests.push(ledger.best.number),
    finalised: (block) => finals.push(block),
  });
  await author.step(4);
  author.retract(1);
  await author.step(2);
  stop();
  await author.step(1);
  expect(bests).toEqual([1, 2, 3, 4, 3, 4, 5]);
  expect(finals.map(({ number }) => number)).toEqual([1, 2, 3]);
  for (const { number, hash } of finals) expect(ledger.hashAt(number)).toBe(hash);
});

test("time never stands still nor goes back, not even over blocks that were taken back", async () => {
  const { author, ledger } = await open();
  const times: bigint[] = [];
  const look = (): number => times.push(ledger.state.get("Timestamp.Now", []));
  await author.step(1);
  look();
  await author.step(1);
  look();
  author.retract(1);
  await author.step(1);
  look();
  expect(times.slice(1).map((time, i) => time - (times[i] ?? 0n))).toEqual([12_000n, 12_000n]);
});

test("a closed author makes no block", async () => {
  const { author, ledger } = await open();
  author.close();
  await expect(author.step(1)).rejects.toThrow(expect.objectContaining({ code: "STOPPING" }));
  author.resume();
  expect(ledger.best.number).toBe(0);
});
