/**
 * Finalised blocks as the search for a transaction needs them: bodies, events and nonces.
 * @module
 */

import { unwrapStorageType } from "@polkadot/types";
import type { DispatchError, EventRecord } from "@polkadot/types/interfaces";
import type { Null, Result, Vec } from "@polkadot/types-codec";
import { hexToU8a } from "@polkadot/util";
import { z } from "zod";
import { digest } from "../../store/digest.ts";
import type { Head, Hotkey } from "../chain.ts";
import { ChainError } from "../error.ts";
import { dispatchRefusal } from "./refusal.ts";
import type { Session } from "./session.ts";
import { Small } from "./shapes.ts";
import { viewAt } from "./view.ts";

export interface BlockBody {
  readonly head: Head;
  /** 0x hex, in the order of the block. */
  readonly extrinsics: readonly string[];
}

export interface BlockReader {
  /** @throws ChainError `UNREADABLE_STATE` when the node does not have it */
  body(session: Session, number: number): Promise<BlockBody>;
  nonce(session: Session, head: Head, who: Hotkey): Promise<number>;
  /** @throws ChainError by the name of the call's failure */
  assertSucceeded(session: Session, block: Head, index: number, what: string): Promise<void>;
}

/** Several transactions under way look at the same blocks. */
const KEPT_BODIES = 16;

const Hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const Block = z.looseObject({
  block: z.looseObject({ extrinsics: z.array(z.string().regex(/^0x[0-9a-f]*$/)) }),
});
const AccountNonce = z.looseObject({ nonce: Small });

export function openBlockReader(requestMs: number): BlockReader {
  const bodies = new Map<number, Promise<BlockBody>>();

  const readBody = async (session: Session, number: number): Promise<BlockBody> => {
    const hash = Hash.safeParse(await session.request("chain_getBlockHash", [number], requestMs));
    const block = Block.safeParse(
      hash.success && (await session.request("chain_getBlock", [hash.data], requestMs)),
    );
    if (!hash.success || !block.success) {
      throw new ChainError(
        "UNREADABLE_STATE",
        `${session.url} does not tell finalised block ${number}`,
        "Name a node that keeps the blocks of the last minutes.",
      );
    }
    const head = { number, hash: digest(hash.data.slice(2)) };
    return { head, extrinsics: block.data.block.extrinsics };
  };

  return {
    body(session, number) {
      const kept = bodies.get(number) ?? readBody(session, number);
      if (!bodies.has(number)) {
        bodies.set(number, kept);
        kept.catch(() => bodies.delete(number));
        for (const old of bodies.keys()) if (old <= number - KEPT_BODIES) bodies.delete(old);
      }
      return kept;
    },

    async nonce(session, head, who) {
      const [account] = await viewAt(session, head, requestMs).read({
        pallet: "system",
        item: "account",
        args: [who],
        schema: AccountNonce,
      });
      return account.nonce;
    },

    async assertSucceeded(session, block, index, what) {
      const { api } = session;
      const events = (await eventsAt(session, block, requestMs)).filter(({ phase }) => {
        return phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index;
      });
      let isOver = false;
      for (const { event } of events) {
        // Sudo succeeds also when the call that it makes fails.
        if (api.events["sudo"]?.["Sudid"]?.is(event)) {
          // Events are typed by the metadata, which @polkadot/types followed; its declarations cannot tell.
          const outcome = event.data[0] as Result<Null, DispatchError>;
          if (outcome.isErr) throw dispatchRefusal(api.registry, outcome.asErr, what);
        }
        if (api.events["system"]?.["ExtrinsicFailed"]?.is(event)) {
          throw dispatchRefusal(api.registry, event.data[0] as DispatchError, what);
        }
        isOver ||= api.events["system"]?.["ExtrinsicSuccess"]?.is(event) === true;
      }
      if (isOver) return;
      throw new ChainError(
        "UNREADABLE_STATE",
        `block ${block.number} does not tell how ${what} in it ended`,
        "Look at the block with another tool; it is final.",
      );
    },
  };
}

async function eventsAt(
  session: Session,
  block: Head,
  requestMs: number,
): Promise<readonly EventRecord[]> {
  const { api, request } = session;
  const entry = api.query["system"]?.["events"];
  if (entry === undefined) return [];
  const value = await request("state_getStorage", [entry.key(), `0x${block.hash}`], requestMs);
  if (typeof value !== "string") return [];
  const type = unwrapStorageType(api.registry, entry.creator.meta.type);
  return api.registry.createTypeUnsafe<Vec<EventRecord>>(type, [hexToU8a(value)]);
}
