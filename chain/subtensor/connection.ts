/**
 * A chain behind one or several endpoints. One session at a time; when it ends, or says nothing new for three block
 * times (threats.md, 31), the next endpoint's is opened and the listeners move there. Reads are asked again on the new
 * session until their time is over.
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Digest } from "../../store/digest.ts";
import type { Head } from "../chain.ts";
import { ChainError } from "../error.ts";
import type { Target } from "./networks.ts";
import { isUpgrade, openSession, type Session, type SessionEvents } from "./session.ts";
import { RpcFailure } from "./socket.ts";

export interface ConnectionOptions {
  readonly requestMs: number;
  /** Ends the connecting; afterwards use `close()`. */
  readonly signal?: AbortSignal | undefined;
  readonly log?: Logger | undefined;
}

export interface Connection {
  readonly genesis: Digest;
  /** The session that is open, or was last. */
  readonly session: () => Session;
  /**
   * Waits for an open session and reads by it; reads again on the next one when it ended meanwhile.
   * @throws ChainError of the chain, or why there was no session within `requestMs`
   */
  readonly read: <T>(read: (session: Session) => Promise<T>) => Promise<T>;
  readonly onHead: (listener: (head: Head) => void) => () => void;
  readonly onTime: (listener: (chainMs: number) => void) => () => void;
  readonly close: () => Promise<void>;
}

/** Heads this many block times apart are a sign that node or connection is dead. */
const SILENT_BLOCKS = 3;
/** But on a busy machine a fast chain's block may well be late by this much. */
const LEAST_SILENCE_MS = 2_000;
/** A chain that stands still is looked for elsewhere ever less often. */
const LONGEST_SILENCE_MS = 120_000;
/** Between two rounds over endpoints of which none answers. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** What another try does not mend. */
const CONTRADICTIONS: ReadonlySet<string> = new Set(["WRONG_GENESIS", "CHAIN_REPLACED"]);

/**
 * @throws ChainError of the first endpoint, when none of them can be used
 */
export async function openConnection(
  { urls, genesis: expected }: Target,
  { requestMs, signal, log }: ConnectionOptions,
): Promise<Connection> {
  const closing = new AbortController();
  const headListeners = new Set<(head: Head) => void>();
  const timeListeners = new Set<(chainMs: number) => void>();
  let known: Head | undefined;
  let genesis = expected;
  let lastHeadAt = performance.now();
  let adopted: Session | undefined;

  const tell = <T>(listeners: ReadonlySet<(news: T) => void>, news: T): void => {
    for (const listener of [...listeners]) {
      try {
        listener(news);
      } catch (error) {
        // A listener's own failure is none of the connection's.
        log?.error({ error }, "a listener failed");
      }
    }
  };

  const hearHead = (head: Head): void => {
    lastHeadAt = performance.now();
    // After a change of endpoint the newest head may be one that was told before, or one before it.
    if (known !== undefined && head.number <= known.number) return;
    known = head;
    tell(headListeners, head);
  };

  /** Opened, compared with what is known of the chain, and not listened to yet. */
  const open = async (url: string, until: AbortSignal): Promise<Session> => {
    let self: Session | undefined;
    const events: SessionEvents = {
      onHead: (head) => {
        if (self !== undefined && self === adopted) hearHead(head);
      },
      onTime: (chainMs) => tell(timeListeners, chainMs),
    };
    self = await openSession({ url, genesis, requestMs, signal: until }, events);
    try {
      if (known !== undefined) await assertSameChain(self, known, requestMs);
    } catch (error) {
      self.end();
      throw error;
    }
    return self;
  };

  const adopt = (session: Session): Session => {
    adopted = session;
    genesis = session.genesis;
    return session;
  };

  /** The first endpoint that can be used, from number `from` on. */
  const openAny = async (
    from: number,
    until: AbortSignal,
  ): Promise<{ session: Session; at: number } | ChainError> => {
    let first: ChainError | undefined;
    for (let i = 0; i < urls.length; i++) {
      const at = (from + i) % urls.length;
      try {
        return { session: await open(urls[at] as string, until), at };
      } catch (error) {
        until.throwIfAborted();
        if (!(error instanceof ChainError)) throw error;
        log?.warn({ url: urls[at], code: error.code }, "endpoint refused");
        first ??= error;
      }
    }
    return first as ChainError;
  };

  const connecting =
    signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
  const opened = await openAny(0, connecting);
  if (opened instanceof ChainError) throw opened;
  let session = adopt(opened.session);
  hearHead(session.head());
  let { at } = opened;
  let waiting: Promise<Session> | undefined;
  let whyNone: ChainError | undefined;

  const reconnect = async (from: number): Promise<Session> => {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      const next = await openAny(from, closing.signal);
      if (!(next instanceof ChainError)) {
        at = next.at;
        whyNone = undefined;
        session = adopt(next.session);
        hearHead(session.head());
        log?.info({ url: session.url, head: session.head().number }, "connected");
        return session;
      }
      whyNone = next;
      await sleep(pauseMs, undefined, { signal: closing.signal, ref: false });
    }
  };

  const follow = async (): Promise<void> => {
    let silenceMs = 0;
    while (!closing.signal.aborted) {
      const headBefore = known?.number;
      const leastMs = Math.max(LEAST_SILENCE_MS, SILENT_BLOCKS * session.blockMs);
      silenceMs = Math.max(silenceMs, leastMs);
      const reason = await untilSilent(session, () => lastHeadAt, silenceMs, closing.signal);
      if (closing.signal.aborted) return;
      session.end(reason);
      log?.warn({ url: session.url, code: reason.code }, "session ended");
      silenceMs =
        known?.number === headBefore ? Math.min(2 * silenceMs, LONGEST_SILENCE_MS) : leastMs;
      waiting = reconnect(isUpgrade(reason) ? at : at + 1);
      try {
        await waiting;
      } catch (error) {
        if (!closing.signal.aborted) throw error;
        return;
      } finally {
        waiting = undefined;
      }
    }
  };
  const following = follow();

  const nextSession = (until: number): Promise<Session> => {
    if (session.isOpen()) return Promise.resolve(session);
    return withDeadline(waiting ?? sleep(1).then(() => nextSession(until)), until, () =>
      whyNone !== undefined && CONTRADICTIONS.has(whyNone.code)
        ? whyNone
        : unreachable(session.url, requestMs, whyNone),
    );
  };

  return {
    get genesis() {
      return session.genesis;
    },
    session: () => session,
    async read(read) {
      const until = performance.now() + requestMs;
      for (;;) {
        if (closing.signal.aborted) throw closed();
        const current = await nextSession(until);
        try {
          return await read(current);
        } catch (error) {
          const isLost = !current.isOpen() && !closing.signal.aborted;
          if (!isLost || performance.now() >= until) throw named(error, current.url);
        }
      }
    },
    onHead(listener) {
      headListeners.add(listener);
      return () => headListeners.delete(listener);
    },
    onTime(listener) {
      timeListeners.add(listener);
      return () => timeListeners.delete(listener);
    },
    async close() {
      if (closing.signal.aborted) return;
      headListeners.clear();
      timeListeners.clear();
      closing.abort(closed());
      session.end(closed());
      await following;
    },
  };
}

/** Resolves when the session ended by itself or told no head for `silenceMs`. */
async function untilSilent(
  session: Session,
  lastHeadAt: () => number,
  silenceMs: number,
  signal: AbortSignal,
): Promise<ChainError> {
  for (;;) {
    const leftMs = lastHeadAt() + silenceMs - performance.now();
    if (leftMs <= 0) return silent(session.url, silenceMs);
    const reason = await Promise.race([
      session.ended,
      sleep(leftMs, undefined, { signal, ref: false }).catch(() => undefined),
    ]);
    if (reason !== undefined) return reason;
    if (signal.aborted) return closed();
  }
}

/** A node that is a little behind is the same chain; one that has another block in the place of ours is not. */
async function assertSameChain(session: Session, known: Head, requestMs: number): Promise<void> {
  const hash = await session.request("chain_getBlockHash", [known.number], requestMs);
  if (hash === `0x${known.hash}`) return;
  if (hash === null && session.head().number < known.number) return;
  throw new ChainError(
    "CHAIN_REPLACED",
    `the chain at ${session.url} is another than before: it does not know finalised block ${known.number}`,
    "Start miner and validator anew if the chain was; otherwise this endpoint is on a fork.",
  );
}

async function withDeadline<T>(
  promise: Promise<T>,
  until: number,
  why: () => ChainError,
): Promise<T> {
  const done = new AbortController();
  const late = sleep(Math.max(0, until - performance.now()), undefined, {
    signal: done.signal,
  }).then(
    () => Promise.reject(why()),
    () => Promise.reject(why()),
  );
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.abort();
  }
}

/** A node's own failure to answer, which is nothing that the chain says; or an answer that no reader could make out. */
function named(error: unknown, url: string): ChainError {
  if (error instanceof ChainError) return error;
  if (!(error instanceof RpcFailure)) {
    return new ChainError(
      "UNREADABLE_STATE",
      `${url} answered what cannot be read: ${error instanceof Error ? error.message.slice(0, 300) : ""}`,
      "Name another endpoint; if it is Subtensor, update.",
      { cause: error },
    );
  }
  return new ChainError(
    "NODE_FAILED",
    `${url} could not answer: ${error.message} (${error.code})`,
    "Name another endpoint: this one lacks what is asked, or no longer has that block.",
    { cause: error },
  );
}

function silent(url: string, silenceMs: number): ChainError {
  return new ChainError(
    "CHAIN_SILENT",
    `${url} told no finalised block for ${Math.round(silenceMs)} ms`,
    "Another endpoint is tried by itself; name several.",
  );
}

function unreachable(url: string, requestMs: number, cause: ChainError | undefined): ChainError {
  return new ChainError(
    "CHAIN_UNREACHABLE",
    `no endpoint could be used for ${requestMs} ms, last ${url}${cause === undefined ? "" : `: ${cause.message}`}`,
    "It is tried again by itself; name a second endpoint if that lasts.",
    { cause },
  );
}

function closed(): ChainError {
  return new ChainError("CHAIN_CLOSED", "this connection was closed", "Connect again.");
}
