/**
 * What a person chooses for a subnet of the local chain, checked at the door. Fields left out stay
 * as the chain has them for a new subnet, but for commit-reveal, which is off unless it is asked
 * for.
 * @module
 */
import { z } from "zod";
import { ChainError } from "../error.ts";

export interface SubnetSettings {
  /** Blocks of an epoch. */
  readonly tempo?: number | undefined;
  /** Blocks between two settings of weights by one validator. */
  readonly weightsRateLimit?: number | undefined;
  /** Blocks between two announcements of an endpoint by one neuron. */
  readonly servingRateLimit?: number | undefined;
  readonly maxAllowedValidators?: number | undefined;
  readonly maxAllowedUids?: number | undefined;
  readonly minAllowedWeights?: number | undefined;
  readonly weightsVersionKey?: bigint | undefined;
  /** Blocks in which a new neuron cannot lose its seat. */
  readonly immunityPeriod?: number | undefined;
  /** Seats past their immunity that are kept from replacement. */
  readonly minNonImmuneUids?: number | undefined;
  /** Whether weights are committed to first. */
  readonly commitReveal?: boolean | undefined;
  /** Epochs from a commit to its reveal. */
  readonly revealPeriodEpochs?: number | undefined;
  /** Price of a seat: what it falls to within a few blocks, and stays at. Below one TAO. */
  readonly burnRao?: bigint | undefined;
  /** Stake weight that makes a validator, in rao; of the whole chain: the last subnet's counts. */
  readonly stakeThresholdRao?: bigint | undefined;
  /** Tempos, in thousandths, after which a validator that sets no weights is inactive. */
  readonly activityCutoffFactorMilli?: number | undefined;
  /** Of 65535. */
  readonly kappa?: number | undefined;
  /** Of a million. */
  readonly bondsMovingAverage?: number | undefined;
  /** Of 65535. */
  readonly bondsPenalty?: number | undefined;
  readonly yuma3?: boolean | undefined;
  readonly liquidAlpha?: boolean | undefined;
  /** Low and high, of 65535; need liquid alpha. */
  readonly alphaValues?: readonly [number, number] | undefined;
  readonly alphaSigmoidSteepness?: number | undefined;
  readonly mechanismCount?: number | undefined;
  /** Whether neurons may register. */
  readonly registrationAllowed?: boolean | undefined;
}

const U16 = z.number().int().min(0).max(65_535);
const U64 = z.bigint().min(0n).max(0xffff_ffff_ffff_ffffn);
const Blocks = z.number().int().min(0).max(1_000_000);

/**
 * The chain's own bounds, so that a wrong setting is named here and not by a block in which half of
 * it failed.
 */
const Settings: z.ZodType<SubnetSettings> = z
  .strictObject({
    tempo: U16.min(1),
    weightsRateLimit: Blocks,
    servingRateLimit: Blocks,
    maxAllowedValidators: z.number().int().min(1).max(256),
    maxAllowedUids: z.number().int().min(1).max(256),
    minAllowedWeights: U16,
    weightsVersionKey: U64,
    immunityPeriod: U16,
    minNonImmuneUids: U16,
    commitReveal: z.boolean(),
    revealPeriodEpochs: z.number().int().min(1).max(100),
    burnRao: z.bigint().min(0n).max(999_999_999n),
    stakeThresholdRao: U64,
    activityCutoffFactorMilli: z.number().int().min(1_000).max(50_000),
    kappa: U16,
    bondsMovingAverage: z.number().int().min(0).max(1_000_000),
    bondsPenalty: U16,
    yuma3: z.boolean(),
    liquidAlpha: z.boolean(),
    alphaValues: z
      .tuple([U16.min(1_638), U16.min(1_638)])
      .refine(([low, high]) => low <= high, "low is above high"),
    // Subtensor's exponential leaves its range above this.
    alphaSigmoidSteepness: z.number().int().min(0).max(1_000),
    // As many as MaxMechanismCount lets a subnet have.
    mechanismCount: z.number().int().min(1).max(2),
    registrationAllowed: z.boolean(),
  })
  .partial()
  .refine(
    ({ maxAllowedUids = 256, maxAllowedValidators = 64, mechanismCount = 1 }) =>
      (maxAllowedValidators <= maxAllowedUids || maxAllowedValidators === 64) &&
      maxAllowedUids * mechanismCount <= 256,
    "more validators than uids, or more than 256 uids over all mechanisms",
  )
  .refine(
    ({ alphaValues, liquidAlpha }) => alphaValues === undefined || liquidAlpha === true,
    "alphaValues need liquidAlpha",
  );

/** At most as many subnets as one block can found with room to spare. */
const MAX_SUBNETS = 16;

/**
 * @returns the settings, known to be ones that the chain takes
 * @throws ChainError `MALFORMED_SETTINGS`
 */
export function subnetSettings(settings: unknown): readonly SubnetSettings[] {
  const parsed = z.array(Settings).max(MAX_SUBNETS).safeParse(settings);
  if (parsed.success) return parsed.data;
  throw new ChainError(
    "MALFORMED_SETTINGS",
    `these are no settings of a local chain's subnets:\n${z.prettifyError(parsed.error)}`,
    "Mend what is named and start again.",
  );
}
