/**
 * chain_*: blocks, headers, and who follows them.
 * @module
 */
import { z } from "zod";
import type { Author } from "../author.ts";
import { type HeaderJson, headerJson } from "../header.ts";
import { hexOf } from "../hex.ts";
import type { Ledger } from "../ledger.ts";
import {
  At,
  BlockNumber,
  type Method,
  type Methods,
  method,
  question,
  unsubscribe,
} from "./method.ts";

const MAX_NUMBERS = 1_000;

const HashParams = z.tuple([At.optional()]);
const NumberParams = z.tuple([
  z.union([BlockNumber, z.array(BlockNumber).max(MAX_NUMBERS)]).nullish(),
]);

export function chainMethods(ledger: Ledger, author: Author): Methods {
  const headerAt = (hash: string): HeaderJson | null => {
    const header = ledger.header(hash);
    return header === undefined ? null : headerJson(header);
  };
  const getBlockHash = method(NumberParams, ([asked]) => {
    if (asked === undefined || asked === null) return ledger.best.hash;
    const hashAt = (number: number): string | null => ledger.hashAt(number) ?? null;
    return Array.isArray(asked) ? asked.map(hashAt) : hashAt(asked);
  });
  const getFinalizedHead = question(() => ledger.finalised.hash);

  const followBest = (name: string): Method =>
    method(z.unknown(), (_, client) =>
      client.subscribe(name, (push) => {
        const tell = (): void => push(headerJson(ledger.bestHeader));
        tell();
        return author.listen({ best: tell, finalised: () => {} });
      }),
    );
  const followFinalised = method(z.unknown(), (_, client) =>
    client.subscribe("chain_finalizedHead", (push) => {
      push(headerAt(ledger.finalised.hash));
      return author.listen({ best: () => {}, finalised: ({ hash }) => push(headerAt(hash)) });
    }),
  );
  const followNew = followBest("chain_newHead");

  return {
    chain_getHeader: method(HashParams, ([hash]) => headerAt(hash ?? ledger.best.hash)),
    chain_getBlock: method(HashParams, ([hash]) => {
      const block = ledger.block(hash ?? ledger.best.hash);
      if (block === undefined) return null;
      const extrinsics = block.body.map(hexOf);
      return { block: { header: headerJson(block.header), extrinsics }, justifications: null };
    }),
    chain_getBlockHash: getBlockHash,
    chain_getHead: getBlockHash,
    chain_getFinalizedHead: getFinalizedHead,
    chain_getFinalisedHead: getFinalizedHead,
    chain_subscribeNewHeads: followNew,
    chain_subscribeNewHead: followNew,
    subscribe_newHead: followNew,
    chain_unsubscribeNewHeads: unsubscribe,
    chain_unsubscribeNewHead: unsubscribe,
    unsubscribe_newHead: unsubscribe,
    chain_subscribeAllHeads: followBest("chain_allHead"),
    chain_unsubscribeAllHeads: unsubscribe,
    chain_subscribeFinalizedHeads: followFinalised,
    chain_subscribeFinalisedHeads: followFinalised,
    chain_unsubscribeFinalizedHeads: unsubscribe,
    chain_unsubscribeFinalisedHeads: unsubscribe,
  };
}
