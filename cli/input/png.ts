/**
 * Reads a PNG picture: 8 bits a channel, grey or colour. Transparency lies on black.
 * @module
 */
import { decode } from "fast-png";
import { malformed } from "./numbers.ts";

/** A PNG announces its size in its first bytes: no picture larger than this is unpacked. */
const MAX_PIXELS = 4096 * 4096;

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Row-major, 0 to 255. */
  readonly grey: Uint8Array;
  /** Row-major, red, green, blue for each pixel; absent in a grey picture. */
  readonly colours?: Uint8Array;
}

/** @param place the file, for messages. @throws CliError `MALFORMED_INPUT` */
export function decodePicture(bytes: Uint8Array, place: string): Picture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(16) * view.getUint32(20) > MAX_PIXELS) {
    throw malformed(
      `${place}: the PNG is cut off or larger than 4096×4096`,
      "Give a picture of the model's size.",
    );
  }
  let image: ReturnType<typeof decode>;
  try {
    image = decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw malformed(
      `${place}: not a readable PNG: ${(cause as Error).message}`,
      "Save the picture again as PNG.",
    );
  }
  if (image.depth !== 8 || image.palette !== undefined) {
    throw malformed(
      `${place}: the PNG has ${image.palette === undefined ? `${image.depth} bits a channel` : "a palette"}`,
      "Save it as 8-bit greyscale or RGB.",
    );
  }
  const { width, height, channels, data } = image;
  const isColour = channels >= 3;
  const grey = new Uint8Array(width * height);
  const colours = new Uint8Array(isColour ? 3 * grey.length : 0);
  for (let i = 0; i < grey.length; i++) {
    const at = i * channels;
    const alpha = channels % 2 === 0 ? Number(data[at + channels - 1]) : 255;
    const onBlack = (value: number): number => Math.round((value * alpha) / 255);
    if (!isColour) {
      grey[i] = onBlack(Number(data[at]));
      continue;
    }
    const [red, green, blue] = [Number(data[at]), Number(data[at + 1]), Number(data[at + 2])];
    colours.set([onBlack(red), onBlack(green), onBlack(blue)], 3 * i);
    // ITU-R BT.601 luma in whole numbers, as Pillow's convert("L") computes it.
    grey[i] = onBlack((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16);
  }
  return { width, height, grey, ...(isColour && { colours }) };
}

/**
 * A picture as the real numbers of a tensor, 0 to 1: grey for one value a pixel; for three, planes of red, green and blue
 * (ONNX's NCHW), or interleaved where the last dimension is 3.
 * @throws CliError `MALFORMED_INPUT` for a picture of another size
 */
export function pictureNumbers(
  picture: Picture,
  dims: readonly number[],
  place: string,
): Float64Array {
  const { width, height, grey } = picture;
  const colours =
    picture.colours ??
    Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)] ?? 0);
  const size = dims.filter((dim) => dim !== 1);
  const shape = size.join("×");
  const reals = (bytes: Uint8Array): Float64Array => Float64Array.from(bytes, (byte) => byte / 255);
  // One value a pixel, also where the model takes them as one row.
  if (shape === [height, width].filter((dim) => dim !== 1).join("×")) return reals(grey);
  if (size.length === 1 && size[0] === grey.length) return reals(grey);
  if (shape === [height, width, 3].join("×")) return reals(colours);
  if (shape === [3, height, width].join("×")) {
    const planes = new Uint8Array(colours.length);
    for (const [i, value] of colours.entries()) {
      planes[(i % 3) * grey.length + Math.floor(i / 3)] = value;
    }
    return reals(planes);
  }
  throw malformed(
    `${place} has ${width}×${height} pixels, the model takes [${dims.join(", ")}]`,
    "Scale the picture to the model's size (28×28 for MNIST: white digit on black).",
  );
}
