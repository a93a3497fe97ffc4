import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode as encodePng } from "fast-png";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InputTensor, type NumberKind, readInputs } from "./input.ts";
import { doublesNpy, encodeNpz, integersNpy } from "./testing.ts";

/** A model of four integers 0..15 that takes its pixels' upper half byte. */
const tensor: InputTensor = {
  name: "pixels",
  dims: [1, 2, 2],
  min: 0,
  max: 15,
  quantise: (real) => Int32Array.from(real, (x) => Math.round(x * 15)),
  preprocess: (pixels) => Int32Array.from(pixels, (pixel) => pixel >> 4),
};

async function readInput(path: string, kind: NumberKind = "integers"): Promise<number[]> {
  const [input] = await readInputs([path], [tensor], kind);
  return [...(input ?? [])];
}

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
    expect(await readInput(path)).toEqual([0, 1, 8, 15]);
  });

  test("turns colour into grey, and lets transparency be black", async () => {
    const white = [255, 255, 255];
    const rgb = await file("rgb.png", png([...white, 0, 0, 0, ...white, 255, 0, 0], 3));
    expect(await readInput(rgb)).toEqual([15, 0, 15, 4]);
    const rgba = await file(
      "rgba.png",
      png([...white, 255, ...white, 0, ...white, 128, 0, 0, 0, 255], 4),
    );
    expect(await readInput(rgba)).toEqual([15, 0, 8, 0]);
  });

  test("refuses a picture of another size, and says which", async () => {
    const path = await file("wide.png", png([0, 0, 0, 0, 0, 0], 1, 3));
    await expect(readInput(path)).rejects.toThrow("6 numbers, the model's input pixels takes 4");
  });

  test("refuses a picture with a changed byte and one cut off", async () => {
    const good = png([0, 16, 128, 255], 1);
    const spoilt = Uint8Array.from(good);
    spoilt[spoilt.length - 20] = (spoilt[spoilt.length - 20] ?? 0) ^ 1;
    await expect(readInput(await file("spoilt.png", spoilt))).rejects.toThrow("PNG");
    await expect(readInput(await file("cut.png", good.subarray(0, 30)))).rejects.toThrow("PNG");
  });

  test("reads integers from JSON, nested or flat", async () => {
    expect(await readInput(await file("flat.json", "[0, 1, 2, 15]"))).toEqual([0, 1, 2, 15]);
    expect(await readInput(await file("deep.json", "[[[0, 1], [2, 15]]]"))).toEqual([0, 1, 2, 15]);
  });

  test("reads JSON as pixels when told so", async () => {
    const path = await file("pixels.json", "[0, 16, 128, 255]");
    expect(await readInput(path, "pixels")).toEqual([0, 1, 8, 15]);
    await expect(readInput(path)).rejects.toThrow(
      "number 1 is 16, the model's input pixels takes 0 to 15",
    );
  });

  test.each([
    ["a fraction", "[0, 1.5, 2, 3]"],
    ["text", '["0", 1, 2, 3]'],
    ["an object of another name", '{"0": [1]}'],
    ["an object of no arrays", '{"pixels": 1}'],
    ["nothing", "[]"],
    ["too few", "[0, 1, 2]"],
    ["broken JSON", "[0, 1,"],
  ])("refuses %s", async (_what, text) => {
    const path = await file("bad.json", text);
    await expect(readInput(path)).rejects.toMatchObject({ code: "MALFORMED_INPUT" });
  });

  test("refuses a file that is not there, and one of an unknown kind", async () => {
    await expect(readInput(join(dir, "none.png"))).rejects.toThrow("cannot read");
    await expect(readInput(await file("x.txt", "1 2 3 4"))).rejects.toThrow(
      "neither PNG, NPY, NPZ, .csv nor .json",
    );
  });

  test("rounds real numbers as the model states, and a picture where the model has no rule of its own", async () => {
    const path = await file("real.json", "[0, 0.1, 0.5, 1]");
    expect(await readInput(path, "real")).toEqual([0, 2, 8, 15]);
    await expect(readInput(path)).rejects.toMatchObject({
      hint: expect.stringContaining("--real"),
    });
    const { preprocess: _, ...plain } = tensor;
    const picture = await file("plain.png", png([0, 17, 128, 255], 1));
    const [input] = await readInputs([picture], [plain]);
    expect([...(input ?? [])]).toEqual([0, 1, 8, 15]);
  });

  describe("of several inputs", () => {
    const { preprocess: _, ...x } = { ...tensor, name: "x" };
    const y = { ...x, name: "y", dims: [1], min: -8, max: 7 };

    test("reads each from its own file, or all from one", async () => {
      const one = await file("one.json", "[1, 2, 3, 4]");
      const two = await file("two.npy", integersNpy([1], [-8]));
      const all = await file(
        "all.npz",
        encodeNpz({ y: doublesNpy([1], [-8]), x: doublesNpy([4], [1, 2, 3, 4]) }),
      );
      for (const sources of [[`y=${two}`, `x=${one}`], [all], [`x=${all}`, `y=${all}`]]) {
        const inputs = await readInputs(sources, [x, y]);
        expect(
          inputs.map((values) => [...values]),
          sources[0],
        ).toEqual([[1, 2, 3, 4], [-8]]);
      }
    });

    test("refuses one that is missing, given twice, unknown, or out of its own range", async () => {
      const one = await file("a.json", "[1, 2, 3, 4]");
      const two = await file("b.json", "[8]");
      await expect(readInputs([`x=${one}`], [x, y])).rejects.toThrow("no input y");
      await expect(readInputs([`x=${one}`, `x=${one}`], [x, y])).rejects.toThrow("twice");
      await expect(readInputs([`x=${one}`, `z=${two}`], [x, y])).rejects.toThrow("does not name");
      await expect(readInputs([one], [x, y])).rejects.toThrow("no input x");
      await expect(readInputs([`x=${one}`, `y=${two}`], [x, y])).rejects.toThrow(
        "the model's input y takes -8 to 7",
      );
    });
  });
});
