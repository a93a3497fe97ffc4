import { describe, expect, test } from "vitest";
import type { Hotkey, Neuron } from "../chain/chain.ts";
import { devSigner } from "../chain/wallet/key.ts";
import { digest } from "../protocol/digest.ts";
import { newJobId, signJob } from "../protocol/job.ts";
import { admit, type Terms } from "./admission.ts";

const CIRCUIT = digest("5c".repeat(32));
const [miner, validator] = [devSigner("//Miner"), devSigner("//Validator")];
const terms: Terms = {
  ...{ hotkey: miner.hotkey, netuid: 1, minStakeRao: 100n, hasSeen: () => false },
  circuits: new Map([[CIRCUIT, { inputs: [{ count: 1, min: 0, max: 9 }] }]]),
};
const job = signJob(
  {
    ...{ id: newJobId(), netuid: 1, circuit: CIRCUIT, validator: validator.hotkey },
    ...{ miner: miner.hotkey, block: { number: 7, hash: digest("00".repeat(32)) } },
    ...{ expiryBlock: 99, budgetMs: 1_000, input: Int32Array.of(7) },
  },
  validator,
);

function neuron(uid: number, hotkey: Hotkey, stake: bigint): [Hotkey, Neuron] {
  const fractions = { incentive: 0, consensus: 0, dividends: 0, validatorTrust: 0, emission: 0n };
  return [
    hotkey,
    {
      ...{ uid, hotkey, coldkey: hotkey, stake, validatorPermit: true, active: true, ...fractions },
      ...{ endpoint: undefined, lastUpdate: 0, registeredAt: 0, weights: [] },
    },
  ];
}

describe("a job in order", () => {
  const asking = neuron(1, validator.hotkey, 100n);

  test("is admitted while miner and validator have their seats", () => {
    const neurons = new Map([neuron(0, miner.hotkey, 0n), asking]);
    expect(admit(job, terms, { head: 8, neurons })).toBe(asking[1]);
  });

  test("is refused once the miner has lost its seat, for nobody pays it any more", () => {
    expect(admit(job, terms, { head: 8, neurons: new Map([asking]) })).toBe("STOPPING");
  });

  test("is refused once the validator has", () => {
    const neurons = new Map([neuron(0, miner.hotkey, 0n)]);
    expect(admit(job, terms, { head: 8, neurons })).toBe("NOT_REGISTERED");
  });
});
