/**
 * How a statement comes into a circuit: the tag, and each input as it is seen. The range of a public input is a clause of
 * every verifier; the elements of a hashed or a private one are checked in the circuit, which nobody else can do.
 * @module
 */
import type { GraphInput } from "../../models/integer-graph.ts";
import { elementCount } from "../../models/onnx/tensor.ts";
import { R } from "../../proof/groth16/points.ts";
import { holdAtMost } from "./at-most.ts";
import { bitsOf } from "./bits.ts";
import { isSalt } from "./hash/input-digest.ts";
import { addInputDigest } from "./hash/input-rows.ts";
import type { Visibility } from "./lowered.ts";
import type { Element } from "./rounded.ts";
import type { Rows } from "./rows.ts";
import { bitLength, constantSum, shifted } from "./sum.ts";
import { failed, type WitnessRun } from "./witness.ts";

/** Inputs of more elements than this are hashed unless told otherwise: each public signal costs every verifier. */
const MAX_PUBLIC_ELEMENTS = 1024;

export function defaultVisibility({ dims }: GraphInput): Visibility {
  return elementCount(dims) <= MAX_PUBLIC_ELEMENTS ? "public" : "hashed";
}

/** The wires of one input. */
export interface InputWires {
  readonly input: GraphInput;
  readonly visibility: Visibility;
  /** Of its first element; the others follow. */
  readonly first: number;
  readonly count: number;
  /** Of a hashed input. */
  readonly digest?: { readonly digest: number; readonly salt: number };
}

/** Public wires first, as Groth16 wants them: elements of public inputs and digests of hashed ones, in their order. */
export function inputWires(
  rows: Rows,
  inputs: readonly (readonly [input: GraphInput, visibility: Visibility])[],
): InputWires[] {
  const shown = inputs.map(([input, visibility]) => {
    if (visibility === "public") return elementWires(rows, input);
    return visibility === "hashed" ? rows.addFullWire() : undefined;
  });
  return inputs.map(([input, visibility], k) => {
    const count = elementCount(input.dims);
    const own = shown[k];
    if (visibility === "public") return { input, visibility, first: own as number, count };
    const first = elementWires(rows, input);
    if (visibility === "private") return { input, visibility, first, count };
    return {
      input,
      visibility,
      first,
      count,
      digest: { digest: own as number, salt: rows.addFullWire() },
    };
  });
}

function elementWires(rows: Rows, { dims, min, max }: GraphInput): number {
  const first = rows.wires;
  for (let i = elementCount(dims); i > 0; i--) rows.addWire(min, max);
  return first;
}

/** The elements, after the rows that keep those in their range that no verifier sees, and make their digest. */
export function inputElements(
  rows: Rows,
  { input, visibility, first, count, digest }: InputWires,
): Element[] {
  const elements = Array.from({ length: count }, (_, i) => {
    if (visibility !== "public") checkRange(rows, first + i, input);
    return input.min === input.max ? constantSum(input.min) : rows.term(first + i);
  });
  if (digest !== undefined) addInputDigest(rows, { first, count, range: input, ...digest });
  return elements;
}

/** wire = min + Σ 2^i·b_i, and the number of the bits is at most max − min. */
function checkRange(
  rows: Rows,
  wire: number,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  const span = max - min;
  const count = bitLength(span);
  const bits = bitsOf(rows, shifted(rows.term(wire), -min), count);
  holdAtMost(rows, bits, span);
}

/** The tag stands in a row of its own, tag × tag = square, which no rearrangement of the circuit can drop. */
export function addTag(rows: Rows, tag: number): void {
  const square = rows.addFullWire();
  rows.addRow(rows.term(tag), rows.term(tag), rows.term(square));
  rows.stepProgram((read, set) => {
    const value = read(tag);
    set(square, (value * value) % R);
  });
}

/** One salt for each hashed input, in their order; none at all is 0 for each. @throws CircuitError `WITNESS_FAILED` */
export function setSalts(
  run: WitnessRun,
  places: readonly InputWires[],
  salts: readonly bigint[] | undefined,
): void {
  const wires = places.flatMap(({ digest }) => (digest === undefined ? [] : [digest.salt]));
  if (salts !== undefined && salts.length !== wires.length) {
    throw failed(`there are ${salts.length} salts, expected ${wires.length}`);
  }
  wires.forEach((wire, k) => {
    const salt = salts?.[k] ?? 0n;
    if (!isSalt(salt)) throw failed(`salt ${k} has more than 128 bits`);
    run.setFull(wire, salt);
  });
}

/** @throws CircuitError `WITNESS_FAILED` */
export function setInput(
  run: WitnessRun,
  { input, first, count }: InputWires,
  elements: Int32Array | undefined,
): void {
  const { name, min, max } = input;
  if (elements?.length !== count) {
    throw failed(`input ${name} has ${elements?.length ?? 0} elements, expected ${count}`);
  }
  for (let i = 0; i < count; i++) {
    const value = elements[i] as number;
    if (value < min || value > max) {
      throw failed(`element ${i} of input ${name} is ${value}, expected ${min} to ${max}`);
    }
    run.set(first + i, value);
  }
}
