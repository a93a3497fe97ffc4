/**
 * What a person brings as an input: a picture, a JSON array or a NumPy array, turned into the integers of a model.
 * A PNG is always pixels; JSON and NPY are the model's own integers unless the caller says that they are pixels.
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { decode as decodePng } from "fast-png";
import { CliError } from "./error.ts";
import { decodeNpy } from "./npy.ts";

/** Far above any input of a model in the catalogue, far below what would hurt. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** A PNG announces its size in its first bytes: no picture larger than this is unpacked. */
const MAX_PIXELS = 4096 * 4096;

/** What an input must become. */
export interface InputShape {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Turns grey pixels (one byte each, row-major) into the model's integers; absent when the model has no such rule. */
  readonly preprocess?: (pixels: Uint8Array) => Int32Array;
}

/** @throws CliError `MALFORMED_INPUT` naming what was expected and what came */
export async function readInput(
  path: string,
  shape: InputShape,
  asPixels = false,
): Promise<Int32Array> {
  const bytes = await readBounded(path);
  const kind = kindOf(path, bytes);
  if (kind === "png") return fromPixels(greyPixels(bytes), shape);
  const values = kind === "npy" ? decodeNpy(bytes).values : integersFromJson(bytes);
  if (asPixels) return fromPixels(pixelBytes(values), shape);
  return inRange(values, shape);
}

async function readBounded(path: string): Promise<Uint8Array> {
  const found = await stat(path).catch((cause: unknown) => {
    throw malformed(
      `cannot read ${path}: ${(cause as Error).message}`,
      "Give the path of a readable file.",
    );
  });
  if (!found.isFile() || found.size > MAX_FILE_BYTES) {
    throw malformed(
      `${path} is ${found.isFile() ? `${found.size} bytes` : "not a file"}, expected a file of at most ${MAX_FILE_BYTES} bytes`,
      "Give one input of the model.",
    );
  }
  return readFile(path);
}

function kindOf(path: string, bytes: Uint8Array): "png" | "npy" | "json" {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return "png";
  if (bytes[0] === 0x93 && bytes[1] === 0x4e) return "npy";
  if (path.toLowerCase().endsWith(".json")) return "json";
  throw malformed(
    `${path} is neither PNG, NPY nor .json`,
    "Give a PNG picture, np.save's .npy or a .json array.",
  );
}

function greyPixels(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(16) * view.getUint32(20) > MAX_PIXELS) {
    throw malformed(
      "the PNG is cut off or larger than 4096×4096",
      "Give a picture of the model's size.",
    );
  }
  let image: ReturnType<typeof decodePng>;
  try {
    image = decodePng(bytes, { checkCrc: true });
  } catch (cause) {
    throw malformed(
      `not a readable PNG: ${(cause as Error).message}`,
      "Save the picture again as PNG.",
    );
  }
  if (image.depth !== 8 || image.palette !== undefined) {
    throw malformed(
      `the PNG has ${image.palette === undefined ? `${image.depth} bits a channel` : "a palette"}`,
      "Save it as 8-bit greyscale or RGB.",
    );
  }
  const { channels, data } = image;
  const grey = new Uint8Array(image.width * image.height);
  const hasAlpha = channels === 2 || channels === 4;
  for (let i = 0; i < grey.length; i++) {
    const at = i * channels;
    // ITU-R BT.601 luma in whole numbers, as Pillow's convert("L") computes it.
    const luma =
      channels < 3
        ? Number(data[at])
        : (Number(data[at]) * 19595 +
            Number(data[at + 1]) * 38470 +
            Number(data[at + 2]) * 7471 +
            0x8000) >>
          16;
    const alpha = hasAlpha ? Number(data[at + channels - 1]) : 255;
    grey[i] = Math.round((luma * alpha) / 255);
  }
  return grey;
}

function pixelBytes(values: Int32Array): Uint8Array {
  const wrong = values.findIndex((value) => value < 0 || value > 255);
  if (wrong >= 0) {
    throw malformed(
      `pixel ${wrong} is ${values[wrong]}, expected 0 to 255`,
      "Leave out --pixels for integers.",
    );
  }
  return Uint8Array.from(values);
}

function fromPixels(pixels: Uint8Array, shape: InputShape): Int32Array {
  if (shape.preprocess === undefined) {
    throw malformed("this model has no rule for pixels", "Give its integers as JSON or NPY.");
  }
  if (pixels.length !== shape.count) {
    throw malformed(
      `the picture has ${pixels.length} pixels, the model takes ${shape.count}`,
      "Scale the picture to the model's size (28×28 for MNIST: white digit on black).",
    );
  }
  return inRange(shape.preprocess(pixels), shape);
}

/** Any nesting is flattened row-major; depth and count are bounded by the file's size and the shape. */
function integersFromJson(bytes: Uint8Array): Int32Array {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw malformed(`not JSON: ${(cause as Error).message}`, "Give an array of whole numbers.");
  }
  const flat: unknown[] = Array.isArray(value) ? value.flat(8) : [];
  if (flat.length === 0 || !flat.every((x) => typeof x === "number" && (x | 0) === x)) {
    throw malformed("expected an array of 32-bit whole numbers", "For example [0, 0, 3, 15, …].");
  }
  return Int32Array.from(flat as number[]);
}

function inRange(values: Int32Array, shape: InputShape): Int32Array {
  if (values.length !== shape.count) {
    throw malformed(
      `${values.length} numbers, the model takes ${shape.count}`,
      "See assay model inspect.",
    );
  }
  const wrong = values.findIndex((value) => value < shape.min || value > shape.max);
  if (wrong >= 0) {
    throw malformed(
      `number ${wrong} is ${values[wrong]}, the model takes ${shape.min} to ${shape.max}`,
      "If these are pixels of 0 to 255, add --pixels.",
    );
  }
  return values;
}

function malformed(what: string, hint: string): CliError {
  return new CliError("MALFORMED_INPUT", what, hint);
}
