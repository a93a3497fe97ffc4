/**
 * What a transaction costs its signer. The real runtime weighs every call by benchmarks of its own machine; here a call
 * costs the same whatever it does, about what a small one costs on Finney, so that accounts without tokens are found
 * out. Calls that pay no fee there pay none here.
 * @module
 */

/** Rao for being in a block at all; on Finney a transfer costs some hundred thousand. */
export const BASE_FEE = 100_000n;
const BYTE_FEE = 100n;

/** @param bytes length of the extrinsic with its length prefix */
export function lengthFee(bytes: number): bigint {
  return BYTE_FEE * BigInt(bytes);
}

export function feeOf(bytes: number): bigint {
  return BASE_FEE + lengthFee(bytes);
}

/** An account holds at least this much or does not exist; in rao. The runtime's constant. */
export const EXISTENTIAL_DEPOSIT = 500n;
