/**
 * A miner as a process of its own, for tests that kill it or see that nothing of it stays: tells its parent where it
 * listens, closes when it is told to, and then ends by itself.
 * @module
 */
import { pino } from "pino";
import { connectSubtensor } from "../chain/subtensor/connect.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { digest } from "../protocol/digest.ts";
import { startMiner } from "./miner.ts";

const [url = "", dir = "", circuit = ""] = process.argv.slice(2);
const chain = await connectSubtensor(url);
const miner = await startMiner(
  {
    ...{ host: "127.0.0.2", port: 0, netuid: 1, queueLimit: 1, concurrency: 1 },
    ...{ minStakeRao: 1n, version: "1.2.3", dir },
  },
  {
    ...{ chain, signer: devSigner("//Miner"), log: pino({ level: "silent" }) },
    solvers: [
      {
        ...{ circuit: digest(circuit), inputs: [{ count: 1, min: 0, max: 9 }] },
        close: async () => {},
        solve: async ({ input }) => ({ outputs: input, proof: new Uint8Array(128), stages: {} }),
      },
    ],
  },
);
process.once("message", async () => {
  // The channel to the parent would keep the process alive; nothing else may.
  process.disconnect();
  await miner.close();
  await chain.close();
});
process.send?.(miner.endpoint);
