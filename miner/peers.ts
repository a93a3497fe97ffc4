/**
 * Who may ask, as the chain said last: the subnet's neurons and the newest finalised head, renewed with every head.
 * @module
 */
import type { Logger } from "pino";
import type { Chain, Hotkey, Neuron } from "../chain/chain.ts";

export interface PeersParts {
  readonly chain: Chain;
  readonly log: Logger;
}

export interface Peers {
  /** Undefined while the chain has been silent for too long: then nobody's stake is known. */
  current(): { readonly head: number; readonly neurons: ReadonlyMap<Hotkey, Neuron> } | undefined;
  onHead(listener: (block: number) => void): void;
  close(): void;
}

/** Five of Subtensor's blocks of 12 s: a node that restarts is forgiven, a dead one is not. */
const SILENCE_MS = 60_000;

/** @throws ChainError when the chain cannot be asked now */
export async function watchPeers(netuid: number, { chain, log }: PeersParts): Promise<Peers> {
  const listeners: ((block: number) => void)[] = [];
  let seenAtMs = performance.now();
  let asking = false;
  const look = async () => {
    const { number } = await chain.finalisedHead();
    const { neurons } = await chain.metagraph(netuid);
    seenAtMs = performance.now();
    return { head: number, neurons: new Map(neurons.map((neuron) => [neuron.hotkey, neuron])) };
  };
  let current = await look();
  const unsubscribe = chain.onHead(() => {
    // A chain slower than its own blocks is asked once at a time.
    if (asking) return;
    asking = true;
    look()
      .then((found) => {
        current = found;
        for (const listener of listeners) listener(found.head);
      })
      .catch((error: unknown) => log.warn({ err: error }, "a head could not be followed"))
      .finally(() => {
        asking = false;
      });
  });
  return {
    current: () => (performance.now() - seenAtMs > SILENCE_MS ? undefined : current),
    onHead: (listener) => void listeners.push(listener),
    close: unsubscribe,
  };
}
