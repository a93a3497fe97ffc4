/**
 * By which block every local chain begins: how the adapter knows that it speaks to one. It depends on nothing but the
 * genesis storage of the runtime, and changes with it.
 * @module
 */
import { type Digest, digest } from "../../store/digest.ts";

export const LOCAL_GENESIS_HASH: Digest = digest(
  "cb6971625a69dd182722a54f35aea2a0fccb0035c8cc4720b65110a6f3c24a11",
);
