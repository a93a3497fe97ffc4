/**
 * Reads NumPy's `.npz`: a zip of one `.npy` for each array, stored or deflated. Only what np.savez writes is read: one
 * disk, no encryption, no ZIP64 sizes; and nothing is unpacked beyond the size that its entry states and its checksum
 * fits. PKWARE, APPNOTE.TXT, "ZIP File Format Specification".
 * @module
 */
import { crc32, inflateRawSync } from "node:zlib";
import { decodeNpy } from "./npy.ts";
import { MAX_NUMBERS, malformed, type Numbers } from "./numbers.ts";

const END = 0x06054b50;
const END_BYTES = 22;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;

/** No model has more inputs than a few; savez of a whole workspace is a mistake. */
const MAX_ARRAYS = 64;
/** The largest element has 8 bytes. */
const MAX_UNPACKED_BYTES = 8 * MAX_NUMBERS;
/** ZIP64 stands in for sizes and offsets that say this. */
const ZIP64 = 0xffffffff;

/** Arrays by the name that they were saved under. @throws CliError `MALFORMED_INPUT` */
export function decodeNpz(bytes: Uint8Array): ReadonlyMap<string, Numbers> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const [count, size, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ];
  if (view.getUint16(end + 4, true) !== 0 || view.getUint16(end + 8, true) !== count) {
    throw unusable("it is one part of several");
  }
  if (count > MAX_ARRAYS)
    throw unusable(`it holds ${count} arrays, at most ${MAX_ARRAYS} are read`);
  if (start + size !== end) throw unusable("its directory does not stand where it says");

  const arrays = new Map<string, Numbers>();
  let at = start;
  let unpacked = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > end || view.getUint32(at, true) !== CENTRAL) {
      throw unusable("its directory is cut off");
    }
    const entry = readEntry(bytes, view, at, end);
    if (arrays.has(entry.name)) throw unusable(`array ${entry.name} is there twice`);
    unpacked += entry.bytes;
    if (unpacked > MAX_UNPACKED_BYTES) throw unusable("it unpacks to more than anybody reads");
    arrays.set(entry.name, decodeNpy(unpack(bytes, view, entry, start)));
    at = entry.next;
  }
  if (at !== end) throw unusable("bytes are left over in its directory");
  return arrays;
}

interface Entry {
  /** Without `.npy`. */
  readonly name: string;
  readonly deflated: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its local header stands. */
  readonly offset: number;
  /** Where the next entry of the directory stands. */
  readonly next: number;
}

/** The record stands at the very end: np.savez writes no comment. */
function findEnd(view: DataView): number {
  const end = view.byteLength - END_BYTES;
  if (end < 0 || view.getUint32(end, true) !== END || view.getUint16(end + 20, true) !== 0) {
    throw unusable("it does not end as a zip without a comment does");
  }
  return end;
}

function readEntry(bytes: Uint8Array, view: DataView, at: number, end: number): Entry {
  const flags = view.getUint16(at + 8, true);
  const method = view.getUint16(at + 10, true);
  const [crc, packedBytes, unpackedBytes, offset] = [
    view.getUint32(at + 16, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 24, true),
    view.getUint32(at + 42, true),
  ];
  const nameLength = view.getUint16(at + 28, true);
  const next =
    at + CENTRAL_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  if (next > end) throw unusable("its directory is cut off");
  const nameStart = at + CENTRAL_BYTES;
  const file = Buffer.from(bytes.subarray(nameStart, nameStart + nameLength)).toString("latin1");
  if (!/^[\x21-\x7e]{1,200}\.npy$/.test(file)) {
    throw unusable(`${JSON.stringify(file.slice(0, 80))} is no array of NumPy`);
  }
  if ((flags & 1) !== 0) throw unusable(`${file} is encrypted`);
  if (method !== 0 && method !== 8) throw unusable(`${file} is packed by method ${method}`);
  if ([packedBytes, unpackedBytes, offset].includes(ZIP64)) {
    throw unusable(`${file} has 4 GiB or more`);
  }
  const deflated = method === 8;
  if (!deflated && packedBytes !== unpackedBytes) throw unusable(`${file} has two sizes`);
  return {
    name: file.slice(0, -4),
    deflated,
    crc,
    packedBytes,
    bytes: unpackedBytes,
    offset,
    next,
  };
}

function unpack(
  bytes: Uint8Array,
  view: DataView,
  { name, deflated, crc, packedBytes, bytes: size, offset }: Entry,
  directory: number,
): Uint8Array {
  if (offset + LOCAL_BYTES > directory || view.getUint32(offset, true) !== LOCAL) {
    throw unusable(`${name} does not stand where the directory says`);
  }
  // The local header repeats the entry; only the lengths of its own name and extra field are needed.
  const start =
    offset + LOCAL_BYTES + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
  if (start + packedBytes > directory) throw unusable(`${name} is cut off`);
  const packed = bytes.subarray(start, start + packedBytes);
  const content = deflated ? inflate(packed, size, name) : packed;
  if (content.length !== size) {
    throw unusable(`${name} unpacks to ${content.length} bytes, expected ${size}`);
  }
  if (crc32(content) !== crc) throw unusable(`${name} does not fit its checksum`);
  return content;
}

function inflate(packed: Uint8Array, size: number, name: string): Uint8Array {
  try {
    // One byte more than stated, so that a stream that goes on is refused by its size and not cut off.
    return inflateRawSync(packed, { maxOutputLength: size + 1 });
  } catch (cause) {
    throw unusable(`${name} does not unpack (${(cause as Error).message})`);
  }
}

function unusable(what: string): Error {
  return malformed(
    `not a usable .npz file: ${what}`,
    'Save it with np.savez_compressed("x.npz", x=array, y=labels).',
  );
}
