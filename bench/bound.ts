/**
 * The physical bound: what one proof costs if every multiplication of the field runs at the speed of the kernel and
 * nothing else takes time. No prover reaches it; the distance tells where time is left. It counts the multiplications of
 * the best known algorithm for each stage: batch-affine buckets with signed digits, transforms of radix 2.
 *
 *     sum of products, n full-size scalars, windows of c bits, w = ⌈254/c⌉:
 *       with a table of 2^(ci)·P   n·w − 2^(c−1) additions, one set of 2^(c−1) buckets to add up
 *       without                    w · (n − 2^(c−1)) additions, w sets of buckets
 *     a scalar of 0 costs nothing, one below 2^16 one addition.
 * @module
 */
import type { ProofWork, Scalars } from "./work.ts";

/**
 * Nanoseconds of one multiplication and one squaring of Fq, eight at a time in AVX-512 IFMA on one core of a Zen 5 at
 * 3.9 GHz: measured, and 94 % of what two vpmadd52 each cycle allow. On another processor the bound is another.
 */
const M = 1.7;
const S = 1.37;

/** An affine addition whose inversion is shared by many: 5M + 1S, three of them for the shared inversion. */
const ADD_G1 = 5 * M + S;
/** Two additions in extended Jacobian form for each bucket of the running sums: 20M + 4S. */
const BUCKET_G1 = 20 * M + 4 * S;
/** Over Fq2 a product is 2.5M (three products, two reductions) and a square 2M. */
const M2 = 2.5 * M;
const S2 = 2 * M;
const ADD_G2 = 5 * M2 + S2;
const BUCKET_G2 = 20 * M2 + 4 * S2;

const SCALAR_BITS = 254;
/** Windows worth a look: more buckets than 2^21 do not fit any cache. */
const MAX_WINDOW_BITS = 22;

/** The stages of a proof, in milliseconds on one core. */
export interface Bound {
  readonly coefficients: number;
  readonly transforms: number;
  readonly a: number;
  readonly b1: number;
  readonly b2: number;
  readonly c: number;
  readonly h: number;
  readonly total: number;
}

export function boundOf(work: ProofWork, tables: boolean): Bound {
  const { domain, coefficients, a, b, c } = work;
  const stages = {
    coefficients: ms(coefficients * M),
    // Six transforms, and the shift of three polynomials to the coset.
    transforms: ms(6 * (domain / 2) * Math.log2(domain) * M + 3 * domain * M),
    a: sumOfProducts(a, tables, ADD_G1, BUCKET_G1),
    b1: sumOfProducts(b, tables, ADD_G1, BUCKET_G1),
    b2: sumOfProducts(b, tables, ADD_G2, BUCKET_G2),
    c: sumOfProducts(c, tables, ADD_G1, BUCKET_G1),
    // The scalars of h are full-size, whatever the witness is.
    h: sumOfProducts({ small: 0, full: domain }, tables, ADD_G1, BUCKET_G1),
  };
  return { ...stages, total: Object.values(stages).reduce((sum, stage) => sum + stage, 0) };
}

function sumOfProducts(scalars: Scalars, tables: boolean, add: number, bucket: number): number {
  return ms(scalars.small * add + fullSize(scalars.full, tables, add, bucket));
}

/** With the window that suits the number of points best. */
function fullSize(points: number, tables: boolean, add: number, bucket: number): number {
  if (points === 0) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (let window = 1; window <= MAX_WINDOW_BITS; window++) {
    const windows = Math.ceil(SCALAR_BITS / window);
    const buckets = 2 ** (window - 1);
    // The first point of a bucket is no addition.
    const filled = Math.min(buckets, tables ? points * windows : points);
    const cost = tables
      ? (points * windows - filled) * add + buckets * bucket
      : windows * ((points - filled) * add + buckets * bucket);
    least = Math.min(least, cost);
  }
  return least;
}

function ms(ns: number): number {
  return ns / 1e6;
}
