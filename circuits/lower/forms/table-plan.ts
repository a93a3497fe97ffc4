/**
 * How to look up a constant table from the bits of its index, in few rows. The bits are split into a low and a high half;
 * a product of bits of one half is a monomial, and costs a row once for all tables of one index. A table is then
 *
 *     T[h, l] = T[h, 0] + N[l] + Σ_g e_g(h) · D_g(l)
 *
 * where N is the most common row T[h, ·] − T[h, 0], and the other rows differ from it by multiples of a few D_g: functions
 * of one half are sums of its monomials, so each g costs a row, and what has one shape costs nothing. 8 bits take 22
 * rows for monomials and 15 for products at most. Or the table is a few steps, and is a sum of comparisons with constants.
 *
 * Why not Paterson and Stockmeyer's way to evaluate the interpolant, in 30 rows: its powers are of full size, and each of
 * them costs a prover as much as a hundred bits.
 * @module
 */

/** A function of some bits: Σ coefficients[k] · Π of the bits in masks[k]. Mask 0 is the constant. */
export interface Polynomial {
  readonly masks: readonly number[];
  readonly coefficients: readonly number[];
}

/** left × right, which is in [min, max]. */
export interface PlannedProduct {
  readonly left: Polynomial;
  readonly right: Polynomial;
  readonly min: number;
  readonly max: number;
}

/** `by` is added where the index is greater than `above`. */
export interface Step {
  readonly above: number;
  readonly by: number;
}

export interface TablePlan {
  readonly linear: Polynomial;
  readonly products: readonly PlannedProduct[];
  readonly steps: readonly Step[];
  /** Rows beyond the bits of the index, were it the only table of it. */
  readonly rows: number;
}

/** @param entries of index 0, 1, …; at least three, and no more than 2^bits */
export function planTable(entries: Int32Array, bits: number): TablePlan {
  const lowBits = bits >> 1;
  const table = filled(entries, bits, lowBits);
  const plans = [
    planSteps(entries, bits),
    planHalves(table, { rowBits: bits - lowBits, columnBits: lowBits, isTransposed: false }),
    planHalves(transposed(table), {
      rowBits: lowBits,
      columnBits: bits - lowBits,
      isTransposed: true,
    }),
  ];
  return plans.reduce((best, plan) => (plan.rows < best.rows ? plan : best));
}

/** Rows of isGreater (requantise.ts): one for each bit above the lowest that the limit lacks. */
function rowsOfStep(above: number, bits: number): number {
  let trailingOnes = 0;
  while (Math.floor(above / 2 ** trailingOnes) % 2 === 1) trailingOnes += 1;
  return Math.max(bits - 1 - trailingOnes, 0);
}

function planSteps(entries: Int32Array, bits: number): TablePlan {
  const steps: Step[] = [];
  for (let at = 1; at < entries.length; at++) {
    const by = (entries[at] as number) - (entries[at - 1] as number);
    if (by !== 0) steps.push({ above: at - 1, by });
  }
  return {
    linear: { masks: [0], coefficients: [entries[0] as number] },
    products: [],
    steps,
    rows: steps.reduce((sum, { above }) => sum + rowsOfStep(above, bits), 0),
  };
}

/** Row h, column l: the entry of index h·2^lowBits + l. */
type Table = readonly (readonly number[])[];

/** What no index reaches takes the values that make the plan short: a shape that is there already. */
function filled(entries: Int32Array, bits: number, lowBits: number): Table {
  const columns = 2 ** lowBits;
  const reached: number[][] = [];
  for (let from = 0; from < entries.length; from += columns) {
    reached.push([...entries.subarray(from, from + columns)]);
  }
  const last = reached.at(-1) as number[];
  if (last.length < columns) {
    const shapes = reached.slice(0, -1).map(shapeOf);
    const start = last[0] as number;
    const fits = shapes.find((shape) => last.every((entry, l) => entry - start === shape[l]));
    const end = last.at(-1) as number;
    for (let l = last.length; l < columns; l++) last.push(fits ? start + (fits[l] as number) : end);
  }
  const common = reached[commonest(reached.map(shapeOf))] as number[];
  return Array.from({ length: 2 ** (bits - lowBits) }, (_, h) => reached[h] ?? common);
}

function shapeOf(row: readonly number[]): number[] {
  return row.map((entry) => entry - (row[0] as number));
}

function transposed(table: Table): Table {
  return (table[0] as readonly number[]).map((_, l) => table.map((row) => row[l] as number));
}

/** The position of the first of the vectors that occur most often. */
function commonest(vectors: readonly (readonly number[])[]): number {
  const counts = new Map<string, number>();
  for (const vector of vectors) {
    const name = vector.join();
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  return vectors.findIndex((vector) => counts.get(vector.join()) === most);
}

interface Halves {
  readonly rowBits: number;
  readonly columnBits: number;
  /** Rows are the low half of the index. */
  readonly isTransposed: boolean;
}

function planHalves(table: Table, { rowBits, columnBits, isTransposed }: Halves): TablePlan {
  const shapes = table.map(shapeOf);
  const N = shapes[commonest(shapes)] as readonly number[];
  // Each D once, with what every row has of it.
  const groups = new Map<string, { readonly D: readonly number[]; readonly e: number[] }>();
  shapes.forEach((shape, h) => {
    const difference = shape.map((entry, l) => entry - (N[l] as number));
    const factor = commonFactor(difference);
    if (factor === 0) return;
    const D = difference.map((entry) => entry / factor);
    const name = D.join();
    const group = groups.get(name) ?? { D, e: Array<number>(2 ** rowBits).fill(0) };
    group.e[h] = factor;
    groups.set(name, group);
  });
  const [rowShift, columnShift] = isTransposed ? [0, rowBits] : [columnBits, 0];
  const ofRows = (values: readonly number[]): Polynomial => polynomial(values, rowShift);
  const ofColumns = (values: readonly number[]): Polynomial => polynomial(values, columnShift);
  const first = ofRows(table.map((row) => row[0] as number));
  const common = ofColumns(N);
  const products = [...groups.values()].map(({ D, e }) => {
    const corners = [Math.min(...e), Math.max(...e)].flatMap((factor) => [
      factor * Math.min(...D),
      factor * Math.max(...D),
    ]);
    return {
      left: ofRows(e),
      right: ofColumns(D),
      min: Math.min(...corners),
      max: Math.max(...corners),
    };
  });
  const used = [first, common, ...products.flatMap(({ left, right }) => [left, right])];
  return {
    // N is 0 at column 0, so it has no constant of its own, and the halves share no monomial.
    linear: {
      masks: [...first.masks, ...common.masks],
      coefficients: [...first.coefficients, ...common.coefficients],
    },
    products,
    steps: [],
    rows: products.length + rowsOfMonomials(used.flatMap(({ masks }) => masks)),
  };
}

/** The greatest common divisor, of the sign of the first that is not 0; 0 for zeros. */
function commonFactor(values: readonly number[]): number {
  let divisor = 0;
  let sign = 0;
  for (const value of values) {
    sign = sign === 0 ? Math.sign(value) : sign;
    let rest = Math.abs(value);
    while (rest !== 0) [divisor, rest] = [rest, divisor % rest];
  }
  return sign * divisor;
}

/** The function of m bits whose 2^m values these are; bit i of it is bit i + shift of the index. */
function polynomial(values: readonly number[], shift: number): Polynomial {
  // Moebius' inversion over subsets: the coefficient of S is Σ_{R ⊆ S} (−1)^(|S| − |R|) · value of R.
  const coefficients = [...values];
  for (let bit = 1; bit < coefficients.length; bit *= 2) {
    for (let mask = 0; mask < coefficients.length; mask++) {
      if ((mask & bit) === 0) continue;
      const without = coefficients[mask ^ bit] as number;
      coefficients[mask] = (coefficients[mask] as number) - without;
    }
  }
  const masks = [...coefficients.keys()].filter((mask) => coefficients[mask] !== 0);
  return {
    masks: masks.map((mask) => mask * 2 ** shift),
    coefficients: masks.map((mask) => coefficients[mask] as number),
  };
}

/** Monomials of two bits and more cost a row each, with those that they are made of. */
function rowsOfMonomials(masks: readonly number[]): number {
  const made = new Set<number>();
  for (let mask of masks) {
    while (mask !== withoutHighest(mask) && withoutHighest(mask) !== 0) {
      made.add(mask);
      mask = withoutHighest(mask);
    }
  }
  return made.size;
}

/** The mask without its highest bit, which a monomial is made by multiplying with. */
export function withoutHighest(mask: number): number {
  return mask === 0 ? 0 : mask ^ (1 << (31 - Math.clz32(mask)));
}
