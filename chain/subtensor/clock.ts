/**
 * This machine's clock against the chain's. A block's time is of when its making began, so what a block bears when it
 * comes is late by its way, never early: of several, the least difference is the nearest.
 * @module
 */
import { ChainError } from "../error.ts";

export interface Clock {
  /** Milliseconds that this machine is ahead of the chain; undefined before a block came. */
  offsetMs(): number | undefined;
  /** Resolves when `offsetMs` is known, or after two block times without a block. */
  ready(): Promise<void>;
  /** A best block came, bearing this time. */
  hear(chainMs: number): void;
}

/** Ten seconds off must be seen; a block of the public networks comes within about four of its time. */
export const LARGEST_OFFSET_MS = 6_000;
/** Blocks from which the least difference is taken. */
const SAMPLES = 8;

/** @param now milliseconds since 1970 of this machine */
export function openClock(blockMs: () => number, now: () => number): Clock {
  let newestMs = 0;
  const differences: number[] = [];
  let tellReady: () => void = () => {};
  const first = new Promise<void>((resolve) => {
    tellReady = resolve;
  });
  return {
    offsetMs: () => (differences.length === 0 ? undefined : Math.min(...differences)),
    async ready() {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, 2 * blockMs());
      });
      await Promise.race([first, late]);
      clearTimeout(timer);
    },
    hear(chainMs) {
      // What a subscription tells first is of a block that came some time ago.
      const isNews = newestMs > 0 && chainMs > newestMs;
      newestMs = Math.max(newestMs, chainMs);
      if (!isNews) return;
      differences.push(now() - chainMs);
      if (differences.length > SAMPLES) differences.shift();
      tellReady();
    },
  };
}

/** Why nothing that depends on the time may be signed; undefined when the clocks agree. */
export function clockObstacle(offsetMs: number | undefined): ChainError | undefined {
  if (offsetMs !== undefined && Math.abs(offsetMs) <= LARGEST_OFFSET_MS) return undefined;
  const seconds = offsetMs === undefined ? "" : (Math.abs(offsetMs) / 1_000).toFixed(1);
  return new ChainError(
    "CLOCK_OFF",
    offsetMs === undefined
      ? "no block came by which to compare this machine's clock with the chain's"
      : `this machine's clock is ${seconds} s ${offsetMs > 0 ? "ahead of" : "behind"} the chain's`,
    "Set the clock by NTP (timedatectl set-ntp true); weights sealed until a wrong time would be lost.",
  );
}
