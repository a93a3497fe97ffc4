/**
 * The constants of Poseidon over Fr for three elements of state, drawn as its authors draw them: from a Grain LFSR that
 * is seeded with the parameters themselves. Grassi, Khovratovich, Rechberger, Roy, Schofnegger 2021, "Poseidon: A New
 * Hash Function for Zero-Knowledge Proof Systems", appendices B and F.
 * @module
 */
import { R } from "../../proof/groth16/points.ts";

/** t of the paper: two inputs and the capacity. */
export const STATE = 3;
/** R_F and R_P: what the paper asks for at 128 bits of security with x^5. */
export const FULL_ROUNDS = 8;
export const PARTIAL_ROUNDS = 57;

export interface PoseidonConstants {
  /** One for each element of the state in each round. */
  readonly roundConstants: readonly bigint[];
  /** M of the paper: the new element i is Σ_j mix[i][j] · state[j]. */
  readonly mix: readonly (readonly bigint[])[];
}

/** Bits of r. */
const FIELD_BITS = 254;

export function poseidonConstants(): PoseidonConstants {
  const next = grain();
  const number = (): bigint => {
    let value = 0n;
    for (let i = 0; i < FIELD_BITS; i++) value = 2n * value + BigInt(next());
    return value;
  };
  const below = (): bigint => {
    for (;;) {
      const value = number();
      if (value < R) return value;
    }
  };
  const roundConstants = Array.from({ length: STATE * (FULL_ROUNDS + PARTIAL_ROUNDS) }, () =>
    below(),
  );
  // A Cauchy matrix: 1 / (x_i + y_j). Its 2t elements are reduced mod r, not drawn again.
  const elements = Array.from({ length: 2 * STATE }, () => number() % R);
  const [x, y] = [elements.slice(0, STATE), elements.slice(STATE)];
  const mix = x.map((xi) => y.map((yj) => inverse((xi + yj) % R)));
  return { roundConstants, mix };
}

/** Bits by which the register is fed back, and rounds before the first is used. */
const TAPS = [62, 51, 38, 23, 13, 0];
const REGISTER_BITS = 80;
const WARM_UP = 160;

/** @returns what gives the next bit of the self-shrinking generator: of each pair, the second if the first is 1 */
function grain(): () => number {
  const register = [
    ...bits(1, 2), // a prime field
    ...bits(0, 4), // x^5
    ...bits(FIELD_BITS, 12),
    ...bits(STATE, 12),
    ...bits(FULL_ROUNDS, 10),
    ...bits(PARTIAL_ROUNDS, 10),
    ...bits(2 ** 30 - 1, 30),
  ];
  let at = 0;
  const step = (): number => {
    const bit = TAPS.reduce((sum, tap) => sum ^ (register[(at + tap) % REGISTER_BITS] ?? 0), 0);
    register[at] = bit;
    at = (at + 1) % REGISTER_BITS;
    return bit;
  };
  for (let i = 0; i < WARM_UP; i++) step();
  return () => {
    while (step() === 0) step();
    return step();
  };
}

/** The highest first. */
function bits(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(value / 2 ** (count - 1 - i)) % 2);
}

/** By Fermat: a^(r−2). */
function inverse(a: bigint): bigint {
  let [power, base] = [1n, a];
  for (let exponent = R - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) power = (power * base) % R;
    base = (base * base) % R;
  }
  return power;
}

/** The hash of two field elements, as the circuit must compute it. */
export function poseidon(left: bigint, right: bigint, constants: PoseidonConstants): bigint {
  let state = [0n, left, right];
  for (let round = 0; round < FULL_ROUNDS + PARTIAL_ROUNDS; round++) {
    const isFull = round < FULL_ROUNDS / 2 || round >= FULL_ROUNDS / 2 + PARTIAL_ROUNDS;
    const powered = state.map((element, i) => {
      const sum = element + (constants.roundConstants[STATE * round + i] ?? 0n);
      return isFull || i === 0 ? sum ** 5n % R : sum % R;
    });
    state = constants.mix.map(
      (row) => row.reduce((sum, m, j) => sum + m * (powered[j] ?? 0n), 0n) % R,
    );
  }
  return state[0] ?? 0n;
}
