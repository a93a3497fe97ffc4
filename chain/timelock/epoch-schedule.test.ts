import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type EpochState,
  epochOfCommit,
  firstRevealBlock,
  isEpochDue,
  nextEpochBlock,
} from "./epoch-schedule.ts";

const fresh: EpochState = {
  lastEpochBlock: 100,
  pendingEpochAt: 0,
  subnetEpochIndex: 7,
  tempo: 50,
  blocksSinceLastStep: 20,
  head: 120,
};

describe("the schedule of epochs, by hand", () => {
  test("an epoch is due after tempo blocks, and not one earlier", () => {
    expect(isEpochDue(fresh, 149)).toBe(false);
    expect(isEpochDue(fresh, 150)).toBe(true);
    expect(nextEpochBlock(fresh)).toBe(150);
    expect(nextEpochBlock({ ...fresh, head: 149 })).toBe(150);
  });

  test("the owner's trigger comes first, if it is first", () => {
    expect(nextEpochBlock({ ...fresh, pendingEpochAt: 130 })).toBe(130);
    expect(nextEpochBlock({ ...fresh, pendingEpochAt: 170 })).toBe(150);
  });

  test("an epoch that was put off runs in the next block", () => {
    expect(nextEpochBlock({ ...fresh, head: 160 })).toBe(161);
    expect(nextEpochBlock({ ...fresh, head: 135, pendingEpochAt: 130 })).toBe(136);
  });

  test("after a week without one an epoch is due in any case", () => {
    const stuck = { ...fresh, tempo: 60_000, blocksSinceLastStep: 50_399 };
    expect(isEpochDue(stuck, 121)).toBe(false);
    expect(nextEpochBlock(stuck)).toBe(122);
    expect(isEpochDue({ ...stuck, blocksSinceLastStep: 50_401 }, 121)).toBe(true);
  });

  test("without a tempo there are no epochs and no reveals", () => {
    const still = { ...fresh, tempo: 0, pendingEpochAt: 130 };
    expect(isEpochDue(still, 1_000)).toBe(false);
    expect(nextEpochBlock(still)).toBeUndefined();
    expect(firstRevealBlock(still, 1)).toBeUndefined();
  });
});

describe("the reveal of a commit, by hand", () => {
  // The first two are vectors of bittensor-core (epoch_schedule_vectors.rs).
  test.each<[string, Partial<EpochState>, number, number]>([
    [
      "a cycle that was just reset",
      { lastEpochBlock: 10, head: 10, blocksSinceLastStep: 0 },
      1,
      60,
    ],
    [
      "a triggered epoch before the regular one",
      { lastEpochBlock: 80, pendingEpochAt: 95, tempo: 20, head: 91, blocksSinceLastStep: 0 },
      1,
      95,
    ],
    ["the middle of an epoch", {}, 1, 150],
    ["three epochs to wait", {}, 3, 250],
    ["a triggered epoch moves all that follow", { pendingEpochAt: 130 }, 2, 180],
    ["the block of the commit runs an epoch itself", { head: 149 }, 1, 200],
  ])("%s", (_, over, period, block) => {
    expect(firstRevealBlock({ ...fresh, ...over }, period)).toBe(block);
  });

  test("a commit in the block of an epoch is filed under the epoch that begins", () => {
    expect(epochOfCommit({ ...fresh, head: 148 })).toBe(7);
    expect(epochOfCommit({ ...fresh, head: 149 })).toBe(8);
  });

  test("when only the count of a week brings the epoch, the reveal comes one block after it", () => {
    const stuck = { ...fresh, tempo: 60_000, blocksSinceLastStep: 50_390 };
    expect(nextEpochBlock(stuck)).toBe(131);
    expect(firstRevealBlock(stuck, 1)).toBe(132);
  });
});

/** The chain itself, block by block, written from the runtime's storage operations. */
class Runtime {
  LastEpochBlock: number;
  PendingEpochAt: number;
  SubnetEpochIndex: number;
  BlocksSinceLastStep: number;
  readonly Tempo: number;
  block: number;
  epochs: number[] = [];
  /** Per block, the epoch whose commits its beginning reveals. */
  looked: number[] = [];

  constructor(state: EpochState) {
    this.LastEpochBlock = state.lastEpochBlock;
    this.PendingEpochAt = state.pendingEpochAt;
    this.SubnetEpochIndex = state.subnetEpochIndex;
    this.BlocksSinceLastStep = state.blocksSinceLastStep;
    this.Tempo = state.tempo;
    this.block = state.head;
  }

  shouldRun(): boolean {
    if (this.Tempo === 0) return false;
    if (this.PendingEpochAt > 0 && this.block >= this.PendingEpochAt) return true;
    if (this.BlocksSinceLastStep > 50_400) return true;
    return Math.max(0, this.block - this.LastEpochBlock) >= this.Tempo;
  }

  epochWithLookahead(): number {
    return this.SubnetEpochIndex + (this.shouldRun() ? 1 : 0);
  }

  step(): void {
    this.block += 1;
    this.looked.push(this.epochWithLookahead());
    this.BlocksSinceLastStep += 1;
    if (!this.shouldRun()) return;
    this.LastEpochBlock = this.block;
    this.PendingEpochAt = 0;
    this.SubnetEpochIndex += 1;
    this.BlocksSinceLastStep = 0;
    this.epochs.push(this.block);
  }
}

describe("the schedule against the runtime's rule, block by block", () => {
  const anyState: fc.Arbitrary<EpochState> = fc
    .record({
      head: fc.integer({ min: 100, max: 400 }),
      age: fc.nat(80),
      // Before the head, too: an epoch that the cap of epochs in a block put off.
      pending: fc.option(fc.integer({ min: -5, max: 60 }), { nil: undefined }),
      subnetEpochIndex: fc.nat(1_000),
      tempo: fc.integer({ min: 1, max: 40 }),
      // Small as always, or at the end of a week.
      since: fc.oneof(fc.nat(80), fc.integer({ min: 50_330, max: 50_402 })),
    })
    .map(({ head, age, pending, since, ...rest }) => ({
      ...rest,
      head,
      lastEpochBlock: head - age,
      pendingEpochAt: pending === undefined ? 0 : head + pending,
      blocksSinceLastStep: since,
    }));
  const anyPeriod = fc.integer({ min: 1, max: 5 });

  test("foresees the next epoch, the epoch of a commit, and its reveal", () => {
    fc.assert(
      fc.property(anyState, anyPeriod, fc.boolean(), (state, period, isSlow) => {
        const start = isSlow ? { ...state, tempo: state.tempo + 60_000 } : state;
        const runtime = new Runtime(start);
        runtime.step();
        const filedUnder = runtime.epochWithLookahead();
        expect(epochOfCommit(start)).toBe(filedUnder);

        for (let i = 0; i < 300; i++) runtime.step();
        const next = nextEpochBlock(start);
        if (runtime.epochs.length > 0) expect(next).toBe(runtime.epochs[0]);
        else expect(next).toBeGreaterThan(runtime.block);

        const at = runtime.looked.indexOf(filedUnder + period);
        const reveal = firstRevealBlock(start, period);
        if (at >= 0) expect(reveal).toBe(start.head + 1 + at);
        else expect(reveal === undefined || reveal > runtime.block).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
