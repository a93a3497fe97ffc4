/**
 * The file of a lowered circuit, and a proof made from it.
 * @module
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readR1cs } from "../../proof/files/r1cs.ts";
import { widenWitness } from "../../proof/files/witness.ts";
import { R } from "../../proof/groth16/points.ts";
import { openCeremony, openEngine } from "../../proof/open.ts";
import { coefficientAt, systemOf } from "../soundness/system.ts";
import { networkGraph, numbers } from "./drawn-network.ts";
import { lower } from "./lower.ts";
import { encodeR1cs, writeR1cs } from "./write-r1cs.ts";

const graph = networkGraph({
  input: [1, 6, 6],
  inputMax: 15,
  layers: [
    { kind: "convolution", channels: 2, kernel: 3, pool: 2 },
    { kind: "dense", outputs: 3 },
  ],
  weightReach: 15,
  activationBits: 4,
  gain: 2,
  seed: 9,
});
const circuit = lower(graph);
/** As large as a tag is: a wire of full size, like its square. */
const TAG = 2n ** 247n + 99n;
/** Small enough for snarkjs, which needs half a minute for the other. */
const tiny = lower(
  networkGraph({
    input: [1, 2, 2],
    inputMax: 3,
    layers: [
      { kind: "dense", outputs: 2 },
      { kind: "dense", outputs: 3 },
    ],
    weightReach: 3,
    activationBits: 2,
    gain: 3,
    seed: 5,
  }),
);
const hashed = lower(graph, ["hashed"]);
const draw = numbers(2);
const inputs = [Int32Array.from({ length: 36 }, () => draw() % 16)];

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-lower-"));
});
afterAll(() => rm(dir, { recursive: true }));

describe("encodeR1cs", () => {
  it.each([
    ["public", circuit],
    ["hashed", hashed],
  ] as const)("writes what is read back (%s inputs)", (_, lowered) => {
    const read = readR1cs(Buffer.concat([...encodeR1cs(lowered)]));
    expect(read).toMatchObject({
      nWires: lowered.wires,
      nPubOut: 3,
      nPubIn: 1 + lowered.publicSignals.inputs,
      nPrvIn: lowered.privateInputs,
    });
    const system = systemOf(read);
    expect(system.rows).toBe(lowered.rows);
    for (const name of ["a", "b", "c"] as const) {
      const [theirs, ours] = [system[name], lowered[name]];
      expect(theirs.offsets).toEqual(ours.offsets);
      expect(theirs.wires).toEqual(ours.wires);
      const values = (of: typeof ours): bigint[] =>
        Array.from(of.wires, (_wire, k) => coefficientAt(of, k));
      expect(values(theirs)).toEqual(values(ours));
    }
  });

  it("has every row's terms ascending, each wire once, and no zero", () => {
    for (const { offsets, wires, coefficients, full } of [hashed.a, hashed.b, hashed.c]) {
      for (let row = 0; row < hashed.rows; row++) {
        for (let k = (offsets[row] ?? 0) + 1; k < (offsets[row + 1] ?? 0); k++) {
          expect(wires[k]).toBeGreaterThan(wires[k - 1] ?? 0);
        }
      }
      coefficients.forEach((coefficient, k) => {
        if (coefficient === 0) expect(full.get(k)).toBeGreaterThan(0n);
      });
    }
  });
});

describe("writeR1cs", () => {
  it("puts the same bytes in the place of a file, and nothing beside it", async () => {
    const path = join(dir, "written", "model.r1cs");
    await expect(writeR1cs(circuit, path)).rejects.toThrow();
    const here = join(dir, "model.r1cs");
    await writeFile(here, "old");
    await writeR1cs(circuit, here);
    expect(await readFile(here)).toEqual(Buffer.concat([...encodeR1cs(circuit)]));
    expect(await readdir(dir)).toEqual(["model.r1cs"]);
  });
});

describe.each([
  ["engine of this machine", circuit, inputs, {}],
  ["reference engine", tiny, [Int32Array.of(3, 0, 2, 3)], { engine: "reference" }],
] as const)("the %s", (name, lowered, asked, engine) => {
  it("makes a key from the file, and proofs that hold for the outputs and for no others", async () => {
    const place = (file: string): string => join(dir, `${name}-${file}`);
    const ceremony = openCeremony(engine);
    const prover = openEngine(engine);
    try {
      const [r1cs, powersOfTau] = [place("model.r1cs"), place("powers.ptau")];
      const [first, key] = [place("first.zkey"), place("model.zkey")];
      await writeR1cs(lowered, r1cs);
      const power = Math.log2(lowered.domain.size);
      await ceremony.developmentPowersOfTau({ power, out: powersOfTau });
      await ceremony.newKey({ r1cs, powersOfTau, out: first });
      await ceremony.contributeToKey({ from: first, out: key, name: "test" });
      const verificationKey = await ceremony.exportVerificationKey({ key });

      const small = lowered.witness({ tag: TAG, inputs: asked });
      expect(small.full.size).toBeGreaterThan(0);
      const outputs = [...small.values.slice(1, 4)].map((value) => (BigInt(value) + R) % R);
      const publicSignals = [...outputs, TAG, ...[...(asked[0] ?? [])].map(BigInt)];
      for (const witness of [small, widenWitness(small)]) {
        const proven = await prover.prove({ provingKey: key, witness });
        expect(proven.publicSignals).toEqual(publicSignals);
        const claim = { key: verificationKey, publicSignals, proof: proven.proof };
        expect(await prover.verify(claim)).toBeUndefined();
        const [honest = 0n] = outputs;
        const forged = publicSignals.with(0, (honest + 1n) % R);
        expect(await prover.verify({ ...claim, publicSignals: forged })).toBeDefined();
      }
    } finally {
      await Promise.all([ceremony.close(), prover.close()]);
    }
  });
});
