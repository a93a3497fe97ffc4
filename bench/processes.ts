/**
 * What processes take while they work. Memory: anonymous pages, which nobody can take back, without the pages of files
 * that are mapped (a proving key's), which the system can. Linux only: it reads /proc, and elsewhere says nothing.
 * @module
 */
import { readFile } from "node:fs/promises";
import { setInterval as every } from "node:timers/promises";

/** Milliseconds between two looks: shorter than any stage of a proof that is worth its memory. */
const LOOK_EVERY_MS = 4;

/** @returns what the work gave, and the most bytes the processes held meanwhile; undefined where nobody can tell */
export async function withPeakMemory<T>(
  pids: () => Promise<readonly number[]>,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly peakBytes: number | undefined }> {
  const stop = new AbortController();
  let peakBytes: number | undefined;
  const look = async (): Promise<void> => {
    const held = await Promise.all((await pids()).map(anonymousBytes));
    if (held.length === 0 || held.some((bytes) => bytes === undefined)) return;
    const sum = held.reduce<number>((total, bytes) => total + (bytes ?? 0), 0);
    peakBytes = Math.max(peakBytes ?? 0, sum);
  };
  const watching = (async () => {
    try {
      for await (const _ of every(LOOK_EVERY_MS, undefined, { signal: stop.signal })) await look();
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  })();
  try {
    const result = await work();
    await look();
    return { result, peakBytes };
  } finally {
    stop.abort();
    await watching;
  }
}

/** Undefined for a process that is gone, and where there is no /proc. */
export async function anonymousBytes(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Linux counts a process's time in hundredths of a second, whatever its kernel's clock. */
const TICK_MS = 10;

/** Milliseconds that processors have worked for a process, all its threads together. */
export async function workedMs(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field is a name in brackets, which may hold anything; utime and stime are the 12th and 13th after it.
  const fields = status.slice(status.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return Number.isNaN(ticks) ? undefined : ticks * TICK_MS;
}

/** Watches for the processes that this one starts from now on. */
export async function newChildren(): Promise<() => Promise<number[]>> {
  const before = new Set(await children());
  return async () => (await children()).filter((pid) => !before.has(pid));
}

async function children(): Promise<number[]> {
  const { pid } = process;
  const listed = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return listed.split(" ").filter(Boolean).map(Number);
}
