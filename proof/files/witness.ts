/**
 * Reads and writes `.wtns`: every wire's value, plain and below r. iden3, version 2, as snarkjs 0.7.6 writes it.
 * @module
 */
import type { SmallWitness } from "../engine.ts";
import { ProofError } from "../error.ts";
import { R } from "../groth16/points.ts";
import { malformed, readSections } from "./reader.ts";

const VALUE_BYTES = 32;
/** Magic, version, number of sections; then 12 bytes before each section's payload, the first of which has 40. */
const VALUES_AT = 12 + 12 + 40 + 12;

/** @throws ProofError `MALFORMED_FILE` */
export function readWitness(bytes: Uint8Array): bigint[] {
  const sections = readSections(bytes, "wtns", [1, 2]);
  if (sections.version !== 2) throw malformed("wtns", `version ${sections.version}, expected 2`);
  const header = sections.section(1);
  if (header.u32() !== VALUE_BYTES) throw malformed("wtns", "its numbers are not 32 bytes");
  if (header.fieldElement(1n << 256n) !== R) throw malformed("wtns", "its field is not BN254's Fr");
  const count = header.u32();
  header.end();
  const payload = sections.section(2);
  if (payload.left !== count * VALUE_BYTES)
    throw malformed("wtns", `it does not hold ${count} values`);
  return Array.from({ length: count }, () => payload.fieldElement(R));
}

/** @throws ProofError `NON_CANONICAL` for a value outside [0, r) */
export function encodeWitness(values: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(VALUES_AT + VALUE_BYTES * values.length);
  bytes.write("wtns", 0, "latin1");
  bytes.writeUInt32LE(2, 4);
  bytes.writeUInt32LE(2, 8);
  bytes.writeUInt32LE(1, 12);
  bytes.writeBigUInt64LE(40n, 16);
  bytes.writeUInt32LE(VALUE_BYTES, 24);
  writeValue(bytes, 28, R);
  bytes.writeUInt32LE(values.length, 60);
  bytes.writeUInt32LE(2, 64);
  bytes.writeBigUInt64LE(BigInt(VALUE_BYTES * values.length), 68);
  for (const [wire, value] of values.entries()) {
    if (value < 0n || value >= R) {
      throw new ProofError(
        "NON_CANONICAL",
        `wire ${wire} is ${value}, expected a number from 0 to r − 1`,
        "Reduce it mod r.",
      );
    }
    writeValue(bytes, VALUES_AT + VALUE_BYTES * wire, value);
  }
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** @throws ProofError `NON_CANONICAL` as encodeWitness; `MALFORMED_WITNESS` for a wire that is not there */
export function widenWitness({ values, full }: SmallWitness): Uint8Array {
  const wide = Array.from(values, (value) => (value < 0 ? R + BigInt(value) : BigInt(value)));
  for (const [wire, value] of full) {
    if (!(wire in wide)) {
      throw new ProofError(
        "MALFORMED_WITNESS",
        `wire ${wire} has a value of full size, and there are ${wide.length} wires`,
        "Give values for every wire of the circuit.",
      );
    }
    wide[wire] = value;
  }
  return encodeWitness(wide);
}

function writeValue(bytes: Buffer, at: number, value: bigint): void {
  Buffer.from(value.toString(16).padStart(2 * VALUE_BYTES, "0"), "hex")
    .reverse()
    .copy(bytes, at);
}
