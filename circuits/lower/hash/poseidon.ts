/**
 * Poseidon over BN254's Fr for sixteen inputs, with the parameters of circomlib's `Poseidon(16)`: t = 17, x^5, R_F = 8,
 * R_P = 68, the capacity first and 0, the hash its element 0 afterwards. 204 S-boxes; about 1 ms.
 * Grassi, Khovratovich, Rechberger, Roy, Schofnegger 2021, "Poseidon: A New Hash Function for Zero-Knowledge Proof
 * Systems"; M and c are the paper's, drawn from its Grain register.
 *
 * What it is computed by is what the circuit is made of (permutation.ts). With s the input of an S-box and y = s^5:
 *
 *     full round:      s' = M·y + c'                                               seventeen S-boxes
 *     partial round:   x' = M·(y, x_1, …, x_16) + c'                               one S-box, on x_0
 *
 * Over the partial rounds everything but the S-boxes is linear. With T = M without its first column and m = M's first
 * column, the state before partial round p is
 *
 *     x^p = T^p·x^0 + Σ_{q<p} T^{p−1−q}·(m·y_q + c^{q+1})
 *
 * so x^p_0 is a sum of the elements 1 to 16 of x^0 and of the y before, a third of the work of multiplying by M.
 * @module
 */
import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants } from "@noble/curves/abstract/poseidon.js";
import { R } from "../../../proof/groth16/points.ts";

/** Elements of the state: sixteen inputs and the capacity. */
export const STATE = 17;
export const FULL_ROUNDS = 8;
/** What the paper's script asks of t = 17 for 128 bits of security, and what circomlib has. */
export const PARTIAL_ROUNDS = 68;
const HALF = FULL_ROUNDS / 2;
/** S-boxes of one permutation. */
export const BOXES: number = FULL_ROUNDS * STATE + PARTIAL_ROUNDS;

export interface Constants {
  /** c of the paper: added before the S-boxes of each round. */
  readonly c: readonly (readonly bigint[])[];
  readonly M: readonly (readonly bigint[])[];
}

/** The state x^0 before the partial rounds, and what they make of it: each a function of x^0_1 … x^0_16 and the y. */
export interface PartialRounds {
  /** alpha[p][j]: what x^0_j adds to x^p_0. 0 for j = 0, which only its S-box reads. p from 1 to R_P. */
  readonly alpha: readonly (readonly bigint[])[];
  /** gamma[p]: what the constants add to x^p_0. */
  readonly gamma: readonly bigint[];
  /** k[d]: what y_q adds to x^{q+1+d}_0. */
  readonly k: readonly bigint[];
  /** end[i][j]: what x^0_j adds to element i of the state after the partial rounds. */
  readonly end: readonly (readonly bigint[])[];
  /** endOfBox[i][q]: what y_q adds to it. */
  readonly endOfBox: readonly (readonly bigint[])[];
  /** endConstant[i]: what the constants add to it. */
  readonly endConstant: readonly bigint[];
}

let drawn: Constants | undefined;
let solved: PartialRounds | undefined;

/** Drawn once, when the first hash is asked for: 0.1 s. */
export function poseidonConstants(): Constants {
  if (drawn === undefined) {
    const { roundConstants, mds } = grainGenConstants({
      Fp: Field(R),
      t: STATE,
      roundsFull: FULL_ROUNDS,
      roundsPartial: PARTIAL_ROUNDS,
    });
    drawn = { c: roundConstants, M: mds };
  }
  return drawn;
}

export function partialRounds(): PartialRounds {
  solved ??= solvePartialRounds(poseidonConstants());
  return solved;
}

function solvePartialRounds({ c, M }: Constants): PartialRounds {
  const range = [...Array(STATE).keys()];
  /** row · T */
  const timesT = (row: readonly bigint[]): bigint[] =>
    range.map((j) =>
      j === 0
        ? 0n
        : dot(
            row,
            M.map((line) => line[j] as bigint),
          ),
    );
  /** T · column + c[round] where a round is given */
  const T = (column: readonly bigint[], round?: number): bigint[] =>
    M.map((line, i) => {
      const sum = line.reduce((s, m, j) => (j === 0 ? s : s + m * (column[j] as bigint)), 0n);
      return (sum + (round === undefined ? 0n : (c[round]?.[i] as bigint))) % R;
    });

  const alpha: bigint[][] = [range.map((j) => (j === 0 ? 1n : 0n))];
  for (let p = 1; p <= PARTIAL_ROUNDS; p++) alpha.push(timesT(alpha[p - 1] as bigint[]));

  // T^d·m for each d; and what the constants alone make of the state, round by round.
  let powered = M.map((line) => line[0] as bigint);
  let constant = range.map(() => 0n);
  const k: bigint[] = [];
  const gamma = [0n];
  const boxes: bigint[][] = [];
  for (let d = 0; d < PARTIAL_ROUNDS; d++) {
    k.push(powered[0] as bigint);
    boxes.push(powered);
    powered = T(powered);
    constant = T(constant, HALF + d + 1);
    gamma.push(constant[0] as bigint);
  }

  let end: bigint[][] = range.map((i) => range.map((j) => (i === j ? 1n : 0n)));
  for (let p = 0; p < PARTIAL_ROUNDS; p++) end = end.map(timesT);
  return {
    alpha,
    gamma,
    k,
    end,
    endOfBox: range.map((i) =>
      Array.from(
        { length: PARTIAL_ROUNDS },
        (_, q) => boxes[PARTIAL_ROUNDS - 1 - q]?.[i] as bigint,
      ),
    ),
    endConstant: constant,
  };
}

export interface Permuted {
  /** s of each S-box, in order: round by round, within a round from element 0. */
  readonly boxes: readonly bigint[];
  /** x^0, whose elements 1 to 16 meet no S-box. */
  readonly start: readonly bigint[];
  readonly hash: bigint;
}

/** @param inputs sixteen, in [0, r) */
export function poseidon(inputs: readonly bigint[]): bigint {
  return permute(inputs).hash;
}

/** @param inputs sixteen, in [0, r) */
export function permute(inputs: readonly bigint[]): Permuted {
  const [first = []] = poseidonConstants().c;
  return permuteFrom([0n, ...inputs].map((input, i) => (input + (first[i] as bigint)) % R));
}

/** @param state what the first S-boxes read */
export function permuteFrom(state: readonly bigint[]): Permuted {
  const { c, M } = poseidonConstants();
  const { alpha, gamma, k, end, endOfBox, endConstant } = partialRounds();
  const boxes: bigint[] = [];
  const fullRound = (s: readonly bigint[], next: readonly bigint[] | undefined): bigint[] => {
    boxes.push(...s);
    const y = s.map(fifthPower);
    return M.map((line, i) => (dot(line, y) + (next?.[i] ?? 0n)) % R);
  };

  let s = state;
  for (let round = 0; round < HALF; round++) s = fullRound(s, c[round + 1]);

  const start = s;
  const y: bigint[] = [];
  let x = start[0] as bigint;
  for (let p = 0; p < PARTIAL_ROUNDS; p++) {
    boxes.push(x);
    y.push(fifthPower(x));
    let sum = gamma[p + 1] as bigint;
    const weights = alpha[p + 1] as readonly bigint[];
    for (let j = 1; j < STATE; j++) sum += (weights[j] as bigint) * (start[j] as bigint);
    for (let q = 0; q <= p; q++) sum += (k[p - q] as bigint) * (y[q] as bigint);
    x = sum % R;
  }
  s = start.map((_, i) => {
    if (i === 0) return x;
    const fromStart = dot(end[i] as readonly bigint[], start);
    return (fromStart + dot(endOfBox[i] as readonly bigint[], y) + (endConstant[i] as bigint)) % R;
  });

  for (let round = HALF + PARTIAL_ROUNDS; round < FULL_ROUNDS + PARTIAL_ROUNDS; round++) {
    s = fullRound(s, c[round + 1]);
  }
  return { boxes, start, hash: s[0] as bigint };
}

export function fifthPower(x: bigint): bigint {
  const square = (x * x) % R;
  return (((square * square) % R) * x) % R;
}

function dot(a: readonly bigint[], b: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = 0; i < a.length; i++) sum += (a[i] as bigint) * (b[i] as bigint);
  return sum % R;
}
