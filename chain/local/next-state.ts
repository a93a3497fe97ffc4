/**
 * One block's worth of change: the epoch if it is due, then the transactions in their order. Producing a block and
 * replaying it are this same function.
 * @module
 */
import { applyTransaction } from "./apply.ts";
import { isEpochDue, runEpoch } from "./epoch.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { State } from "./state.ts";
import type { Transaction } from "./transaction.ts";

export interface Advance<T extends Transaction> {
  readonly state: State;
  readonly included: readonly T[];
  readonly refused: readonly { readonly transaction: T; readonly refusal: Refusal }[];
}

export function nextState<T extends Transaction>(
  before: State,
  transactions: readonly T[],
): Advance<T> {
  const opened = { ...before, block: before.block + 1 };
  let state = isEpochDue(opened) ? runEpoch(opened) : opened;
  const included: T[] = [];
  const refused: { transaction: T; refusal: Refusal }[] = [];
  for (const transaction of transactions) {
    const outcome = applyTransaction(state, transaction);
    if (isRefusal(outcome)) {
      refused.push({ transaction, refusal: outcome });
    } else {
      state = outcome;
      included.push(transaction);
    }
  }
  return { state, included, refused };
}
