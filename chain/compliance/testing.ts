/**
 * The suite on the local chain: one chain for each way in which a subnet takes weights. Each way is a test file of its
 * own, so that they run side by side: most of their time is waiting for blocks.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { EpochInfo } from "../chain.ts";
import { type LocalChain, startLocalChain } from "../local/local-chain.ts";
import { connectSubtensor } from "../subtensor/connect.ts";
import { devSigner } from "../wallet/key.ts";
import { SUITE } from "./suite.ts";
import { type FullWorld, lacking } from "./world.ts";

/**
 * Fast enough that epochs pass in a second. Timelocked weights are revealed when the beacon's round is out, so there an
 * epoch must be longer than the beacon's period, which is a second.
 */
const BLOCK_MS = { off: 80, hashed: 80, timelocked: 250 } as const;
/** A version of commit-reveal that is not the timelocked one. */
const HASHED_VERSION = 2;

/** Every case of the suite runs in exactly one way: what is the same in all of them, with plain weights. */
export function describeLocalSuite(way: EpochInfo["commitReveal"]): void {
  describe(`on the local chain, weights ${way}:`, () => {
    let local: LocalChain;
    let world: FullWorld;
    let root: string;

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), "assay-compliance-"));
      local = await startLocalChain({
        dir: join(root, "chain"),
        blockMs: BLOCK_MS[way],
        // Blocks that are not final can be taken back.
        finalityLag: way === "off" ? 1 : 0,
        subnets: [
          {
            tempo: 10,
            weightsRateLimit: 5,
            servingRateLimit: 5,
            burnRao: 1_000_000n,
            stakeThresholdRao: 1_000_000_000_000n,
            commitReveal: way !== "off",
          },
        ],
      });
      const chain = await connectSubtensor(local.url);
      const alice = devSigner("//Alice");
      if (way === "hashed") {
        const call = "sudo_set_commit_reveal_version";
        await chain.sudo({ pallet: "AdminUtils", call, args: { version: HASHED_VERSION } }, alice);
      }
      world = {
        url: local.url,
        netuid: 1,
        chain,
        treasury: alice,
        root: alice,
        control: local.control,
        reorg: way === "off" ? true : undefined,
        folder: () => mkdtemp(join(root, "commits-")),
      };
    });

    afterAll(async () => {
      await world.chain.close();
      await local.close();
      await rm(root, { recursive: true, force: true });
    });

    for (const one of SUITE.filter(({ commitReveal }) => (commitReveal ?? "off") === way)) {
      test(one.name, async () => {
        expect(lacking(world, way, one)).toBeUndefined();
        await one.run(world);
      });
    }
  });
}
