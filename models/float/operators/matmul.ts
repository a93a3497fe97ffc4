/**
 * Matrix products of operands of two or more dimensions, the leading ones broadcast: [.., M, K] · [.., K, N].
 * @module
 */
import {
  badShape,
  broadcastDims,
  broadcastIndex,
  commonDtype,
  countOf,
  type Operator,
  once,
  operand,
} from "./operator.ts";

export const matmul: Operator = (site) => {
  const [left, right] = [operand(site, 0).dims, operand(site, 1).dims];
  const dtype = commonDtype(site);
  const [m, k] = left.slice(-2);
  const [inner, n] = right.slice(-2);
  if (m === undefined || k === undefined || n === undefined || k !== inner) {
    throw badShape(site.label, `[${left.join(", ")}] and [${right.join(", ")}] have no product`);
  }
  const batch = broadcastDims(site.label, left.slice(0, -2), right.slice(0, -2));
  const batches = countOf(batch);
  const dims = [...batch, m, n];
  const index = once(() => [
    broadcastIndex(left.slice(0, -2), batch),
    broadcastIndex(right.slice(0, -2), batch),
  ]);
  return {
    dtype,
    dims,
    work: batches * m * n * Math.max(k, 1),
    run: ([a, b]) => {
      const out = new Float64Array(countOf(dims));
      if (a === undefined || b === undefined) return out;
      const [ia, ib] = index();
      for (let batchAt = 0; batchAt < batches; batchAt++) {
        const aBase = (ia?.[batchAt] ?? batchAt) * m * k;
        const bBase = (ib?.[batchAt] ?? batchAt) * k * n;
        for (let row = 0; row < m; row++) {
          const to = (batchAt * m + row) * n;
          for (let i = 0; i < k; i++) {
            const x = a[aBase + row * k + i] as number;
            if (x === 0) continue;
            const from = bBase + i * n;
            for (let j = 0; j < n; j++) {
              out[to + j] = (out[to + j] as number) + x * (b[from + j] as number);
            }
          }
        }
      }
      return out;
    },
  };
};
