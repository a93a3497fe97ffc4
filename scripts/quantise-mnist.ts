/**
 * Makes models/zoo/mnist-mlp/integer.onnx from float.onnx, and the sample images beside it:
 *
 *     node --import tsx scripts/quantise-mnist.ts
 *
 * The same float.onnx gives the same bytes on every machine; a test holds that.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { emitDenseGraph } from "../models/emit.ts";
import { readFloatNetwork } from "../models/float-onnx.ts";
import { quantise } from "../models/quantise.ts";
import { encodeSamples, SAMPLE_COUNT } from "../models/zoo/digit-samples.ts";
import { pixelsToIntegers } from "../models/zoo/fresh-digit.ts";
import { readDigits } from "./mnist.ts";

const CALIBRATION_IMAGES = 1_000;
const folder = new URL("../models/zoo/mnist-mlp/", import.meta.url);
const place = (name: string): string => fileURLToPath(new URL(name, folder));

export function quantiseMnist(): Uint8Array {
  const network = readFloatNetwork(new Uint8Array(readFileSync(place("float.onnx"))));
  const calibration = readDigits("train").images.slice(0, CALIBRATION_IMAGES).map(pixelsToIntegers);
  const quantised = quantise(network, calibration, {
    name: "mnist-mlp",
    inputBits: 4,
    activationBits: 5,
    weightBits: 5,
    logitWeightBits: 8,
    accumulatorBits: 19,
    clipQuantile: 0.999,
    labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
  });
  return emitDenseGraph(quantised.network);
}

export function sampleFile(): Uint8Array {
  const { images, labels } = readDigits("t10k");
  const samples = {
    images: images.slice(0, SAMPLE_COUNT),
    labels: labels.subarray(0, SAMPLE_COUNT),
  };
  return gzipSync(encodeSamples(samples), { level: 9 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(place("integer.onnx"), quantiseMnist());
  writeFileSync(place("samples.gz"), sampleFile());
}
