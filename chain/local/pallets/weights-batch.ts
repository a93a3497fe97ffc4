/**
 * Batches over several subnets: what fails in one does not undo the others, and the events tell which failed.
 * @module
 */
import type { Hotkey } from "../../chain.ts";
import { dispatchErrorOf } from "../runtime/dispatch-error.ts";
import { type Context, DispatchFailure } from "../runtime/pallet.ts";

export function completeBatch(
  context: Context,
  hotkey: Hotkey,
  netuids: readonly number[],
  run: (netuid: number, position: number) => void,
): void {
  const failures = netuids.flatMap((netuid, i): [number, DispatchFailure][] => {
    try {
      context.state.transaction(() => run(netuid, i));
      return [];
    } catch (error) {
      if (!(error instanceof DispatchFailure)) throw error;
      return [[netuid, error]];
    }
  });
  if (failures.length > 0) context.emit("SubtensorModule", "BatchCompletedWithErrors");
  for (const [netuid, failure] of failures) {
    const value = [netuid, dispatchErrorOf(failure)];
    context.emit("SubtensorModule", "BatchWeightItemFailed", value);
  }
  context.emit("SubtensorModule", "BatchWeightsCompleted", [netuids, hotkey]);
}
