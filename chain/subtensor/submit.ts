/**
 * Transactions, from a call to a finalised block. What a node says of one on its way (ready, retracted, dropped,
 * usurped, invalid) comes in any order and is no more than a hint (threats.md, 32); the truth is whether its bytes stand
 * in a finalised block, so every finalised block is looked through while one is under way.
 *
 *   sign ── pool takes it ──► under way ── bytes in a finalised block ──► included, or failed by its own events
 *    ▲         │ refused        │  hint, or another session: the same bytes again, which count once
 *    │         ▼                ▼
 *    │      named error       void: mortality over, or its nonce used by another, and not in any block
 *    └──────────────────────────┘
 *
 * One account's transactions are signed one after another, and several may be under way.
 * @module
 */
import type { Logger } from "pino";
import type { Head, Hotkey, Included, Signer } from "../chain.ts";
import { ChainError } from "../error.ts";
import type { Call } from "./calls.ts";
import type { Connection } from "./connection.ts";
import { type BlockReader, openBlockReader } from "./finalised-block.ts";
import { poolRefusal, poolRefusalName } from "./refusal.ts";
import type { Session } from "./session.ts";
import { Small } from "./shapes.ts";
import { type Signed, signCall } from "./sign.ts";
import { RpcFailure } from "./socket.ts";

export interface SubmitterOptions {
  readonly requestMs: number;
  /** Until it is finalised, with all signing again. */
  readonly submitMs: number;
  readonly log?: Logger | undefined;
}

export interface Submitter {
  /**
   * @throws ChainError by the chain's name when it refuses or the call fails, `NOT_FINALISED` when time is over,
   * `UNKNOWN_SIGNED_EXTENSION`, `CALL_MISSING`, `CALL_CHANGED`, `MALFORMED_CALL` before anything is signed
   */
  submit(call: Call, signer: Signer): Promise<Included>;
  close(): void;
}

/** Another writer of the same account may be faster this often in a row. */
const SIGNINGS_IN_A_ROW = 5;
/** Finalised heads at which the pool refuses what it had taken, until that is the answer. */
const REFUSALS_OF_A_DROPPED = 2;
const METHOD_NOT_FOUND = -32_601;

/** The pool's refusals that are about when it was signed, not about what it asks. */
const SIGN_AGAIN: ReadonlySet<string> = new Set(["Stale", "PriorityTooLow", "AncientBirthBlock"]);
/** Statuses after which the node may have forgotten it. */
const DOUBTFUL: ReadonlySet<string> = new Set([
  "future",
  "dropped",
  "invalid",
  "usurped",
  "retracted",
  "finalityTimeout",
]);

interface Account {
  /** The end of the queue in which its transactions are signed. */
  turn: Promise<unknown>;
  /** The nonce after the last that was signed here. */
  next: number;
  underWay: number;
}

/** A transaction that a pool has or may have. */
interface UnderWay {
  readonly signed: Signed;
  /** Where it was last given to. */
  givenTo: Session;
  isDoubtful: boolean;
  refusals: number;
  /** Ends the listening to what that node says of it. */
  stop: () => void;
}

type Fate =
  | { readonly kind: "included"; readonly block: Head; readonly index: number }
  /** It can never be included; its nonce may be used again unless another transaction did. */
  | { readonly kind: "void"; readonly nonceIsFree: boolean };

export function openSubmitter(
  connection: Connection,
  { requestMs, submitMs, log }: SubmitterOptions,
): Submitter {
  const accounts = new Map<Hotkey, Account>();
  const closing = new AbortController();
  const blocks = openBlockReader(requestMs);

  const inTurn = <T>(account: Account, work: () => Promise<T>): Promise<T> => {
    const outcome = account.turn.then(work);
    account.turn = outcome.catch(() => {});
    return outcome;
  };

  /** @returns what ends the listening */
  const give = async (
    session: Session,
    signed: Signed,
    onDoubt: () => void,
  ): Promise<() => void> => {
    const onStatus = (status: unknown): void => {
      const name = typeof status === "string" ? status : Object.keys(status ?? {})[0];
      if (name === undefined || !DOUBTFUL.has(name)) return;
      log?.info({ transaction: signed.hash, status: name }, "transaction in doubt");
      onDoubt();
    };
    try {
      return await session.subscribe(
        "author_submitAndWatchExtrinsic",
        [signed.hex],
        "author_unwatchExtrinsic",
        requestMs,
        onStatus,
      );
    } catch (error) {
      if (!(error instanceof RpcFailure) || error.code !== METHOD_NOT_FOUND) throw error;
      await session.request("author_submitExtrinsic", [signed.hex], requestMs);
      return () => {};
    }
  };

  const nextNonce = async (session: Session, who: Hotkey, account: Account): Promise<number> => {
    const told = await session.request("system_accountNextIndex", [who], requestMs);
    // Ours may be on their way to another node's pool; with none under way the chain alone knows.
    return Math.max(Small.parse(told), account.underWay > 0 ? account.next : 0);
  };

  /** Signs and gives it to the pool until that takes it, or may have. */
  const send = async (
    call: Call,
    signer: Signer,
    account: Account,
    nonceBefore: number | undefined,
  ): Promise<UnderWay> => {
    let freeNonce = nonceBefore;
    for (let signing = 1; ; signing++) {
      const session = await connection.read(async (open) => open);
      const nonce =
        freeNonce ?? (await connection.read((open) => nextNonce(open, signer.hotkey, account)));
      const signed = signCall(session, call, nonce, signer);
      const underWay: UnderWay = {
        signed,
        givenTo: session,
        isDoubtful: false,
        refusals: 0,
        stop: () => {},
      };
      try {
        underWay.stop = await give(session, signed, () => {
          underWay.isDoubtful = true;
        });
      } catch (error) {
        const name = error instanceof RpcFailure ? poolRefusalName(error) : undefined;
        if (error instanceof RpcFailure && name !== "AlreadyImported") {
          const isLate = name !== undefined && SIGN_AGAIN.has(name);
          if (isLate && signing < SIGNINGS_IN_A_ROW) {
            freeNonce = undefined;
            account.next = 0;
            continue;
          }
          throw poolRefusal(error, nameOf(call)) ?? nodeFailure(session, call, error);
        }
        // The connection ended or hung, so the node may have it: from here on these bytes are the transaction.
        if (!(error instanceof RpcFailure)) underWay.isDoubtful = true;
      }
      account.next = Math.max(account.next, nonce + 1);
      log?.debug({ call: nameOf(call), transaction: signed.hash, nonce }, "transaction sent");
      return underWay;
    }
  };

  /** Gives the same bytes again where they may have been forgotten. */
  const giveAgain = async (session: Session, underWay: UnderWay, call: Call): Promise<void> => {
    underWay.stop();
    underWay.givenTo = session;
    underWay.isDoubtful = false;
    try {
      underWay.stop = await give(session, underWay.signed, () => {
        underWay.isDoubtful = true;
      });
      underWay.refusals = 0;
    } catch (error) {
      underWay.isDoubtful = true;
      const name = error instanceof RpcFailure ? poolRefusalName(error) : undefined;
      if (name === "AlreadyImported") {
        underWay.isDoubtful = false;
      } else if (
        error instanceof RpcFailure &&
        name !== undefined &&
        !SIGN_AGAIN.has(name) &&
        name !== "TemporarilyBanned" &&
        ++underWay.refusals >= REFUSALS_OF_A_DROPPED
      ) {
        throw poolRefusal(error, `${nameOf(call)}, which it had taken before`) ?? error;
      }
    }
  };

  const fateAt = async (
    session: Session,
    blocksOf: BlockReader,
    { signed }: UnderWay,
    from: number,
    isDoubtful: boolean,
    signer: Signer,
  ): Promise<{ fate: Fate | undefined; seenTo: number }> => {
    const head = session.head();
    const last = Math.min(head.number, signed.lastBlock);
    for (let number = from + 1; number <= last; number++) {
      const block = await blocksOf.body(session, number);
      const index = block.extrinsics.indexOf(signed.hex);
      if (index !== -1) {
        return { fate: { kind: "included", block: block.head, index }, seenTo: number };
      }
    }
    const isOver = head.number >= signed.lastBlock;
    if (isOver || isDoubtful) {
      const nonce = await blocksOf.nonce(session, head, signer.hotkey);
      const nonceIsFree = nonce <= signed.nonce;
      if (isOver || !nonceIsFree) return { fate: { kind: "void", nonceIsFree }, seenTo: last };
    }
    return { fate: undefined, seenTo: last };
  };

  const settle = async (
    underWay: UnderWay,
    call: Call,
    signer: Signer,
    until: number,
  ): Promise<Fate> => {
    let seenTo = underWay.signed.birth.number;
    for (;;) {
      const headBefore = connection.session().head().number;
      const wasDoubtful = underWay.isDoubtful;
      try {
        const found = await connection.read((session) => {
          return fateAt(session, blocks, underWay, seenTo, wasDoubtful, signer);
        });
        seenTo = Math.max(seenTo, found.seenTo);
        if (found.fate !== undefined) return found.fate;
        const session = connection.session();
        if (session.isOpen() && (session !== underWay.givenTo || wasDoubtful)) {
          await giveAgain(session, underWay, call);
        }
      } catch (error) {
        // Not being able to look is no answer yet.
        if (closing.signal.aborted || !isOfConnection(error)) throw error;
        log?.warn({ call: nameOf(call), code: error.code }, "looking for a transaction");
      }
      await untilHead(connection, headBefore, until, closing.signal, () => {
        return notFinalised(call, underWay.signed, submitMs);
      });
    }
  };

  return {
    async submit(call, signer) {
      const until = performance.now() + submitMs;
      const account = accounts.get(signer.hotkey) ?? {
        turn: Promise.resolve(),
        next: 0,
        underWay: 0,
      };
      accounts.set(signer.hotkey, account);
      let freeNonce: number | undefined;
      let isCounted = false;
      try {
        for (;;) {
          const underWay = await inTurn(account, async () => {
            const sent = await send(call, signer, account, freeNonce);
            if (!isCounted) account.underWay++;
            isCounted = true;
            return sent;
          });
          const fate = await settle(underWay, call, signer, until).finally(() => underWay.stop());
          if (fate.kind === "included") {
            const { block, index } = fate;
            await connection.read((session) =>
              blocks.assertSucceeded(session, block, index, nameOf(call)),
            );
            return { block };
          }
          log?.info({ call: nameOf(call), transaction: underWay.signed.hash }, "signing again");
          freeNonce = fate.nonceIsFree ? underWay.signed.nonce : undefined;
        }
      } finally {
        if (isCounted) account.underWay--;
      }
    },
    close() {
      closing.abort();
    },
  };
}

export function nameOf({ pallet, call }: Call): string {
  return `${pallet}.${call}`;
}

function isOfConnection(error: unknown): error is ChainError {
  return (
    error instanceof ChainError &&
    ["CONNECTION_LOST", "CHAIN_TIMEOUT", "CHAIN_UNREACHABLE", "CHAIN_SILENT"].includes(error.code)
  );
}

/** Until a head that is newer than `than`. */
async function untilHead(
  connection: Connection,
  than: number,
  until: number,
  signal: AbortSignal,
  why: () => ChainError,
): Promise<void> {
  if (connection.session().head().number > than) return;
  await new Promise<void>((resolve, reject) => {
    const stop = connection.onHead(() => finish(resolve));
    const onAbort = (): void => finish(() => reject(why()));
    const timer = setTimeout(onAbort, Math.max(0, until - performance.now()));
    const finish = (act: () => void): void => {
      stop();
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      act();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

function notFinalised(call: Call, { hash, lastBlock }: Signed, submitMs: number): ChainError {
  return new ChainError(
    "NOT_FINALISED",
    `${nameOf(call)} (0x${hash}) is in no finalised block after ${submitMs} ms`,
    `It may still be included, up to block ${lastBlock}: look at the chain before you ask again.`,
  );
}

function nodeFailure({ url }: Session, call: Call, cause: RpcFailure): ChainError {
  return new ChainError(
    "NODE_FAILED",
    `${url} did not take ${nameOf(call)}: ${cause.message} (${cause.code})`,
    "Try again, or name another endpoint.",
    { cause },
  );
}
