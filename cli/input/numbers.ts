/**
 * Arrays of numbers as people keep them in files, whatever the kind of file; and how such files are opened and refused.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { CliError } from "../error.ts";

/** Row-major; every number is finite. */
export interface Numbers {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

/** 2^26 numbers are 512 MiB in memory: 85,000 pictures of MNIST, far beyond what a calibration gains from. */
export const MAX_NUMBERS: number = 2 ** 26;

/** @throws CliError `MALFORMED_INPUT` before a file larger than `maxBytes` is read */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  const found = await stat(path).catch((cause: unknown) => {
    throw malformed(
      `cannot read ${path}: ${(cause as Error).message}`,
      "Give the path of a readable file.",
    );
  });
  if (!found.isFile() || found.size > maxBytes) {
    throw malformed(
      `${path} is ${found.isFile() ? `${found.size} bytes` : "not a file"}, expected a file of at most ${maxBytes} bytes`,
      "Give a smaller file, or fewer samples.",
    );
  }
  return readFile(path);
}

/** Elements of a shape. @throws CliError `MALFORMED_INPUT` when there are more than anybody reads */
export function countOf(dims: readonly number[], place: string): number {
  const count = dims.reduce((product, dim) => product * dim, 1);
  if (count <= MAX_NUMBERS) return count;
  throw malformed(
    `${place} says it holds ${count} numbers, at most ${MAX_NUMBERS} are read`,
    "Give fewer samples.",
  );
}

/** UTF-8 as it is, without a byte order mark. @throws CliError `MALFORMED_INPUT` */
export function textOf(bytes: Uint8Array, place: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw malformed(`${place} is not text in UTF-8`, "Save it as UTF-8.");
  }
}

export function malformed(what: string, hint: string): CliError {
  return new CliError("MALFORMED_INPUT", what, hint);
}
