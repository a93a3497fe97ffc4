/**
 * Yuma's agreement, the reference: the operations of Subtensor's epoch_mechanism in their order, in its fixed point,
 * over matrices in which most entries may be absent. Letters as in its documentation: W weights, S stake, C consensus,
 * B bonds.
 * @module
 */
import type { Agreement, Voices } from "./agreement.ts";
import { type Fixed, fromInteger, fromU16, mul, normalise, ONE, toU16 } from "./fixed.ts";
import { isBondKept, isWeightCounted, type YumaInput, type YumaParameters } from "./input.ts";
import { bondAlpha, emaBonds } from "./liquid-alpha.ts";
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
import { weightedMedian } from "./weighted-median.ts";

export function referenceAgreement(
  parameters: YumaParameters,
  input: YumaInput,
  { permitted, S }: Voices,
): Agreement {
  const n = input.neurons.length;
  const W = normaliseRows(
    keepEntries(
      rowsOf(input, "weights", fromInteger),
      (i, j) => permitted[i] === true && isWeightCounted(input, i, j),
    ),
  );

  const C = weightedMedian(S, W, n, fromU16(parameters.kappa));
  const clipped = clip(W, C);
  const validatorTrust = rowSums(clipped);
  const incentive = normalise(weighRows(clipped, S, n));

  const forBonds = interpolate(W, clipped, fromU16(parameters.bondsPenalty));
  const { B, dividends } = parameters.yuma3On
    ? bondYuma3(parameters, input, { W: forBonds, S, C, incentive })
    : bondYuma2(parameters, input, { W: forBonds, S, incentive });
  return {
    consensus: C,
    validatorTrust,
    incentive,
    dividends,
    bondsOf: (uid) => (B[uid] ?? []).map(([j, b]) => [j, toU16(b)] as const),
  };
}

function rowsOf(
  { neurons }: YumaInput,
  which: "weights" | "bonds",
  decode: (value: number) => Fixed,
): Matrix {
  return neurons.map((neuron) => neuron[which].map(([j, value]) => [j, decode(value)] as const));
}

/** min(W, C); what is clipped to nothing is absent, what was a zero already stays. */
function clip(W: Matrix, C: readonly Fixed[]): Matrix {
  const clipped = mapEntries(W, (w, j) => smaller(w, C[j] ?? 0n));
  return W.map((row, i) =>
    (clipped[i] ?? []).filter(([, c], k) => c > 0n || (row[k]?.[1] ?? 0n) === 0n),
  );
}

/** Bonds of the epoch before, without those in a uid that has changed hands since. */
function previousBonds(
  parameters: YumaParameters,
  input: YumaInput,
  decode: (value: number) => Fixed,
): Matrix {
  return keepEntries(rowsOf(input, "bonds", decode), (_, j) => isBondKept(parameters, input, j));
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
  const B = emaBonds(parameters, W, previousBonds(parameters, input, fromU16), C);
  const held = weighColumns(normaliseColumns(B, input.neurons.length), incentive);
  return { B, dividends: normalise(held.map((h, i) => mul(h, S[i] ?? 0n))) };
}

/** a + ratio·(b − a) */
function interpolate(a: Matrix, b: Matrix, ratio: Fixed): Matrix {
  if (ratio === 0n) return a;
  if (ratio === ONE) return b;
  return mergeEntries(a, b, (x, y) => x + mul(ratio, y - x));
}

function smaller(a: Fixed, b: Fixed): Fixed {
  return a < b ? a : b;
}
