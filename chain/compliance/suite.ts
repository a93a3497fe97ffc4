/**
 * The compliance suite: what our adapter and a chain must do together, written once. It runs on the local chain in CI,
 * and against any endpoint by `npm run test:chain`; every case that sees something accepted sees its forgery refused.
 * @module
 */
import { COMMITS } from "./commits.ts";
import { FAILURES } from "./failures.ts";
import { MEMBERSHIP } from "./membership.ts";
import { WEIGHTS } from "./weights.ts";
import type { Case } from "./world.ts";

export const SUITE: readonly Case[] = [...MEMBERSHIP, ...WEIGHTS, ...COMMITS, ...FAILURES];
