/**
 * Reads circom's `.r1cs`: rows of three sparse linear combinations, A·w × B·w = C·w over Fr. iden3, "Binary format for
 * R1CS", version 1.
 * @module
 */
import { R } from "../groth16/points.ts";
import { type Cursor, malformed, readSections } from "./reader.ts";

/** One sparse linear combination: `wires[i]` has coefficient `coefficients[i]`, in [0, r). */
export interface LinearCombination {
  readonly wires: Uint32Array;
  readonly coefficients: readonly bigint[];
}

export interface Constraint {
  readonly a: LinearCombination;
  readonly b: LinearCombination;
  readonly c: LinearCombination;
}

/** Wires in order: the constant 1, public outputs, public inputs, private inputs, all others. */
export interface R1cs {
  readonly nWires: number;
  readonly nPubOut: number;
  readonly nPubIn: number;
  readonly nPrvIn: number;
  readonly constraints: readonly Constraint[];
}

/** Header, rows, and labels, which nobody here needs. Rows of custom gates (4, 5) are no rows Groth16 has. */
const SECTIONS = [1, 2, 3];

/** @throws ProofError `MALFORMED_FILE` */
export function readR1cs(bytes: Uint8Array): R1cs {
  const sections = readSections(bytes, "r1cs", SECTIONS);
  if (sections.version !== 1) throw malformed("r1cs", `version ${sections.version}, expected 1`);
  const header = sections.section(1);
  if (header.u32() !== 32) throw malformed("r1cs", "its numbers are not 32 bytes");
  if (header.fieldElement(1n << 256n) !== R) throw malformed("r1cs", "its field is not BN254's Fr");
  const [nWires, nPubOut, nPubIn, nPrvIn] = [
    header.u32(),
    header.u32(),
    header.u32(),
    header.u32(),
  ];
  header.u64(); // number of labels
  const count = header.u32();
  header.end();
  // circom counts private inputs that it left out of every row, and gives them no wire.
  if (1 + nPubOut + nPubIn > nWires) throw malformed("r1cs", "it has too few wires");

  const rows = sections.section(2);
  const constraints: Constraint[] = [];
  for (let i = 0; i < count; i++) {
    constraints.push({
      a: readCombination(rows, nWires),
      b: readCombination(rows, nWires),
      c: readCombination(rows, nWires),
    });
  }
  rows.end();
  return { nWires, nPubOut, nPubIn, nPrvIn, constraints };
}

function readCombination(rows: Cursor, nWires: number): LinearCombination {
  const count = rows.u32();
  if (count * 36 > rows.left) throw malformed("r1cs", "a row is longer than the file");
  const wires = new Uint32Array(count);
  const coefficients: bigint[] = [];
  for (let i = 0; i < count; i++) {
    const wire = rows.u32();
    if (wire >= nWires) throw malformed("r1cs", `wire ${wire} of ${nWires}`);
    wires[i] = wire;
    coefficients.push(rows.fieldElement(R));
  }
  return { wires, coefficients };
}

/** Non-zero coefficients of A, B and C together: what a key and a prover pay for. */
export function countNonZeros({ constraints }: R1cs): number {
  return constraints.reduce(
    (sum, { a, b, c }) => sum + a.wires.length + b.wires.length + c.wires.length,
    0,
  );
}

/** @returns the first row that the witness breaks, or undefined when it satisfies all */
export function firstBrokenRow(r1cs: R1cs, witness: readonly bigint[]): number | undefined {
  if (witness.length !== r1cs.nWires || witness[0] !== 1n) return 0;
  const broken = r1cs.constraints.findIndex(({ a, b, c }) => {
    const product = evaluate(a, witness) * evaluate(b, witness);
    return (product - evaluate(c, witness)) % R !== 0n;
  });
  return broken < 0 ? undefined : broken;
}

function evaluate({ wires, coefficients }: LinearCombination, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (const [i, wire] of wires.entries()) {
    sum += (coefficients[i] as bigint) * (witness[wire] as bigint);
  }
  return sum;
}
