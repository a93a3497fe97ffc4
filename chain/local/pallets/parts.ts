/**
 * Everything that the local chain's runtime is made of, in the order in which a block begins.
 * @module
 */
import type { PalletPart } from "../runtime/pallet.ts";
import { BLOCK_STEP } from "./block-step.ts";
import { DRAND } from "./drand.ts";
import { HASHED_COMMITS } from "./hashed-commits.ts";
import { SET_WEIGHTS } from "./set-weights.ts";
import { SYSTEM, TIMESTAMP } from "./system.ts";
import { TEMPO } from "./tempo.ts";
import { TIMELOCKED_COMMITS } from "./timelocked-commits.ts";
import { UTILITY } from "./utility.ts";

export const PARTS: readonly PalletPart[] = [
  SYSTEM,
  TIMESTAMP,
  UTILITY,
  // Pulses come before the block step, which opens commits with them.
  DRAND,
  BLOCK_STEP,
  SET_WEIGHTS,
  HASHED_COMMITS,
  TIMELOCKED_COMMITS,
  TEMPO,
];
