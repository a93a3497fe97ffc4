/**
 * The runtime APIs beside those of the executive itself, by their full name.
 * @module
 */
import type { ApiMethod } from "../runtime/pallet.ts";

export const APIS: Readonly<Record<string, ApiMethod>> = {};
