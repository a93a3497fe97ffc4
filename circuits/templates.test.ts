/**
 * The circom templates that are the readable reference of the lowering, against plain integer arithmetic: the honest
 * witness satisfies, has the output that integers have, and nothing but a named hint can be otherwise.
 * @module
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mod } from "@noble/curves/abstract/modular.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readR1cs } from "../proof/files/r1cs.ts";
import { readWitness } from "../proof/files/witness.ts";
import { R } from "../proof/groth16/points.ts";
import { openEngine } from "../proof/open.ts";
import { compileCircuit } from "./compile.ts";
import { hashInput } from "./lower/hash/input-digest.ts";
import { poseidonConstants } from "./lower/hash/poseidon.ts";
import { looseWires } from "./soundness/rank.ts";
import { firstBrokenRow } from "./soundness/satisfied.ts";
import { type RowSystem, systemOf } from "./soundness/system.ts";
import { undeterminedWires } from "./soundness/uniqueness.ts";

const engine = openEngine();
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "assay-templates-"));
});
afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

type Inputs = Readonly<Record<string, readonly number[]>>;

interface Template {
  readonly system: RowSystem;
  readonly outputs: number;
  /** Wires of all inputs. */
  readonly inputs: readonly number[];
  witness(inputs: Inputs): Promise<bigint[]>;
}

async function compiled(file: string, main: string): Promise<Template> {
  const own = await mkdtemp(join(dir, "circuit-"));
  const source = `pragma circom 2.1.0;\ninclude "${file}";\ncomponent main = ${main};\n`;
  const { r1cs: path, wasm } = await compileCircuit({ source, dir: own });
  const r1cs = readR1cs(new Uint8Array(await readFile(path)));
  const first = 1 + r1cs.nPubOut;
  return {
    system: systemOf(r1cs),
    outputs: r1cs.nPubOut,
    inputs: Array.from({ length: r1cs.nPubIn + r1cs.nPrvIn }, (_, i) => first + i),
    witness: async (inputs) => {
      const named = Object.entries(inputs).map(([name, values]) => [name, values.map(BigInt)]);
      const bytes = await engine.calculateWitness(
        wasm,
        Object.fromEntries(named) as Record<string, bigint[]>,
      );
      return readWitness(bytes);
    },
  };
}

const CHANGES = [1n, R - 1n, 2n ** 20n, R - 2n ** 20n, (R + 1n) / 2n, 12345678901234567890123n];

/** @param hints how many wires of the template are hints that may be free */
async function expectReference(
  { system, inputs, outputs, witness }: Template,
  {
    hints,
    cases,
  }: {
    readonly hints: number;
    readonly cases: readonly (readonly [inputs: Inputs, outputs: readonly number[]])[];
  },
): Promise<void> {
  const free = undeterminedWires(system, inputs);
  expect(free).toHaveLength(hints);
  for (const wire of free) expect(wire).toBeGreaterThan(outputs);
  for (const [given, expected] of cases) {
    const honest = await witness(given);
    const shown = honest.slice(1, 1 + outputs);
    expect(shown, JSON.stringify(given)).toEqual(expected.map((value) => mod(BigInt(value), R)));
    expect(firstBrokenRow(system, honest)).toBeUndefined();
    const changeable = [...honest.keys()].filter((wire) =>
      CHANGES.some((change) => {
        const changed = honest.with(wire, mod((honest[wire] as bigint) + change, R));
        return firstBrokenRow(system, changed) === undefined;
      }),
    );
    // An input alone has nothing to hold it where its value does not matter.
    expect(free).toEqual(expect.arrayContaining(changeable.filter((w) => !inputs.includes(w))));
    expect(free).toEqual(expect.arrayContaining(looseWires(system, honest, inputs)));
  }
}

describe("Rescale", () => {
  const CASES = [
    { shift: 5, bits: 5, high: 4, below: 1, rows: 19 },
    { shift: 4, bits: 3, high: 1, below: 1, rows: 12 },
    { shift: 2, bits: 4, high: 0, below: 1, rows: 9 },
    { shift: 3, bits: 4, high: 3, below: 0, rows: 14 },
    { shift: 0, bits: 3, high: 1, below: 0, rows: 7 },
  ];

  it.each(CASES)(
    "is clip(⌊acc / 2^$shift⌋) in $rows rows, of $high bits above the output and $below of sign",
    async ({ shift, bits, high, below, rows }) => {
      const template = await compiled(
        "rescale.circom",
        `Rescale(${shift}, ${bits}, ${high}, ${below})`,
      );
      expect(template.system.rows).toBe(rows);
      const end = 2 ** (shift + bits + high);
      const top = 2 ** bits - 1;
      const edges = [0, 1, 2 ** shift - 1, 2 ** shift, 2 ** (shift + bits) - 1, end - 1];
      const some = [2 ** (shift + bits), Math.floor(end / 3), Math.floor(end / 2)];
      const negative = below ? [-1, -(2 ** shift), -Math.floor(end / 3), -end] : [];
      const inside = [...edges, ...some, ...negative].filter((acc) => acc < end);
      await expectReference(template, {
        hints: high > 1 ? 1 : 0,
        cases: inside.map((acc) => [
          { acc: [acc] },
          [Math.min(Math.max(Math.floor(acc / 2 ** shift), 0), top)],
        ]),
      });
      for (const acc of [end, below ? -end - 1 : -1]) {
        await expect(template.witness({ acc: [acc] })).rejects.toMatchObject({
          code: "WITNESS_FAILED",
        });
      }
    },
  );
});

/** Pairs at the ends and in the middle of differences of 5 bits and a sign. */
const PAIRS = [
  [0, 0],
  [31, 0],
  [0, 32],
  [-7, 9],
  [9, -7],
  [12, 12],
  [-16, 15],
] as const;

describe.each([
  ["maximum.circom", "Maximum(5)", 0, 8, (a: number, b: number) => [Math.max(a, b)]],
  ["compare.circom", "LessThan(5)", 0, 8, (a: number, b: number) => [Number(a < b)]],
  ["compare.circom", "IsEqual()", 1, 2, (a: number, b: number) => [Number(a === b)]],
] as const)("%s %s", (file, main, hints, rows, expected) => {
  it("is that of integers, and nothing else", async () => {
    const template = await compiled(file, main);
    expect(template.system.rows).toBeLessThanOrEqual(rows + 1);
    await expectReference(template, {
      hints,
      cases: PAIRS.map(([a, b]) => [{ a: [a], b: [b] }, expected(a, b)]),
    });
  });
});

describe("Select", () => {
  it("takes the one or the other, in one row", async () => {
    const template = await compiled("select.circom", "Select()");
    expect(template.system.rows).toBe(1);
    await expectReference(template, {
      hints: 0,
      cases: [
        [{ c: [1], x: [9], y: [-4] }, [9]],
        [{ c: [0], x: [9], y: [-4] }, [-4]],
      ],
    });
  });
});

describe.each([
  ["And", [0, 0, 0, 1]],
  ["Or", [0, 1, 1, 1]],
  ["Xor", [0, 1, 1, 0]],
] as const)("%s", (name, truth) => {
  it("has its truth table, in one row", async () => {
    const template = await compiled("logic.circom", `${name}()`);
    expect(template.system.rows).toBe(1);
    await expectReference(template, {
      hints: 0,
      cases: truth.map((z, k) => [{ a: [k >> 1], b: [k & 1] }, [z]]),
    });
  });
});

describe("Table", () => {
  it.each([1, 3, 8])("has its entries, of an index of %i bits", async (bits) => {
    const entries = Array.from({ length: 2 ** bits }, (_, x) => ((x * 7_919) % 251) - 100);
    const template = await compiled("table.circom", `Table(${bits}, [${entries}])`);
    const edges = [0, 1, 2 ** bits - 1, 2 ** (bits - 1), Math.floor((2 ** bits * 2) / 3)];
    await expectReference(template, {
      hints: 0,
      cases: edges.map((x) => [{ x: [x] }, [entries[x] as number]]),
    });
    await expect(template.witness({ x: [2 ** bits] })).rejects.toMatchObject({
      code: "WITNESS_FAILED",
    });
  });
});

describe("SumOfProducts", () => {
  it("is the sum of the products less the zeros", async () => {
    const template = await compiled("product.circom", "SumOfProducts(3, 4, -2)");
    await expectReference(template, {
      hints: 0,
      cases: [
        [{ a: [4, 5, 6], b: [0, 1, 2] }, [0 * 2 + 1 * 3 + 2 * 4]],
        [{ a: [-9, 0, 255], b: [17, -2, -128] }, [-13 * 19 + 0 + 251 * -126]],
      ],
    });
  });
});

describe("Divide", () => {
  it.each([
    [2, 4, 1],
    [7, 3, 3],
    [9, 5, 4],
  ])("by %i is that of integers, truncated and floored", async (d, n, k) => {
    const template = await compiled("division.circom", `Divide(${d}, ${n}, ${k})`);
    const end = d * 2 ** n;
    const dividends = [0, 1, -1, d, -d, d - 1, 1 - d, d + 1, -d - 1, end - 1, -end];
    await expectReference(template, {
      hints: 1,
      cases: dividends.map((x) => [
        { x: [x] },
        [Math.trunc(x / d), Math.floor(x / d), x - d * Math.floor(x / d)],
      ]),
    });
  });
});

describe("Dense", () => {
  it("is its bias and its weights times its inputs", async () => {
    const template = await compiled(
      "dense.circom",
      "Dense(4, 2, [[3, -7, 0, 15], [-1, 0, 0, 2]], [-20, 1000])",
    );
    await expectReference(template, {
      hints: 0,
      cases: [
        [{ x: [0, 0, 0, 0] }, [-20, 1000]],
        [{ x: [1, 1, 1, 1] }, [-9, 1001]],
        [{ x: [-15, 15, 7, 15] }, [55, 1045]],
      ],
    });
  });
});

describe("Tag", () => {
  it("stands in a row of its own", async () => {
    const { system, witness } = await compiled("tag.circom", "Tag()");
    expect(system.rows).toBe(1);
    for (const tag of [1, 2 ** 31]) {
      const honest = await witness({ tag: [tag] });
      expect(firstBrokenRow(system, honest)).toBeUndefined();
      for (const wire of [1, 2]) {
        const changed = honest.with(wire, (honest[wire] as bigint) + 1n);
        expect(firstBrokenRow(system, changed)).toBeDefined();
      }
    }
  });
});

describe("Absolute and Sign", () => {
  const numbers = [0, 1, -1, 2, -2, 31, -31, -32];

  it("is the magnitude", async () => {
    await expectReference(await compiled("absolute.circom", "Absolute(5)"), {
      hints: 0,
      cases: numbers.map((x) => [{ x: [x] }, [Math.abs(x)]]),
    });
  });

  it("is the sign", async () => {
    await expectReference(await compiled("absolute.circom", "Sign(5)"), {
      hints: 1,
      cases: numbers.map((x) => [{ x: [x] }, [Math.sign(x)]]),
    });
  });
});

describe("GreatestPosition", () => {
  it("is where the greatest stands, of equals the first", async () => {
    const template = await compiled("position.circom", "GreatestPosition(4, 3)");
    const rows = [
      [0, 0, 0],
      [1, 2, 2],
      [2, 1, 2],
      [-7, -8, -7],
      [-3, -5, 8],
      [5, 9, 7],
    ];
    await expectReference(template, {
      hints: 0,
      cases: rows.map((value) => [{ value }, [value.indexOf(Math.max(...value))]]),
    });
  });
});

describe("InputDigest", () => {
  it("is the digest that is computed outside, and leaves one value for every wire", async () => {
    const { c, M } = poseidonConstants();
    const matrix = `[${M.map((row) => `[${row}]`)}]`;
    const range = { min: -8, max: 7 };
    const count = 34;
    const template = await compiled(
      "input-digest.circom",
      `InputDigest(${count}, 1, 4, ${range.min}, [${c.flat()}], ${matrix})`,
    );
    const x = Array.from({ length: count }, (_, i) => ((i * 7) % 16) - 8);
    const witness = await template.witness({ x, salt: [77] });
    expect(witness[1]).toBe(hashInput(Int32Array.from(x), range, 77n));
    expect(firstBrokenRow(template.system, witness)).toBeUndefined();
    expect(undeterminedWires(template.system, template.inputs)).toEqual([]);
    const other = witness.with(1, mod((witness[1] as bigint) + 1n, R));
    expect(firstBrokenRow(template.system, other)).toBeDefined();
    await expect(template.witness({ x: x.with(5, 8), salt: [77] })).rejects.toMatchObject({
      code: "WITNESS_FAILED",
    });
  });
});
