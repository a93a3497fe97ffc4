/**
 * Reads a NumPy `.npy` array of whole numbers. Format 1.0 and 2.0 as in NumPy's `numpy.lib.format`; little-endian,
 * C order; bytes beyond the array are refused.
 * @module
 */
import { CliError } from "./error.ts";

export interface NpyArray {
  readonly dims: readonly number[];
  readonly values: Int32Array;
}

/** Element readers by NumPy's dtype; each returns a number that must turn out to be whole and within int32. */
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
  "<i8": { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  "<u8": { bytes: 8, read: (view, at) => Number(view.getBigUint64(at, true)) },
  "<f4": { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  "<f8": { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

const MAGIC = "\u0093NUMPY";

/** @throws CliError `MALFORMED_INPUT` */
export function decodeNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 10 || Buffer.from(bytes.subarray(0, 6)).toString("latin1") !== MAGIC) {
    throw malformed("the file does not begin with NumPy's magic bytes");
  }
  const major = view.getUint8(6);
  if (major !== 1 && major !== 2) throw malformed(`format version ${major}, expected 1 or 2`);
  const lengthBytes = major === 1 ? 2 : 4;
  if (bytes.length < 8 + lengthBytes) throw malformed("the header is cut off");
  const headerLength = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const start = 8 + lengthBytes + headerLength;
  if (start > bytes.length) throw malformed("the header is cut off");
  const header = Buffer.from(bytes.subarray(8 + lengthBytes, start)).toString("latin1");

  const descr = /'descr':\s*'([^']{1,8})'/.exec(header)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1];
  if (descr === undefined || fortran === undefined || shape === undefined) {
    throw malformed("the header does not name descr, fortran_order and shape");
  }
  const reader = READERS[descr];
  if (reader === undefined) {
    throw malformed(`dtype ${descr}, expected one of ${Object.keys(READERS).join(" ")}`);
  }
  if (fortran === "True") throw malformed("Fortran order; save with np.ascontiguousarray(a)");

  const dims = shape
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(Number);
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length - start !== count * reader.bytes) {
    throw malformed(
      `${bytes.length - start} bytes of elements, expected ${count * reader.bytes} for shape (${dims.join(", ")})`,
    );
  }
  const values = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const value = reader.read(view, start + i * reader.bytes);
    if ((value | 0) !== value)
      throw malformed(`element ${i} is ${value}, not a 32-bit whole number`);
    values[i] = value;
  }
  return { dims, values };
}

function malformed(what: string): CliError {
  return new CliError(
    "MALFORMED_INPUT",
    `not a usable .npy file: ${what}`,
    'Save it with np.save("x.npy", array).',
  );
}
