/**
 * What a test does to a local chain that no real one lets be done to it.
 * @module
 */
import type { Head } from "../../chain.ts";

export interface Control {
  /** No block comes by itself until `resume`. */
  pause(): void;
  resume(): void;
  /** Makes so many blocks at once, paused or not, as if their time had passed. */
  step(blocks: number): Promise<Head>;
  /**
   * Takes the last blocks back; what was in them waits again.
   * @throws ChainError `FINALISED` when one of them is final
   */
  retract(blocks: number): Promise<void>;
  /** Keeps all connections and says nothing on them; what was asked or happens meanwhile is told after `thaw`. */
  freeze(): void;
  thaw(): void;
  dropConnections(): void;
  /** Puts an extrinsic into the pool that raises the spec version by one, as an upgrade of the runtime does. */
  announceUpgrade(): void;
}
