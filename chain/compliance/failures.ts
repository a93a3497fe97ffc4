/**
 * Cases: what goes wrong between us and a node, and with a block that others would have believed. Only a chain that lets
 * itself be stopped, split and upgraded has these on demand.
 * @module
 */
import assert from "node:assert/strict";
import type { SubtensorChain } from "../subtensor/connect.ts";
import { openTap } from "./tap.ts";
import {
  type Case,
  type FullWorld,
  freshKey,
  fundedKey,
  nextHead,
  POCKET,
  pass,
  refuses,
  signsNothing,
  withChain,
} from "./world.ts";

const AMOUNT = 5_000_000n;

export const FAILURES: readonly Case[] = [
  {
    name: "goes on after the connection is dropped, with a transaction under way that counts once",
    needs: ["treasury", "control"],
    async run(world) {
      const { chain, control } = world;
      const payer = await fundedKey(world, POCKET);
      const payee = freshKey().hotkey;
      const heads: number[] = [];
      const stop = chain.onHead(({ number }) => heads.push(number));
      await control.pause();
      const sent = chain.transfer(payee, AMOUNT, payer);
      await Promise.race([
        sent.catch(() => {}),
        new Promise((resolve) => setTimeout(resolve, 100)),
      ]);
      await control.dropConnections();
      assert.ok((await chain.account(payer.hotkey)).balance <= POCKET);
      await control.resume();
      const { block } = await sent;
      assert.equal((await chain.account(payee)).balance, AMOUNT);
      assert.equal((await chain.account(payer.hotkey)).nonce, 1);
      const { number } = await nextHead(chain, block.number);
      stop();
      assert.ok(number > block.number);
      assert.deepEqual(
        heads,
        [...new Set(heads)].sort((a, b) => a - b),
        "heads rise, none twice",
      );
    },
  },
  {
    name: "names a node that keeps its socket and says nothing, and goes on when it speaks again",
    needs: ["control"],
    async run({ url, control }) {
      await withChain(url, { requestMs: 1_000 }, async (chain) => {
        const { number } = await chain.finalisedHead();
        await control.freeze();
        try {
          await refuses(["CHAIN_TIMEOUT", "CHAIN_UNREACHABLE"], () =>
            chain.account(freshKey().hotkey),
          );
        } finally {
          await control.thaw();
        }
        assert.ok((await nextHead(chain, number)).number > number);
        assert.equal((await chain.account(freshKey().hotkey)).balance, 0n);
      });
    },
  },
  {
    name: "leaves an endpoint that froze for the next one, and takes its listeners along",
    needs: ["control"],
    async run({ url }) {
      const tap = await openTap(url);
      try {
        await withChain([tap.url, url], {}, async (chain) => {
          assert.equal(chain.endpoint, tap.url);
          const { number } = await nextHead(chain, (await chain.finalisedHead()).number);
          tap.freeze();
          const after = await nextHead(chain, number + 1);
          assert.ok(after.number > number + 1);
          assert.equal(chain.endpoint, url);
          assert.equal((await chain.account(freshKey().hotkey)).balance, 0n);
        });
      } finally {
        await tap.close();
      }
    },
  },
  {
    name: "does not leave for an endpoint that lies about its genesis",
    needs: ["control"],
    async run({ url, chain: honest }) {
      const liar = await openTap(url, (message) =>
        message.replaceAll(`0x${honest.genesisHash}`, `0x${"13".repeat(32)}`),
      );
      const tap = await openTap(url);
      try {
        await refuses("WRONG_GENESIS", () =>
          withChain(liar.url, { expectedGenesis: honest.genesisHash }, async () => {}),
        );
        await withChain([tap.url, liar.url, url], {}, async (chain) => {
          tap.drop();
          const { number } = await honest.finalisedHead();
          await nextHead(chain, number);
          assert.notEqual(chain.endpoint, liar.url);
          assert.equal(chain.genesisHash, honest.genesisHash);
        });
      } finally {
        await Promise.all([liar.close(), tap.close()]);
      }
    },
  },
  {
    name: "signs nothing for a runtime in which a call is gone, or takes other arguments",
    needs: ["treasury"],
    async run(world) {
      const payer = await fundedKey(world, POCKET);
      await signsNothing(world, payer.hotkey, async () => {
        await withMetadata(world, "transfer_keep_alive", "transfer_keep_alone", (chain) =>
          refuses("CALL_MISSING", () => chain.transfer(freshKey().hotkey, AMOUNT, payer)),
        );
        await withMetadata(world, "amount_staked", "amount_burned", (chain) =>
          refuses("CALL_CHANGED", () =>
            chain.addStake(world.netuid, freshKey().hotkey, AMOUNT, payer),
          ),
        );
      });
      await world.chain.transfer(freshKey().hotkey, AMOUNT, payer);
    },
  },
  {
    name: "signs nothing for a runtime that wants more signed than we can read, but reads it",
    needs: ["treasury"],
    async run(world) {
      const payer = await fundedKey(world, POCKET);
      await signsNothing(world, payer.hotkey, () =>
        // An extension of that name is not known, and it has bytes of its own.
        withMetadata(world, "CheckNonce", "CheckBonus", async (chain) => {
          assert.equal((await chain.account(payer.hotkey)).balance, POCKET);
          await refuses("UNKNOWN_SIGNED_EXTENSION", () =>
            chain.transfer(freshKey().hotkey, AMOUNT, payer),
          );
        }),
      );
      // Without bytes, any name will do.
      await withMetadata(world, "DrandPriority", "DrandSeniorit", (chain) =>
        chain.transfer(freshKey().hotkey, AMOUNT, payer).then(() => {}),
      );
    },
  },
  {
    name: "waits for finality: a transaction whose block was taken back is included again, once",
    needs: ["treasury", "control", "reorg"],
    async run(world) {
      const { chain, control } = world;
      const payer = await fundedKey(world, POCKET);
      const payee = freshKey().hotkey;
      await control.pause();
      try {
        let isFinal = false;
        const sent = chain.transfer(payee, AMOUNT, payer).then((included) => {
          isFinal = true;
          return included;
        });
        await new Promise((resolve) => setTimeout(resolve, 150));
        const best = await control.step(1);
        assert.ok(!isFinal, "its block is not final yet");
        await control.retract(1);
        assert.ok(!isFinal);
        await control.resume();
        const { block } = await sent;
        assert.equal(await chain.blockHash(block.number), block.hash);
        assert.notEqual(block.hash, best.hash);
      } finally {
        await control.resume();
      }
      assert.equal((await chain.account(payee)).balance, AMOUNT);
      assert.equal((await chain.account(payer.hotkey)).nonce, 1);
    },
  },
  {
    name: "reads the runtime anew when it is upgraded, and signs for the new one",
    needs: ["treasury", "control"],
    async run(world) {
      const { chain, control } = world;
      const payer = await fundedKey(world, POCKET);
      const before = chain.specVersion;
      await control.announceUpgrade();
      await pass(world, 3);
      assert.equal(chain.specVersion, before + 1);
      const payee = freshKey().hotkey;
      await chain.transfer(payee, AMOUNT, payer);
      assert.equal((await chain.account(payee)).balance, AMOUNT);
    },
  },
];

/** A connection that reads the chain's metadata with one name replaced by another of the same length. */
async function withMetadata(
  { url }: FullWorld,
  name: string,
  other: string,
  use: (chain: SubtensorChain) => Promise<void>,
): Promise<void> {
  assert.equal(name.length, other.length);
  const [before, after] = [name, other].map((text) => Buffer.from(text).toString("hex"));
  // Metadata alone is longer than this; a transaction's bytes stay as they are.
  const tap = await openTap(url, (message) => {
    return message.length < 100_000 ? message : message.replaceAll(before ?? "", after ?? "");
  });
  try {
    await withChain(tap.url, {}, use);
  } finally {
    await tap.close();
  }
}
