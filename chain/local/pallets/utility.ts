/**
 * Utility: several calls in one extrinsic, by one origin.
 * @module
 */

import { dispatchErrorOf } from "../runtime/dispatch-error.ts";
import {
  type CallHandler,
  type Context,
  DispatchFailure,
  fail,
  type Origin,
  type PalletPart,
  type RuntimeCall,
} from "../runtime/pallet.ts";

/** As the real runtime's limit on the calls of a batch. */
const MAX_CALLS = 10_922;

interface Calls {
  readonly calls: readonly RuntimeCall[];
}

/** Stops at the first call that fails; what came before it stays. */
const batch: CallHandler = (context, origin, { calls }: Calls) => {
  checkLength(calls);
  for (const [index, call] of calls.entries()) {
    const error = attempt(context, origin, call);
    if (error !== undefined) {
      context.emit("Utility", "BatchInterrupted", { index, error: dispatchErrorOf(error) });
      return;
    }
  }
  context.emit("Utility", "BatchCompleted");
};

/** All or nothing. */
const batchAll: CallHandler = (context, origin, { calls }: Calls) => {
  checkLength(calls);
  for (const call of calls) {
    context.dispatch(call, origin);
    context.emit("Utility", "ItemCompleted");
  }
  context.emit("Utility", "BatchCompleted");
};

/** Goes on whatever fails. */
const forceBatch: CallHandler = (context, origin, { calls }: Calls) => {
  checkLength(calls);
  let hasFailed = false;
  for (const call of calls) {
    const error = attempt(context, origin, call);
    hasFailed ||= error !== undefined;
    if (error === undefined) context.emit("Utility", "ItemCompleted");
    else context.emit("Utility", "ItemFailed", { error: dispatchErrorOf(error) });
  }
  context.emit("Utility", hasFailed ? "BatchCompletedWithErrors" : "BatchCompleted");
};

function attempt(context: Context, origin: Origin, call: RuntimeCall): DispatchFailure | undefined {
  try {
    context.dispatch(call, origin);
    return undefined;
  } catch (error) {
    if (error instanceof DispatchFailure) return error;
    throw error;
  }
}

function checkLength(calls: readonly RuntimeCall[]): void {
  if (calls.length > MAX_CALLS) fail("Utility", "TooManyCalls");
}

export const UTILITY: PalletPart = {
  pallet: "Utility",
  calls: { batch, batch_all: batchAll, force_batch: forceBatch },
};
