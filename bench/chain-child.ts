/**
 * The program of a process that lives through many blocks and says what it remembers. Started by chain.ts, never
 * imported.
 * @module
 */
import { startLocalChain } from "../chain/local/local-chain.ts";
import type { LongLife, Remembered } from "./chain.ts";

/** Until everything that is made once is made. */
const WARM_UP_BLOCKS = 100;

const { dir, blocks } = JSON.parse(process.argv[2] ?? "") as LongLife;
// The longest block time there is: all blocks but the first come by stepping.
const chain = await startLocalChain({ dir, blockMs: 60_000, subnets: [{ tempo: 100 }] });
chain.control.pause();
await chain.control.step(WARM_UP_BLOCKS);
const beforeBytes = residentBytes();
await chain.control.step(blocks);
const remembered: Remembered = { beforeBytes, afterBytes: residentBytes() };
await chain.close();
process.send?.(remembered, () => process.disconnect());

function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}
