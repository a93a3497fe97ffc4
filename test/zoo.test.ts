/**
 * What the catalogue says of its model is true: the files follow from each other, three readers agree, and the accuracy is
 * the measured one.
 * @module
 */
import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openInterpreter } from "../models/interpreter.ts";
import { bounds } from "../models/interval.ts";
import { openOnnxruntime } from "../models/onnxruntime.ts";
import { openOnnxruntimeWeb } from "../models/onnxruntime-web.ts";
import { catalogue, findModel } from "../models/zoo/catalogue.ts";
import { decodeSamples, encodeSamples } from "../models/zoo/digit-samples.ts";
import { importZooModel } from "../scripts/import-zoo.ts";
import { readDigits } from "../scripts/mnist.ts";
import { ZOO, zooFile } from "../scripts/zoo-samples.ts";
import { ROOT } from "./assay.ts";

const execFileAsync = promisify(execFile);
const place = (name: string): string => join(ROOT, "models/zoo/mnist-mlp", name);
const seedOf = (text: string): Uint8Array => Uint8Array.from(Buffer.alloc(32, text));

const entry = findModel("mnist-mlp");
if (entry === undefined) throw new Error("mnist-mlp is not in the catalogue");
const graph = await entry.openGraph();

function largest(values: Iterable<number>): number {
  const all = [...values];
  return all.indexOf(Math.max(...all));
}

describe.each([...ZOO.keys()])("%s", (name) => {
  it("has an integer.onnx that is what importing float.onnx gives, byte for byte", () => {
    const kept = readFileSync(zooFile(name, "integer.onnx"));
    expect(Buffer.compare(importZooModel(name), kept)).toBe(0);
    expect(kept.length).toBeLessThan(1_000_000);
  }, 120_000);
});

describe("mnist-mlp", () => {
  it("is small enough to be cloned by everybody", () => {
    expect(statSync(place("float.onnx")).size).toBeLessThan(1_000_000);
    expect(statSync(place("integer.onnx")).size).toBeLessThan(1_000_000);
    expect(statSync(place("samples.gz")).size).toBeLessThan(300_000);
  });

  it("keeps every accumulator below 2^20, whatever the input", () => {
    for (const [name, { min, max }] of bounds(graph)) {
      // "lifted" values stand for accumulators plus a constant that makes them positive.
      if (!name.endsWith("product")) continue;
      for (const value of [...min, ...max]) expect(Math.abs(value)).toBeLessThan(2 ** 20);
    }
  });

  it("answers alike in three readers, on every logit of 500 real images", async () => {
    const { images } = await entry.samples();
    expect(images).toHaveLength(500);
    const readers = [
      openInterpreter(graph),
      await openOnnxruntime(graph),
      await openOnnxruntimeWeb(graph),
    ];
    try {
      for (const image of images) {
        const input = entry.preprocess(image);
        const answers = await Promise.all(readers.map((reader) => reader.infer([input])));
        const [ours, native, web] = answers.map(([logits]) => logits?.join());
        expect(native).toBe(ours);
        expect(web).toBe(ours);
      }
    } finally {
      await Promise.all(readers.map((reader) => reader.close()));
    }
  });

  it("is what its card says, by the card's own command, on all 10,000 test images", async () => {
    const card = readFileSync(place("card.md"), "utf8");
    const command =
      /^node --import tsx (scripts\/evaluate-zoo\.ts mnist-mlp)$/m.exec(card)?.[1] ?? "";
    const { stdout } = await execFileAsync(
      process.execPath,
      ["--import", "tsx", ...command.split(" ")],
      { cwd: ROOT },
    );
    const { float, integer } = entry.accuracy;
    expect(stdout).toMatch(
      new RegExp(`^mnist-mlp, 10000 .*\\nfloat +${float}\\ninteger +${integer}\\n`),
    );
    expect(stdout).toMatch(/disagree: 0\n$/);
    expect(float).toBeGreaterThanOrEqual(0.975);
    expect(integer).toBeGreaterThanOrEqual(0.97);
    for (const share of [float, integer]) expect(card).toContain(`${(share * 100).toFixed(2)} %`);
  }, 120_000);

  it("comes with the first 500 test images", async () => {
    const { images, labels } = await entry.samples();
    const real = readDigits("t10k");
    expect([...labels]).toEqual([...real.labels.subarray(0, 500)]);
    for (const [i, image] of images.entries()) {
      expect(Buffer.compare(image, real.images[i] ?? new Uint8Array())).toBe(0);
    }
  });
});

describe("fresh inputs", () => {
  it("are the same for the same seed, and others for another", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (seed) => {
        const { input, label } = entry.freshInput(seed);
        expect(entry.freshInput(seed)).toEqual({ input, label });
        const other = Uint8Array.from(seed);
        other[31] = (other[31] ?? 0) ^ 1;
        expect(entry.freshInput(other).input.join()).not.toBe(input.join());
      }),
      { numRuns: 50 },
    );
  });

  it("are in the range of the model's input", () => {
    const { min = 0, max = 0, dims = [] } = graph.inputs[0] ?? {};
    for (let i = 0; i < 50; i++) {
      const { input } = entry.freshInput(seedOf(`seed ${i}`));
      expect(input).toHaveLength(dims.reduce((product, dim) => product * dim, 1));
      expect(input.every((value) => value >= min && value <= max)).toBe(true);
    }
  });

  it("stay the digits they were, nearly always", async () => {
    const runtime = openInterpreter(graph);
    let right = 0;
    for (let i = 0; i < 400; i++) {
      const { input, label } = entry.freshInput(seedOf(`digit ${i}`));
      const [logits] = await runtime.infer([input]);
      if (largest(logits ?? []) === label) right++;
    }
    await runtime.close();
    expect(right / 400).toBeGreaterThan(0.93);
  });
});

describe("sample files", () => {
  it("are undone by decoding", async () => {
    const samples = await entry.samples();
    expect(decodeSamples(gzipSync(encodeSamples(samples)))).toEqual(samples);
  });

  it.each<[string, Uint8Array]>([
    ["no gzip", Buffer.from("samples")],
    ["too short", gzipSync(new Uint8Array(100))],
    ["too long", gzipSync(new Uint8Array(785 * 501))],
    ["a label that is no digit", gzipSync(new Uint8Array(785 * 500).fill(10))],
  ])("are refused: %s", (_, bytes) => {
    expect(() => decodeSamples(bytes)).toThrow(expect.objectContaining({ code: "BAD_SAMPLES" }));
  });
});

describe("the catalogue", () => {
  it("finds its models by name, and no other", () => {
    const names = catalogue.map(({ name }) => findModel(name)?.name);
    expect(names).toEqual(["mnist-mlp", "mnist-lenet5"]);
    expect(findModel("../mnist-mlp")).toBeUndefined();
  });

  it("has models that read nearly all fresh digits as what they are", async () => {
    for (const model of catalogue) {
      const runtime = openInterpreter(await model.openGraph());
      let right = 0;
      for (let i = 0; i < 200; i++) {
        const { input, label } = model.freshInput(seedOf(`fresh ${i}`));
        const [logits] = await runtime.infer([input]);
        if (largest(logits ?? []) === label) right++;
      }
      await runtime.close();
      expect(right / 200, model.name).toBeGreaterThan(0.93);
    }
  });
});
