/**
 * Cases: weights that are committed first. Timelocked ones show by themselves, hashed ones when they are revealed; both
 * must survive a restart at any moment.
 * @module
 */
import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Signer } from "../chain.ts";
import {
  type Case,
  type FullWorld,
  neuronOf,
  newValidator,
  nextHead,
  refuses,
  signsNothing,
  until,
  whileHeld,
  withChain,
} from "./world.ts";

/** Ten seconds, the least that must be noticed. */
const CLOCK_ERROR_MS = 10_000;

export const COMMITS: readonly Case[] = [
  {
    name: "commits timelocked weights, which show in their epoch by themselves and not before",
    needs: ["treasury"],
    commitReveal: "timelocked",
    async run(world) {
      const { netuid, url } = world;
      const { hotkey, uid } = await newValidator(world);
      const commitDir = await world.folder();
      await withChain(url, { commitDir }, async (chain) => {
        const set = await chain.setWeights(netuid, [[uid === 0 ? 1 : 0, 1]], hotkey);
        assert.equal(set.way, "timelocked");
        assert.ok((set.round ?? 0) > 0);
        assert.deepEqual((await neuronOf(world, hotkey.hotkey))?.weights, []);
        assert.equal((await readdir(commitDir)).length, 1);
        await whileHeld(world, () =>
          refuses("WEIGHTS_TOO_EARLY", () => chain.setWeights(netuid, [[uid, 1]], hotkey)),
        );

        await until(world, async (head) => {
          const weights = (await neuronOf(world, hotkey.hotkey))?.weights ?? [];
          if (weights.length === 0) return false;
          assert.ok((await chain.epochInfo(netuid)).index >= (set.revealEpoch ?? 0));
          assert.ok(head.number > set.block.number);
          return true;
        });
        assert.deepEqual((await neuronOf(world, hotkey.hotkey))?.weights, [
          [uid === 0 ? 1 : 0, 65_535],
        ]);
        assert.deepEqual(await chain.revealWeights(netuid, hotkey), []);
        assert.deepEqual(await readdir(commitDir), []);
      });
    },
  },
  {
    name: "seals nothing with a clock that is ten seconds off, ahead or behind",
    needs: ["treasury"],
    commitReveal: "timelocked",
    async run(world) {
      const { netuid, url } = world;
      const { hotkey, uid } = await newValidator(world);
      for (const error of [-CLOCK_ERROR_MS, CLOCK_ERROR_MS]) {
        await withChain(url, { now: () => Date.now() + error }, async (chain) => {
          await signsNothing(world, hotkey.hotkey, () =>
            refuses("CLOCK_OFF", () => chain.setWeights(netuid, [[uid, 1]], hotkey)),
          );
          const offset = (await chain.clockOffsetMs()) ?? 0;
          assert.ok(Math.abs(offset - error) < CLOCK_ERROR_MS / 2, `${offset} ms for ${error} ms`);
        });
      }
    },
  },
  {
    name: "refuses plain weights, by the chain's own name, where they are to be committed",
    needs: ["treasury"],
    commitReveal: "timelocked",
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, uid } = await newValidator(world);
      const args = { netuid, dests: [uid], weights: [1], version_key: 0n };
      await refuses("CommitRevealEnabled", () =>
        chain.submit({ pallet: "SubtensorModule", call: "set_weights", args }, hotkey),
      );
    },
  },
  {
    name: "reveals hashed weights in their epoch, not before, after a restart",
    needs: ["treasury"],
    commitReveal: "hashed",
    async run(world) {
      const { netuid, url } = world;
      const { hotkey, uid } = await newValidator(world);
      const commitDir = await world.folder();
      const target = uid === 0 ? 1 : 0;
      await withChain(url, { commitDir }, async (chain) => {
        const set = await chain.setWeights(
          netuid,
          [
            [target, 3],
            [uid, 1],
          ],
          hotkey,
        );
        assert.equal(set.way, "hashed");
        assert.deepEqual(await chain.revealWeights(netuid, hotkey), []);
        assert.deepEqual((await neuronOf(world, hotkey.hotkey))?.weights, []);
      });
      // Another one without the folder knows of nothing to reveal.
      await withChain(url, {}, async (chain) => {
        assert.deepEqual(await chain.revealWeights(netuid, hotkey), []);
      });
      await revealInTime(world, commitDir, hotkey);
      assert.deepEqual(
        new Map((await neuronOf(world, hotkey.hotkey))?.weights),
        new Map([
          [target, 65_535],
          [uid, 21_845],
        ]),
      );
      assert.deepEqual(await readdir(commitDir), []);
    },
  },
  {
    name: "reveals hashed weights though it was killed before it knew that the chain has them",
    needs: ["treasury"],
    commitReveal: "hashed",
    async run(world) {
      const { netuid, url } = world;
      const { hotkey, uid } = await newValidator(world);
      const commitDir = await world.folder();
      await withChain(url, { commitDir }, async (chain) => {
        await chain.setWeights(netuid, [[uid, 1]], hotkey);
      });
      // As it stands on disk from before the commit is sent until the chain's answer is noted.
      const [name = ""] = await readdir(commitDir);
      const { placedAt, ...kept } = JSON.parse(await readFile(join(commitDir, name), "utf8"));
      assert.ok(placedAt > kept.madeAt);
      await writeFile(join(commitDir, name), JSON.stringify(kept), { mode: 0o600 });
      await revealInTime(world, commitDir, hotkey);
      assert.deepEqual((await neuronOf(world, hotkey.hotkey))?.weights, [[uid, 65_535]]);
    },
  },
  {
    name: "does not reveal a commit that another chain or nobody has, and is refused with a wrong salt",
    needs: ["treasury"],
    commitReveal: "hashed",
    async run(world) {
      const { netuid, url } = world;
      const { hotkey, uid } = await newValidator(world);
      const commitDir = await world.folder();
      await withChain(url, { commitDir }, async (chain) => {
        await chain.setWeights(netuid, [[uid, 1]], hotkey);
        const [name = ""] = await readdir(commitDir);
        const path = join(commitDir, name);
        const kept = JSON.parse(await readFile(path, "utf8"));
        await writeFile(path, JSON.stringify({ ...kept, genesis: "11".repeat(32) }));
        assert.deepEqual(await chain.revealWeights(netuid, hotkey), []);
        await writeFile(path, JSON.stringify({ ...kept, hash: `0x${"22".repeat(32)}` }));
        assert.deepEqual(await chain.revealWeights(netuid, hotkey), []);
        assert.deepEqual(await readdir(commitDir), [], "a commit that never came is forgotten");
        await until(world, async () => (await chain.epochInfo(netuid)).index >= kept.revealEpoch);
        const args = { netuid, uids: [uid], values: [65_535], salt: [1, 2, 3], version_key: 0n };
        await refuses(["CommitNotFound", "InvalidRevealCommitHashNotMatch"], () =>
          chain.submit({ pallet: "SubtensorModule", call: "reveal_weights", args }, hotkey),
        );
      });
    },
  },
];

/** As a validator does: with every head, until it is revealed. */
async function revealInTime(
  { url, netuid, chain: watch }: FullWorld,
  commitDir: string,
  hotkey: Signer,
): Promise<void> {
  await withChain(url, { commitDir }, async (chain) => {
    const first = await watch.finalisedHead();
    const { tempo, revealPeriodEpochs } = await chain.epochInfo(netuid);
    const last = first.number + (revealPeriodEpochs + 2) * (tempo + 1);
    for (let head = first; head.number <= last; ) {
      const revealed = await chain.revealWeights(netuid, hotkey);
      if (revealed.length > 0) return;
      head = await nextHead(chain, head.number);
    }
    assert.fail("nothing was revealed in its epoch");
  });
}
