/**
 * The real data of a model of the zoo: what its integers are fitted to, and what it is measured on. MNIST for the models named
 * after it, else data.npz beside the model.
 */
import { readFileSync } from "node:fs";
import { decodeNpz } from "../cli/input/npz.ts";
import type { Split } from "../models/quantise/import-model.ts";
import type { Samples } from "../models/quantise/samples.ts";
import { readDigits } from "./mnist.ts";

/** Images that the integers are fitted to: the first of the training set. */
const CALIBRATION_IMAGES = 1_000;

const folder = new URL("../models/zoo/", import.meta.url);

export function zooFile(model: string, name: string): URL {
  return new URL(`${model}/${name}`, folder);
}

export interface ZooModel {
  readonly weightBits: number;
  readonly activationBits: number;
  readonly inputBits: number;
  /** Where the file does not name its classes. */
  readonly labels?: readonly string[];
  /** Whether its answers are classes. */
  readonly classifies: boolean;
}

const DIGITS = Array.from({ length: 10 }, (_, digit) => String(digit));

/** Widths as narrow as the accuracy allows: a bit of an activation is a constraint for each of them. */
export const ZOO: ReadonlyMap<string, ZooModel> = new Map([
  [
    "mnist-mlp",
    { weightBits: 5, activationBits: 5, inputBits: 4, labels: DIGITS, classifies: true },
  ],
  [
    "mnist-lenet5",
    { weightBits: 5, activationBits: 5, inputBits: 4, labels: DIGITS, classifies: true },
  ],
  ["mnist-autoencoder", { weightBits: 6, activationBits: 6, inputBits: 4, classifies: false }],
  [
    "digits-cnn",
    { weightBits: 5, activationBits: 5, inputBits: 5, labels: DIGITS, classifies: true },
  ],
  ["iris-mlp", { weightBits: 6, activationBits: 6, inputBits: 8, classifies: true }],
  ["wine-mlp", { weightBits: 6, activationBits: 6, inputBits: 10, classifies: true }],
  ["breast-cancer-linear", { weightBits: 8, activationBits: 8, inputBits: 16, classifies: true }],
  ["breast-cancer-svm", { weightBits: 8, activationBits: 8, inputBits: 16, classifies: true }],
  ["breast-cancer-forest", { weightBits: 8, activationBits: 8, inputBits: 16, classifies: true }],
  ["breast-cancer-boosted", { weightBits: 8, activationBits: 8, inputBits: 16, classifies: true }],
]);

export function findZooModel(name: string | undefined): readonly [string, ZooModel] {
  const model = ZOO.get(name ?? "");
  if (model !== undefined) return [name ?? "", model];
  throw new Error(`name one of ${[...ZOO.keys()].join(", ")}`);
}

export function zooSamples(name: string, { classifies }: ZooModel): Required<Split> {
  if (name.startsWith("mnist-")) {
    const all = { calibration: digits("train", CALIBRATION_IMAGES), holdOut: digits("t10k") };
    return classifies ? all : withoutLabels(all);
  }
  const arrays = decodeNpz(new Uint8Array(readFileSync(zooFile(name, "data.npz"))));
  const rows = (part: string): Samples => {
    const [data, labels] = [arrays.get(part), arrays.get(`${part}_labels`)];
    if (data === undefined || labels === undefined) throw new Error(`${name} has no ${part} data`);
    const [count = 0] = data.dims;
    const size = data.values.length / count;
    return {
      inputs: Array.from({ length: count }, (_, i) => [
        data.values.subarray(i * size, (i + 1) * size),
      ]),
      labels: Int32Array.from(labels.values),
    };
  };
  return { calibration: rows("calibration"), holdOut: rows("test") };
}

function digits(part: "train" | "t10k", count = Number.POSITIVE_INFINITY): Samples {
  const { images, labels } = readDigits(part);
  return {
    inputs: images
      .slice(0, count)
      .map((image) => [Float64Array.from(image, (pixel) => pixel / 255)]),
    labels: Int32Array.from(labels.slice(0, count)),
  };
}

function withoutLabels({ calibration, holdOut }: Required<Split>): Required<Split> {
  return { calibration: { inputs: calibration.inputs }, holdOut: { inputs: holdOut.inputs } };
}
