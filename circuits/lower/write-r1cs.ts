/**
 * Writes a lowered circuit as `.r1cs`, which snarkjs, circom's tools and proof/files/r1cs.ts read: iden3, "Binary format
 * for R1CS", version 1. In pieces, because the rows of a large network are hundreds of megabytes.
 * @module
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import { R } from "../../proof/groth16/points.ts";
import { placeFile, temporaryBeside } from "../../store/atomic.ts";
import type { LoweredCircuit } from "./lowered.ts";
import type { Matrix } from "./rows.ts";

const NUMBER_BYTES = 32;
/** A wire's number, 4 bytes, and its coefficient. */
const TERM_BYTES = 4 + NUMBER_BYTES;
const LABEL_BYTES = 8;
/** Of a section: its id and its length. */
const SECTION_BYTES = 4 + 8;
const HEADER_BYTES = 4 + NUMBER_BYTES + 4 * 4 + 8 + 4;

/** As large as a write to a disk need be to be fast. */
const CHUNK_BYTES = 1 << 20;

/** Coefficients whose bytes are kept: weights and powers of two are few, biases are as many as there are rows. */
const MAX_KEPT = 1 << 16;

/** The bytes of the file, in order. Each chunk is the caller's. */
export function* encodeR1cs(circuit: LoweredCircuit): Iterable<Uint8Array> {
  const { wires, publicSignals, privateInputs, rows, a, b, c } = circuit;
  const out = new Chunks();
  const nonZeros = [a, b, c].reduce((sum, matrix) => sum + matrix.wires.length, 0);

  out.bytes(new TextEncoder().encode("r1cs"));
  out.u32(1); // version
  out.u32(3); // sections
  out.section(1, HEADER_BYTES);
  out.u32(NUMBER_BYTES);
  out.bytes(numberBytes(R));
  out.u32(wires);
  out.u32(publicSignals.outputs);
  out.u32(publicSignals.tag + publicSignals.inputs);
  out.u32(privateInputs);
  out.u64(wires); // labels
  out.u32(rows);

  out.section(2, rows * 3 * 4 + nonZeros * TERM_BYTES);
  const bytesOf = coefficientBytes();
  for (let row = 0; row < rows; row++) {
    for (const matrix of [a, b, c]) {
      const from = matrix.offsets[row] as number;
      const to = matrix.offsets[row + 1] as number;
      out.u32(to - from);
      for (let k = from; k < to; k++) {
        out.u32(matrix.wires[k] as number);
        out.bytes(bytesOf(matrix, k));
        if (out.isFull) yield out.take();
      }
    }
    if (out.isFull) yield out.take();
  }

  // A label is the number by which circom's symbols name a wire: here the wire itself.
  out.section(3, wires * LABEL_BYTES);
  for (let wire = 0; wire < wires; wire++) {
    out.u64(wire);
    if (out.isFull) yield out.take();
  }
  yield out.take();
}

/** Replaces the file at `path`, whole or not at all. @throws StoreError `DISK_FULL` | `WRITE_FAILED` */
export async function writeR1cs(circuit: LoweredCircuit, path: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, "wx");
    try {
      for (const chunk of encodeR1cs(circuit)) await writeAll(file, chunk);
    } finally {
      await file.close();
    }
    await placeFile(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) {
    written += (await file.write(chunk, written)).bytesWritten;
  }
}

function coefficientBytes(): (matrix: Matrix, position: number) => Uint8Array {
  const kept = new Map<number, Uint8Array>();
  return ({ coefficients, full }, position) => {
    const coefficient = coefficients[position] as number;
    // 0 stands where the coefficient is of full size.
    if (coefficient === 0) return numberBytes(full.get(position) ?? 0n);
    const known = kept.get(coefficient);
    if (known !== undefined) return known;
    const bytes = numberBytes(BigInt(coefficient) + (coefficient < 0 ? R : 0n));
    if (kept.size < MAX_KEPT) kept.set(coefficient, bytes);
    return bytes;
  };
}

/** 32 bytes, little-endian. */
function numberBytes(value: bigint): Uint8Array {
  const hex = value.toString(16).padStart(2 * NUMBER_BYTES, "0");
  return Uint8Array.from(Buffer.from(hex, "hex").reverse());
}

/** Bytes on their way, little-endian. */
class Chunks {
  #chunk = new Uint8Array(CHUNK_BYTES);
  #view = new DataView(this.#chunk.buffer);
  #at = 0;

  /** Little room is left: a term, or the beginning of a section, still fits. */
  get isFull(): boolean {
    return this.#at > CHUNK_BYTES - 4 * (TERM_BYTES + SECTION_BYTES);
  }

  take(): Uint8Array {
    const taken = this.#chunk.subarray(0, this.#at);
    this.#chunk = new Uint8Array(CHUNK_BYTES);
    this.#view = new DataView(this.#chunk.buffer);
    this.#at = 0;
    return taken;
  }

  section(id: number, bytes: number): void {
    this.u32(id);
    this.u64(bytes);
  }

  u32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  u64(value: number): void {
    this.u32(value % 2 ** 32);
    this.u32(Math.floor(value / 2 ** 32));
  }

  bytes(bytes: Uint8Array): void {
    this.#chunk.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
