/**
 * A neuron's life by signed extrinsics, through the whole runtime: what the pool refuses, what is
 * free, what is paid.
 */
import { beforeEach, describe, expect, test } from "vitest";
import { devSigner } from "../../wallet/key.ts";
import { TAO } from "./balances.ts";
import { balanceOf } from "./ledger.ts";
import { stakeOf } from "./stake.ts";
import { alice, TestChain } from "./testing-chain.ts";

const NETUID = 1;
/** Has no tokens at all. */
const miner = devSigner("//Miner");

const AXON = {
  ...{ netuid: NETUID, version: 1, ip: 0x7f00_0002n, port: 8_091, ip_type: 4, protocol: 4 },
  ...{ placeholder1: 0, placeholder2: 0 },
};
const REGISTRATION = { netuid: NETUID, hotkey: miner.hotkey, limit_price: 1_000_000_000n };
let chain: TestChain;

beforeEach(() => {
  chain = new TestChain([{ tempo: 5, burnRao: 1_000_000n }]);
});

describe("a neuron", () => {
  test("is registered by a coldkey that pays, and serves without a token of its own", () => {
    const before = balanceOf(chain.state, alice.hotkey);
    expect(chain.send("SubtensorModule.register_limit", REGISTRATION, alice)).toContain(
      "SubtensorModule.NeuronRegistered",
    );
    expect(balanceOf(chain.state, alice.hotkey)).toBeLessThan(before);
    expect(chain.validate("SubtensorModule.serve_axon", AXON, miner).kind).toBe("valid");
    const events = chain.send("SubtensorModule.serve_axon", AXON, miner);
    expect(events).toContain("SubtensorModule.AxonServed");
    expect(events).not.toContain("TransactionPayment.TransactionFeePaid");
    const info = [{ type: "Raw2", value: "0x6869" }];
    const commitment = { netuid: NETUID, info };
    expect(chain.send("Commitments.set_commitment", commitment, miner)).toContain(
      "Commitments.Commitment",
    );
    expect(chain.state.get("System.Account", [miner.hotkey]).nonce).toBe(2);
  });

  test.each([
    ["127.0.0.1", { ip: 0x7f00_0001n }, 11],
    ["port 0", { port: 0 }, 13],
    ["no uid", { netuid: 2 }, 10],
    ["IPv5", { ip_type: 5 }, 255],
  ])("is kept out of the pool with %s", (_, change, code) => {
    chain.send("SubtensorModule.register_limit", REGISTRATION, alice);
    const args = { ...AXON, ...change };
    expect(chain.validate("SubtensorModule.serve_axon", args, miner)).toMatchObject({
      ...{ kind: "invalid", data: `Custom error: ${code}` },
    });
  });

  test("that serves again too soon is kept out of the pool", () => {
    chain.send("SubtensorModule.register_limit", REGISTRATION, alice);
    chain.send("SubtensorModule.serve_axon", AXON, miner);
    expect(chain.validate("SubtensorModule.serve_axon", AXON, miner)).toMatchObject({
      ...{ kind: "invalid", data: "Custom error: 12" },
    });
  });

  test("without tokens cannot pay for what costs a fee", () => {
    const stake = { hotkey: miner.hotkey, netuid: NETUID, amount_staked: TAO };
    expect(chain.validate("SubtensorModule.add_stake", stake, miner)).toMatchObject({
      ...{ kind: "invalid", reason: "payment" },
    });
  });
});

test("what fails in a block costs its fee and changes nothing else", () => {
  const early = { ...REGISTRATION, limit_price: 0n };
  const events = chain.send("SubtensorModule.register_limit", early, alice);
  expect(events).toContain("System.ExtrinsicFailed");
  expect(events).toContain("TransactionPayment.TransactionFeePaid");
  expect(events).not.toContain("Balances.Transfer");
});

test("stake earns at the epoch, and all accounts still make up the issuance", () => {
  chain.send("SubtensorModule.register_limit", REGISTRATION, alice);
  const args = { hotkey: miner.hotkey, netuid: NETUID, amount_staked: 100n * TAO };
  chain.send("SubtensorModule.add_stake", args, alice);
  for (let i = 0; i < 12; i++) chain.block();
  expect(stakeOf(chain.state, miner.hotkey, NETUID)).toBeGreaterThan(100n * TAO);
  expect(chain.state.get("Balances.TotalIssuance", [])).toBe(chain.held);
  const staked = chain.state
    .entries("SubtensorModule.TotalHotkeyAlpha")
    .reduce((sum, [, alpha]) => sum + alpha, 0n);
  expect(staked).toBeLessThanOrEqual(chain.state.get("SubtensorModule.SubnetAlphaOut", [NETUID]));
});
