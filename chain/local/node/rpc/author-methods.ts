/**
 * author_*: transactions on their way into a block; and what they cost (payment_*), which the runtime tells.
 * @module
 */
import { z } from "zod";
import { apiCodec } from "../../runtime/codecs.ts";
import { hexOf } from "../hex.ts";
import type { Ledger } from "../ledger.ts";
import type { Pool } from "../pool.ts";
import { isLast, type TransactionStatus } from "../watchers.ts";
import { At, Bytes, type Methods, method, question, unsubscribe } from "./method.ts";

const ExtrinsicParams = z.tuple([Bytes]);
const FeeParams = z.tuple([Bytes, At.optional()]);

const PAYMENT_API = "TransactionPaymentApi";

export function authorMethods(ledger: Ledger, pool: Pool): Methods {
  /** Asks the runtime what an extrinsic costs; decoded by its own metadata. */
  const payment = (name: string, extrinsic: Uint8Array, at: string | undefined): unknown => {
    const hash = at ?? ledger.best.hash;
    const params = new Uint8Array(extrinsic.length + 4);
    params.set(extrinsic);
    new DataView(params.buffer).setUint32(extrinsic.length, extrinsic.length, true);
    const state = ledger.stateAt(hash);
    const result = ledger.runtime.call(state, `${PAYMENT_API}_${name}`, params, hash);
    return apiCodec(PAYMENT_API, name)?.value.dec(result);
  };

  return {
    author_submitExtrinsic: method(ExtrinsicParams, ([bytes]) => pool.submit(bytes).hash),
    author_submitAndWatchExtrinsic: method(ExtrinsicParams, ([bytes], client) =>
      client.subscribe("author_extrinsicUpdate", (push, end) => {
        const tell = (status: TransactionStatus): void => {
          push(status);
          if (isLast(status)) end();
        };
        return pool.submit(bytes, { tell }).unwatch;
      }),
    ),
    author_unwatchExtrinsic: unsubscribe,
    author_pendingExtrinsics: question(() => pool.ready().map(({ bytes }) => hexOf(bytes))),
    // The author of the local chain signs nothing: it has no keys, and takes none.
    author_hasKey: question(() => false),
    author_hasSessionKeys: question(() => false),
    payment_queryInfo: method(FeeParams, ([bytes, at]) => {
      const info = payment("query_info", bytes, at) as {
        readonly weight: { readonly ref_time: bigint };
        readonly class: { readonly type: string };
        readonly partial_fee: bigint;
      };
      return {
        // This answer has weights of one dimension still; clients that want both ask the runtime.
        weight: Number(info.weight.ref_time),
        class: info.class.type.toLowerCase(),
        partialFee: info.partial_fee.toString(),
      };
    }),
    payment_queryFeeDetails: method(FeeParams, ([bytes, at]) => {
      const { inclusion_fee: fee } = payment("query_fee_details", bytes, at) as {
        readonly inclusion_fee:
          | {
              readonly base_fee: bigint;
              readonly len_fee: bigint;
              readonly adjusted_weight_fee: bigint;
            }
          | undefined;
      };
      if (fee === undefined) return { inclusionFee: null };
      const hex = (rao: bigint): string => `0x${rao.toString(16)}`;
      return {
        inclusionFee: {
          baseFee: hex(fee.base_fee),
          lenFee: hex(fee.len_fee),
          adjustedWeightFee: hex(fee.adjusted_weight_fee),
        },
      };
    }),
  };
}
