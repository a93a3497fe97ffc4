import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InputShape, readInput } from "./input.ts";

/** A model of four integers 0..15 that takes its pixels' upper half byte. */
const shape: InputShape = {
  count: 4,
  min: 0,
  max: 15,
  preprocess: (pixels) => Int32Array.from(pixels, (pixel) => pixel >> 4),
};

describe("readInput", () => {
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "assay-input-"));
  });
  afterAll(() => rm(dir, { recursive: true }));

  async function file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(dir, name);
    await writeFile(path, content);
    return path;
  }
  const png = (data: readonly number[], channels: 1 | 3 | 4, width = 2): Uint8Array =>
    encodePng({ width, height: 2, data: Uint8Array.from(data), channels, depth: 8 });

  test("turns a grey picture into the model's integers", async () => {
    const path = await file("grey.png", png([0, 16, 128, 255], 1));
    expect([...(await readInput(path, shape))]).toEqual([0, 1, 8, 15]);
  });

  test("turns colour into grey, and lets transparency be black", async () => {
    const white = [255, 255, 255];
    const rgb = await file("rgb.png", png([...white, 0, 0, 0, ...white, 255, 0, 0], 3));
    expect([...(await readInput(rgb, shape))]).toEqual([15, 0, 15, 4]);
    const rgba = await file(
      "rgba.png",
      png([...white, 255, ...white, 0, ...white, 128, 0, 0, 0, 255], 4),
    );
    expect([...(await readInput(rgba, shape))]).toEqual([15, 0, 8, 0]);
  });

  test("refuses a picture of another size, and says which", async () => {
    const path = await file("wide.png", png([0, 0, 0, 0, 0, 0], 1, 3));
    await expect(readInput(path, shape)).rejects.toThrow("6 pixels, the model takes 4");
  });

  test("refuses a picture with a changed byte and one cut off", async () => {
    const good = png([0, 16, 128, 255], 1);
    const spoilt = Uint8Array.from(good);
    spoilt[spoilt.length - 20] = (spoilt[spoilt.length - 20] ?? 0) ^ 1;
    await expect(readInput(await file("spoilt.png", spoilt), shape)).rejects.toThrow("PNG");
    await expect(readInput(await file("cut.png", good.subarray(0, 30)), shape)).rejects.toThrow(
      "PNG",
    );
  });

  test("reads integers from JSON, nested or flat", async () => {
    expect([...(await readInput(await file("flat.json", "[0, 1, 2, 15]"), shape))]).toEqual([
      0, 1, 2, 15,
    ]);
    expect([...(await readInput(await file("deep.json", "[[[0, 1], [2, 15]]]"), shape))]).toEqual([
      0, 1, 2, 15,
    ]);
  });

  test("reads JSON as pixels when told so", async () => {
    const path = await file("pixels.json", "[0, 16, 128, 255]");
    expect([...(await readInput(path, shape, true))]).toEqual([0, 1, 8, 15]);
    await expect(readInput(path, shape)).rejects.toThrow("number 1 is 16, the model takes 0 to 15");
  });

  test.each([
    ["a fraction", "[0, 1.5, 2, 3]"],
    ["text", '["0", 1, 2, 3]'],
    ["an object", '{"0": 1}'],
    ["nothing", "[]"],
    ["too few", "[0, 1, 2]"],
    ["broken JSON", "[0, 1,"],
  ])("refuses %s", async (_what, text) => {
    const path = await file("bad.json", text);
    await expect(readInput(path, shape)).rejects.toMatchObject({ code: "MALFORMED_INPUT" });
  });

  test("refuses a file that is not there, and one of an unknown kind", async () => {
    await expect(readInput(join(dir, "none.png"), shape)).rejects.toThrow("cannot read");
    await expect(readInput(await file("x.txt", "1 2 3 4"), shape)).rejects.toThrow(
      "neither PNG, NPY nor .json",
    );
  });
});
