/**
 * Makes what the Rust tests of powers of tau read, by the reference. Steps without secrets (beginning, a beacon,
 * preparation) give the same bytes on every run: their digests are kept. Contributions do not: three files of one chain
 * are kept, and what the reference says about who is in it.
 *
 *     node --import tsx proof/native/tests/vectors/make-powers.ts
 */
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openReferenceCeremony } from "../../../snarkjs/ceremony.ts";

const BEACON = { hash: "0102030405060708".repeat(4), iterationsExp: 10 };
/** Transforms of every small size, and one that is large enough for several layers on eight lanes. */
const POWERS = [1, 2, 3, 4, 7];

const here = (name: string): string => fileURLToPath(new URL(`tau/${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "assay-vectors-"));
const at = (name: string): string => join(dir, name);
const lines: string[] = [];
const ceremony = openReferenceCeremony();
try {
  mkdirSync(here("."), { recursive: true });
  for (const power of POWERS) {
    const path = (step: string): string => at(`${step}-${power}.ptau`);
    await ceremony.newPowersOfTau({ power, out: path("new") });
    await ceremony.applyBeaconToPowersOfTau({
      from: path("new"),
      out: path("beacon"),
      name: "a beacon",
      beacon: BEACON,
    });
    await ceremony.preparePhase2({ from: path("beacon"), out: path("prepared") });
    for (const step of ["new", "beacon", "prepared"]) {
      const digest = createHash("blake2b512").update(readFileSync(path(step))).digest("hex");
      lines.push(`${step} ${power} ${digest}`);
    }
  }
  const chain = [at("new-3.ptau"), at("once.ptau"), at("twice.ptau"), at("final.ptau")] as const;
  await ceremony.contributeToPowersOfTau({ from: chain[0], out: chain[1], name: "first" });
  await ceremony.contributeToPowersOfTau({ from: chain[1], out: chain[2], name: "ένα ß 😀" });
  const last = { from: chain[2], out: chain[3], name: "last", beacon: BEACON };
  await ceremony.applyBeaconToPowersOfTau(last);
  await ceremony.preparePhase2({ from: chain[3], out: at("prepared.ptau") });
  const verified = await ceremony.verifyPowersOfTau({ file: at("prepared.ptau") });
  if (!("contributions" in verified)) throw new Error(`refused: ${JSON.stringify(verified)}`);
  for (const { kind, hash, name } of verified.contributions) lines.push(`${kind} ${hash} ${name}`);
  for (const file of ["once.ptau", "final.ptau", "prepared.ptau"]) {
    copyFileSync(at(file), here(file));
  }
  writeFileSync(here("reference.txt"), `${lines.join("\n")}\n`);
} finally {
  await ceremony.close();
  rmSync(dir, { recursive: true, force: true });
}
