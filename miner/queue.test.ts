/** @module The queue: bounded, fair by stake, earliest deadline first, and left at once by who gives up. */
import { setMaxListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JobQueue, type Ticket } from "./queue.ts";

const patient = new AbortController().signal;
// Every job of these tests that never gives up waits on this one signal.
setMaxListeners(0, patient);

function ticket(owner: string, stake: number, deadlineMs: number, signal = patient): Ticket {
  return { owner, stake, deadlineMs, signal };
}

/** One job runs and holds the only place until `open`; what is queued behind it starts in the order that is recorded. */
function gated(queue: JobQueue): {
  readonly order: string[];
  add(name: string, of: Ticket): Promise<void>;
  open(): Promise<void>;
} {
  const order: string[] = [];
  let release = (): void => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = queue.run(ticket("gate", 1, 0), () => gate);
  const added: Promise<void>[] = [first];
  return {
    order,
    add(name, of) {
      const work = queue.run(of, async () => {
        order.push(name);
      });
      added.push(work);
      return work;
    },
    async open() {
      release();
      await Promise.allSettled(added);
    },
  };
}

describe("the queue", () => {
  it("runs as many at once as it may, and no more", async () => {
    const queue = new JobQueue({ limit: 10, concurrency: 2 });
    let [now, most] = [0, 0];
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        queue.run(ticket("a", 1, i), async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setTimeout(resolve, 5));
          now--;
        }),
      ),
    );
    expect(most).toBe(2);
    expect([queue.running, queue.waiting]).toEqual([0, 0]);
  });

  it("is full when every place and every seat is taken", async () => {
    const queue = new JobQueue({ limit: 1, concurrency: 1 });
    expect(queue.isFull).toBe(false);
    const gate = gated(queue);
    expect(queue.isFull).toBe(false);
    void gate.add("waits", ticket("a", 1, 1));
    expect(queue.isFull).toBe(true);
    expect(queue.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    await gate.open();
    expect(queue.isFull).toBe(false);
  });

  it("takes the earliest deadline of one owner first", async () => {
    const gate = gated(new JobQueue({ limit: 10, concurrency: 1 }));
    for (const deadline of [30, 10, 20]) void gate.add(`${deadline}`, ticket("a", 5, deadline));
    await gate.open();
    expect(gate.order).toEqual(["10", "20", "30"]);
  });

  it("lets who asks much wait behind itself", async () => {
    const gate = gated(new JobQueue({ limit: 100, concurrency: 1 }));
    for (let i = 0; i < 20; i++) void gate.add("flood", ticket("flood", 1_000, i));
    void gate.add("other", ticket("other", 1_000, 999));
    await gate.open();
    expect(gate.order.indexOf("other")).toBeLessThanOrEqual(1);
  });

  it("shares in proportion to stake", async () => {
    const gate = gated(new JobQueue({ limit: 100, concurrency: 1 }));
    for (let i = 0; i < 30; i++) {
      void gate.add("large", ticket("large", 3_000, i));
      void gate.add("small", ticket("small", 1_000, i));
    }
    await gate.open();
    const early = gate.order.slice(0, 20).filter((name) => name === "large").length;
    expect(early).toBeGreaterThanOrEqual(14);
    expect(early).toBeLessThanOrEqual(16);
  });

  it("is left at once by who gives up, who then never runs", async () => {
    const queue = new JobQueue({ limit: 10, concurrency: 1 });
    const gate = gated(queue);
    const leaving = new AbortController();
    const left = expect(gate.add("left", ticket("a", 1, 1, leaving.signal))).rejects.toThrow(
      "gone",
    );
    void gate.add("stayed", ticket("a", 1, 2));
    leaving.abort(new Error("gone"));
    await left;
    expect(queue.waiting).toBe(1);
    await gate.open();
    expect(gate.order).toEqual(["stayed"]);
  });

  it("lets who crowds it lose the least urgent place to another, and refuses it more", async () => {
    const queue = new JobQueue({ limit: 3, concurrency: 1 });
    const gate = gated(queue);
    void gate.add("flood 1", ticket("flood", 1, 1));
    const displaced = gate.add("flood 3", ticket("flood", 1, 3));
    void gate.add("flood 2", ticket("flood", 1, 2));
    expect(queue.hasRoomFor({ owner: "flood", stake: 1 })).toBe(false);
    await expect(gate.add("flood 4", ticket("flood", 1, 0))).rejects.toMatchObject({
      code: "QUEUE_FULL",
    });
    expect(queue.hasRoomFor({ owner: "other", stake: 1 })).toBe(true);
    void gate.add("other", ticket("other", 1, 9));
    await expect(displaced).rejects.toMatchObject({ code: "QUEUE_FULL" });
    // Two of one and one of the other: a second of the other would turn the crowd around.
    expect(queue.hasRoomFor({ owner: "other", stake: 1 })).toBe(false);
    await gate.open();
    expect(gate.order.toSorted()).toEqual(["flood 1", "flood 2", "other"]);
  });

  it("never holds more than it may, and ends every job once, whoever asks and leaves", async () => {
    const arrival = fc.record({
      owner: fc.constantFrom("a", "b", "c", "d"),
      deadlineMs: fc.nat(100),
      leaves: fc.boolean(),
      fails: fc.boolean(),
    });
    const stakes: Readonly<Record<string, number>> = { a: 1, b: 2, c: 50, d: 1_000 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(arrival, { maxLength: 40 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        async (arrivals, limit, concurrency) => {
          const queue = new JobQueue({ limit, concurrency });
          let [running, ended] = [0, 0];
          const jobs = arrivals.map(async ({ owner, deadlineMs, leaves, fails }) => {
            const leaving = new AbortController();
            const stake = stakes[owner] ?? 1;
            const hadRoom = queue.hasRoomFor({ owner, stake });
            const job = queue.run(
              { owner, stake, deadlineMs, signal: leaving.signal },
              async () => {
                running++;
                expect(running).toBeLessThanOrEqual(concurrency);
                await new Promise((resolve) => setImmediate(resolve));
                running--;
                if (fails) throw new Error("broken");
              },
            );
            expect(queue.waiting).toBeLessThanOrEqual(limit);
            if (leaves) leaving.abort(new Error("gone"));
            const fault = await job.then(
              () => undefined,
              (error: { code?: string; message: string }) => error.code ?? error.message,
            );
            if (!hadRoom) expect(fault).toBe("QUEUE_FULL");
            expect([undefined, "gone", "broken", "QUEUE_FULL"]).toContain(fault);
            ended++;
          });
          await Promise.all(jobs);
          expect(ended).toBe(arrivals.length);
          expect([queue.running, queue.waiting]).toEqual([0, 0]);
        },
      ),
    );
  });

  it("gives the place back when work fails", async () => {
    const queue = new JobQueue({ limit: 0, concurrency: 1 });
    const failing = queue.run(ticket("a", 1, 1), () => Promise.reject(new Error("broken")));
    await expect(failing).rejects.toThrow("broken");
    expect(queue.isFull).toBe(false);
  });
});
