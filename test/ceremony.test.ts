/**
 * One suite over every ceremony: what is sound is accepted, and nothing else is. And both engines' ceremonies in one
 * another's hands: each step made by one is verified by the other, and where a step has one right result, they make the
 * same bytes.
 * @module
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CircuitPackage } from "../circuits/package.ts";
import { tinyPackage } from "../circuits/testing.ts";
import type { Ceremony, Contribution } from "../proof/ceremony.ts";
import { type EngineName, openCeremony } from "../proof/open.ts";
import { isBuilt } from "./engines.ts";

const ENGINES: readonly EngineName[] = ["reference", "native"];
/** Enough rows for the tiny circuit. */
const POWER = 7;
const beacon = { hash: "ab".repeat(32), iterationsExp: 10 };

let circuit: CircuitPackage;
let other: CircuitPackage;
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-ceremony-"));
  [circuit, other] = [await tinyPackage(0), await tinyPackage(1)];
}, 120_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The sections of a file of iden3's format: 12 bytes of head, then id (4), length (8) and content of each. */
function sectionsOf(file: Buffer): { id: number; middle: number }[] {
  const sections: { id: number; middle: number }[] = [];
  for (let at = 12; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at + 4));
    sections.push({ id: file.readUInt32LE(at), middle: at + 12 + (length >> 1) });
    at += 12 + length;
  }
  return sections;
}

for (const name of ENGINES) {
  describe.skipIf(!isBuilt(name))(`the ${name} ceremony`, () => {
    it("refuses a key nobody contributed to, an altered key, and a key of another circuit", async () => {
      const ceremony = openCeremony({ engine: name });
      const path = (file: string): string => join(dir, `${name}-${file}`);
      try {
        const r1cs = circuit.path("r1cs");
        const tau = ["new", "first", "second", "ready"].map((step) => path(`${step}.ptau`));
        const [start = "", first = "", second = "", ready = ""] = tau;
        await ceremony.newPowersOfTau({ power: POWER, out: start });
        expect(await ceremony.verifyPowersOfTau({ file: start })).toMatchObject({
          code: expect.stringMatching(/^KEY_(UNSAFE|MISMATCH)$/),
        });
        await ceremony.contributeToPowersOfTau({ from: start, out: first, name: "somebody" });
        await ceremony.applyBeaconToPowersOfTau({ from: first, out: second, name: "end", beacon });
        await ceremony.preparePhase2({ from: second, out: ready });
        // Powers that are not in the file: snarkjs would look for their points without end.
        for (const [place, value] of [
          [60, 40],
          [60, 0],
          [60, 6 + 2],
          [64, 36],
        ] as const) {
          const bytes = await readFile(second);
          bytes[place] = value;
          const file = path("header.ptau");
          await writeFile(file, bytes);
          expect(await ceremony.verifyPowersOfTau({ file })).toMatchObject({ code: "MALFORMED" });
          await writeFile(file, bytes.subarray(0, place));
          expect(await ceremony.verifyPowersOfTau({ file })).toMatchObject({ code: "MALFORMED" });
        }
        expect(await ceremony.verifyPowersOfTau({ file: ready })).toMatchObject({
          contributions: [
            { name: "somebody", kind: "contribution" },
            { name: "end", kind: "beacon", beacon },
          ],
        });

        const fresh = path("fresh.zkey");
        await ceremony.newKey({ r1cs, powersOfTau: ready, out: fresh });
        const step = { r1cs, powersOfTau: ready };
        expect(await ceremony.verifyKey({ ...step, key: fresh })).toMatchObject({
          code: "KEY_UNSAFE",
        });
        await expect(ceremony.exportVerificationKey({ key: fresh })).rejects.toMatchObject({
          code: "KEY_UNSAFE",
        });

        const key = path("key.zkey");
        const contribution = await ceremony.contributeToKey({ from: fresh, out: key, name: "me" });
        expect(await ceremony.verifyKey({ ...step, key })).toEqual({
          contributions: [contribution],
        });
        expect(await ceremony.verifyKey({ ...step, r1cs: other.path("r1cs"), key })).toMatchObject({
          code: "KEY_MISMATCH",
        });

        const beaconOnly = path("beacon.zkey");
        await ceremony.applyBeaconToKey({ from: fresh, out: beaconOnly, name: "end", beacon });
        expect(await ceremony.verifyKey({ ...step, key: beaconOnly })).toMatchObject({
          code: "KEY_UNSAFE",
        });

        const bytes = await readFile(key);
        const altered = path("altered.zkey");
        for (const { id, middle } of sectionsOf(bytes)) {
          const changed = Uint8Array.from(bytes);
          changed[middle] = (changed[middle] ?? 0) ^ 1;
          await writeFile(altered, changed);
          const verdict = await ceremony.verifyKey({ ...step, key: altered });
          expect(verdict, `section ${id}`).toHaveProperty("code");
        }
        await expect(ceremony.verifyKey({ ...step, key: path("none") })).rejects.toMatchObject({
          code: "FILE_MISSING",
        });
        await expect(
          ceremony.newKey({ r1cs, powersOfTau: start, out: path("no.zkey") }),
        ).rejects.toMatchObject({ hint: expect.any(String) });
        expect((await readdir(dir)).filter((name) => /no\.zkey|part|tmp/.test(name))).toEqual([]);
      } finally {
        await ceremony.close();
      }
    }, 120_000);
  });
}

describe.skipIf(!isBuilt("native"))("the two ceremonies", () => {
  const ceremonies: Partial<Record<EngineName, Ceremony>> = {};
  const of = (name: EngineName): Ceremony => {
    ceremonies[name] ??= openCeremony({ engine: name });
    return ceremonies[name];
  };
  afterAll(() => Promise.all(Object.values(ceremonies).map((ceremony) => ceremony.close())));

  /** Both say the same of a file, and that is what was contributed. */
  async function expectChain(
    verify: (ceremony: Ceremony) => Promise<unknown>,
    contributions: readonly Contribution[],
  ): Promise<void> {
    for (const name of ENGINES) {
      expect(await verify(of(name)), `verified by ${name}`).toEqual({ contributions });
    }
  }

  it.each([
    ["reference", "native"],
    ["native", "reference"],
  ] as const)(
    "take turns, %s first, and each goes on where the other left off",
    async (first, second) => {
      const [odd, even] = [of(first), of(second)];
      const path = (file: string): string => join(dir, `${first}-first-${file}`);
      const bytes = (file: string): Promise<Uint8Array> => readFile(path(file));
      const verifyTau = (file: string) => (ceremony: Ceremony) =>
        ceremony.verifyPowersOfTau({ file: path(file) });

      await odd.newPowersOfTau({ power: POWER, out: path("0.ptau") });
      await even.newPowersOfTau({ power: POWER, out: path("0-again.ptau") });
      expect(await bytes("0.ptau")).toEqual(await bytes("0-again.ptau"));
      const tau: Contribution[] = [];
      const chain = [path("0.ptau"), path("1.ptau"), path("2.ptau"), path("3.ptau")] as const;
      tau.push(await even.contributeToPowersOfTau({ from: chain[0], out: chain[1], name: "Ada" }));
      tau.push(await odd.contributeToPowersOfTau({ from: chain[1], out: chain[2], name: "Grâce" }));
      await expectChain(verifyTau("2.ptau"), tau);
      const closing = { from: chain[2], out: chain[3], name: "end", beacon };
      tau.push(await even.applyBeaconToPowersOfTau(closing));
      await odd.preparePhase2({ from: chain[3], out: path("ready.ptau") });
      await even.preparePhase2({ from: chain[3], out: path("ready-again.ptau") });
      expect(await bytes("ready.ptau")).toEqual(await bytes("ready-again.ptau"));
      await expectChain(verifyTau("ready.ptau"), tau);

      const sources = { r1cs: circuit.path("r1cs"), powersOfTau: path("ready.ptau") };
      await even.newKey({ ...sources, out: path("0.zkey") });
      await odd.newKey({ ...sources, out: path("0-again.zkey") });
      expect(await bytes("0.zkey")).toEqual(await bytes("0-again.zkey"));
      const key: Contribution[] = [];
      const keys = [path("0.zkey"), path("1.zkey"), path("2.zkey"), path("3.zkey")] as const;
      key.push(await odd.contributeToKey({ from: keys[0], out: keys[1], name: "Ada" }));
      key.push(await even.contributeToKey({ from: keys[1], out: keys[2], name: "Grâce" }));
      key.push(await odd.applyBeaconToKey({ from: keys[2], out: keys[3], name: "end", beacon }));
      await expectChain((ceremony) => ceremony.verifyKey({ ...sources, key: keys[3] }), key);
      expect(await odd.exportVerificationKey({ key: keys[3] })).toEqual(
        await even.exportVerificationKey({ key: keys[3] }),
      );
    },
    120_000,
  );

  it("take each other's development powers of tau", async () => {
    for (const maker of ENGINES) {
      const file = join(dir, `development-${maker}.ptau`);
      const lines: string[] = [];
      const onProgress = (line: string): number => lines.push(line);
      const made = await of(maker).developmentPowersOfTau(
        { power: POWER, out: file },
        { onProgress },
      );
      expect(made.map(({ name }) => name).join()).toContain("development");
      expect(lines.length).toBeGreaterThan(0);
      await expectChain((ceremony) => ceremony.verifyPowersOfTau({ file }), made);
    }
  }, 120_000);

  it("stop when they are told to, and leave no file", async () => {
    for (const name of ENGINES) {
      const stop = new AbortController();
      const out = join(dir, `stopped-${name}.ptau`);
      const making = of(name).developmentPowersOfTau(
        { power: 14, out },
        { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) },
      );
      await expect(making).rejects.toThrow("enough");
      await of(name).newPowersOfTau({ power: 1, out: join(dir, `after-${name}.ptau`) });
      expect((await readdir(dir)).filter((file) => file.includes("stopped"))).toEqual([]);
    }
  });
});
