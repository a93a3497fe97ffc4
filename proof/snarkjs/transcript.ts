/**
 * Who contributed, read from what snarkjs says while it verifies: it checks each entry of the file against the points
 * and prints the hash it computed, newest first. (The file itself holds no hash of a phase 2 contribution.)
 * @module
 */
import type { Contribution } from "../ceremony.ts";

const HEAD = /^contribution #(\d+):? ?(.*?):?$/i;
const BEACON_HASH = /^Beacon generator: ([0-9a-f]+)$/;
const BEACON_EXP = /^Beacon iterations Exp: (\d+)$/;
/** The name of the hash that a participant publishes, in phase 1; phase 2 prints it under the head itself. */
const RESPONSE = "Response Hash:";

/** @param log the lines of a verification that succeeded; oldest contribution first in the result */
export function contributionsIn(log: readonly string[]): Contribution[] {
  const found: { name: string; hash?: string; beaconHash?: string; iterationsExp?: number }[] = [];
  for (const entry of log) {
    const [title = "", ...rest] = entry.split("\n");
    const head = HEAD.exec(title.trim());
    if (head !== null) {
      const hash = hexOf(rest);
      found.push({ name: (head[2] ?? "").trim(), ...(hash === "" ? {} : { hash }) });
      continue;
    }
    const current = found.at(-1);
    if (current === undefined) continue;
    // Phase 1 prints two lines of this title: the second is the previous challenge.
    if (title.trim() === RESPONSE) current.hash ??= hexOf(rest);
    const beaconHash = BEACON_HASH.exec(title)?.[1];
    if (beaconHash !== undefined) current.beaconHash = beaconHash;
    const exp = BEACON_EXP.exec(title)?.[1];
    if (exp !== undefined) current.iterationsExp = Number(exp);
  }
  return found.reverse().map(({ name, hash = "", beaconHash, iterationsExp }) => {
    if (beaconHash === undefined || iterationsExp === undefined) {
      return { name, kind: "contribution", hash };
    }
    return { name, kind: "beacon", hash, beacon: { hash: beaconHash, iterationsExp } };
  });
}

function hexOf(lines: readonly string[]): string {
  return lines.join("").replaceAll(/\s/g, "");
}
