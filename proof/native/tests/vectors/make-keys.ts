/**
 * Makes the files that the Rust tests of keys read, by the reference: snarkjs makes powers of tau for 2^5 rows, and from
 * them keys of three circuits. The circuits are written here, row by row: what circom would never write must be in them.
 *
 *     node --import tsx proof/native/tests/vectors/make-keys.ts
 *
 * Every run draws new secrets, so that the bytes differ from run to run; the files of one run belong together.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { R } from "../../../groth16/points.ts";
import { openReferenceCeremony } from "../../../snarkjs/ceremony.ts";

const POWER = 5;
const BEACON = { hash: "c3".repeat(32), iterationsExp: 10 };

/** [wire, coefficient] */
type Row = readonly (readonly [number, bigint])[];
type Circuit = {
  readonly wires: number;
  readonly outputs: number;
  readonly publicInputs: number;
  readonly constraints: readonly (readonly [Row, Row, Row])[];
};

/** 28 rows, three public signals and the constant: a full domain. Wire 9 stands nowhere, wire 10 in C alone. */
function fullCircuit(): Circuit {
  const wires = 24;
  let state = 1n;
  const draw = (bound: bigint): bigint => {
    // Knuth's MMIX generator, its high half: any fixed mixture of coefficients will do.
    state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
    return (state >> 32n) % bound;
  };
  const full = (): bigint =>
    Array.from({ length: 8 }).reduce<bigint>((all) => (all << 32n) | draw(1n << 32n), 0n) % R;
  const coefficient = (): bigint => {
    const kinds = [
      () => 1n,
      () => R - 1n,
      () => draw(128n),
      () => R - draw(128n),
      () => 1n << draw(253n),
      () => R - (1n << draw(253n)),
      () => full(),
      () => [0n, (R - 1n) / 2n, (R + 1n) / 2n][Number(draw(3n))] ?? 0n,
    ];
    return kinds[Number(draw(BigInt(kinds.length)))]?.() ?? 1n;
  };
  const wire = (): number => {
    const drawn = Number(draw(BigInt(wires)));
    return drawn === 9 || drawn === 10 ? 11 : drawn;
  };
  // The same wire may be drawn twice for one row.
  const row = (): Row =>
    Array.from({ length: Number(draw(7n)) }, () => [wire(), coefficient()] as const);
  const constraints = Array.from({ length: 28 }, (_, i) => {
    const c = row();
    return [row(), row(), i % 5 === 0 ? [...c, [10, coefficient()] as const] : c] as const;
  });
  return { wires, outputs: 2, publicInputs: 1, constraints };
}

/** Rows as a compiler leaves them that eliminates a signal: all terms divided by one coefficient. */
function fractionCircuit(): Circuit {
  const inverse = (value: bigint): bigint => {
    // Fermat: value^(r − 2).
    let [result, power, exponent] = [1n, value % R, R - 2n];
    for (; exponent > 0n; exponent >>= 1n) {
      if (exponent & 1n) result = (result * power) % R;
      power = (power * power) % R;
    }
    return result;
  };
  const row = (denominator: bigint, offset: number, extra: Row = []): Row => [
    ...Array.from({ length: 20 }, (_, i): readonly [number, bigint] => {
      const numerator = BigInt(((i * 37 + offset * 11) % 127) - 63);
      return [1 + i + offset, ((numerator + R) * inverse(denominator)) % R] as const;
    }),
    ...extra,
  ];
  const full = (R * 2n) / 7n;
  return {
    wires: 30,
    outputs: 1,
    publicInputs: 1,
    constraints: [
      [row(1n << 23n, 0), row(1n << 23n, 3), [[5, 1n]]],
      [row(1n << 23n, 5), row(35n, 1), row(1n << 20n, 2)],
      [row((1n << 23n) * 35n, 2), row(R - 12n, 2), row(1n << 23n, 7, [[7, 1n << 30n]])],
      [row(1n << 23n, 1, [[3, full]]), row(1n, 4), row(35n, 0)],
    ],
  };
}

const CIRCUITS: Readonly<Record<string, Circuit>> = {
  full: fullCircuit(),
  fractions: fractionCircuit(),
  /** A domain of 2^3 within the same powers; nothing private. */
  public: {
    wires: 3,
    outputs: 1,
    publicInputs: 1,
    constraints: [
      [[[2, 1n]], [[2, 3n]], [[1, R - 2n]]],
      [
        [
          [0, 5n],
          [1, 1n],
        ],
        [[2, 1n]],
        [],
      ],
      [[], [], [[1, 4n]]],
    ],
  },
  /** One row and no public signal: the smallest domain there is. */
  private: {
    wires: 2,
    outputs: 0,
    publicInputs: 0,
    constraints: [[[[1, 1n]], [[1, 1n]], [[1, 1n]]]],
  },
};

function encode({ wires, outputs, publicInputs, constraints }: Circuit): Buffer {
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  const u64 = (value: number): Buffer => Buffer.concat([u32(value), u32(0)]);
  const number = (value: bigint): Buffer =>
    Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();
  const section = (id: number, parts: readonly Buffer[]): Buffer => {
    const payload = Buffer.concat(parts);
    return Buffer.concat([u32(id), u64(payload.length), payload]);
  };
  const counts = [wires, outputs, publicInputs, 0].map(u32);
  const header = [u32(32), number(R), ...counts, u64(wires), u32(constraints.length)];
  const rows = constraints
    .flat()
    .flatMap((row) => [
      u32(row.length),
      ...row.flatMap(([wire, value]) => [u32(wire), number(value)]),
    ]);
  const labels = Array.from({ length: wires }, (_, i) => u64(i));
  return Buffer.concat([
    Buffer.from("r1cs"),
    u32(1),
    u32(3),
    section(1, header),
    section(2, rows),
    section(3, labels),
  ]);
}

const here = (name: string): string => fileURLToPath(new URL(`keys/${name}`, import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "assay-vectors-"));
const at = (name: string): string => join(dir, name);
const ceremony = openReferenceCeremony();
try {
  mkdirSync(here(""), { recursive: true });
  const beacon = { name: "the beacon", beacon: BEACON };
  await ceremony.newPowersOfTau({ power: POWER, out: at("0.ptau") });
  await ceremony.contributeToPowersOfTau({ from: at("0.ptau"), out: at("1.ptau"), name: "Ada" });
  await ceremony.preparePhase2({ from: at("1.ptau"), out: at("powers.ptau") });
  copyFileSync(at("powers.ptau"), here("powers.ptau"));
  for (const [name, circuit] of Object.entries(CIRCUITS)) {
    writeFileSync(here(`${name}.r1cs`), encode(circuit));
    const parts = { r1cs: here(`${name}.r1cs`), powersOfTau: at("powers.ptau") };
    await ceremony.newKey({ ...parts, out: here(`${name}-0.zkey`) });
  }
  const key = (steps: number): string => here(`full-${steps}.zkey`);
  const told = [
    await ceremony.contributeToKey({ from: key(0), out: key(1), name: "Ada" }),
    await ceremony.contributeToKey({ from: key(1), out: key(2), name: "Charles" }),
    await ceremony.applyBeaconToKey({ from: key(2), out: key(3), ...beacon }),
  ];
  writeFileSync(
    here("full-hashes.bin"),
    Buffer.concat(told.map(({ hash }) => Buffer.from(hash, "hex"))),
  );
} finally {
  await ceremony.close();
  rmSync(dir, { recursive: true, force: true });
}
