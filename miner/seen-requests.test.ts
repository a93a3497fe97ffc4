/** @module The nonces a miner has taken: kept, refused twice, forgotten in time but never new again, and never too many. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { devSigner } from "../chain/wallet/key.ts";
import { RETENTION_NS } from "../protocol/replay.ts";
import { nowNs } from "../protocol/request-auth.ts";
import { MAX_NONCES_OF_ONE, openSeenRequests, SeenRequests } from "./seen-requests.ts";

let dir = "";
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-requests-"));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(dir, { recursive: true });
});

const [first, second] = [devSigner("//First").hotkey, devSigner("//Second").hotkey];
const RETENTION_MS = Number(RETENTION_NS / 1_000_000n);

describe("seen requests", () => {
  it("keep a nonce once for each sender, also over a start", () => {
    const nonce = nowNs();
    const before = openSeenRequests(dir);
    expect([before.add(first, nonce), before.add(first, nonce)]).toEqual(["kept", "known"]);
    // In any order: requests overtake each other.
    expect(before.add(first, nonce - 1n)).toBe("kept");
    expect(before.add(second, nonce)).toBe("kept");
    before.close();
    const after = openSeenRequests(dir);
    expect([after.add(first, nonce), after.add(second, nonce)]).toEqual(["known", "known"]);
    after.close();
  });

  it("take nonces of a Dendrite only in rising order, each Dendrite for itself", () => {
    const nonce = nowNs();
    const before = openSeenRequests(dir);
    expect(before.advance(first, "a", nonce)).toBe("kept");
    expect(before.advance(first, "a", nonce)).toBe("known");
    expect(before.advance(first, "a", nonce - 1n)).toBe("known");
    expect(before.advance(first, "b", nonce - 1n)).toBe("kept");
    expect(before.add(first, nonce)).toBe("kept");
    before.close();
    const after = openSeenRequests(dir);
    expect(after.advance(first, "a", nonce)).toBe("known");
    expect(after.advance(first, "a", nonce + 1n)).toBe("kept");
    after.close();
  });

  it("hold no more than the retention, and take nothing forgotten for new when the clock is set back", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_750_000_000_000 });
    const old = nowNs();
    const database = new Database(join(dir, "clock.sqlite"));
    const seen = new SeenRequests(database);
    const rows = database.prepare("SELECT count(*) FROM nonces").pluck();
    expect([seen.add(first, old - 1n), seen.add(first, old)]).toEqual(["kept", "kept"]);
    vi.setSystemTime(Date.now() + RETENTION_MS);
    expect(seen.add(second, nowNs())).toBe("kept");
    // The older of the two is out of time by a nanosecond.
    expect(rows.get()).toBe(2);
    vi.setSystemTime(Date.now() + 1);
    expect(seen.add(second, nowNs())).toBe("kept");
    expect(rows.get()).toBe(2);
    vi.setSystemTime(Date.now() - RETENTION_MS - 1);
    expect([seen.add(first, old), seen.add(first, old - 1n)]).toEqual(["known", "known"]);
    expect(seen.add(first, old + 1n)).toBe("kept");
    seen.close();
  });

  it("of one sender are bounded, and others are not touched", () => {
    const database = new Database(join(dir, "crowded.sqlite"));
    const seen = new SeenRequests(database);
    const nonce = nowNs();
    database
      .prepare(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)" +
          " INSERT INTO nonces SELECT ?, '', ? + i FROM n",
      )
      .run(MAX_NONCES_OF_ONE - 1, first, nonce);
    expect(seen.add(first, nonce)).toBe("kept");
    expect(seen.add(first, nonce - 1n)).toBe("full");
    expect(seen.advance(first, "a", nonce)).toBe("full");
    expect(seen.add(first, nonce)).toBe("known");
    expect(seen.add(second, nonce)).toBe("kept");
    seen.close();
  });

  it("refuse a file that is damaged, and say which and what to do", async () => {
    await writeFile(join(dir, "seen-requests.sqlite"), "no database".repeat(100));
    expect(() => openSeenRequests(dir)).toThrow(
      expect.objectContaining({
        code: "SEEN_REQUESTS_UNUSABLE",
        message: expect.stringContaining("seen-requests.sqlite"),
      }),
    );
  });
});
