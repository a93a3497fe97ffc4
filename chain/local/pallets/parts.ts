/**
 * Everything that the local chain's runtime is made of, in the order in which a block begins.
 * @module
 */
import type { PalletPart } from "../runtime/pallet.ts";
import { SYSTEM, TIMESTAMP } from "./system.ts";
import { UTILITY } from "./utility.ts";

export const PARTS: readonly PalletPart[] = [SYSTEM, TIMESTAMP, UTILITY];
