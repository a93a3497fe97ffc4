import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../../store/testing.ts";
import { localRuntime } from "../local-runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { State } from "../runtime/state.ts";
import { HISTORY_BLOCKS } from "./chain-store.ts";
import { bytesOf, hexOf } from "./hex.ts";
import { LiveStorage } from "./live-storage.ts";
import { alice, bob, openLedger, signed, transfer } from "./testing.ts";

/**
 * A true runtime, only smaller: the local one's metadata, but a block writes what its candidates say, each a list of
 * [key, value or 255 to remove], under two prefixes of maps and one plain key.
 */
function scriptedRuntime(): Runtime {
  const writes = (state: State, script: Uint8Array): void => {
    for (let i = 0; i + 1 < script.length; i += 2) {
      const [key = 0, value = 0] = script.subarray(i, i + 2);
      WRITES[key % WRITES.length]?.(state, key, value);
    }
  };
  return {
    ...localRuntime(),
    genesis: () => {},
    execute(state, { number, candidates }) {
      state.put("System.Number", [], number);
      for (const candidate of candidates) writes(state, candidate);
      return { extrinsics: [], included: candidates.map((_, i) => i), refused: [] };
    },
  };
}

const WRITES: readonly ((state: State, key: number, value: number) => void)[] = [
  (state, key, value) => {
    if (value === 255) state.remove("SubtensorModule.Tempo", [key]);
    else state.put("SubtensorModule.Tempo", [key], value);
  },
  (state, key, value) => {
    if (value === 255) state.remove("SubtensorModule.Burn", [key]);
    else state.put("SubtensorModule.Burn", [key], BigInt(value));
  },
  (state, _, value) => state.put("SubtensorModule.SubnetLimit", [], value),
];

function snapshot(state: State): Record<string, string> {
  return Object.fromEntries(
    state.keysUnder("0x").map((key) => [key, hexOf(state.raw(key) ?? bytesOf("0x"))]),
  );
}

const anyScript = fc.uint8Array({ minLength: 0, maxLength: 12 });

describe("the storage after each block", () => {
  test("is read as it was, whatever later blocks changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyScript, { minLength: 1, maxLength: 12 }), async (scripts) => {
        const cleanUp: (() => Promise<void>)[] = [];
        const { ledger } = await openLedger((task) => cleanUp.push(task), {
          runtime: scriptedRuntime(),
        });
        const seen = [[ledger.best.hash, snapshot(ledger.state)] as const];
        for (const [i, script] of scripts.entries()) {
          const { block } = ledger.append(i + 1, [script]);
          seen.push([block.hash, snapshot(ledger.state)]);
        }
        for (const [hash, then] of seen) expect(snapshot(ledger.stateAt(hash))).toEqual(then);
        for (const task of cleanUp.reverse()) await task();
      }),
      { numRuns: 15 },
    );
  });

  test("comes back when blocks are taken back, in memory and on disk", async () => {
    const dir = await newFolder(onTestFinished);
    const runtime = scriptedRuntime();
    const { ledger, store } = await openLedger(onTestFinished, { runtime, finalityLag: 10, dir });
    const scripts = fc.sample(anyScript, { numRuns: 9, seed: 5 });
    const seen = scripts.map((script, i) => {
      const { hash } = ledger.best;
      const before = snapshot(ledger.state);
      ledger.append(i + 1, [script]);
      return { hash, before };
    });
    const { hash, before } = seen[5] as (typeof seen)[number];
    const { blocks } = ledger.retract(4);
    expect(blocks.map(({ header }) => header.number)).toEqual([9, 8, 7, 6]);
    expect(ledger.best).toEqual({ number: 5, hash });
    expect(snapshot(ledger.state)).toEqual(before);
    expect(ledger.block(blocks[0]?.hash ?? "")).toBeUndefined();
    store.close();

    const again = await openLedger(onTestFinished, { runtime, finalityLag: 10, dir });
    expect(again.ledger.best).toEqual({ number: 5, hash });
    expect(snapshot(again.ledger.state)).toEqual(before);
  });

  test("is kept for a thousand blocks and not for longer", async () => {
    const { ledger, store } = await openLedger(onTestFinished, { runtime: scriptedRuntime() });
    const hashes = [ledger.best.hash];
    for (let i = 1; i <= HISTORY_BLOCKS + 1; i++) {
      hashes.push(ledger.append(i, [Uint8Array.of(0, i % 250)]).block.hash);
    }
    const tempoAt = (number: number): number =>
      ledger.stateAt(hashes[number] ?? "").get("SubtensorModule.Tempo", [0]);
    expect([tempoAt(1), tempoAt(500), tempoAt(1_001)]).toEqual([1, 0, 1]);
    const discarded = expect.objectContaining({ code: "STATE_DISCARDED" });
    expect(() => tempoAt(0)).toThrow(discarded);
    expect(store.undo(1).size).toBe(0);
    expect(ledger.header(hashes[0] ?? "")?.number).toBe(0);
    expect(() => ledger.stateAt(`0x${"ab".repeat(32)}`)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_BLOCK" }),
    );
  });
});

describe("keys in memory", () => {
  const anyKey = fc
    .tuple(fc.constantFrom("aa", "ab", "b0"), fc.stringMatching(/^[0-9a-f]{0,4}$/))
    .map(([item, rest]) => `0x${item.repeat(32)}${rest}`);

  test("are those of a plain list under every prefix, through writes and removals", () => {
    const writes = fc.array(fc.tuple(anyKey, fc.boolean()), { maxLength: 40 });
    const cut = fc.nat(70);
    fc.assert(
      fc.property(writes, anyKey, cut, (changes, key, length) => {
        const live = new LiveStorage();
        const plain = new Set<string>();
        for (const [written, isThere] of changes) {
          live.apply(new Map([[written, isThere ? bytesOf("0x01") : undefined]]));
          if (isThere) plain.add(written);
          else plain.delete(written);
        }
        const prefix = key.slice(0, length);
        const under = [...plain].filter((one) => one.startsWith(prefix));
        expect([...live.keys(prefix)].sort()).toEqual(under.sort());
      }),
    );
  });
});

describe("finality", () => {
  test("follows the best block at its distance, and final blocks are not taken back", async () => {
    const { ledger } = await openLedger(onTestFinished, {
      runtime: scriptedRuntime(),
      finalityLag: 3,
    });
    const finals = [1, 2, 3, 4, 5].map((ms) => ledger.append(ms, []).finalised);
    expect(finals.map((refs) => refs.map(({ number }) => number))).toEqual([[], [], [], [1], [2]]);
    expect(() => ledger.retract(4)).toThrow(expect.objectContaining({ code: "FINALISED" }));
    ledger.retract(3);
    expect([ledger.best.number, ledger.finalised.number]).toEqual([2, 2]);
  });

  test("does not go back, not even over a start with another lag", async () => {
    const dir = await newFolder(onTestFinished);
    const runtime = scriptedRuntime();
    const first = await openLedger(onTestFinished, { runtime, dir });
    first.ledger.append(1, []);
    first.ledger.append(2, []);
    first.store.close();
    const { ledger } = await openLedger(onTestFinished, { runtime, dir, finalityLag: 5 });
    expect(ledger.append(3, []).finalised).toEqual([]);
    expect(ledger.finalised.number).toBe(2);
  });
});

test("a block that cannot be written has not happened, and its transactions can come again", async () => {
  const { ledger, store } = await openLedger(onTestFinished);
  ledger.append(1_000, []);
  const { best } = ledger;
  const before = snapshot(ledger.state);
  const pay = signed(ledger, transfer(bob, 1_000_000n), { nonce: 0 });
  store.close();
  expect(() => ledger.append(2_000, [pay])).toThrow(
    expect.objectContaining({ code: "BLOCK_NOT_WRITTEN" }),
  );
  expect(ledger.best).toEqual(best);
  expect(snapshot(ledger.state)).toEqual(before);
  expect(ledger.state.get("System.Account", [alice.hotkey]).nonce).toBe(0);
});
