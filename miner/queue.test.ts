/** @module The queue: bounded, fair by stake, earliest deadline first, and left at once by who gives up. */
import { describe, expect, it } from "vitest";
import { JobQueue, type Ticket } from "./queue.ts";

const patient = new AbortController().signal;

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

  it("gives the place back when work fails", async () => {
    const queue = new JobQueue({ limit: 0, concurrency: 1 });
    const failing = queue.run(ticket("a", 1, 1), () => Promise.reject(new Error("broken")));
    await expect(failing).rejects.toThrow("broken");
    expect(queue.isFull).toBe(false);
  });
});
