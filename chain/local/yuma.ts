/**
 * Yuma consensus: turns what validators say of miners into what each of them earns, so that a validator who departs
 * from the stake-weighted majority gains nothing by it. Yuma 2 and 3, liquid alpha and bonds penalty.
 *
 * Bit for bit Subtensor's epoch (pallets/subtensor, run_epoch, spec 300), which serves as the reference: the same
 * operations in the same order in the same fixed point. test/vectors/yuma-epochs.json holds what the real runtime did.
 * Letters as in its documentation: W weights, S stake, C consensus, B bonds.
 * @module
 */
import { div, type Fixed, fromInteger, fromU16, mul, normalise, ONE, sum, toU16 } from "./fixed.ts";
import { emaBonds } from "./liquid-alpha.ts";
import {
  keepEntries,
  type Matrix,
  mapEntries,
  maxUpscaleColumns,
  mergeEntries,
  normaliseColumns,
  normaliseRows,
  rowSums,
  weighColumns,
  weighRows,
} from "./sparse.ts";
import type { Hyperparameters, SparseRow } from "./state.ts";
import { weightedMedian } from "./weighted-median.ts";

export type YumaParameters = Pick<
  Hyperparameters,
  | "tempo"
  | "activityCutoff"
  | "stakeThreshold"
  | "maxAllowedValidators"
  | "kappa"
  | "bondsMovingAverage"
  | "bondsPenalty"
  | "yuma3On"
  | "liquidAlphaOn"
  | "alphaValues"
  | "alphaSigmoidSteepness"
>;

/** The subnet before the epoch; arrays are by uid. */
export interface YumaInput {
  /** Block in which the epoch runs. */
  readonly block: number;
  /** Block of the epoch before, 0 when there was none. */
  readonly lastEpochBlock: number;
  /** Always keeps its permit, and may weigh itself. */
  readonly ownerUid?: number;
  /** Rao to share out. */
  readonly emission: bigint;
  readonly neurons: readonly {
    readonly stake: bigint;
    readonly validatorPermit: boolean;
    readonly lastUpdate: number;
    readonly blockAtRegistration: number;
    readonly weights: SparseRow;
    readonly bonds: SparseRow;
  }[];
}

/** By uid. u16 where not said otherwise. */
export interface YumaOutcome {
  readonly active: boolean;
  readonly validatorPermit: boolean;
  readonly consensus: number;
  readonly incentive: number;
  readonly dividends: number;
  readonly validatorTrust: number;
  readonly bonds: SparseRow;
  /** Rao for serving, in proportion to the incentive. */
  readonly serverEmission: bigint;
  /** Rao for validating, in proportion to the dividends. */
  readonly validatorEmission: bigint;
}

export function runYuma(parameters: YumaParameters, input: YumaInput): YumaOutcome[] {
  const { neurons } = input;
  const n = neurons.length;

  const active = neurons.map((x) => x.lastUpdate + parameters.activityCutoff >= input.block);
  const permitted = neurons.map((x, i) => x.validatorPermit || i === input.ownerUid);

  const stake = normaliseStake(parameters, input);
  const S = normalise(stake.map((s, i) => (active[i] && permitted[i] ? s : 0n)));
  const W = normaliseRows(
    keepEntries(rowsOf(neurons, "weights", fromInteger), (i, j) => {
      const isSelf = i === j && i !== input.ownerUid;
      return permitted[i] === true && !isSelf && !isOutdated(neurons[i], neurons[j]);
    }),
  );

  const C = weightedMedian(S, W, n, fromU16(parameters.kappa));
  const clipped = mapEntries(W, (w, j) => smaller(w, C[j] ?? 0n));
  const validatorTrust = rowSums(clipped);
  const incentive = normalise(weighRows(clipped, S, n));

  const forBonds = interpolate(W, clipped, fromU16(parameters.bondsPenalty));
  const { B, dividends } = parameters.yuma3On
    ? bondYuma3(parameters, input, { W: forBonds, S, C, incentive })
    : bondYuma2(parameters, input, { W: forBonds, S, incentive });

  const validatorPermit = topNonZero(stake, parameters.maxAllowedValidators, input.ownerUid);
  const share = shareOut(incentive, dividends, S, stake, input.emission);

  return neurons.map((_, i) => ({
    active: active[i] ?? false,
    validatorPermit: validatorPermit[i] ?? false,
    consensus: toU16(C[i] ?? 0n),
    incentive: toU16(incentive[i] ?? 0n),
    dividends: toU16(dividends[i] ?? 0n),
    validatorTrust: toU16(validatorTrust[i] ?? 0n),
    // A validator that loses its permit loses its bonds.
    bonds: validatorPermit[i] ? (B[i] ?? []).map(([j, b]) => [j, toU16(b)] as const) : [],
    serverEmission: share.server[i] ?? 0n,
    validatorEmission: share.validator[i] ?? 0n,
  }));
}

/** Fractions of one; what is below the threshold does not count. */
function normaliseStake({ stakeThreshold }: YumaParameters, { neurons }: YumaInput): Fixed[] {
  const counted = neurons.map(({ stake }) => (stake < stakeThreshold ? 0n : stake));
  const total = sum(counted);
  return counted.map((stake) => (total === 0n ? 0n : div(stake, total)));
}

/** i set its weights before whoever now sits on j's uid came. */
function isOutdated(
  i: YumaInput["neurons"][number] | undefined,
  j: YumaInput["neurons"][number] | undefined,
): boolean {
  return i === undefined || j === undefined || i.lastUpdate <= j.blockAtRegistration;
}

function rowsOf(
  neurons: YumaInput["neurons"],
  which: "weights" | "bonds",
  decode: (value: number) => Fixed,
): Matrix {
  return neurons.map((neuron) => neuron[which].map(([j, value]) => [j, decode(value)] as const));
}

/** Bonds of the epoch before, without those in a uid that has changed hands since. */
function previousBonds(
  { tempo }: YumaParameters,
  { block, lastEpochBlock, neurons }: YumaInput,
  decode: (value: number) => Fixed,
): Matrix {
  const lastTempo = lastEpochBlock === 0 ? Math.max(0, block - tempo) : lastEpochBlock + 1;
  return keepEntries(
    rowsOf(neurons, "bonds", decode),
    (_, j) => (neurons[j]?.blockAtRegistration ?? block) < lastTempo,
  );
}

/** Bonds are shares: each miner's sum to one, and a validator earns by those it holds. */
function bondYuma2(
  parameters: YumaParameters,
  input: YumaInput,
  { W, S, incentive }: { W: Matrix; S: readonly Fixed[]; incentive: readonly Fixed[] },
): { B: Matrix; dividends: Fixed[] } {
  const n = input.neurons.length;
  const previous = normaliseColumns(previousBonds(parameters, input, fromInteger), n);
  const bought = normaliseColumns(
    mapEntries(W, (w, _, i) => mul(w, S[i] ?? 0n)),
    n,
  );
  const alpha = bondAlpha(parameters);
  const B = normaliseColumns(
    mergeEntries(bought, previous, (b, old) => mul(alpha, b) + mul(ONE - alpha, old)),
    n,
  );
  return { B: maxUpscaleColumns(B, n), dividends: normalise(weighColumns(B, incentive)) };
}

/** Bonds are averages of a validator's own weights; its stake counts once, when dividends are due. */
function bondYuma3(
  parameters: YumaParameters,
  input: YumaInput,
  {
    W,
    S,
    C,
    incentive,
  }: { W: Matrix; S: readonly Fixed[]; C: readonly Fixed[]; incentive: readonly Fixed[] },
): { B: Matrix; dividends: Fixed[] } {
  const previous = previousBonds(parameters, input, fromU16);
  const B = emaBonds(parameters, W, previous, C, bondAlpha(parameters));
  const held = weighColumns(normaliseColumns(B, input.neurons.length), incentive);
  return { B, dividends: normalise(held.map((h, i) => mul(h, S[i] ?? 0n))) };
}

/** How much of a bond is made anew in one epoch. */
function bondAlpha({ bondsMovingAverage }: YumaParameters): Fixed {
  return ONE - div(BigInt(bondsMovingAverage), 1_000_000n);
}

/** a + ratio·(b − a) */
function interpolate(a: Matrix, b: Matrix, ratio: Fixed): Matrix {
  if (ratio === 0n) return a;
  if (ratio === ONE) return keepNonZero(b);
  return mergeEntries(a, b, (x, y) => x + mul(ratio, y - x));
}

function keepNonZero(matrix: Matrix): Matrix {
  return matrix.map((row) => row.filter(([, value]) => value > 0n));
}

function smaller(a: Fixed, b: Fixed): Fixed {
  return a < b ? a : b;
}

/** Who may validate from now on: the k largest stakes; of equal ones the later uid, as Subtensor's sort leaves them. */
function topNonZero(stake: readonly Fixed[], k: number, ownerUid: number | undefined): boolean[] {
  const ascending = stake.map((_, i) => i).sort((a, b) => compare(stake[a] ?? 0n, stake[b] ?? 0n));
  const top = new Set(ascending.slice(Math.max(0, stake.length - k)));
  return stake.map((s, i) => i === ownerUid || (s > 0n && top.has(i)));
}

function compare(a: Fixed, b: Fixed): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Rao by incentive and dividends together; by stake while there is neither. */
function shareOut(
  incentive: readonly Fixed[],
  dividends: readonly Fixed[],
  S: readonly Fixed[],
  stake: readonly Fixed[],
  emission: bigint,
): { server: bigint[]; validator: bigint[] } {
  const total = sum(incentive) + sum(dividends);
  const rao = (part: Fixed): bigint => mul(part, fromInteger(emission)) >> 32n;
  if (total === 0n) {
    const byStake = sum(S) === 0n ? stake : S;
    return { server: incentive.map(() => 0n), validator: byStake.map(rao) };
  }
  return {
    server: incentive.map((x) => rao(div(x, total))),
    validator: dividends.map((x) => rao(div(x, total))),
  };
}
