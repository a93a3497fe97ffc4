/**
 * Reads a NumPy `.npy` array. Format 1.0 and 2.0 as in NumPy's `numpy.lib.format`; little-endian, C order; bytes beyond
 * the array are refused.
 * @module
 */
import { countOf, malformed, type Numbers } from "./numbers.ts";

/** Element readers by NumPy's dtype. */
const READERS: Readonly<
  Record<string, { readonly bytes: number; readonly read: (view: DataView, at: number) => number }>
> = {
  "|b1": { bytes: 1, read: (view, at) => view.getUint8(at) },
  "|u1": { bytes: 1, read: (view, at) => view.getUint8(at) },
  "|i1": { bytes: 1, read: (view, at) => view.getInt8(at) },
  "<u2": { bytes: 2, read: (view, at) => view.getUint16(at, true) },
  "<i2": { bytes: 2, read: (view, at) => view.getInt16(at, true) },
  "<u4": { bytes: 4, read: (view, at) => view.getUint32(at, true) },
  "<i4": { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  "<i8": { bytes: 8, read: (view, at) => exact(view.getBigInt64(at, true)) },
  "<u8": { bytes: 8, read: (view, at) => exact(view.getBigUint64(at, true)) },
  "<f4": { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  "<f8": { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

const MAGIC = "\u0093NUMPY";

/** NumPy's own limit. */
const MAX_DIMS = 64;

/** @throws CliError `MALFORMED_INPUT`, also for a number that is not finite or has more than 53 bits */
export function decodeNpy(bytes: Uint8Array): Numbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || Buffer.from(bytes.subarray(0, 6)).toString("latin1") !== MAGIC) {
    throw unusable("the file does not begin with NumPy's magic bytes");
  }
  const major = view.getUint8(6);
  if (major !== 1 && major !== 2) throw unusable(`format version ${major}, expected 1 or 2`);
  const lengthBytes = major === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) throw unusable("the header is cut off");
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + headerLength;
  if (start > bytes.length) throw unusable("the header is cut off");
  const header = Buffer.from(bytes.subarray(8 + lengthBytes, start)).toString("latin1");

  const descr = /'descr':\s*'([^']{1,8})'/.exec(header)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw unusable("the header does not name descr, fortran_order and shape");
  }
  const reader = Object.hasOwn(READERS, descr) ? READERS[descr] : undefined;
  if (reader === undefined) {
    throw unusable(`dtype ${descr}, expected one of ${Object.keys(READERS).join(" ")}`);
  }
  if (fortran === "True") throw unusable("Fortran order; save with np.ascontiguousarray(a)");

  const dims = shape
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(Number);
  if (dims.length > MAX_DIMS || !dims.every(Number.isSafeInteger)) {
    throw unusable(`shape (${shape.slice(0, 80)})`);
  }
  const count = countOf(dims, "the .npy file");
  if (bytes.length - start !== count * reader.bytes) {
    throw unusable(
      `${bytes.length - start} bytes of elements, expected ${count * reader.bytes} for shape (${dims.join(", ")})`,
    );
  }
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const value = reader.read(view, start + i * reader.bytes);
    if (!Number.isFinite(value)) throw unusable(`element ${i} is not a finite number`);
    values[i] = value;
  }
  return { dims, values };
}

/** NaN, which is refused, for what a double would round. */
function exact(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

function unusable(what: string): Error {
  return malformed(`not a usable .npy file: ${what}`, 'Save it with np.save("x.npy", array).');
}
