/**
 * What a quantiser learns from: many inputs of a float model, and for each the class it belongs to where that is known.
 * They come as NumPy arrays (one, or several by name), CSV, JSON, or a folder of PNG pictures; the first dimension counts
 * samples.
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { decodeCsv, numberOf } from "./csv.ts";
import { decodeJson } from "./json.ts";
import { decodeNpy } from "./npy.ts";
import { decodeNpz } from "./npz.ts";
import { countOf, malformed, type Numbers, readBounded, textOf } from "./numbers.ts";
import { decodePicture, pictureNumbers } from "./png.ts";

/** One input of the model; a free batch dimension stands as 1. */
export interface InputSlot {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface LabelledSamples {
  /** By sample, then by input of the model. */
  readonly inputs: readonly (readonly Float64Array[])[];
  /** The class of each sample. */
  readonly labels?: Int32Array;
  /** What the classes are called, where the file says it: in the order of their names, as scikit-learn sorts them. */
  readonly classes?: readonly string[];
}

/** 512 MiB: 85,000 pictures of MNIST as doubles, and not all memory of a small machine. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;
/** More pictures than calibration gains from; each is a file to be opened. */
const MAX_PICTURES = 20_000;
const MAX_CLASSES = 4_096;
/** Where nobody says which array holds the samples, and which the classes. */
const USUAL_SAMPLES = "calibration";
const USUAL_LABELS = "labels";

/**
 * @param labels the name of an array or column in the file, or the path of another file
 * @throws CliError `MALFORMED_INPUT` naming what was expected and what came
 */
export async function readSamples(
  path: string,
  slots: readonly InputSlot[],
  labels?: string,
): Promise<LabelledSamples> {
  const found = await stat(path).catch(() => undefined);
  const read =
    found?.isDirectory() === true
      ? await readPictures(path, slots)
      : await readArrays(path, slots, labels);
  const count = read.inputs.length;
  if (count === 0) throw malformed(`${path} holds no samples`, "Give at least five.");
  const marked =
    read.labels === undefined && labels !== undefined
      ? { ...read, ...classesOf(await readLabels(labels), labels) }
      : read;
  if (marked.labels !== undefined && marked.labels.length !== count) {
    throw malformed(
      `${count} samples, but ${marked.labels.length} labels`,
      "Give one label for each sample, in the same order.",
    );
  }
  return marked;
}

/** Every fifth sample is held out: what the quantiser never saw tells what it is worth. */
export function splitSamples(samples: LabelledSamples): {
  readonly calibration: LabelledSamples;
  readonly holdOut?: LabelledSamples;
} {
  const part = (isWanted: (i: number) => boolean): LabelledSamples => ({
    ...samples,
    inputs: samples.inputs.filter((_, i) => isWanted(i)),
    ...(samples.labels && { labels: samples.labels.filter((_, i) => isWanted(i)) }),
  });
  if (samples.inputs.length < HOLD_OUT_EVERY) return { calibration: samples };
  const isHeldOut = (i: number): boolean => i % HOLD_OUT_EVERY === HOLD_OUT_EVERY - 1;
  return { calibration: part((i) => !isHeldOut(i)), holdOut: part(isHeldOut) };
}

const HOLD_OUT_EVERY = 5;

async function readArrays(
  path: string,
  slots: readonly InputSlot[],
  labels: string | undefined,
): Promise<LabelledSamples> {
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  const place = basename(path);
  switch (kindOf(path, bytes)) {
    case "npy":
      return fromArrays(new Map([["", decodeNpy(bytes)]]), slots, labels, place);
    case "npz":
      return fromArrays(decodeNpz(bytes), slots, labels, place);
    case "json":
      return fromArrays(decodeJson(textOf(bytes, place), place), slots, labels, place);
    case "csv":
      return fromCsv(textOf(bytes, place), slots, labels, place);
  }
}

function kindOf(path: string, bytes: Uint8Array): "npy" | "npz" | "json" | "csv" {
  if (bytes[0] === 0x93 && bytes[1] === 0x4e) return "npy";
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return "npz";
  if (/\.json$/i.test(path)) return "json";
  if (/\.csv$/i.test(path)) return "csv";
  throw malformed(
    `${path} is neither .npy, .npz, .csv, .json nor a folder of PNG pictures`,
    "Save the samples with np.savez_compressed, for example.",
  );
}

/**
 * Each input takes the array of its name. The one input of a model may also be called `calibration`, or be alone; and the
 * classes beside such an array are its name and `_labels`.
 */
function fromArrays(
  arrays: ReadonlyMap<string, Numbers>,
  slots: readonly InputSlot[],
  labels: string | undefined,
  place: string,
): LabelledSamples {
  const [one, ...more] = slots;
  const others = [...arrays.keys()].filter((name) => name !== (labels ?? USUAL_LABELS));
  const source =
    more.length > 0 || one === undefined
      ? undefined
      : [one.name, USUAL_SAMPLES, others.length === 1 ? others[0] : undefined].find(
          (name) => name !== undefined && arrays.has(name),
        );
  const perSlot = slots.map((slot): Float64Array[] => {
    const array = arrays.get(source ?? slot.name);
    if (array === undefined) {
      const names = others.map((name) => name || "one without a name").join(", ");
      throw malformed(
        `${place} holds no array for the model's input ${slot.name} (it holds ${names || "none"})`,
        "Save each input under its name.",
      );
    }
    return samplesOf(array, slot, place);
  });
  const labelArray = arrays.get(labels ?? USUAL_LABELS) ?? arrays.get(`${source}_labels`);
  return {
    inputs: bySample(perSlot, place),
    ...(labelArray && classesOf([...labelArray.values].map(String), place)),
  };
}

/** Rows of an array whose first dimension counts samples. */
function samplesOf({ dims, values }: Numbers, slot: InputSlot, place: string): Float64Array[] {
  const each = countOf(slot.dims, slot.name);
  const [count = 0, ...rest] = dims;
  const shape = (list: readonly number[]): string => list.filter((dim) => dim !== 1).join("×");
  const isFlat = shape(rest) === shape([each]);
  const fits = isFlat || shape(rest) === shape(slot.dims);
  const isFlatInput = shape(slot.dims) === shape([each]) && values.length === count * each;
  if (!fits && !isFlatInput) {
    throw malformed(
      `${place}: shape (${dims.join(", ")}), but input ${slot.name} takes [${slot.dims.join(", ")}] for each sample`,
      "Give an array whose first dimension counts samples and whose others are the model's, in its order.",
    );
  }
  return Array.from({ length: count }, (_, i) => values.slice(i * each, (i + 1) * each));
}

function bySample(perSlot: readonly Float64Array[][], place: string): Float64Array[][] {
  const counts = perSlot.map((rows) => rows.length);
  const count = counts[0] ?? 0;
  if (counts.some((other) => other !== count)) {
    throw malformed(
      `${place}: its arrays hold ${counts.join(", ")} samples`,
      "Give as many samples of each input.",
    );
  }
  return Array.from({ length: count }, (_, i) => perSlot.map((rows) => rows[i] as Float64Array));
}

function fromCsv(
  text: string,
  slots: readonly InputSlot[],
  labels: string | undefined,
  place: string,
): LabelledSamples {
  const { names, rows } = decodeCsv(text, place);
  const column = names.indexOf(labels ?? USUAL_LABELS);
  const each = slots.map((slot) => countOf(slot.dims, slot.name));
  const expected = each.reduce((sum, one) => sum + one, 0);
  const width = (rows[0]?.length ?? 0) - (column < 0 ? 0 : 1);
  if (rows.length > 0 && width !== expected) {
    throw malformed(
      `${place}: ${width} numbers a line, the model takes ${expected}`,
      "Give the model's inputs in their order, one sample a line; name the column of classes by --labels.",
    );
  }
  const inputs = rows.map((fields, line) => {
    const numbers = fields
      .filter((_, i) => i !== column)
      .map((field) => numberOf(field, place, line + (names.length > 0 ? 1 : 0)));
    let at = 0;
    return each.map((count) => {
      at += count;
      return Float64Array.from(numbers.slice(at - count, at));
    });
  });
  if (column < 0) return { inputs };
  return {
    inputs,
    ...classesOf(
      rows.map((fields) => fields[column] ?? ""),
      place,
    ),
  };
}

/** In the order of their names; folders in the folder are classes, each with its pictures. */
async function readPictures(dir: string, slots: readonly InputSlot[]): Promise<LabelledSamples> {
  const [slot] = slots;
  if (slot === undefined || slots.length > 1) {
    throw malformed(
      `pictures for a model of ${slots.length} inputs`,
      "Give an .npz with one array for each input.",
    );
  }
  const classes = (await readdir(dir, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const folders = classes.length === 0 ? [""] : classes;
  const inputs: Float64Array[][] = [];
  const labels: number[] = [];
  for (const [index, folder] of folders.entries()) {
    const names = (await readdir(join(dir, folder))).filter((name) => /\.png$/i.test(name)).sort();
    if (inputs.length + names.length > MAX_PICTURES) {
      throw malformed(`${dir} holds more than ${MAX_PICTURES} pictures`, "Give fewer.");
    }
    for (const name of names) {
      const place = join(folder, name);
      const bytes = await readBounded(join(dir, place), MAX_PICTURE_BYTES);
      inputs.push([pictureNumbers(decodePicture(bytes, place), slot.dims, place)]);
      labels.push(index);
    }
  }
  return classes.length === 0 ? { inputs } : { inputs, labels: Int32Array.from(labels), classes };
}

/** One label a line, or an array. */
async function readLabels(path: string): Promise<readonly string[]> {
  const exists = await stat(path).catch(() => undefined);
  if (exists?.isFile() !== true) {
    throw malformed(
      `no labels ${path}: neither in the samples' file nor a file of its own`,
      "Name an array or a column of that file, or give the path of another.",
    );
  }
  const bytes = await readBounded(path, MAX_FILE_BYTES);
  const place = basename(path);
  if (bytes[0] === 0x93 && bytes[1] === 0x4e) return [...decodeNpy(bytes).values].map(String);
  const text = textOf(bytes, place);
  if (/\.json$/i.test(path)) {
    const array = decodeJson(text, place).get("");
    if (array === undefined) throw malformed(`${place} is no array of labels`, "Give an array.");
    return [...array.values].map(String);
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Whole numbers are classes themselves; names are numbered in their order. */
function classesOf(
  labels: readonly string[],
  place: string,
): { readonly labels: Int32Array; readonly classes?: readonly string[] } {
  if (labels.every((label) => /^\d{1,4}$/.test(label))) {
    return { labels: Int32Array.from(labels, Number) };
  }
  const classes = [...new Set(labels)].sort();
  if (classes.length > MAX_CLASSES || labels.every((label) => !Number.isNaN(Number(label)))) {
    throw malformed(
      `${place}: its labels are no classes`,
      "Give whole numbers from 0 on, or names.",
    );
  }
  const index = new Map(classes.map((name, i) => [name, i]));
  return { labels: Int32Array.from(labels, (label) => index.get(label) ?? 0), classes };
}
