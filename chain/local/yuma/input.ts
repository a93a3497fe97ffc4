/**
 * What Yuma looks at: a subnet just before its epoch, and which of its weights and bonds still mean somebody who is
 * there. Names and units are Subtensor's.
 * @module
 */

/** uid to u16, ascending by uid, none twice. */
export type SparseRow = readonly (readonly [uid: number, value: number])[];

/** Hyperparameters of a subnet, as far as they bear on an epoch; u16 fractions count 65535 as one. */
export interface YumaParameters {
  readonly tempo: number;
  /** Blocks after which weights that were not set again no longer count. */
  readonly activityCutoff: number;
  /** Whoever holds less than this has no say, but for the subnet's owner. */
  readonly stakeThreshold: bigint;
  readonly maxAllowedValidators: number;
  /** u16 fraction of the stake that must agree. */
  readonly kappa: number;
  /** Millionths of a bond that are kept from one epoch to the next. */
  readonly bondsMovingAverage: number;
  /** u16 fraction: how far bonds follow the clipped weights instead of those set. */
  readonly bondsPenalty: number;
  readonly yuma3On: boolean;
  /** Has an effect with Yuma 3 only. */
  readonly liquidAlphaOn: boolean;
  /** u16 fractions. */
  readonly alphaValues: readonly [low: number, high: number];
  readonly alphaSigmoidSteepness: number;
}

export interface YumaNeuron {
  /** Stake that counts for consensus: alpha and weighted TAO. */
  readonly stake: bigint;
  readonly validatorPermit: boolean;
  /** Block of the last weights. */
  readonly lastUpdate: number;
  readonly blockAtRegistration: number;
  /** With commit-reveal: block of the oldest commit that is neither revealed nor expired. */
  readonly earliestCommitBlock?: number;
  readonly weights: SparseRow;
  readonly bonds: SparseRow;
}

/** The subnet before the epoch; arrays are by uid. */
export interface YumaInput {
  /** Block in which the epoch runs. */
  readonly block: number;
  /** Block of the epoch before (LastMechansimStepBlock), 0 when there was none. */
  readonly lastEpochBlock: number;
  /** Always keeps its permit, and may weigh itself. */
  readonly ownerUid?: number;
  /** Rao to share out. */
  readonly emission: bigint;
  readonly neurons: readonly YumaNeuron[];
}

/** Whether what `from` says of `to` counts: not of itself, nor of whom it cannot have meant. */
export function isWeightCounted(
  { neurons, ownerUid }: YumaInput,
  from: number,
  to: number,
): boolean {
  const [i, j] = [neurons[from], neurons[to]];
  if (i === undefined || j === undefined) return false;
  if (from === to && from !== ownerUid) return false;
  // It set its weights, or committed to those that stand until the next reveal, before whoever now sits there came.
  if (i.lastUpdate <= j.blockAtRegistration) return false;
  return (i.earliestCommitBlock ?? Infinity) >= j.blockAtRegistration;
}

/** Whether bonds in `uid` still mean whom they meant: nobody came there since the epoch before. */
export function isBondKept({ tempo }: YumaParameters, input: YumaInput, uid: number): boolean {
  const { block, lastEpochBlock, neurons } = input;
  const lastTempo = lastEpochBlock === 0 ? Math.max(0, block - tempo) : lastEpochBlock + 1;
  const neuron = neurons[uid];
  return neuron !== undefined && neuron.blockAtRegistration < lastTempo;
}
