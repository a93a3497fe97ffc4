/**
 * By which block every local chain begins: how the adapter knows that it speaks to one. It depends on nothing but the
 * genesis storage of the runtime, and changes with it.
 * @module
 */
import { type Digest, digest } from "../../store/digest.ts";

export const LOCAL_GENESIS_HASH: Digest = digest(
  "5a74a9fe527de56c797596b8f0a6e59a664e4bb0b16d70e51d6083cea270b435",
);
