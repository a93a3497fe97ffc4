/**
 * What a person chooses when a local chain begins. Later starts may leave it out or repeat it; a difference is refused,
 * for the chain in the folder would not become another by it.
 * @module
 */
import { z } from "zod";
import { ChainError } from "../error.ts";
import { defaultHyperparameters, type Genesis, genesisState } from "./genesis.ts";
import type { Hyperparameters, State } from "./state.ts";
import { decodeState } from "./state-json.ts";

export interface Settings extends Partial<Hyperparameters> {
  /** Number of the one subnet. Default 1. */
  readonly netuid?: number;
}

/** Half a minute at one block a second: long enough to prove a dozen digits, short enough to watch. */
const DEFAULT_TEMPO = 30;
const DEFAULT_NETUID = 1;

const U16 = z.number().int().min(0).max(65_535);
const Blocks = z.number().int().min(0).max(1_000_000);
const Rao = z.bigint().min(0n).max(21_000_000_000_000_000n);

const Limits: z.ZodType<Hyperparameters & { readonly netuid: number }> = z.strictObject({
  netuid: U16,
  tempo: U16.min(1),
  blockEmission: Rao.max(1_000_000_000_000n),
  burn: Rao,
  // Fixed point counts on rows of at most 2^31 / 65535 weights.
  maxAllowedUids: z.number().int().min(1).max(4_096),
  maxAllowedValidators: z.number().int().min(1).max(4_096),
  stakeThreshold: Rao,
  activityCutoff: Blocks,
  weightsSetRateLimit: Blocks,
  weightsVersionKey: z.bigint().min(0n).max(0xffff_ffff_ffff_ffffn),
  minAllowedWeights: U16,
  maxWeightsLimit: U16,
  servingRateLimit: Blocks,
  kappa: U16,
  bondsMovingAverage: z.number().int().min(0).max(1_000_000),
  bondsPenalty: U16,
  yuma3On: z.boolean(),
  liquidAlphaOn: z.boolean(),
  alphaValues: z.tuple([U16, U16]).refine(([low, high]) => low <= high, "low is above high"),
  // Subtensor's exponential leaves its range above this.
  alphaSigmoidSteepness: z.number().int().min(0).max(1_000),
});

/**
 * The state to go on from: the stored one, or genesis with the settings.
 * @param stored encoded state of the chain in the folder
 * @throws ChainError `MALFORMED_SETTINGS`, `CHAIN_SETTLED`, `CHAIN_DAMAGED`
 */
export function firstState(
  genesis: Genesis,
  settings: Settings,
  stored: Uint8Array | undefined,
): State {
  if (stored === undefined) {
    const { netuid, ...parameters } = complete(settings);
    return genesisState(genesis, netuid, parameters);
  }
  const state = decodeState(stored);
  const settled: Required<Settings> = { ...state.subnet.parameters, netuid: state.subnet.netuid };
  for (const [name, value] of Object.entries(settings)) {
    const old = settled[name as keyof Settings];
    if (value !== undefined && String(value) !== String(old)) {
      throw new ChainError(
        "CHAIN_SETTLED",
        `the chain in this folder has ${name} ${String(old)}, not ${String(value)}`,
        "Leave the setting out to go on with this chain, or begin another in an empty folder.",
      );
    }
  }
  return state;
}

function complete(settings: Settings): Hyperparameters & { readonly netuid: number } {
  const chosen = Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== undefined),
  );
  const parsed = Limits.safeParse({
    netuid: DEFAULT_NETUID,
    ...defaultHyperparameters(settings.tempo ?? DEFAULT_TEMPO),
    ...chosen,
  });
  if (parsed.success) return parsed.data;
  throw new ChainError(
    "MALFORMED_SETTINGS",
    `these are no settings of a local chain:\n${z.prettifyError(parsed.error)}`,
    "Mend what is named and start again.",
  );
}
