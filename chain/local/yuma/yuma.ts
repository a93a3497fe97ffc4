/**
 * Yuma consensus: turns what validators say of miners into what each of them earns, so that a validator who departs
 * from the stake-weighted majority gains nothing by it. Yuma 2 and 3, liquid alpha and bonds penalty.
 *
 * Bit for bit Subtensor's epoch (pallets/subtensor, epoch_mechanism), which serves as the reference: the same operations
 * in the same order in the same fixed point. test/vectors/yuma-epochs.json holds what the real runtime did.
 * @module
 */
import type { Agree, Voices } from "./agreement.ts";
import { denseAgreement } from "./dense.ts";
import { div, type Fixed, fromInteger, mul, normalise, sum, toU16 } from "./fixed.ts";
import type { SparseRow, YumaInput, YumaParameters } from "./input.ts";

/** By uid. u16 where not said otherwise. */
export interface YumaOutcome {
  readonly active: boolean;
  readonly validatorPermit: boolean;
  readonly stakeWeight: number;
  readonly consensus: number;
  readonly incentive: number;
  readonly dividends: number;
  readonly validatorTrust: number;
  readonly bonds: SparseRow;
  /** Rao for serving, in proportion to the incentive. */
  readonly serverEmission: bigint;
  /** Rao for validating, in proportion to the dividends. */
  readonly validatorEmission: bigint;
  /** Rao for both, computed at once and so up to one more than their sum: what Subtensor shows. */
  readonly emission: bigint;
}

export function runYuma(
  parameters: YumaParameters,
  input: YumaInput,
  agree: Agree = denseAgreement,
): YumaOutcome[] {
  const { neurons } = input;
  const active = neurons.map((x) => x.lastUpdate + parameters.activityCutoff >= input.block);
  const permitted = neurons.map((x, i) => x.validatorPermit || i === input.ownerUid);
  const stake = normaliseStake(parameters, input);
  const voices: Voices = {
    permitted,
    S: normalise(stake.map((s, i) => (active[i] && permitted[i] ? s : 0n))),
  };

  const agreement = agree(parameters, input, voices);
  const { consensus, incentive, dividends, validatorTrust } = agreement;
  const validatorPermit = topNonZero(stake, parameters.maxAllowedValidators, input.ownerUid);
  const share = shareOut(incentive, dividends, voices.S, stake, input.emission);

  return neurons.map((_, i) => ({
    active: active[i] ?? false,
    validatorPermit: validatorPermit[i] ?? false,
    stakeWeight: toU16(stake[i] ?? 0n),
    consensus: toU16(consensus[i] ?? 0n),
    incentive: toU16(incentive[i] ?? 0n),
    dividends: toU16(dividends[i] ?? 0n),
    validatorTrust: toU16(validatorTrust[i] ?? 0n),
    // A validator that loses its permit loses its bonds.
    bonds: validatorPermit[i] ? agreement.bondsOf(i) : [],
    serverEmission: share.server[i] ?? 0n,
    validatorEmission: share.validator[i] ?? 0n,
    emission: share.combined[i] ?? 0n,
  }));
}

/** Fractions of one; what is below the threshold does not count, but for the owner's. */
function normaliseStake({ stakeThreshold }: YumaParameters, input: YumaInput): Fixed[] {
  const counted = input.neurons.map(({ stake }, i) =>
    stake < stakeThreshold && i !== input.ownerUid ? 0n : stake,
  );
  const total = sum(counted);
  return counted.map((stake) => (total === 0n ? 0n : div(stake, total)));
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

interface Share {
  readonly server: readonly bigint[];
  readonly validator: readonly bigint[];
  readonly combined: readonly bigint[];
}

/** Rao by incentive and dividends together; by stake while there is neither. */
function shareOut(
  incentive: readonly Fixed[],
  dividends: readonly Fixed[],
  S: readonly Fixed[],
  stake: readonly Fixed[],
  emission: bigint,
): Share {
  const both = incentive.map((x, i) => x + (dividends[i] ?? 0n));
  const total = sum(both);
  const rao = (part: Fixed): bigint => mul(part, fromInteger(emission)) >> 32n;
  if (total === 0n) {
    const byStake = (sum(S) === 0n ? stake : S).map(rao);
    return { server: incentive.map(() => 0n), validator: byStake, combined: byStake };
  }
  const part = (x: Fixed): bigint => rao(div(x, total));
  return { server: incentive.map(part), validator: dividends.map(part), combined: both.map(part) };
}
