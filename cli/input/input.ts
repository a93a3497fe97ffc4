/**
 * What a person brings as one input of a model: a picture, a JSON, NumPy or CSV array for each input tensor, turned into
 * the model's integers. A PNG is always pixels; arrays are the model's own integers unless the caller says that they are
 * pixels, or real numbers to be rounded by the rule that the model states.
 * @module
 */
import { basename } from "node:path";
import type { Command } from "commander";
import { decodeCsv, numberOf } from "./csv.ts";
import { decodeJson } from "./json.ts";
import { decodeNpy } from "./npy.ts";
import { decodeNpz } from "./npz.ts";
import { countOf, malformed, type Numbers, readBounded, textOf } from "./numbers.ts";
import { decodePicture, pictureNumbers } from "./png.ts";

/** Far above any input of a model in the catalogue, far below what would hurt. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** What one input must become. */
export interface InputTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly min: number;
  readonly max: number;
  /** Real numbers to the model's integers, by the rule that the model states. */
  readonly quantise: (real: Float64Array) => Int32Array;
  /** Grey pixels (one byte each, row-major) to integers, where the model's card has a rule of its own. */
  readonly preprocess?: (pixels: Uint8Array) => Int32Array;
}

/** What the numbers of an array are. */
export type NumberKind = "integers" | "pixels" | "real";

/** As options of a command. */
export interface InputOptions {
  readonly input: readonly string[];
  readonly pixels?: boolean;
  readonly real?: boolean;
}

export function withInputOptions(command: Command): Command {
  return command
    .requiredOption(
      "-i, --input <file>",
      "a PNG picture, or numbers as JSON, NPY or CSV; name=file for each of several inputs, or one NPZ",
      (file: string, earlier: readonly string[] = []) => [...earlier, file],
    )
    .option("--pixels", "the numbers are pixels of 0 to 255")
    .option("--real", "the numbers are real, to be rounded as the model states; else its integers");
}

export function numberKindOf({ pixels, real }: InputOptions): NumberKind {
  if (pixels === true && real === true) {
    throw malformed("--pixels and --real contradict each other", "Give one of them.");
  }
  return pixels === true ? "pixels" : real === true ? "real" : "integers";
}

/**
 * @param sources for each input a file as `name=file`; or one file: the one input's, or all of them by name
 * @returns integers of each input, in the order of `tensors`
 * @throws CliError `MALFORMED_INPUT` naming what was expected and what came
 */
export async function readInputs(
  sources: readonly string[],
  tensors: readonly InputTensor[],
  kind: NumberKind = "integers",
): Promise<Int32Array[]> {
  const found = await readSources(sources, tensors);
  return tensors.map((tensor, i) => convert(found[i] as Source, tensor, kind));
}

/** As `readInputs`, for a model of real numbers: a picture is 0 to 1. */
export async function readReals(
  sources: readonly string[],
  tensors: readonly Pick<InputTensor, "name" | "dims">[],
): Promise<Float64Array[]> {
  const found = await readSources(sources, tensors);
  return tensors.map((tensor, i) => {
    const source = found[i] as Source;
    const { place } = source;
    if (source.kind === "picture") {
      return pictureNumbers(decodePicture(source.bytes, place), tensor.dims, place);
    }
    requireCount(source.values.length, tensor, place);
    return source.values;
  });
}

type Named = readonly Pick<InputTensor, "name">[];

type Source =
  | { readonly kind: "picture"; readonly bytes: Uint8Array; readonly place: string }
  | { readonly kind: "numbers"; readonly values: Float64Array; readonly place: string };

async function readSources(sources: readonly string[], tensors: Named): Promise<Source[]> {
  const [only, ...more] = tensors;
  const [first = "", ...others] = sources;
  const isNamed = tensors.some(({ name }) => first.startsWith(`${name}=`));
  if (others.length === 0 && !isNamed) {
    if (only !== undefined && more.length === 0) return [await readSource(first, only.name)];
    const { arrays, place } = await readArrays(first);
    return tensors.map(({ name }) => {
      const values = arrays.get(name);
      if (values === undefined) throw missing(name, tensors);
      return { kind: "numbers", values, place };
    });
  }
  const given = new Map<string, string>();
  for (const one of sources) {
    const tensor = tensors.find(({ name }) => one.startsWith(`${name}=`));
    if (tensor === undefined || given.has(tensor.name)) {
      throw malformed(
        `--input ${one} does not name an input of the model, or names it twice`,
        `Give name=file for each of: ${tensors.map(({ name }) => name).join(", ")}.`,
      );
    }
    given.set(tensor.name, one.slice(tensor.name.length + 1));
  }
  const found: Source[] = [];
  for (const { name } of tensors) {
    const path = given.get(name);
    if (path === undefined) throw missing(name, tensors);
    found.push(await readSource(path, name));
  }
  return found;
}

/** The file of one input: a picture, one array, or the one of its name. */
async function readSource(path: string, name: string): Promise<Source> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  const place = basename(path);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return { kind: "picture", bytes, place };
  const arrays = decodeArrays(bytes, path);
  const values = arrays.get("") ?? arrays.get(name);
  if (values !== undefined) return { kind: "numbers", values, place };
  throw malformed(`${place} holds no array ${name}`, "Save the input under its name.");
}

async function readArrays(
  path: string,
): Promise<{ readonly arrays: ReadonlyMap<string, Float64Array>; readonly place: string }> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  return { arrays: decodeArrays(bytes, path), place: basename(path) };
}

/** By name; one without a name stands under the empty one. */
function decodeArrays(bytes: Uint8Array, path: string): ReadonlyMap<string, Float64Array> {
  const place = basename(path);
  if (bytes[0] === 0x93 && bytes[1] === 0x4e) return new Map([["", decodeNpy(bytes).values]]);
  const valuesOf = (arrays: ReadonlyMap<string, Numbers>): ReadonlyMap<string, Float64Array> =>
    new Map([...arrays].map(([name, { values }]) => [name, values]));
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return valuesOf(decodeNpz(bytes));
  if (/\.json$/i.test(path)) return valuesOf(decodeJson(textOf(bytes, place), place));
  if (/\.csv$/i.test(path)) return new Map([["", csvNumbers(textOf(bytes, place), place)]]);
  throw malformed(
    `${path} is neither PNG, NPY, NPZ, .csv nor .json`,
    "Give a PNG picture, np.save's .npy, or a .json or .csv array.",
  );
}

function csvNumbers(text: string, place: string): Float64Array {
  const { names, rows } = decodeCsv(text, place);
  return Float64Array.from(
    rows.flatMap((fields, line) =>
      fields.map((field) => numberOf(field, place, line + (names.length > 0 ? 1 : 0))),
    ),
  );
}

function convert(source: Source, tensor: InputTensor, kind: NumberKind): Int32Array {
  const { place } = source;
  if (source.kind === "picture") {
    const picture = decodePicture(source.bytes, place);
    if (tensor.preprocess !== undefined) return fromPixels(picture.grey, tensor, place);
    return inRange(tensor.quantise(pictureNumbers(picture, tensor.dims, place)), tensor, place);
  }
  const { values } = source;
  requireCount(values.length, tensor, place);
  if (kind === "real") return inRange(tensor.quantise(values), tensor, place);
  const wrong = values.findIndex((value) => (value | 0) !== value);
  if (wrong >= 0) {
    throw malformed(
      `${place}: number ${wrong} is ${values[wrong]}, not a 32-bit whole number`,
      "If these are real numbers, add --real: they are rounded as the model states.",
    );
  }
  const integers = Int32Array.from(values);
  return kind === "pixels"
    ? fromPixels(pixelBytes(integers, place), tensor, place)
    : inRange(integers, tensor, place);
}

function pixelBytes(values: Int32Array, place: string): Uint8Array {
  const wrong = values.findIndex((value) => value < 0 || value > 255);
  if (wrong >= 0) {
    throw malformed(
      `${place}: pixel ${wrong} is ${values[wrong]}, expected 0 to 255`,
      "Leave out --pixels for integers.",
    );
  }
  return Uint8Array.from(values);
}

/** By the rule of the model's card, or as real numbers of 0 to 1. */
function fromPixels(pixels: Uint8Array, tensor: InputTensor, place: string): Int32Array {
  requireCount(pixels.length, tensor, place);
  const { preprocess, quantise } = tensor;
  const integers =
    preprocess?.(pixels) ?? quantise(Float64Array.from(pixels, (pixel) => pixel / 255));
  return inRange(integers, tensor, place);
}

function requireCount(
  count: number,
  { name, dims }: Pick<InputTensor, "name" | "dims">,
  place: string,
): void {
  const expected = countOf(dims, name);
  if (count === expected) return;
  throw malformed(
    `${place}: ${count} numbers, the model's input ${name} takes ${expected}`,
    "See assay model inspect; a picture is scaled to the model's size.",
  );
}

function inRange(values: Int32Array, { name, min, max }: InputTensor, place: string): Int32Array {
  const wrong = values.findIndex((value) => value < min || value > max);
  if (wrong >= 0) {
    throw malformed(
      `${place}: number ${wrong} is ${values[wrong]}, the model's input ${name} takes ${min} to ${max}`,
      "If these are pixels of 0 to 255, add --pixels; if real numbers, --real.",
    );
  }
  return values;
}

function missing(name: string, tensors: Named): Error {
  return malformed(
    `no input ${name}`,
    `Give --input name=file for each of: ${tensors.map((tensor) => tensor.name).join(", ")}; or one .npz or .json that holds them by name.`,
  );
}
