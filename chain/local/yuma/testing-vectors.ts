/**
 * What the real runtime (spec 300) did: seven subnets, five epochs each. For tests, of the rules alone and of an epoch
 * through storage.
 * @module
 */
import { readFileSync } from "node:fs";
import { z } from "zod";

/** Of one uid: to whom, and how much. */
export type VectorRow = [uid: number, row: [number, number][]];

interface VectorInput {
  totalStake: string[];
  validatorPermit: boolean[];
  lastUpdate: number[];
  blockAtRegistration: number[];
  weights: VectorRow[];
  bonds: VectorRow[];
}

interface VectorOutput {
  consensus: number[];
  incentive: number[];
  dividends: number[];
  validatorTrust: number[];
  emission: number[];
  validatorPermit: boolean[];
  bonds: VectorRow[];
}

export interface Scenario {
  params: {
    netuid: number;
    tempo: number;
    kappa: number;
    bondsMovingAverage: string;
    bondsPenalty: number;
    yuma3: boolean;
    liquidAlpha: boolean;
    alphaValues: [low: number, high: number];
    alphaSigmoidSteepness: number;
    maxAllowedValidators: number;
    activityCutoff: number;
    stakeThreshold: string;
    ownerUid: number;
  };
  epochs: {
    lastMechanismStepBlock: number;
    epochBlock: number;
    input: VectorInput;
    output: VectorOutput;
  }[];
}

const Rows = z.array(z.tuple([z.number(), z.array(z.tuple([z.number(), z.number()]))]));
const Vectors: z.ZodType<{ scenarios: Scenario[] }> = z.object({
  scenarios: z.array(
    z.object({
      params: z.object({
        netuid: z.number(),
        tempo: z.number(),
        kappa: z.number(),
        bondsMovingAverage: z.string(),
        bondsPenalty: z.number(),
        yuma3: z.boolean(),
        liquidAlpha: z.boolean(),
        alphaValues: z.tuple([z.number(), z.number()]),
        alphaSigmoidSteepness: z.number(),
        maxAllowedValidators: z.number(),
        activityCutoff: z.number(),
        stakeThreshold: z.string(),
        ownerUid: z.number(),
      }),
      epochs: z.array(
        z.object({
          lastMechanismStepBlock: z.number(),
          epochBlock: z.number(),
          input: z.object({
            totalStake: z.array(z.string()),
            validatorPermit: z.array(z.boolean()),
            lastUpdate: z.array(z.number()),
            blockAtRegistration: z.array(z.number()),
            weights: Rows,
            bonds: Rows,
          }),
          output: z.object({
            consensus: z.array(z.number()),
            incentive: z.array(z.number()),
            dividends: z.array(z.number()),
            validatorTrust: z.array(z.number()),
            emission: z.array(z.number()),
            validatorPermit: z.array(z.boolean()),
            bonds: Rows,
          }),
        }),
      ),
    }),
  ),
});

export const scenarios: readonly Scenario[] = Vectors.parse(
  JSON.parse(
    readFileSync(new URL("../../../test/vectors/yuma-epochs.json", import.meta.url), "utf8"),
  ),
).scenarios;

/** What was shared out there per epoch: the one number of rao that explains every part of it in the vectors. */
export const EMISSION = 7_380_041_193n;
