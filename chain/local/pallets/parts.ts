/**
 * Everything that the local chain's runtime is made of, in the order in which a block begins.
 * @module
 */
import type { PalletPart } from "../runtime/pallet.ts";
import { ADMIN_UTILS } from "./admin-utils.ts";
import { BALANCES } from "./balances.ts";
import { IDENTITIES } from "./identities.ts";
import { NETWORKS } from "./networks.ts";
import { OWNERSHIP } from "./ownership.ts";
import { REGISTRATION } from "./registration.ts";
import { SERVING } from "./serving.ts";
import { STAKING } from "./staking.ts";
import { SUDO } from "./sudo.ts";
import { SYSTEM, TIMESTAMP } from "./system.ts";
import { TEMPO_CONTROL } from "./tempo-control.ts";
import { UTILITY } from "./utility.ts";

export const PARTS: readonly PalletPart[] = [
  SYSTEM,
  TIMESTAMP,
  UTILITY,
  BALANCES,
  SUDO,
  NETWORKS,
  REGISTRATION,
  OWNERSHIP,
  SERVING,
  STAKING,
  IDENTITIES,
  TEMPO_CONTROL,
  ADMIN_UTILS,
];
