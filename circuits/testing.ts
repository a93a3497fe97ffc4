/**
 * What tests of circuits and of whole networks stand on: sources of single gadgets, and a circuit package small enough
 * to be made in a test: a dense network of 6-4-3 with a circuit, keys and a ceremony as real as any. Made once for each
 * state of the sources and kept in the system's temporary folder, so that the test files of one run, and the runs after
 * it, share it.
 * @module
 */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { emitDenseGraph } from "../models/emit.ts";
import { type IntegerGraph, readIntegerGraph } from "../models/integer-graph.ts";
import { buildConstant, buildModel, buildNode, buildValue } from "../models/onnx/build.ts";
import { encodeModel } from "../models/onnx/decode.ts";
import { encodeValueMetadata, METADATA_KEY } from "../models/value-metadata.ts";
import { widenWitness } from "../proof/files/witness.ts";
import { openCeremony, openEngine } from "../proof/open.ts";
import { sha256 } from "../store/digest.ts";
import { splitInput } from "./interface.ts";
import { lower } from "./lower/lower.ts";
import type { Visibility } from "./lower/lowered.ts";
import { type CircuitPackage, ensurePackage } from "./package.ts";
import type { Question } from "./statement.ts";

const INPUTS = 6;
const HIDDEN = 4;
const LABELS = ["ash", "birch", "cedar"];
/** Inputs, activations and, in size, weights: four bits. */
const MAX = 15;

/**
 * The last input has weight 0 everywhere, like the border pixels of MNIST: it is public and in no row of the circuit.
 * @param variant another number is another model
 */
export function tinyGraph(variant = 0): IntegerGraph {
  const weight = (i: number, j: number): number => ((7 * i + 13 * j + 5 * variant) % 31) - MAX;
  const matrix = (outputs: number, inputs: number): number[][] =>
    Array.from({ length: outputs }, (_row, j) =>
      Array.from({ length: inputs }, (_, i) => (i === INPUTS - 1 ? 0 : weight(i, j))),
    );
  return readIntegerGraph(
    emitDenseGraph({
      name: `tiny-${variant}`,
      input: { size: INPUTS, min: 0, max: MAX, scale: 1 / MAX },
      layers: [
        {
          weights: matrix(HIDDEN, INPUTS),
          bias: [3, 200, -5, 400],
          requantise: { shifts: [4, 5, 4, 5], max: MAX },
        },
        { weights: matrix(LABELS.length, HIDDEN), bias: [0, -9, 21] },
      ],
      output: { scale: 0.01, labels: LABELS },
    }),
  );
}

/** A circuit of one template. @param main as in `Tag()` of tag.circom */
export function gadgetSource(
  file: string,
  main: string,
  publicInputs: readonly string[] = [],
): string {
  const shown = publicInputs.length === 0 ? "" : `{public [${publicInputs.join(", ")}]}`;
  return `pragma circom 2.1.0;\ninclude "${file}";\ncomponent main ${shown} = ${main};\n`;
}

/** An input of the tiny model, every element in its range, for 32 bytes of seed. */
export function tinyFreshInput(seed: Uint8Array): Int32Array {
  return Int32Array.from({ length: INPUTS }, (_, i) => (seed[i] ?? 0) & MAX);
}

/**
 * Two inputs and two outputs: mix = x · W + y and squares = y · y, with x of 4 elements in 0 to 15 and y of 3 in −8 to 7.
 */
export function pairGraph(): IntegerGraph {
  const weights = Array.from({ length: 12 }, (_, i) => 128 + ((5 * i) % 17) - 8);
  return readIntegerGraph(
    encodeModel(
      buildModel({
        name: "pair",
        inputs: [buildValue("x", "uint8", [1, 4]), buildValue("y", "int32", [1, 3])],
        outputs: [buildValue("mix", "int32", [1, 3]), buildValue("squares", "int32", [1, 3])],
        nodes: [
          buildNode("product", "MatMulInteger", ["x", "weights", "zero", "middle"], "product"),
          buildNode("mix", "Add", ["product", "y"], "mix"),
          buildNode("squares", "Mul", ["y", "y"], "squares"),
        ],
        constants: [
          buildConstant("weights", "uint8", [4, 3], weights),
          buildConstant("zero", "uint8", [], [0]),
          buildConstant("middle", "uint8", [], [128]),
        ],
        metadata: {
          [METADATA_KEY]: encodeValueMetadata({
            inputs: [
              { name: "x", min: 0, max: MAX, scale: 1 / MAX },
              { name: "y", min: -8, max: 7, scale: 0.5 },
            ],
            outputs: [
              { name: "mix", scale: 0.1, labels: [] },
              { name: "squares", scale: 0.25, labels: [] },
            ],
          }),
        },
      }),
    ),
  );
}

export function tinyPackage(variant = 0): Promise<CircuitPackage> {
  return packageFor(tinyGraph(variant), ["public"]);
}

export function pairPackage(
  visibility: readonly [Visibility, Visibility],
): Promise<CircuitPackage> {
  return packageFor(pairGraph(), visibility);
}

async function packageFor(
  graph: IntegerGraph,
  visibility: readonly Visibility[],
): Promise<CircuitPackage> {
  const root = join(tmpdir(), `assay-tiny-${userInfo().uid}-${await digestOfSources()}`);
  const places = { packagesDir: join(root, "packages"), ptauDir: join(root, "ptau") };
  await mkdir(places.packagesDir, { recursive: true, mode: 0o700 });
  const ceremony = openCeremony();
  const engine = openEngine();
  try {
    return await ensurePackage({ graph, visibility, ...places }, { ceremony, engine });
  } finally {
    await Promise.all([ceremony.close(), engine.close()]);
  }
}

/** Whatever a package is made by. */
const SOURCES = [
  "circuits",
  "circuits/lower",
  "circuits/lower/forms",
  "circuits/lower/hash",
  "proof",
  "proof/files",
  "proof/groth16",
  "proof/snarkjs",
  "proof/native",
  "proof/native/src",
  "proof/native/src/ceremony",
];

async function digestOfSources(): Promise<string> {
  const contents: Uint8Array[] = [];
  for (const folder of SOURCES) {
    const path = fileURLToPath(new URL(`../${folder}`, import.meta.url));
    const names = (await readdir(path)).filter((name) => /(?<!\.test)\.(ts|rs)$/.test(name));
    for (const name of names.sort()) contents.push(await readFile(join(path, name)));
  }
  return sha256(...contents).slice(0, 16);
}

/** A witness of a package's circuit, as a `.wtns` file. */
export function witnessOf({ graph, manifest }: CircuitPackage, question: Question): Uint8Array {
  const visibility = manifest.inputs.map((input) => input.visibility);
  const inputs = splitInput(question.input, manifest.inputs);
  return widenWitness(lower(graph, visibility).witness({ ...question, inputs }));
}

/** One place of a JSON value where a number or a text stands. */
export interface Leaf {
  /** As in `input.range.min`. */
  readonly path: string;
  /** A copy of the whole value with another number or text here, of the same form. */
  change(): unknown;
}

export function leavesOf(value: unknown): Leaf[] {
  if (typeof value !== "object" || value === null) {
    return [{ path: "", change: () => (typeof value === "number" ? value + 1 : otherText(value)) }];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner).map(({ path, change }) => ({
      path: path === "" ? key : `${key}.${path}`,
      change: () => {
        const copy = structuredClone(value);
        return Object.assign(copy, { [key]: change() });
      },
    })),
  );
}

/** Words that have one other word; every other text changes its last character, within hexadecimal. */
const OTHER_WORD: ReadonlyMap<unknown, string> = new Map([
  ["public", "hashed"],
  ["development", "ceremony"],
  ["contribution", "beacon"],
  ["beacon", "contribution"],
]);

function otherText(value: unknown): string {
  const text = String(value);
  return OTHER_WORD.get(text) ?? `${text.slice(0, -1)}${text.endsWith("e") ? "f" : "e"}`;
}
