/** @module Points of G2 that satisfy the curve equation and are no points of the group: the twist has a cofactor. */
import { bn254 } from "@noble/curves/bn254.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fp2, g2Fault, Q, R } from "./points.ts";
import type { G2 } from "./proof.ts";
import { g2Of, twistPoint } from "./testing.ts";

const { Point } = bn254.G2;
type Point2 = InstanceType<typeof Point>;

/** The number of points of the twist is R times this: Barreto and Naehrig 2005, §3. */
const COFACTOR = 2n * Q - R;
/** The smallest prime factor of the cofactor: the points a sloppy check is likeliest to let through. */
const SMALL_ORDER = 10_069n;

/** noble's multiply reduces scalars mod R, which is wrong outside the subgroup. */
function times(point: Point2, scalar: bigint): Point2 {
  let sum = Point.ZERO;
  for (const bit of scalar.toString(2)) {
    sum = sum.double();
    if (bit === "1") sum = sum.add(point);
  }
  return sum;
}

function affine(point: Point2): G2 {
  const { x, y } = point.toAffine();
  return { x: [x.c0, x.c1], y: [y.c0, y.c1] };
}

const { x: wildX, y: wildY } = twistPoint();
const wild = Point.fromAffine({ x: fp2(wildX), y: fp2(wildY) });
const torsion = times(wild, R);
const small = times(torsion, COFACTOR / SMALL_ORDER);

describe("the subgroup check of G2", () => {
  it("stands on the right cofactor: the twist has R · COFACTOR points", () => {
    expect(COFACTOR % SMALL_ORDER).toBe(0n);
    expect(torsion.equals(Point.ZERO)).toBe(false);
    expect(times(torsion, COFACTOR).equals(Point.ZERO)).toBe(true);
    expect(small.equals(Point.ZERO)).toBe(false);
    expect(times(small, SMALL_ORDER).equals(Point.ZERO)).toBe(true);
  });

  it("accepts every multiple of the generator, and refuses it with a point of the cofactor added", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: R - 1n }), (scalar) => {
        const honest = Point.BASE.multiply(scalar);
        expect(g2Fault(affine(honest))).toBeUndefined();
        expect(g2Fault(affine(honest.add(small)))).toBe("NOT_IN_SUBGROUP");
        expect(g2Fault(affine(honest.add(torsion)))).toBe("NOT_IN_SUBGROUP");
      }),
      { numRuns: 20 },
    );
  });

  it("refuses points of the cofactor by themselves", () => {
    for (const point of [wild, torsion, small]) {
      expect(g2Fault(affine(point))).toBe("NOT_IN_SUBGROUP");
    }
  });

  it("refuses coordinates outside [0, q) and points off the twist", () => {
    const { x, y } = g2Of(7n);
    expect(g2Fault({ x, y: [y[0] + Q, y[1]] })).toBe("NON_CANONICAL");
    expect(g2Fault({ x: [x[0], -1n], y })).toBe("NON_CANONICAL");
    expect(g2Fault({ x: y, y: x })).toBe("NOT_ON_CURVE");
  });
});
