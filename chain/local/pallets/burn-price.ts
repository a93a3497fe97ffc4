/**
 * The price of a seat. It rises by BurnIncreaseMult with every registration, and falls block by
 * block so that BurnHalfLife blocks halve it, within MinBurn and MaxBurn. Counted as Subtensor
 * does: powers in 32.32 fixed point, the factor of one block found by bisection, so that prices
 * agree to the rao.
 * @module
 */
import type { State } from "../runtime/state.ts";

const ONE_Q32 = 1n << 32n;
const HALF_Q32 = 1n << 31n;
const ONE_U64F64 = 1n << 64n;

const factors = new Map<number, bigint>();

/** To be called as a block begins. The first block leaves prices as genesis has them. */
export function decayPrice(state: State, netuid: number, block: number): void {
  const price = state.get("SubtensorModule.Burn", [netuid]);
  const halfLife = state.get("SubtensorModule.BurnHalfLife", [netuid]);
  const decayed = block > 1 ? (price * decayFactor(halfLife)) >> 32n : price;
  const next = clamped(state, netuid, decayed);
  if (next !== price) state.put("SubtensorModule.Burn", [netuid], next);
}

/** To be called when a seat was sold. */
export function raisePrice(state: State, netuid: number): void {
  const multiplier = state.get("SubtensorModule.BurnIncreaseMult", [netuid]);
  const effective = multiplier > ONE_U64F64 ? multiplier : ONE_U64F64;
  const raised = (state.get("SubtensorModule.Burn", [netuid]) * effective) >> 64n;
  state.put("SubtensorModule.Burn", [netuid], clamped(state, netuid, raised));
}

function clamped(state: State, netuid: number, price: bigint): bigint {
  const atLeast = state.get("SubtensorModule.MinBurn", [netuid]);
  const atMost = state.get("SubtensorModule.MaxBurn", [netuid]);
  const raised = price < atLeast ? atLeast : price;
  return raised > atMost ? atMost : raised;
}

/** The largest x of 32.32 fixed point with x^halfLife ≤ ½; one when prices shall not fall. */
export function decayFactor(halfLife: number): bigint {
  if (halfLife === 0) return ONE_Q32;
  const known = factors.get(halfLife);
  if (known !== undefined) return known;
  let low = 0n;
  let high = ONE_Q32;
  while (low + 1n < high) {
    const middle = low + ((high - low) >> 1n);
    if (power(middle, halfLife) > HALF_Q32) high = middle;
    else low = middle;
  }
  factors.set(halfLife, low);
  return low;
}

function power(base: bigint, exponent: number): bigint {
  let result = ONE_Q32;
  let factor = base;
  for (let rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) result = (result * factor) >> 32n;
    factor = (factor * factor) >> 32n;
  }
  return result;
}
