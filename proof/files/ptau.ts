/**
 * The header of a `.ptau` file, looked at before snarkjs sees the file: it believes the powers that stand there and
 * works through as many points, which for a damaged number takes for ever.
 * @module
 */
import { open } from "node:fs/promises";
import type { Rejection } from "../rejection.ts";

/** Magic, version, number of sections; id and length of the first; n8, q, power, ceremonyPower. */
const HEADER_BYTES = 12 + 12 + 40 + 4;
/** Fr has roots of unity up to 2^28: no circuit has more rows, and no public ceremony more powers. */
const MAX_POWER = 28;
/** One point of G1 in the file; tau in G1 alone has more than 2^power of them. */
const POINT_BYTES = 64;

/** @returns undefined when snarkjs can be trusted to come to an end over this file */
export async function refusePowersOfTau(path: string): Promise<Rejection | undefined> {
  const file = await open(path, "r");
  try {
    const head = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0);
    const isHeader =
      bytesRead === HEADER_BYTES &&
      head.toString("latin1", 0, 4) === "ptau" &&
      head.readUInt32LE(12) === 1 &&
      head.readBigUInt64LE(16) === 44n;
    if (!isHeader) return { code: "MALFORMED", at: "header" };
    const power = head.readUInt32LE(HEADER_BYTES - 8);
    const ceremonyPower = head.readUInt32LE(HEADER_BYTES - 4);
    if (ceremonyPower < 1 || ceremonyPower > MAX_POWER) {
      return { code: "MALFORMED", at: "ceremonyPower" };
    }
    const { size } = await file.stat();
    if (power < 1 || power > ceremonyPower || size < POINT_BYTES * 2 ** power) {
      return { code: "MALFORMED", at: "power" };
    }
    return undefined;
  } finally {
    await file.close();
  }
}
