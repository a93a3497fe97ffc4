/**
 * Cases: heads, registration, endpoints, stake, transfers, commitments, drafts.
 * @module
 */
import assert from "node:assert/strict";
import { digest } from "../../store/digest.ts";
import { openTap } from "./tap.ts";
import {
  type Case,
  freshKey,
  fundedKey,
  neuronOf,
  newMember,
  nextHead,
  POCKET,
  pass,
  refuses,
  signsNothing,
  whileHeld,
  withChain,
} from "./world.ts";

const NOBODY = digest("11".repeat(32));
const NO_SUBNET = 4_000;
const PUBLIC_ADDRESS = { ip: "192.0.2.7", port: 8_091 };

export const MEMBERSHIP: readonly Case[] = [
  {
    name: "tells finalised heads that rise, and their hashes again",
    needs: [],
    async run({ chain }) {
      const first = await chain.finalisedHead();
      const second = await nextHead(chain, first.number);
      assert.ok(second.number > first.number);
      assert.equal(await chain.blockHash(second.number), second.hash);
      assert.equal(await chain.blockHash(first.number), first.hash);
    },
  },
  {
    name: "knows no block that is not final yet",
    needs: [],
    async run({ chain }) {
      const { number } = await chain.finalisedHead();
      assert.equal(await chain.blockHash(number + 1_000), undefined);
    },
  },
  {
    name: "refuses a node whose genesis is another than expected",
    needs: [],
    async run({ url, chain }) {
      await withChain(url, { expectedGenesis: chain.genesisHash }, async (same) => {
        assert.equal(same.genesisHash, chain.genesisHash);
      });
      await refuses("WRONG_GENESIS", () =>
        withChain(url, { expectedGenesis: NOBODY }, async () => {}),
      );
    },
  },
  {
    name: "uses a second endpoint when nobody is at the first, and refuses when nobody is at any",
    needs: [],
    async run({ url, chain }) {
      const nowhere = "ws://127.0.0.1:1";
      await withChain([nowhere, url], {}, async (same) => {
        assert.equal(same.endpoint, url);
        assert.equal(same.genesisHash, chain.genesisHash);
      });
      await refuses("CHAIN_UNREACHABLE", () => withChain(nowhere, {}, async () => {}));
    },
  },
  {
    name: "tells a subnet's rules, and refuses a subnet that is not there",
    needs: [],
    async run({ chain, netuid }) {
      const info = await chain.epochInfo(netuid);
      const parameters = await chain.hyperparameters(netuid);
      assert.equal(parameters["tempo"], info.tempo);
      assert.equal(Number(parameters["weights_rate_limit"]), info.weightsRateLimit);
      assert.ok(info.nextEpochBlock > info.lastEpochBlock);
      await refuses("SubnetNotExists", () => chain.metagraph(NO_SUBNET));
      await refuses("SubnetNotExists", () => chain.epochInfo(NO_SUBNET));
      await refuses("SubnetNotExists", () => chain.hyperparameters(NO_SUBNET));
      await refuses("SubnetNotExists", () => chain.registrationCost(NO_SUBNET));
    },
  },
  {
    name: "reads the same of a node whose metadata (version 14) tells of no runtime APIs",
    needs: [],
    async run({ url, chain, netuid }) {
      let isOld = false;
      const tap = await openTap(url, undefined, (message) => {
        isOld ||= message.includes("state_getMetadata");
        return message.replaceAll("Metadata_metadata_at_version", "Metadata_metadata_is_old");
      });
      try {
        await withChain(tap.url, {}, async (old) => {
          assert.ok(isOld);
          const [told, expected] = await Promise.all([
            old.metagraph(netuid),
            chain.metagraph(netuid),
          ]);
          const names = (graph: typeof told) =>
            graph.neurons.map(({ uid, hotkey }) => [uid, hotkey]);
          assert.deepEqual(names(told), names(expected));
          const parameters = await chain.hyperparameters(netuid);
          for (const [name, value] of Object.entries(await old.hyperparameters(netuid))) {
            assert.equal(value, parameters[name], name);
          }
          await refuses("SubnetNotExists", () => old.metagraph(NO_SUBNET));
          await refuses("SubnetNotExists", () => old.hyperparameters(NO_SUBNET));
        });
      } finally {
        await tap.close();
      }
    },
  },
  {
    name: "registers a hotkey for its price, once",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const coldkey = await fundedKey(world, POCKET);
      const hotkey = freshKey().hotkey;
      const uid = await chain.register(netuid, hotkey, coldkey);
      const neuron = await neuronOf(world, hotkey);
      assert.equal(neuron?.uid, uid);
      assert.equal(neuron?.coldkey, coldkey.hotkey);
      assert.equal(neuron?.endpoint, undefined);
      await signsNothing(world, coldkey.hotkey, async () => {
        assert.equal(await chain.register(netuid, hotkey, coldkey), uid);
      });
    },
  },
  {
    name: "refuses a registration that cannot be paid, or costs more than its limit",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const poor = await fundedKey(world, 1_000_000n);
      await signsNothing(world, poor.hotkey, () =>
        refuses("INSUFFICIENT_BALANCE", () => chain.register(netuid, freshKey().hotkey, poor)),
      );
      const rich = await fundedKey(world, POCKET);
      await signsNothing(world, rich.hotkey, () =>
        refuses("RegistrationPriceLimitExceeded", () =>
          chain.register(netuid, freshKey().hotkey, rich, 1n),
        ),
      );
    },
  },
  {
    name: "publishes where a neuron listens, and not again at once",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey } = await newMember(world);
      const { block } = await chain.publishEndpoint(netuid, PUBLIC_ADDRESS, hotkey);
      assert.ok(block.number <= (await chain.finalisedHead()).number);
      assert.deepEqual((await neuronOf(world, hotkey.hotkey))?.endpoint, PUBLIC_ADDRESS);
      const limit = Number((await chain.hyperparameters(netuid))["serving_rate_limit"]);
      if (limit <= 1) return;
      const ip = "2001:db8::7";
      await whileHeld(world, () =>
        refuses("ServingRateLimitExceeded", () =>
          chain.publishEndpoint(netuid, { ip, port: 1 }, hotkey),
        ),
      );
      if (limit > 10) return;
      await pass(world, limit);
      await chain.publishEndpoint(netuid, { ip, port: 1 }, hotkey);
      assert.deepEqual((await neuronOf(world, hotkey.hotkey))?.endpoint, { ip, port: 1 });
    },
  },
  {
    name: "refuses an endpoint that nobody could reach, and one of a stranger",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey } = await newMember(world);
      await signsNothing(world, hotkey.hotkey, async () => {
        for (const ip of ["127.0.0.1", "::1", "0.0.0.0", "255.255.255.255"]) {
          await refuses("InvalidIpAddress", () =>
            chain.publishEndpoint(netuid, { ip, port: 80 }, hotkey),
          );
        }
        for (const [ip, port] of [
          ["localhost", 80],
          ["192.0.2.7", 0],
          ["192.0.2.7", 65_536],
        ] as const) {
          await refuses("MALFORMED_ENDPOINT", () =>
            chain.publishEndpoint(netuid, { ip, port }, hotkey),
          );
        }
      });
      await refuses("HotKeyNotRegisteredInNetwork", () =>
        chain.publishEndpoint(netuid, PUBLIC_ADDRESS, freshKey()),
      );
    },
  },
  {
    name: "stakes to a hotkey and withdraws again",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, coldkey } = await newMember(world);
      const held = async () => (await neuronOf(world, hotkey.hotkey))?.stake ?? 0n;
      const before = await held();
      await chain.addStake(netuid, hotkey.hotkey, POCKET / 4n, coldkey);
      const staked = await held();
      assert.ok(staked > before);
      await chain.removeStake(netuid, hotkey.hotkey, (staked - before) / 2n, coldkey);
      assert.ok((await held()) < staked);
    },
  },
  {
    name: "refuses to stake or to send what an account does not have",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey, coldkey } = await newMember(world);
      await signsNothing(world, coldkey.hotkey, async () => {
        await refuses("INSUFFICIENT_BALANCE", () =>
          chain.addStake(netuid, hotkey.hotkey, 2n * POCKET, coldkey),
        );
        await refuses("INSUFFICIENT_BALANCE", () =>
          chain.transfer(hotkey.hotkey, 2n * POCKET, coldkey),
        );
      });
      await refuses(["NotEnoughStakeToWithdraw", "StakeAmountTooLow", "AmountTooLow"], () =>
        chain.removeStake(netuid, hotkey.hotkey, 10n ** 15n, coldkey),
      );
    },
  },
  {
    name: "names the chain's refusal of a call that was not looked through before",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const key = await fundedKey(world, POCKET);
      const transfer = (value: bigint) => ({
        pallet: "Balances",
        call: "transfer_keep_alive",
        args: { dest: freshKey().hotkey, value },
      });
      await chain.submit(transfer(1_000_000n), key);
      await refuses(["FundsUnavailable", "InsufficientBalance"], () =>
        chain.submit(transfer(100n * POCKET), key),
      );
      const serve = {
        netuid,
        version: 1,
        ip: 0xc0_00_02_07n,
        port: 1,
        ip_type: 4,
        protocol: 4,
        placeholder1: 0,
        placeholder2: 0,
      };
      await refuses("HotKeyNotRegisteredInNetwork", () =>
        chain.submit({ pallet: "SubtensorModule", call: "serve_axon", args: serve }, freshKey()),
      );
    },
  },
  {
    name: "refuses a call that the runtime does not have, or not with these arguments",
    needs: [],
    async run({ chain }) {
      const pallet = "Balances";
      const call = "transfer_keep_alive";
      const args = { dest: freshKey().hotkey, value: 1n };
      await refuses("CALL_MISSING", () =>
        chain.submit({ pallet, call: "transfer_everything", args }, freshKey()),
      );
      await refuses("CALL_MISSING", () => chain.submit({ pallet: "Bank", call, args }, freshKey()));
      await refuses("MALFORMED_CALL", () =>
        chain.submit({ pallet, call, args: { dest: args.dest } }, freshKey()),
      );
      await refuses("MALFORMED_CALL", () =>
        chain.submit({ pallet, call, args: { ...args, tip: 1n } }, freshKey()),
      );
    },
  },
  {
    name: "has several transactions of one key under way, each finalised once",
    needs: ["treasury"],
    async run(world) {
      const { chain } = world;
      const payer = await fundedKey(world, POCKET);
      const amounts = [1n, 2n, 3n, 4n, 5n].map((n) => n * 1_000_000n);
      const payees = amounts.map(() => freshKey().hotkey);
      await Promise.all(
        amounts.map((amount, i) => chain.transfer(payees[i] as typeof payer.hotkey, amount, payer)),
      );
      const accounts = await Promise.all(payees.map((payee) => chain.account(payee)));
      assert.deepEqual(
        accounts.map(({ balance }) => balance),
        amounts,
      );
      assert.equal((await chain.account(payer.hotkey)).nonce, amounts.length);
    },
  },
  {
    name: "signs again when another writer of the same key was faster",
    needs: ["treasury"],
    async run(world) {
      const payer = await fundedKey(world, POCKET);
      await withChain(world.url, {}, async (other) => {
        const both = [world.chain, other].flatMap((chain) => [chain, chain, chain]);
        await Promise.all(
          both.map((chain) => chain.transfer(freshKey().hotkey, 1_000_000n, payer)),
        );
      });
      assert.equal((await world.chain.account(payer.hotkey)).nonce, 6);
    },
  },
  {
    name: "publishes a commitment, and reads it back",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey } = await newMember(world);
      assert.equal(await chain.commitment(netuid, hotkey.hotkey), undefined);
      for (const size of [1, 128, 129, 512]) {
        const content = new Uint8Array(size).fill(size % 251);
        const { block } = await chain.publishCommitment(netuid, content, hotkey);
        const found = await chain.commitment(netuid, hotkey.hotkey);
        assert.deepEqual(found?.content, content);
        assert.equal(found?.block, block.number);
      }
    },
  },
  {
    name: "refuses a commitment that is too long, and one of a stranger",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const { hotkey } = await newMember(world);
      await refuses("COMMITMENT_TOO_LONG", () =>
        chain.publishCommitment(netuid, new Uint8Array(513), hotkey),
      );
      await refuses("AccountNotAllowedCommit", () =>
        chain.publishCommitment(netuid, new Uint8Array(3), freshKey()),
      );
    },
  },
  {
    name: "drafts what would be signed, its fee and what stands against it, and signs nothing",
    needs: ["treasury"],
    async run(world) {
      const { chain, netuid } = world;
      const coldkey = await fundedKey(world, POCKET);
      const hotkey = freshKey().hotkey;
      await signsNothing(world, coldkey.hotkey, async () => {
        const intent = { kind: "register", netuid, hotkey } as const;
        const draft = await chain.draft(intent, coldkey.hotkey);
        assert.equal(draft.pallet, "SubtensorModule");
        assert.match(draft.call, /^(register_limit|burned_register)$/);
        assert.equal(draft.args["hotkey"], hotkey);
        assert.deepEqual(draft.obstacles, []);
        assert.ok(draft.fee === undefined || draft.fee >= 0n);
        const broke = await chain.draft(intent, freshKey().hotkey);
        assert.equal(broke.obstacles.length, 1);
        await refuses("SubnetNotExists", () =>
          chain.draft({ ...intent, netuid: NO_SUBNET }, coldkey.hotkey),
        );
      });
    },
  },
];
