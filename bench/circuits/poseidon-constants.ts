/**
 * The constants of Poseidon over Fr for three elements of state, drawn as its authors draw them: from a Grain LFSR that
 * is seeded with the parameters themselves. Grassi, Khovratovich, Rechberger, Roy, Schofnegger 2021, "Poseidon: A New
 * Hash Function for Zero-Knowledge Proof Systems", appendices B and F.
 * @module
 */
import { Field } from "@noble/curves/abstract/modular.js";
import { grainGenConstants } from "@noble/curves/abstract/poseidon.js";
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

export function poseidonConstants(): PoseidonConstants {
  const { roundConstants, mds } = grainGenConstants({
    Fp: Field(R),
    t: STATE,
    roundsFull: FULL_ROUNDS,
    roundsPartial: PARTIAL_ROUNDS,
  });
  return { roundConstants: roundConstants.flat(), mix: mds };
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
