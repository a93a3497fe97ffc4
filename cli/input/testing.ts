/**
 * For tests: files as NumPy writes them.
 * @module
 */
import { crc32, deflateRawSync } from "node:zlib";

/** @param descr NumPy's dtype, as in `<f4` */
export function encodeNpy(
  descr: string,
  dims: readonly number[],
  elements: Uint8Array,
): Uint8Array {
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(", ");
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const header = `${dict.padEnd(Math.ceil((10 + dict.length + 1) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([
    Buffer.from("\u0093NUMPY\u0001\u0000", "latin1"),
    length,
    Buffer.from(header, "latin1"),
    elements,
  ]);
}

export function doublesNpy(dims: readonly number[], values: readonly number[]): Uint8Array {
  return encodeNpy("<f8", dims, new Uint8Array(Float64Array.from(values).buffer));
}

export function integersNpy(dims: readonly number[], values: readonly number[]): Uint8Array {
  return encodeNpy("<i4", dims, new Uint8Array(Int32Array.from(values).buffer));
}

/** As np.savez does it (ZIP64 in the local headers, plain sizes in the directory), or np.savez_compressed. */
export function encodeNpz(
  arrays: Readonly<Record<string, Uint8Array>>,
  { deflate = false }: { readonly deflate?: boolean } = {},
): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of Object.entries(arrays)) {
    const file = Buffer.from(`${name}.npy`, "latin1");
    const packed = deflate ? deflateRawSync(content) : content;
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(deflate ? 8 : 0, 10);
    entry.writeUInt32LE(crc32(content), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(content.length, 24);
    entry.writeUInt16LE(file.length, 28);
    entry.writeUInt32LE(at, 42);
    directory.push(entry, file);

    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(deflate ? 8 : 0, 8);
    local.writeUInt32LE(0xffffffff, 18);
    local.writeUInt32LE(0xffffffff, 22);
    local.writeUInt16LE(file.length, 26);
    local.writeUInt16LE(20, 28);
    const zip64 = Buffer.alloc(20);
    parts.push(local, file, zip64, Buffer.from(packed));
    at += local.length + file.length + zip64.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(arrays).length, 8);
  end.writeUInt16LE(Object.keys(arrays).length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, list, end]);
}
