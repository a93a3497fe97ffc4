/** Runtime APIs as a client calls them: bytes in, bytes out, read back by the metadata. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  accountOf,
  NETUID,
  OWNER,
  OWNER_HOTKEY,
  TestSubnet,
  TOKEN,
} from "../pallets/testing-subnet.ts";
import { apiCodec } from "../runtime/codecs.ts";
import { CORE_APIS } from "../runtime/core-apis.ts";
import { composeRuntime } from "../runtime/executive.ts";
import { SPEC } from "../runtime/spec.ts";
import { APIS } from "./apis.ts";

const VALIDATOR = accountOf("validator");
const COLDKEY = accountOf("validator's coldkey");
const TEMPO = 10;
const HEAD = `0x${"00".repeat(32)}`;

const runtime = composeRuntime([], APIS);
let subnet: TestSubnet;

/** Uid 1 validates for uid 2, and an epoch has passed. */
beforeAll(() => {
  subnet = new TestSubnet();
  const { state } = subnet;
  state.put("SubtensorModule.Tempo", [NETUID], TEMPO);
  subnet.join("validator", 100n * TOKEN);
  subnet.join("miner", 0n);
  state.put("SubtensorModule.ValidatorPermit", [NETUID], [true, true, false]);
  subnet.call(OWNER, "start_call", { netuid: NETUID });
  state.put("Commitments.CommitmentOf", [NETUID, VALIDATOR], {
    ...{ deposit: 0n, block: 1 },
    info: [{ type: "Raw3", value: "0x010203" }],
  });
  state.put("SubtensorModule.Axons", [NETUID, accountOf("miner")], {
    ...{ block: 1n, version: 1, ip: 0x7f000002n, port: 8_000, ip_type: 4, protocol: 4 },
    ...{ placeholder1: 0, placeholder2: 0 },
  });
  subnet.next();
  const weights = { netuid: NETUID, dests: [2, 0], weights: [1, 0], version_key: 0n };
  subnet.call(VALIDATOR, "set_weights", weights);
  subnet.next(2 * TEMPO);
});

/** What the tests look at in the answers. */
interface Neuron {
  readonly weights: unknown;
  readonly bonds: readonly (readonly [uid: number, bond: number])[];
  readonly stake: readonly (readonly [coldkey: string, stake: bigint])[];
  readonly axon_info: { readonly port: number };
}
interface Metagraph {
  readonly name: readonly number[];
  readonly hotkeys: readonly string[];
  readonly last_step: bigint;
  readonly blocks_since_last_step: bigint;
  readonly axons: readonly { readonly port: number }[];
  readonly alpha_stake: readonly bigint[];
  readonly total_stake: readonly bigint[];
}
interface Part {
  readonly netuid: number;
  readonly hotkeys: readonly string[];
  readonly validators: readonly number[];
  readonly commitments: readonly (readonly [hotkey: string, bytes: readonly number[]])[];
}
interface Stake {
  readonly stake: bigint;
  readonly emission: bigint;
}
interface Delegate {
  readonly nominators: readonly (readonly [string, readonly (readonly [number, bigint])[]])[];
  readonly total_daily_return: bigint;
}

/** @returns what the metadata says, which the test knows */
function ask<T = unknown>(api: string, method: string, ...args: unknown[]): T {
  const codec = apiCodec(api, method);
  if (codec === undefined) throw new Error(`the metadata has no ${api}.${method}`);
  const bytes = runtime.call(subnet.state, `${api}_${method}`, codec.args.enc(args), HEAD);
  return codec.value.dec(bytes) as T;
}

const NEURONS = "NeuronInfoRuntimeApi";
const SUBNETS = "SubnetInfoRuntimeApi";
const STAKES = "StakeInfoRuntimeApi";
const DELEGATES = "DelegateInfoRuntimeApi";
const SWAP = "SwapRuntimeApi";

describe("runtime APIs", () => {
  test("are all that the metadata lists, and no others", () => {
    const listed = Object.entries(SPEC.runtimeApis).flatMap(([api, methods]) =>
      Object.keys(methods).map((method) => `${api}_${method}`),
    );
    expect([...Object.keys(APIS), ...Object.keys(CORE_APIS)].sort()).toEqual(listed.sort());
  });
});

describe("neurons", () => {
  test("are told with their weights and bonds", () => {
    const neurons = ask<Neuron[]>(NEURONS, "get_neurons", NETUID);
    expect(neurons).toHaveLength(3);
    expect(neurons[1]).toMatchObject({
      ...{ hotkey: VALIDATOR, coldkey: COLDKEY, uid: 1, netuid: NETUID, validator_permit: true },
      ...{ weights: [[2, 65_535]], dividends: 65_535, active: true },
    });
    expect(neurons[1]?.bonds[0]?.[0]).toBe(2);
    expect(neurons[1]?.stake[0]?.[1]).toBeGreaterThan(100n * TOKEN);
    expect(neurons[2]).toMatchObject({ incentive: 65_535, consensus: 65_535 });
    expect(neurons[2]?.axon_info).toMatchObject({ ip: 0x7f000002n, port: 8_000 });
    expect(ask(NEURONS, "get_neuron", NETUID, 1)).toEqual(neurons[1]);
    expect(ask(NEURONS, "get_neuron", NETUID, 3)).toBeUndefined();
  });

  test("are told without them", () => {
    const { weights: _, bonds: __, ...lite } = ask<Neuron>(NEURONS, "get_neuron", NETUID, 1);
    expect(ask<Neuron[]>(NEURONS, "get_neurons_lite", NETUID)[1]).toEqual(lite);
    expect(ask(NEURONS, "get_neuron_lite", NETUID, 1)).toEqual(lite);
    expect(ask(NEURONS, "get_neurons_lite", 9)).toEqual([]);
  });
});

describe("the metagraph", () => {
  test("has everything by uid", () => {
    const metagraph = ask<Metagraph>(SUBNETS, "get_metagraph", NETUID);
    expect(metagraph).toMatchObject({
      ...{ netuid: NETUID, tempo: TEMPO, num_uids: 3, owner_hotkey: OWNER_HOTKEY },
      ...{ hotkeys: [OWNER_HOTKEY, VALIDATOR, accountOf("miner")], block: BigInt(subnet.block) },
      ...{ incentives: [0, 0, 65_535], validator_permit: [true, true, true], rank: [] },
      ...{ block_at_registration: [1n, 1n, 1n], commit_reveal_weights_enabled: false },
    });
    expect(metagraph.last_step + metagraph.blocks_since_last_step).toBe(BigInt(subnet.block));
    expect(metagraph.axons[2]?.port).toBe(8_000);
    expect(Buffer.from(metagraph.name).toString()).toBe("subnet 1");
    expect(metagraph.total_stake[1]).toBe(metagraph.alpha_stake[1]);
    expect(ask(SUBNETS, "get_metagraph", 9)).toBeUndefined();
    expect(ask<Metagraph[]>(SUBNETS, "get_all_metagraphs")[1]).toEqual(metagraph);
  });

  test("of a mechanism has its own index, weights' dates and incentives", () => {
    const metagraph = ask<Metagraph>(SUBNETS, "get_metagraph", NETUID);
    expect(ask(SUBNETS, "get_mechagraph", NETUID, 0)).toEqual(metagraph);
    expect(ask(SUBNETS, "get_mechagraph", NETUID, 1)).toBeUndefined();
    subnet.state.transaction(() => {
      subnet.state.put("SubtensorModule.MechanismCountCurrent", [NETUID], 2);
      const other = ask(SUBNETS, "get_mechagraph", NETUID, 1);
      expect(other).toMatchObject({ netuid: 4_097, incentives: [], hotkeys: metagraph.hotkeys });
      expect(ask(SUBNETS, "get_all_mechagraphs")).toHaveLength(3);
      subnet.state.put("SubtensorModule.MechanismCountCurrent", [NETUID], 1);
    });
  });

  test("is told in part, by the numbers of its fields", () => {
    // As the SDK numbers them: 0 netuid, 52 hotkeys, 55 axons, 72 validators, 73 commitments.
    const part = ask<Part>(SUBNETS, "get_selective_metagraph", NETUID, [0, 52, 72, 73, 999]);
    const { netuid, hotkeys, validators, commitments, ...others } = part;
    expect({ netuid, validators }).toEqual({ netuid: NETUID, validators: [0, 2, 1] });
    expect(hotkeys).toHaveLength(3);
    expect(commitments[0]?.[0]).toBe(VALIDATOR);
    expect(commitments[0]?.[1].slice(-3)).toEqual([1, 2, 3]);
    expect(new Set(Object.values(others))).toEqual(new Set([undefined]));
    expect(ask<Part>(SUBNETS, "get_selective_mechagraph", NETUID, 0, [52]).hotkeys).toEqual(
      hotkeys,
    );
    expect(ask(SUBNETS, "get_selective_metagraph", 9, [0])).toBeUndefined();
  });
});

describe("a subnet", () => {
  test("tells its hyperparameters in all three forms", () => {
    const first = ask<object>(SUBNETS, "get_subnet_hyperparams", NETUID);
    expect(first).toMatchObject({ tempo: TEMPO, kappa: 32_767, alpha_low: 45_875 });
    const second = ask(SUBNETS, "get_subnet_hyperparams_v2", NETUID);
    expect(second).toMatchObject({
      ...first,
      ...{ yuma_version: 3, alpha_sigmoid_steepness: 1_000n << 32n, subnet_is_active: true },
    });
    const third = ask<{ name: Uint8Array; value: { value: unknown } }[]>(
      SUBNETS,
      "get_subnet_hyperparams_v3",
      NETUID,
    );
    const named = Object.fromEntries(
      third.map(({ name, value }) => [Buffer.from(name).toString(), value.value]),
    );
    expect(Object.keys(named)).toHaveLength(33);
    expect(named).toMatchObject({ tempo: TEMPO, yuma_version: 3, owner_cut_enabled: true });
    expect(ask(SUBNETS, "get_subnet_hyperparams", 9)).toBeUndefined();
  });

  test("tells its terms, its pool and its state", () => {
    const info = ask(SUBNETS, "get_subnet_info", NETUID);
    expect(info).toMatchObject({ netuid: NETUID, subnetwork_n: 3, owner: OWNER });
    expect(ask<unknown[]>(SUBNETS, "get_subnets_info")[1]).toEqual(info);
    expect(ask(SUBNETS, "get_subnet_info_v2", NETUID)).toMatchObject({ netuid: NETUID, tempo: 10 });
    expect(ask(SUBNETS, "get_subnets_info_v2")).toHaveLength(2);
    const dynamic = ask(SUBNETS, "get_dynamic_info", NETUID);
    expect(dynamic).toMatchObject({ owner_coldkey: OWNER, alpha_out_emission: TOKEN });
    expect(ask<unknown[]>(SUBNETS, "get_all_dynamic_info")[1]).toEqual(dynamic);
    const state = ask<{ emission_history: unknown; incentives: unknown }>(
      SUBNETS,
      "get_subnet_state",
      NETUID,
    );
    expect(state.emission_history).toHaveLength(2);
    expect(state.incentives).toEqual([0, 0, 65_535]);
  });

  test("tells its account and when its next epoch is", () => {
    const next = ask(SUBNETS, "get_next_epoch_start_block", NETUID);
    expect(next).toBe(subnet.state.get("SubtensorModule.LastEpochBlock", [NETUID]) + 10n);
    expect(ask(SUBNETS, "get_subnet_account_id", NETUID)).toMatch(/^5/);
    expect(ask(SUBNETS, "get_subnet_account_id", 9)).toBeUndefined();
    expect(ask(SUBNETS, "get_subnet_to_prune")).toBeUndefined();
    expect(ask(SUBNETS, "get_coldkey_auto_stake_hotkey", OWNER, NETUID)).toBeUndefined();
  });
});

describe("stake", () => {
  test("is told by coldkey, hotkey and subnet", () => {
    const [info] = ask<Stake[]>(STAKES, "get_stake_info_for_coldkey", COLDKEY);
    expect(info).toMatchObject({ hotkey: VALIDATOR, coldkey: COLDKEY, is_registered: true });
    expect(info?.stake).toBeGreaterThan(100n * TOKEN);
    expect(info?.emission).toBeGreaterThan(0n);
    const all = ask(STAKES, "get_stake_info_for_coldkeys", [COLDKEY, accountOf("nobody")]);
    expect(all).toEqual([
      [COLDKEY, [info]],
      [accountOf("nobody"), []],
    ]);
    const args = [VALIDATOR, COLDKEY, NETUID];
    expect(ask(STAKES, "get_stake_info_for_hotkey_coldkey_netuid", ...args)).toEqual(info);
    const available = ask<[string, unknown[]][]>(
      STAKES,
      "get_stake_availability_for_coldkeys",
      [COLDKEY],
      undefined,
    );
    expect(available[0]?.[1][0]).toEqual([
      NETUID,
      { total: info?.stake, locked: 0n, available: info?.stake },
    ]);
    const elsewhere = ask(STAKES, "get_stake_availability_for_coldkeys", [COLDKEY], [7]);
    expect(elsewhere).toEqual([[COLDKEY, []]]);
  });

  test("changes one for one and without a fee, and is never locked", () => {
    const swap = { tao_amount: 5n, alpha_amount: 5n, tao_fee: 0n, alpha_fee: 0n };
    expect(ask(SWAP, "sim_swap_tao_for_alpha", NETUID, 5n)).toMatchObject(swap);
    expect(ask(SWAP, "sim_swap_alpha_for_tao", NETUID, 5n)).toMatchObject(swap);
    expect(ask(SWAP, "current_alpha_price", NETUID)).toBe(TOKEN);
    expect(ask(SWAP, "current_alpha_price_all")).toHaveLength(2);
    const [from, to] = [undefined, [VALIDATOR, NETUID]];
    expect(ask(STAKES, "get_stake_fee", from, COLDKEY, to, COLDKEY, 5n)).toBe(0n);
    expect(ask(STAKES, "get_coldkey_lock", COLDKEY, NETUID)).toBeUndefined();
    expect(ask(STAKES, "get_hotkey_conviction", VALIDATOR, NETUID)).toBe(0n);
    expect(ask(STAKES, "get_most_convicted_hotkey_on_subnet", NETUID)).toBeUndefined();
  });

  test("makes its hotkey a delegate", () => {
    const delegate = ask<Delegate>(DELEGATES, "get_delegate", VALIDATOR);
    expect(delegate).toMatchObject({
      ...{ delegate_ss58: VALIDATOR, owner_ss58: COLDKEY, take: 11_796 },
      ...{ registrations: [NETUID], validator_permits: [NETUID], return_per_1000: 0n },
    });
    expect(delegate.nominators[0]?.[0]).toBe(COLDKEY);
    expect(delegate.total_daily_return).toBeGreaterThan(0n);
    expect(ask(DELEGATES, "get_delegate", accountOf("nobody"))).toBeUndefined();
    expect(ask(DELEGATES, "get_delegates")).toContainEqual(delegate);
    const [mine] = ask<[Delegate, unknown][]>(DELEGATES, "get_delegated", COLDKEY);
    expect(mine?.[0]).toMatchObject({ delegate_ss58: VALIDATOR, nominators: [] });
    expect(mine?.[1]).toEqual(delegate.nominators[0]?.[1][0]);
  });
});

test("a new subnet costs what the chain would lock", () => {
  const cost = ask("SubnetRegistrationRuntimeApi", "get_network_registration_cost");
  expect(cost).toBeGreaterThan(TOKEN);
});
