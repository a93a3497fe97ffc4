import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { encode as encodePng } from "fast-png";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { newFolder } from "../../store/testing.ts";
import { readSamples, splitSamples } from "./samples.ts";
import { doublesNpy, encodeNpz, integersNpy } from "./testing.ts";

let dir: string;
beforeEach(async () => {
  dir = await newFolder(onTestFinished);
});

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

const square = { name: "pixels", dims: [1, 1, 2, 2] };
const pair = [
  { name: "a", dims: [1, 2] },
  { name: "b", dims: [1] },
];
const plain = (samples: { inputs: readonly (readonly Float64Array[])[] }): number[][][] =>
  samples.inputs.map((one) => one.map((values) => [...values]));

describe("readSamples", () => {
  test("reads one array of any kind of file alike", async () => {
    const rows = [
      [0, 0.5, 1, -2],
      [3, 4, 5, 6],
    ];
    const expected = rows.map((row) => [row]);
    const npy = doublesNpy([2, 2, 2], rows.flat());
    for (const path of [
      await file("x.npy", npy),
      await file("flat.npy", doublesNpy([2, 4], rows.flat())),
      await file("x.npz", encodeNpz({ anything: npy })),
      await file("x.json", JSON.stringify(rows)),
      await file("x.csv", "p,q,r,s\n0,0.5,1,-2\n3,4,5,6\n"),
    ]) {
      const read = await readSamples(path, [square]);
      expect(plain(read), path).toEqual(expected);
      expect(read.labels).toBeUndefined();
    }
  });

  test("reads several inputs by name, and the classes beside them", async () => {
    const arrays = {
      b: doublesNpy([3], [7, 8, 9]),
      a: doublesNpy([3, 2], [1, 2, 3, 4, 5, 6]),
      y: integersNpy([3], [2, 0, 1]),
    };
    const expected = [
      [[1, 2], [7]],
      [[3, 4], [8]],
      [[5, 6], [9]],
    ];
    const npz = await readSamples(await file("x.npz", encodeNpz(arrays)), pair, "y");
    expect(plain(npz)).toEqual(expected);
    expect([...(npz.labels ?? [])]).toEqual([2, 0, 1]);
    const json = {
      a: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      b: [7, 8, 9],
      labels: [2, 0, 1],
    };
    const read = await readSamples(await file("x.json", JSON.stringify(json)), pair);
    expect(plain(read)).toEqual(expected);
    expect([...(read.labels ?? [])]).toEqual([2, 0, 1]);
    const csv = "one,two,kind,three\n1,2,rose,7\n3,4,iris,8\n5,6,lily,9\n";
    const table = await readSamples(await file("x.csv", csv), pair, "kind");
    expect(plain(table)).toEqual(expected);
    // In the order of their names, as scikit-learn sorts classes.
    expect(table.classes).toEqual(["iris", "lily", "rose"]);
    expect([...(table.labels ?? [])]).toEqual([2, 0, 1]);
  });

  test("reads labels from a file of their own, in any form", async () => {
    const path = await file("x.npy", doublesNpy([3, 4], new Array(12).fill(1)));
    for (const labels of [
      await file("y.npy", integersNpy([3], [4, 0, 4])),
      await file("y.json", "[4,0,4]"),
      await file("y.txt", "4\n0\n4\n"),
    ]) {
      const read = await readSamples(path, [square], labels);
      expect([...(read.labels ?? [])], labels).toEqual([4, 0, 4]);
    }
    await expect(readSamples(path, [square], join(dir, "none"))).rejects.toThrow("no labels");
    const two = await file("two.txt", "1\n2\n");
    await expect(readSamples(path, [square], two)).rejects.toThrow("3 samples, but 2 labels");
    const real = await file("real.txt", "0.5\n1.5\n2.5\n");
    await expect(readSamples(path, [square], real)).rejects.toThrow("no classes");
  });

  test("reads a folder of pictures, whose folders are classes", async () => {
    const png = (grey: readonly number[]): Uint8Array =>
      encodePng({ width: 2, height: 2, data: Uint8Array.from(grey), channels: 1, depth: 8 });
    await file("b.png", png([255, 0, 0, 51]));
    await file("a.PNG", png([0, 0, 0, 0]));
    await file("readme.txt", "not a picture");
    expect(plain(await readSamples(dir, [square]))).toEqual([[[0, 0, 0, 0]], [[1, 0, 0, 0.2]]]);
    const classes = await newFolder(onTestFinished);
    for (const name of ["seven", "one"]) {
      await mkdir(join(classes, name));
      await writeFile(join(classes, name, "1.png"), png([255, 255, 255, 255]));
    }
    const read = await readSamples(classes, [square]);
    expect(read.classes).toEqual(["one", "seven"]);
    expect([...(read.labels ?? [])]).toEqual([0, 1]);
    const wide = { name: "pixels", dims: [1, 1, 2, 3] };
    await expect(readSamples(dir, [wide])).rejects.toThrow(
      "2×2 pixels, the model takes [1, 1, 2, 3]",
    );
    await expect(readSamples(dir, pair)).rejects.toThrow("2 inputs");
  });

  test("lays colours out as the model takes them", async () => {
    const colours = Uint8Array.of(255, 0, 51, 0, 255, 0, 0, 0, 255, 51, 51, 51);
    await file("c.png", encodePng({ width: 2, height: 2, data: colours, channels: 3, depth: 8 }));
    const planes = await readSamples(dir, [{ name: "x", dims: [1, 3, 2, 2] }]);
    expect(plain(planes)[0]?.[0]).toEqual([1, 0, 0, 0.2, 0, 1, 0, 0.2, 0.2, 0, 1, 0.2]);
    const interleaved = await readSamples(dir, [{ name: "x", dims: [1, 2, 2, 3] }]);
    expect(plain(interleaved)[0]?.[0]).toEqual([...colours].map((byte) => byte / 255));
  });

  test.each([
    [
      "another shape",
      "x.npy",
      doublesNpy([2, 4, 1, 2], new Array(16).fill(0)),
      /shape \(2, 4, 1, 2\)/,
    ],
    ["no samples", "x.npy", doublesNpy([0, 4], []), /holds no samples/],
    ["a ragged array", "x.json", "[[1,2,3,4],[1,2]]", /not all of the same length/],
    ["text in an array", "x.json", '[[1,2,3,"4"]]', /expected an array of numbers/],
    ["too few columns", "x.csv", "1,2,3\n", /3 numbers a line, the model takes 4/],
    ["text in a column", "x.csv", "1,2,3,4\n1,2,x,4\n", /line 2: "x"/],
    ["another kind of file", "x.txt", "1 2 3 4", /neither .npy/],
  ])("refuses %s", async (_what, name, content, message) => {
    const reading = readSamples(await file(name, content), [square]);
    await expect(reading).rejects.toThrow(message);
  });

  test("refuses a transposed layout, which has as many numbers", async () => {
    const path = await file("x.npy", doublesNpy([2, 3, 2], new Array(12).fill(0)));
    const wide = { name: "x", dims: [1, 1, 2, 3] };
    await expect(readSamples(path, [wide])).rejects.toThrow("takes [1, 1, 2, 3] for each sample");
    const tall = { name: "x", dims: [1, 3, 2, 1] };
    expect(plain(await readSamples(path, [tall]))).toHaveLength(2);
  });

  test("refuses arrays of different counts, and one that is missing", async () => {
    const uneven = encodeNpz({ a: doublesNpy([2, 2], [1, 2, 3, 4]), b: doublesNpy([1], [1]) });
    await expect(readSamples(await file("u.npz", uneven), pair)).rejects.toThrow("2, 1 samples");
    const lone = encodeNpz({ a: doublesNpy([2, 2], [1, 2, 3, 4]) });
    await expect(readSamples(await file("l.npz", lone), pair)).rejects.toThrow(
      "no array for the model's input b (it holds a)",
    );
  });
});

describe("splitSamples", () => {
  test("holds out every fifth, with its label, and loses none", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (count) => {
        const inputs = Array.from({ length: count }, (_, i) => [Float64Array.of(i)]);
        const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
        const { calibration, holdOut } = splitSamples({ inputs, labels });
        expect(holdOut?.inputs.length ?? 0).toBe(Math.floor(count / 5));
        const both = [...calibration.inputs, ...(holdOut?.inputs ?? [])];
        expect(both.map(([x]) => x?.[0]).sort((a = 0, b = 0) => a - b)).toEqual([...inputs.keys()]);
        for (const part of [calibration, ...(holdOut ? [holdOut] : [])]) {
          for (const [i, [x]] of part.inputs.entries()) {
            expect(part.labels?.[i]).toBe((x?.[0] ?? 0) % 3);
          }
        }
      }),
    );
  });
});
