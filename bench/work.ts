/**
 * What one proof has to do, counted from its key and its witness: how many points meet a scalar that is not zero, and
 * how large the scalars are. A point at infinity costs nothing, and about a third of a query can be that.
 * @module
 */
import { readSections } from "../proof/files/reader.ts";
import { R } from "../proof/groth16/points.ts";

/** The points of one query that count, by the size of their scalars. */
export interface Scalars {
  /** At most 2^16 in size, the ones included: bits and activations, and their negatives. */
  readonly small: number;
  readonly full: number;
}

export interface ProofWork {
  readonly wires: number;
  readonly publicSignals: number;
  /** Rows of the circuit, rounded up to a power of two. */
  readonly domain: number;
  /** Of A and B together. */
  readonly coefficients: number;
  readonly a: Scalars;
  /** In G1 and in G2 alike. */
  readonly b: Scalars;
  readonly c: Scalars;
}

const ZKEY_SECTIONS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const NUMBER_BYTES = 32;
const G1_BYTES = 64;
/** Above this a scalar is of full size: a prover's first window is about as wide. */
const SMALL = 2n ** 16n;

/** @throws ProofError `MALFORMED_FILE` */
export function countWork(key: Uint8Array, witness: Uint8Array): ProofWork {
  const sections = readSections(key, "zkey", ZKEY_SECTIONS);
  const header = sections.section(2);
  header.take(2 * (4 + NUMBER_BYTES));
  const [wires, publicSignals, domain] = [header.u32(), header.u32(), header.u32()];
  const values = readSections(witness, "wtns", [1, 2])
    .section(2)
    .take(wires * NUMBER_BYTES);
  const sizes = Uint8Array.from({ length: wires }, (_, wire) =>
    sizeOf(values.subarray(NUMBER_BYTES * wire, NUMBER_BYTES * (wire + 1))),
  );
  const query = (id: number, firstWire: number): Scalars => {
    const points = sections.section(id).take((wires - firstWire) * G1_BYTES);
    const counts = [0, 0, 0];
    for (let wire = firstWire; wire < wires; wire++) {
      const at = (wire - firstWire) * G1_BYTES;
      if (isZero(points.subarray(at, at + G1_BYTES))) continue;
      const size = sizes[wire] ?? 0;
      counts[size] = (counts[size] ?? 0) + 1;
    }
    return { small: counts[1] ?? 0, full: counts[2] ?? 0 };
  };
  const coefficients = sections.section(4).u32();
  // Of C only the private wires have points: the public ones stand in the verification key.
  const first = publicSignals + 1;
  const counts = { a: query(5, 0), b: query(6, 0), c: query(8, first) };
  return { wires, publicSignals, domain, coefficients, ...counts };
}

/** 0: zero; 1: small, or the negative of a small one; 2: full. */
function sizeOf(value: Uint8Array): 0 | 1 | 2 {
  if (isZero(value)) return 0;
  // Most values are small, and then only the lowest bytes are not zero.
  if (isZero(value.subarray(2))) return 1;
  const number = BigInt(`0x${Buffer.from(value).reverse().toString("hex")}`);
  return number <= SMALL || R - number <= SMALL ? 1 : 2;
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
