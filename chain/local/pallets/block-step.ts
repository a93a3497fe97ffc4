/**
 * What Subtensor does as a block begins: timelocked weights whose time has come are revealed, then emission is counted
 * and epochs that are due are run, so that an epoch sees the weights of all blocks before its own.
 * @module
 */
import type { PalletPart } from "../runtime/pallet.ts";
import { runCoinbase } from "./coinbase.ts";
import { subnets } from "./mechanism.ts";
import { revealTimelocked } from "./timelocked-commits.ts";

export const BLOCK_STEP: PalletPart = {
  pallet: "SubtensorModule",
  onInitialize(context) {
    const netuids = subnets(context.state);
    revealTimelocked(context, netuids);
    runCoinbase(context, netuids);
  },
};
