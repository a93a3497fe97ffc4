/**
 * Who is in a subnet: by the runtime API getMetagraph where the metadata has it, else by storage. The API tells neither
 * weights nor validator trust, so those are storage's in both ways.
 * @module
 */
import { z } from "zod";
import type { Metagraph, Neuron } from "../chain.ts";
import { ChainError } from "../error.ts";
import { netuidIndex } from "../timelock/commit-hash.ts";
import { Account, Axon, Bool, Count, MECHANISM, Rao, Small } from "./shapes.ts";
import { type Item, subtensorItem, type View } from "./view.ts";

/** The most uids that one subnet may have: u16. */
const MAX_NEURONS = 65_536;
/** TaoWeight is a fraction of 2^64. */
const TAO_WEIGHT_BITS = 64n;
const ROOT = 0;

/** All but what storage adds. */
type Member = Omit<Neuron, "weights" | "validatorTrust">;

const Amounts = z.array(Rao);
const Counts = z.array(Count);
const Fractions = z.array(Small);
const Accounts = z.array(Account);
const Bools = z.array(Bool);
const WeightRow = z.array(z.tuple([Small, Small]));

const ApiMetagraph = z
  .looseObject({
    hotkeys: Accounts,
    coldkeys: Accounts,
    axons: z.array(Axon),
    active: Bools,
    validatorPermit: Bools,
    lastUpdate: Counts,
    emission: Amounts,
    dividends: Fractions,
    incentives: Fractions,
    consensus: Fractions,
    blockAtRegistration: Counts,
    totalStake: Amounts,
  })
  .nullable();

/** @throws ChainError `SubnetNotExists`, `UNREADABLE_STATE` */
export async function readMetagraph(view: View, netuid: number): Promise<Metagraph> {
  const members = view.hasApi("subnetInfoRuntimeApi", "getMetagraph")
    ? await membersByApi(view, netuid)
    : await membersByStorage(view, netuid);
  const index = netuidIndex(netuid, MECHANISM);
  const [validatorTrust, ...weights] = await view.read(
    subtensorItem("validatorTrust", [index], Fractions),
    ...members.map(({ uid }) => subtensorItem("weights", [index, uid], WeightRow)),
  );
  return {
    netuid,
    block: view.head.number,
    neurons: members.map((member, uid) => ({
      ...member,
      validatorTrust: validatorTrust[uid] ?? 0,
      weights: weights[uid] ?? [],
    })),
  };
}

export async function membersByApi(view: View, netuid: number): Promise<readonly Member[]> {
  const found = await view.call("subnetInfoRuntimeApi", "getMetagraph", [netuid], ApiMetagraph);
  if (found === null) throw subnetNotExists(netuid);
  return found.hotkeys.map((hotkey, uid): Member => {
    // A vector that is shorter than hotkeys is of a neuron younger than the last epoch.
    return {
      uid,
      hotkey,
      coldkey: found.coldkeys[uid] ?? hotkey,
      stake: found.totalStake[uid] ?? 0n,
      validatorPermit: found.validatorPermit[uid] ?? false,
      active: found.active[uid] ?? false,
      endpoint: found.axons[uid]?.endpoint,
      lastUpdate: found.lastUpdate[uid] ?? 0,
      registeredAt: found.blockAtRegistration[uid] ?? 0,
      incentive: found.incentives[uid] ?? 0,
      consensus: found.consensus[uid] ?? 0,
      dividends: found.dividends[uid] ?? 0,
      emission: found.emission[uid] ?? 0n,
    };
  });
}

/**
 * The same from storage. `stake` is then what the hotkey holds itself, in this subnet and, by TaoWeight, in the root
 * network: what parents lend it is known to the runtime's API alone.
 */
export async function membersByStorage(view: View, netuid: number): Promise<readonly Member[]> {
  const index = netuidIndex(netuid, MECHANISM);
  const perSubnet = <T>(item: string, schema: z.ZodType<T>): Item<T> =>
    subtensorItem(item, [netuid], schema);
  const perMechanism = <T>(item: string, schema: z.ZodType<T>): Item<T> =>
    subtensorItem(item, [index], schema);
  const [exists, count, permits, active, lastUpdate, incentives, consensus, dividends, emission] =
    await view.read(
      perSubnet("networksAdded", Bool),
      perSubnet(
        "subnetworkN",
        Small.refine((n) => n <= MAX_NEURONS),
      ),
      perSubnet("validatorPermit", Bools),
      perSubnet("active", Bools),
      perMechanism("lastUpdate", Counts),
      perMechanism("incentive", Fractions),
      perSubnet("consensus", Fractions),
      perSubnet("dividends", Fractions),
      perSubnet("emission", Amounts),
    );
  if (!exists) throw subnetNotExists(netuid);
  const uids = Array.from({ length: count }, (_, uid) => uid);
  const hotkeys = await view.read(
    ...uids.map((uid) => subtensorItem("keys", [netuid, uid], Account)),
  );
  const registeredAt = await view.read(
    ...uids.map((uid) => subtensorItem("blockAtRegistration", [netuid, uid], Count)),
  );
  const coldkeys = await view.read(...hotkeys.map((key) => subtensorItem("owner", [key], Account)));
  const axons = await view.read(
    ...hotkeys.map((key) => subtensorItem("axons", [netuid, key], Axon.nullable())),
  );
  const [taoWeight] = await view.read(subtensorItem("taoWeight", [], Rao));
  const alpha = await view.read(
    ...hotkeys.map((key) => subtensorItem("totalHotkeyAlpha", [key, netuid], Rao)),
  );
  const tao = await view.read(
    ...hotkeys.map((key) => subtensorItem("totalHotkeyAlpha", [key, ROOT], Rao)),
  );
  return hotkeys.map((hotkey, uid): Member => {
    return {
      uid,
      hotkey,
      coldkey: coldkeys[uid] ?? hotkey,
      stake: (alpha[uid] ?? 0n) + (((tao[uid] ?? 0n) * taoWeight) >> TAO_WEIGHT_BITS),
      validatorPermit: permits[uid] ?? false,
      active: active[uid] ?? false,
      endpoint: axons[uid]?.endpoint,
      lastUpdate: lastUpdate[uid] ?? 0,
      registeredAt: registeredAt[uid] ?? 0,
      incentive: incentives[uid] ?? 0,
      consensus: consensus[uid] ?? 0,
      dividends: dividends[uid] ?? 0,
      emission: emission[uid] ?? 0n,
    };
  });
}

export function subnetNotExists(netuid: number): ChainError {
  return new ChainError(
    "SubnetNotExists",
    `the chain has no subnet ${netuid}`,
    "Check the netuid and the network.",
  );
}
