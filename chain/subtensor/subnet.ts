/**
 * A subnet's rules and the schedule of its epochs, from storage; which way its weights go is told by its state and by
 * the calls that the runtime has.
 * @module
 */
import { z } from "zod";
import type { EpochInfo, Hyperparameters } from "../chain.ts";
import {
  type EpochState,
  epochOfCommit,
  firstRevealBlock,
  nextEpochBlock,
} from "../timelock/epoch-schedule.ts";
import {
  modularEpochOf,
  modularFirstRevealBlock,
  modularNextEpochBlock,
} from "../timelock/modular-schedule.ts";
import { hasCall } from "./calls.ts";
import { subnetNotExists } from "./metagraph.ts";
import { Bool, Count, Rao, Small } from "./shapes.ts";
import { type Item, subtensorItem, type View } from "./view.ts";

/** What commit_timelocked_weights must bear since the sealed payload names its hotkey. */
export const TIMELOCK_VERSION = 4;

export interface Subnet {
  readonly info: EpochInfo;
  /** Neurons in it. */
  readonly size: number;
  /** Epoch index that a commit in the block after the head bears. */
  readonly commitEpoch: number;
  /** First block that reveals such a commit; undefined for a subnet without epochs. */
  readonly firstRevealBlock: number | undefined;
}

/** @throws ChainError `SubnetNotExists`, `UNREADABLE_STATE` */
export async function readSubnet(view: View, netuid: number): Promise<Subnet> {
  const item = <T>(name: string, schema: z.ZodType<T>): Item<T> =>
    subtensorItem(name, [netuid], schema);
  const [exists, size, tempo, limit, key, fewest, largest, isOn, period, since, lastStep] =
    await view.read(
      item("networksAdded", Bool),
      item("subnetworkN", Small),
      item("tempo", Small),
      item("weightsSetRateLimit", Count),
      item("weightsVersionKey", Rao),
      item("minAllowedWeights", Small),
      item("maxWeightsLimit", Small),
      item("commitRevealWeightsEnabled", Bool),
      item("revealPeriodEpochs", Count),
      item("blocksSinceLastStep", Count),
      item("lastMechansimStepBlock", Count),
    );
  if (!exists) throw subnetNotExists(netuid);
  const head = view.head.number;
  const rules = {
    tempo,
    weightsRateLimit: limit,
    weightsVersionKey: key,
    minAllowedWeights: fewest,
    maxWeightsLimit: largest,
    commitReveal: isOn ? await wayOfCommits(view) : ("off" as const),
    revealPeriodEpochs: period,
  };

  if (!view.has("subtensorModule", "subnetEpochIndex")) {
    const schedule = { netuid, tempo };
    return {
      info: {
        ...rules,
        index: modularEpochOf(schedule, head),
        lastEpochBlock: lastStep,
        nextEpochBlock: modularNextEpochBlock(schedule, head) ?? Number.MAX_SAFE_INTEGER,
      },
      size,
      commitEpoch: modularEpochOf(schedule, head + 1),
      firstRevealBlock: modularFirstRevealBlock(schedule, head, period),
    };
  }
  const [lastEpochBlock, pendingEpochAt, subnetEpochIndex] = await view.read(
    item("lastEpochBlock", Count),
    item("pendingEpochAt", Count),
    item("subnetEpochIndex", Count),
  );
  const state: EpochState = {
    lastEpochBlock,
    pendingEpochAt,
    subnetEpochIndex,
    tempo,
    blocksSinceLastStep: since,
    head,
  };
  return {
    info: {
      ...rules,
      index: subnetEpochIndex,
      lastEpochBlock,
      // A subnet without epochs never has its next.
      nextEpochBlock: nextEpochBlock(state) ?? Number.MAX_SAFE_INTEGER,
    },
    size,
    commitEpoch: epochOfCommit(state),
    firstRevealBlock: firstRevealBlock(state, period),
  };
}

/** Timelocked where the chain takes our version of it, else by hash. */
async function wayOfCommits(view: View): Promise<"timelocked" | "hashed"> {
  const { api } = view.session;
  const isKnown =
    hasCall(api, "SubtensorModule", "commit_timelocked_mechanism_weights") ||
    hasCall(api, "SubtensorModule", "commit_timelocked_weights");
  if (!isKnown || !view.has("subtensorModule", "commitRevealWeightsVersion")) return "hashed";
  const [version] = await view.read(subtensorItem("commitRevealWeightsVersion", [], Small));
  return version === TIMELOCK_VERSION ? "timelocked" : "hashed";
}

const Values = z
  .record(z.string(), z.union([z.number(), z.bigint(), z.boolean(), z.unknown()]))
  .nullable();

/** By the newest form of get_subnet_hyperparams that the metadata has, else what storage says of the same. */
export async function readHyperparameters(view: View, netuid: number): Promise<Hyperparameters> {
  const api = "subnetInfoRuntimeApi";
  const method = ["getSubnetHyperparamsV2", "getSubnetHyperparams"].find((name) => {
    return view.hasApi(api, name);
  });
  if (method === undefined) return hyperparametersByStorage(view, netuid);
  const found = await view.call(api, method, [netuid], Values);
  if (found === null) throw subnetNotExists(netuid);
  return Object.fromEntries(
    Object.entries(found).flatMap(([name, value]) => {
      const isPlain = ["number", "bigint", "boolean"].includes(typeof value);
      return isPlain ? [[snake(name), value as number | bigint | boolean]] : [];
    }),
  );
}

/** Storage items by the name under which the runtime API tells them. */
const STORED: Readonly<Record<string, readonly [item: string, schema: z.ZodType]>> = {
  rho: ["rho", Small],
  kappa: ["kappa", Small],
  immunity_period: ["immunityPeriod", Small],
  min_allowed_weights: ["minAllowedWeights", Small],
  max_weights_limit: ["maxWeightsLimit", Small],
  tempo: ["tempo", Small],
  weights_version: ["weightsVersionKey", Rao],
  weights_rate_limit: ["weightsSetRateLimit", Rao],
  registration_allowed: ["networkRegistrationAllowed", Bool],
  min_burn: ["minBurn", Rao],
  max_burn: ["maxBurn", Rao],
  bonds_moving_avg: ["bondsMovingAverage", Rao],
  max_regs_per_block: ["maxRegistrationsPerBlock", Small],
  serving_rate_limit: ["servingRateLimit", Rao],
  max_validators: ["maxAllowedValidators", Small],
  commit_reveal_period: ["revealPeriodEpochs", Rao],
  commit_reveal_weights_enabled: ["commitRevealWeightsEnabled", Bool],
  liquid_alpha_enabled: ["liquidAlphaOn", Bool],
};

export async function hyperparametersByStorage(
  view: View,
  netuid: number,
): Promise<Hyperparameters> {
  const [exists] = await view.read(subtensorItem("networksAdded", [netuid], Bool));
  if (!exists) throw subnetNotExists(netuid);
  const known = Object.entries(STORED).filter(([, [item]]) => view.has("subtensorModule", item));
  const values = await view.read(
    ...known.map(([, [item, schema]]) => subtensorItem(item, [netuid], schema)),
  );
  return Object.fromEntries(
    known.map(([name], i) => [name, values[i] as number | bigint | boolean]),
  );
}

function snake(name: string): string {
  return name.replace(/[A-Z]|(?<=[a-z])\d/g, (letter) => `_${letter.toLowerCase()}`);
}
