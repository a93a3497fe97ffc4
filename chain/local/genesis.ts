/**
 * By which block every local chain begins: how the adapter knows that it speaks to one. It depends on nothing but the
 * genesis storage of the runtime, and changes with it.
 * @module
 */
import { type Digest, digest } from "../../store/digest.ts";

export const LOCAL_GENESIS_HASH: Digest = digest(
  "69b5d761d232ed28402ff4cf647c1f40dc7eb36b425bb6d789c6ac9e73b18461",
);
