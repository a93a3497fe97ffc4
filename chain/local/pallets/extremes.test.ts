/**
 * Every call with every kind of argument, as anybody and as root: a block is made of it whatever it says, blocks after it
 * are made too, and no rao comes from nowhere. A handler that throws what is no DispatchFailure would stop the chain.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { devSigner } from "../../wallet/key.ts";
import type { RuntimeCall } from "../runtime/pallet.ts";
import { anyCallOf, CALLS } from "./any-call.ts";
import { TAO } from "./balances.ts";
import { callOf } from "./testing.ts";
import { alice, TestChain } from "./testing-chain.ts";

const bob = devSigner("//Bob");
/** They would leave the tests without root. */
const DEPOSING = new Set(["Sudo.set_key", "Sudo.remove_key"]);

/** Two subnets, of which the first has two neurons with stake and weights for each other. */
function busyChain(): TestChain {
  const chain = new TestChain([
    { tempo: 3, burnRao: 1_000n, weightsRateLimit: 0, stakeThresholdRao: 0n },
    { tempo: 2, burnRao: 1_000n, commitReveal: true, mechanismCount: 2 },
  ]);
  const seat = { netuid: 1, hotkey: bob.hotkey, limit_price: TAO };
  chain.send("SubtensorModule.register_limit", seat, alice);
  for (const { hotkey } of [alice, bob]) {
    const stake = { netuid: 1, hotkey, amount_staked: 1_000n * TAO };
    chain.send("SubtensorModule.add_stake", stake, alice);
  }
  for (let i = 0; i < 4; i++) chain.block();
  const weights = { netuid: 1, dests: [0, 1], weights: [1, 65_535], version_key: 0n };
  for (const signer of [alice, bob]) chain.send("SubtensorModule.set_weights", weights, signer);
  return chain;
}

function expectSound(chain: TestChain): void {
  const { state } = chain;
  expect(chain.held).toBe(state.get("Balances.TotalIssuance", []));
  for (const [[netuid]] of state.entries("SubtensorModule.NetworksAdded")) {
    const staked = state
      .entries("SubtensorModule.TotalHotkeyAlpha")
      .reduce((sum, [[, on], alpha]) => (on === netuid ? sum + alpha : sum), 0n);
    expect(staked).toBeLessThanOrEqual(state.get("SubtensorModule.SubnetAlphaOut", [netuid]));
  }
}

/** Several in a block, and blocks enough for an epoch. */
function run(chain: TestChain, calls: readonly RuntimeCall[]): void {
  for (const call of calls) {
    const bytes = chain.signCall(call, alice);
    // The door has its own tests; a pool may refuse.
    if (bytes.length <= 500_000 && chain.judge(bytes).kind === "valid") chain.block([bytes]);
  }
  for (let i = 0; i < 4; i++) chain.block();
  expectSound(chain);
}

const asRoot = (call: RuntimeCall): RuntimeCall => callOf("Sudo.sudo", { call });

describe("extreme arguments", () => {
  const names = CALLS.filter((name) => !DEPOSING.has(name));
  const pallets = [...new Set(names.map((name) => name.split(".")[0] ?? ""))];

  test.each(pallets)("break no block: %s", (pallet) => {
    const chain = busyChain();
    for (const name of names.filter((call) => call.startsWith(`${pallet}.`))) {
      for (const call of fc.sample(anyCallOf(name), 2)) run(chain, [call, asRoot(call)]);
    }
  });

  test("of several settings of a subnet at once break none of its epochs", () => {
    const settings = fc.constantFrom(...names.filter((name) => name.startsWith("AdminUtils.")));
    const some = fc.array(settings.chain((name) => anyCallOf(name)).map(asRoot), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(some, (calls) => run(busyChain(), calls)),
      { numRuns: 8 },
    );
  });
});
