import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Signer } from "../../chain.ts";
import { type Draft, signExtrinsic } from "../runtime/extrinsic.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import { hashOf } from "./header.ts";
import type { Ledger } from "./ledger.ts";
import { POOL_LIMITS, Pool, type PoolLimits } from "./pool.ts";
import { alice, bob, openLedger, remark, signed, transfer } from "./testing.ts";
import type { TransactionStatus, Watcher } from "./watchers.ts";

const TOKEN = 1_000_000_000n;
const pay = transfer(bob, TOKEN);

let ledger: Ledger;
let pool: Pool;
let clockMs = 0;

async function open(finalityLag = 0, limits: PoolLimits = POOL_LIMITS): Promise<void> {
  ({ ledger } = await openLedger(onTestFinished, { finalityLag }));
  pool = new Pool(ledger, limits);
}

beforeEach(() => open());

function sign(draft: Draft, call: RuntimeCall = pay, signer: Signer = alice): Uint8Array {
  return signed(ledger, call, draft, signer);
}

/** What the author does with a block. */
function makeBlock(): string {
  const candidates = pool.ready();
  clockMs += 1_000;
  const bodies = candidates.map(({ bytes }) => bytes);
  const { block, executed, finalised } = ledger.append(clockMs, bodies);
  pool.settle({ number: block.header.number, hash: block.hash }, candidates, executed);
  for (const final of finalised) pool.finalise(final);
  return block.hash;
}

function listener(): Watcher & { readonly told: TransactionStatus[] } {
  const told: TransactionStatus[] = [];
  return { told, tell: (status) => told.push(status) };
}

function refusalOf(submit: () => unknown): unknown[] {
  try {
    submit();
  } catch (error) {
    const { code, message, data } = error as { code: number; message: string; data?: string };
    return data === undefined ? [code, message] : [code, message, data];
  }
  throw new Error("the pool took it");
}

const BANNED = [1_012, "Transaction is temporarily banned"];

describe("the order of one account", () => {
  test("a nonce of the future waits for those before it, then all go into one block", () => {
    const watchers = [2, 0, 1].map((nonce) => {
      const watcher = listener();
      pool.submit(sign({ nonce }), watcher);
      return watcher;
    });
    expect(watchers.map(({ told }) => told)).toEqual([["future", "ready"], ["ready"], ["ready"]]);
    expect(pool.nextNonce(alice.hotkey, 0)).toBe(3);
    const hash = makeBlock();
    for (const { told } of watchers) {
      expect(told.slice(-2)).toEqual([{ inBlock: hash }, { finalized: hash }]);
    }
    expect(pool.ready()).toEqual([]);
  });

  test("a gap is neither passed over nor counted", () => {
    const watcher = listener();
    pool.submit(sign({ nonce: 1 }), watcher);
    expect([pool.ready().length, pool.nextNonce(alice.hotkey, 0)]).toEqual([0, 0]);
    makeBlock();
    expect(watcher.told).toEqual(["future"]);
  });

  test("accounts come first come, first served", () => {
    const [first, second] = [sign({ nonce: 0 }, remark("a"), bob), sign({ nonce: 0 })];
    // Bob has nothing to pay with: judged by what he has, not by when he came.
    expect(refusalOf(() => pool.submit(first))[0]).toBe(1_010);
    pool.submit(second);
    makeBlock();
    const [fromBob, fromAlice] = [sign({ nonce: 0 }, remark("b"), bob), sign({ nonce: 1 })];
    pool.submit(fromBob);
    pool.submit(fromAlice);
    expect(pool.ready().map(({ bytes }) => bytes)).toEqual([fromBob, fromAlice]);
  });
});

describe("what is not taken", () => {
  test("the same bytes again, and once they are in a block the same for half an hour", () => {
    const bytes = sign({ nonce: 0 });
    pool.submit(bytes);
    const again = (): unknown => pool.submit(bytes);
    expect(refusalOf(again)).toEqual([1_013, "Transaction Already Imported", hashOf(bytes)]);
    makeBlock();
    expect(refusalOf(again)).toEqual(BANNED);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31 * 60_000 });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const outdated = [1_010, "Invalid Transaction", "Transaction is outdated"];
    expect(refusalOf(again)).toEqual(outdated);
    expect(refusalOf(again)).toEqual(BANNED);
  });

  test("another transaction of the same nonce", () => {
    pool.submit(sign({ nonce: 0 }));
    expect(refusalOf(() => pool.submit(sign({ nonce: 0 }, remark("x"))))[0]).toBe(1_014);
    pool.submit(sign({ nonce: 1 }, remark("x")));
  });

  test("a signature of somebody else, a spec version of another runtime", () => {
    const bytes = sign({ nonce: 0 });
    const forged = Uint8Array.from(bytes);
    forged.set([(forged.at(-1) ?? 0) ^ 1], forged.length - 1);
    const bad = [1_010, "Invalid Transaction", "Transaction has a bad signature"];
    expect(refusalOf(() => pool.submit(forged))).toEqual(bad);
    pool.submit(bytes);
  });

  test("bytes that are no extrinsic; they are not banned, for nobody can send them by mistake twice", () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(0), new Uint8Array(200).fill(255)]) {
      expect(refusalOf(() => pool.submit(bytes))[0]).toBe(1_002);
      expect(refusalOf(() => pool.submit(bytes))[0]).toBe(1_002);
    }
  });

  test("what only the author may bring", () => {
    makeBlock();
    const [inherent] = ledger.block(ledger.best.hash)?.body ?? [];
    expect(refusalOf(() => pool.submit(inherent as Uint8Array))[0]).toBe(1_011);
  });

  test("more than there is room for; what is in the pool stays", async () => {
    await open(0, { count: 3, futureCount: 1, bytes: 10_000 });
    const dropped = 1_016;
    pool.submit(sign({ nonce: 5 }));
    expect(refusalOf(() => pool.submit(sign({ nonce: 6 })))[0]).toBe(dropped);
    pool.submit(sign({ nonce: 0 }));
    expect(refusalOf(() => pool.submit(sign({ nonce: 1 }, remark("x".repeat(9_999)))))[0]).toBe(
      dropped,
    );
    pool.submit(sign({ nonce: 1 }));
    expect(refusalOf(() => pool.submit(sign({ nonce: 2 })))[0]).toBe(dropped);
    expect(pool.ready().length).toBe(2);
    makeBlock();
    pool.submit(sign({ nonce: 2 }));
  });
});

describe("what waits", () => {
  test("leaves as invalid when its era is over", () => {
    makeBlock();
    const watcher = listener();
    const era = { period: 4, phase: ledger.best.number % 4 };
    const signing = { ...ledger.signing, birthHash: ledger.best.hash };
    const bytes = signExtrinsic(pay, alice, { nonce: 1, era }, signing);
    pool.submit(bytes, watcher);
    expect(watcher.told).toEqual(["future"]);
    for (let i = 0; i < 4; i++) makeBlock();
    expect(watcher.told).toEqual(["future", "invalid"]);
    expect(refusalOf(() => pool.submit(bytes))).toEqual(BANNED);
  });

  test("leaves as invalid when its account can no longer pay, and what came after it waits", () => {
    pool.submit(sign({ nonce: 0 }, transfer(bob, 1_000_000n)));
    makeBlock();
    const spend = sign({ nonce: 0 }, transfer(alice, 800_000n), bob);
    const [late, after] = [listener(), listener()];
    pool.submit(spend);
    pool.submit(sign({ nonce: 1 }, remark("z"), bob), late);
    pool.submit(sign({ nonce: 2 }, remark("y"), bob), after);
    makeBlock();
    expect(late.told).toEqual(["ready", "invalid"]);
    // Its own fee cannot be paid either.
    expect(after.told.at(-1)).toBe("invalid");
  });
});

describe("a reorganisation", () => {
  test("tells that the block is gone, and what was in it comes into another", async () => {
    await open(5);
    const [first, second, third] = [listener(), listener(), listener()];
    pool.submit(sign({ nonce: 0 }), first);
    const gone = makeBlock();
    pool.submit(sign({ nonce: 1 }), second);
    const goneToo = makeBlock();
    pool.submit(sign({ nonce: 2 }), third);
    pool.restore(ledger.retract(2).blocks);
    expect(first.told).toEqual(["ready", { inBlock: gone }, { retracted: gone }, "ready"]);
    expect(second.told).toEqual(["ready", { inBlock: goneToo }, { retracted: goneToo }, "ready"]);
    expect(third.told).toEqual(["ready"]);
    const hash = makeBlock();
    for (const { told } of [first, second, third]) expect(told.at(-1)).toEqual({ inBlock: hash });
    for (let i = 0; i < 5; i++) makeBlock();
    for (const { told } of [first, second, third]) expect(told.at(-1)).toEqual({ finalized: hash });
  });

  test("lets what was in a block go before what took its nonce since", async () => {
    await open(5);
    const [first, other] = [listener(), listener()];
    const bytes = sign({ nonce: 0 });
    pool.submit(bytes, first);
    makeBlock();
    const { blocks } = ledger.retract(1);
    pool.submit(sign({ nonce: 0 }, remark("other")), other);
    pool.restore(blocks);
    expect(other.told).toEqual(["ready", { usurped: hashOf(bytes) }]);
    expect(pool.ready().map((one) => one.bytes)).toEqual([bytes]);
  });
});
