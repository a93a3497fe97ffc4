/**
 * A value from a constant table, by an index in a proven interval: the bits of index − least (bits.ts; n + 1 rows, or
 * none where the index is a sum of bits already), their monomials as far as they are needed, and the products of the
 * plan (table-plan.ts), of which the last makes the value:
 *
 *     monomial × bit = monomial'
 *     left × right = t                       for each product but the last
 *     left × right = value − linear − Σ t
 *
 * 256 entries: 37 rows beyond the bits at most, all wires small. Tables that read one index share bits and monomials; one
 * that is linear on the interval costs no row. No hint but the bits.
 * @module
 */
import { type Bits, bitAt, bitsOf } from "../bits.ts";
import { productOf } from "../product.ts";
import { isGreater } from "../requantise.ts";
import type { Rows } from "../rows.ts";
import { type Lowering, unsupported } from "../site.ts";
import { bitLength, constantSum, narrowed, ONE, type Sum, scaled, shifted } from "../sum.ts";
import { type Polynomial, planTable, type TablePlan, withoutHighest } from "./table-plan.ts";

/** 2^16 entries take 749 rows each time; beyond, a table is no way to compute anything. */
const MAX_ENTRIES = 2 ** 16;

export const lowerTable: Lowering<"table"> = ({ at, entries }, site) => {
  const plans = new Map<Int32Array, Map<string, TablePlan>>();
  return (i) => {
    const index = site.sum(1, at[i] as number);
    const table = entries(i);
    if (!(index.min >= 0 && index.max < table.length)) {
      throw unsupported(
        site,
        `the index of element ${i} can be in [${index.min}, ${index.max}], and its table has ${table.length} entries`,
        "Clip the index to the table.",
      );
    }
    const reached = table.subarray(index.min, index.max + 1);
    if (reached.length > MAX_ENTRIES) {
      throw unsupported(
        site,
        `the table of element ${i} has ${reached.length} entries in reach, expected at most ${MAX_ENTRIES}`,
        "Use fewer bits for what the table reads.",
      );
    }
    const ofTable = plans.get(table) ?? new Map<string, TablePlan>();
    plans.set(table, ofTable);
    const name = `${index.min} ${index.max}`;
    const plan = ofTable.get(name) ?? planTable(reached, bitLength(reached.length - 1));
    ofTable.set(name, plan);
    return lookedUp(site.rows, index, reached, plan);
  };
};

/** @param entries by index − its least. @throws CircuitError `BOUND_UNPROVEN` */
export function lookedUp(
  rows: Rows,
  index: Sum,
  entries: Int32Array,
  plan: TablePlan = planTable(entries, bitLength(entries.length - 1)),
): Sum {
  const first = entries[0] as number;
  const slope = (entries[1] ?? first) - first;
  if (entries.every((entry, k) => entry === first + slope * k)) {
    return slope === 0
      ? constantSum(first)
      : shifted(scaled(index, slope), first - slope * index.min);
  }
  const [min, max] = rangeOf(entries);
  const parts = indexParts(rows, index);
  const sums: (readonly [Sum, number])[] = [[parts.sumOf(plan.linear), 1]];
  for (const { above, by } of plan.steps) {
    const limit = { from: 0, to: parts.bits.count, limit: above };
    sums.push([isGreater(rows, parts.bits, limit), by]);
  }
  const last = plan.products.at(-1);
  for (const { left, right, ...range } of plan.products.slice(0, -1)) {
    const [a, b] = [parts.sumOf(left), parts.sumOf(right)];
    const t = rows.addWire(range.min, range.max);
    rows.addSolvedRow(a, b, t, 1, constantSum(0));
    sums.push([rows.term(t), 1]);
  }
  if (last === undefined) return narrowed(rows.combine(0, ...sums), min, max);
  const [a, b] = [parts.sumOf(last.left), parts.sumOf(last.right)];
  const rest = rows.combine(0, ...sums);
  const value = rows.addWire(min, max);
  rows.addSolvedRow(a, b, value, 1, scaled(rest, -1));
  return rows.term(value);
}

function rangeOf(entries: Int32Array): readonly [min: number, max: number] {
  let [min, max] = [entries[0] as number, entries[0] as number];
  for (const entry of entries) {
    if (entry < min) min = entry;
    if (entry > max) max = entry;
  }
  return [min, max];
}

/** The bits of index − its least, and their products so far. */
class IndexParts {
  readonly bits: Bits;
  readonly #rows: Rows;
  readonly #monomials = new Map<number, Sum>([[0, ONE]]);

  constructor(rows: Rows, index: Sum) {
    this.#rows = rows;
    const fromLeast = shifted(index, -index.min);
    this.bits = bitsThere(rows, fromLeast) ?? bitsOf(rows, fromLeast);
  }

  sumOf({ masks, coefficients }: Polynomial): Sum {
    const terms = masks.map(
      (mask, k) => [this.#monomial(mask), coefficients[k] as number] as const,
    );
    return this.#rows.combine(0, ...terms);
  }

  /** Π of the bits in the mask. */
  #monomial(mask: number): Sum {
    const known = this.#monomials.get(mask);
    if (known !== undefined) return known;
    const rest = withoutHighest(mask);
    const bit = bitAt(this.bits, Math.log2(mask ^ rest));
    const made = productOf(this.#rows, this.#monomial(rest), bit);
    this.#monomials.set(mask, made);
    return made;
  }
}

// By the very sum, which a circuit has one of for each element that is read: the second table of an index finds what the
// first has made, be it in the same node or in another.
const partsOfIndex = new WeakMap<Sum, IndexParts>();

function indexParts(rows: Rows, index: Sum): IndexParts {
  const known = partsOfIndex.get(index);
  if (known !== undefined) return known;
  const made = new IndexParts(rows, index);
  partsOfIndex.set(index, made);
  return made;
}

/** The bits of a sum that is Σ 2^i · (wire i), of consecutive wires that are 0 or 1, as rounding often leaves it. */
function bitsThere(rows: Rows, { wires, coefficients, constant }: Sum): Bits | undefined {
  const first = wires[0];
  if (first === undefined || constant !== 0) return undefined;
  for (let i = 0; i < wires.length; i++) {
    const wire = wires[i] as number;
    const isBit = rows.least(wire) === 0 && rows.greatest(wire) === 1;
    if (wire !== first + i || coefficients[i] !== 2 ** i || !isBit) return undefined;
  }
  return { first, count: wires.length };
}
