/**
 * Runs the compliance suite against any endpoint:
 *
 *     npm run test:chain -- --endpoint ws://127.0.0.1:9944 [--netuid 1] [--wallet name]
 *
 * On a local chain all that it takes is there: //Alice pays and has Sudo, and the chain lets itself be paused, frozen
 * and upgraded. Elsewhere nothing is signed unless a wallet is named, whose coldkey pays for what the cases register,
 * stake and send (about 2,100 tokens where validators are tested; give it test tokens only). A case whose needs are not
 * met is skipped, with the reason; the exit code is 1 when one fails.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Signer } from "../chain/chain.ts";
import { SUITE } from "../chain/compliance/suite.ts";
import {
  type ChainControl,
  type FullWorld,
  lacking,
  type World,
} from "../chain/compliance/world.ts";
import { connectSubtensor } from "../chain/subtensor/connect.ts";
import { openSocket } from "../chain/subtensor/socket.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { loadKey } from "../chain/wallet/stored-key.ts";
import { coldkeyPaths } from "../chain/wallet/wallet.ts";
import { passwordsFrom } from "../cli/password.ts";
import { digest } from "../store/digest.ts";

const REQUEST_MS = 10_000;

const { values: options } = parseArgs({
  options: {
    endpoint: { type: "string" },
    netuid: { type: "string", default: "1" },
    wallet: { type: "string" },
  },
});
if (options.endpoint === undefined) {
  console.error("usage: npm run test:chain -- --endpoint ws://… [--netuid n] [--wallet name]");
  process.exit(2);
}
const url = options.endpoint;
const netuid = z.coerce.number().int().min(0).max(65_535).parse(options.netuid);
const root = await mkdtemp(join(tmpdir(), "assay-test-chain-"));
const chain = await connectSubtensor(url);
const socket = chain.isLocal ? await openSocket(url, REQUEST_MS) : undefined;

const Head = z.looseObject({ number: z.number(), hash: z.string() });
const order = async (method: string, params: readonly unknown[] = []): Promise<unknown> => {
  return socket?.request(`localnet_${method}`, params, REQUEST_MS);
};
const control: ChainControl = {
  pause: async () => void (await order("pause")),
  resume: async () => void (await order("resume")),
  async step(blocks) {
    const { number, hash } = Head.parse(await order("step", [blocks]));
    return { number, hash: digest(hash.replace(/^0x/, "")) };
  },
  retract: async (blocks) => void (await order("retract", [blocks])),
  freeze: async () => void (await order("freeze")),
  thaw: async () => void (await order("thaw")),
  dropConnections: async () => void (await order("dropConnections")),
  announceUpgrade: async () => void (await order("announceUpgrade")),
};

async function treasury(): Promise<Signer | undefined> {
  if (chain.isLocal) return devSigner("//Alice");
  if (options.wallet === undefined) return undefined;
  const paths = coldkeyPaths(join(homedir(), ".bittensor", "wallets"), options.wallet);
  return loadKey(paths.secret, passwordsFrom({}).ask);
}

/** Whether a block that was just made is not final yet. */
async function canReorg(): Promise<true | undefined> {
  if (!chain.isLocal) return undefined;
  await control.pause();
  try {
    const best = await control.step(1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    return (await chain.finalisedHead()).number < best.number ? true : undefined;
  } finally {
    await control.resume();
  }
}

const world: World = {
  url,
  netuid,
  chain,
  treasury: await treasury(),
  root: chain.isLocal ? devSigner("//Alice") : undefined,
  control: chain.isLocal ? control : undefined,
  reorg: await canReorg(),
  folder: () => mkdtemp(join(root, "commits-")),
};
const { commitReveal } = await chain.epochInfo(netuid);
console.log(
  `${url}: genesis ${chain.genesisHash}, runtime ${chain.specVersion}, weights ${commitReveal}`,
);

const count = { passed: 0, skipped: 0, failed: 0 };
for (const one of SUITE) {
  const why = lacking(world, commitReveal, one);
  if (why !== undefined) {
    count.skipped++;
    console.log(`skip  ${one.name} (${why})`);
    continue;
  }
  try {
    // What it needs is there: that was just asked.
    await one.run(world as FullWorld);
    count.passed++;
    console.log(`pass  ${one.name}`);
  } catch (error) {
    count.failed++;
    console.log(`FAIL  ${one.name}\n      ${error instanceof Error ? error.message : error}`);
  }
}
console.log(`${count.passed} passed, ${count.skipped} skipped, ${count.failed} failed`);
process.exitCode = count.failed === 0 ? 0 : 1;
await chain.close();
socket?.end();
await rm(root, { recursive: true, force: true });
