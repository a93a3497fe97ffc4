/**
 * Everything that the local chain's runtime is made of, in the order in which a block begins.
 * @module
 */
import type { PalletPart } from "../runtime/pallet.ts";
import { ACTIVITY_CUTOFF } from "./activity-cutoff.ts";
import { ADMIN_UTILS } from "./admin-utils.ts";
import { BALANCES } from "./balances.ts";
import { BLOCK_STEP } from "./block-step.ts";
import { COMMITMENTS } from "./commitments.ts";
import { DRAND } from "./drand.ts";
import { HASHED_COMMITS } from "./hashed-commits.ts";
import { IDENTITIES } from "./identities.ts";
import { NETWORKS } from "./networks.ts";
import { OWNERSHIP } from "./ownership.ts";
import { REGISTRATION } from "./registration.ts";
import { REVEAL_COMMITMENTS } from "./reveal-commitments.ts";
import { SERVING } from "./serving.ts";
import { SET_WEIGHTS } from "./set-weights.ts";
import { STAKING } from "./staking.ts";
import { SUDO } from "./sudo.ts";
import { SYSTEM, TIMESTAMP } from "./system.ts";
import { TEMPO } from "./tempo.ts";
import { TIMELOCKED_COMMITS } from "./timelocked-commits.ts";
import { UTILITY } from "./utility.ts";

export const PARTS: readonly PalletPart[] = [
  SYSTEM,
  TIMESTAMP,
  UTILITY,
  BALANCES,
  SUDO,
  // Prices of seats fall first of all, as in Subtensor's block step.
  REGISTRATION,
  NETWORKS,
  OWNERSHIP,
  SERVING,
  STAKING,
  IDENTITIES,
  ADMIN_UTILS,
  ACTIVITY_CUTOFF,
  COMMITMENTS,
  // Pulses come before all that opens what was sealed to them.
  DRAND,
  REVEAL_COMMITMENTS,
  BLOCK_STEP,
  SET_WEIGHTS,
  HASHED_COMMITS,
  TIMELOCKED_COMMITS,
  TEMPO,
];
