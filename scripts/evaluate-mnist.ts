/**
 * Measures mnist-mlp on all 10,000 test images of MNIST, float and integer, and checks that onnxruntime, our
 * interpreter and onnxruntime-web agree on every logit:
 *
 *     node --import tsx scripts/evaluate-mnist.ts
 */
import { readFileSync } from "node:fs";
import { runFloatNetwork } from "../models/float-network.ts";
import { readFloatNetwork } from "../models/float-onnx.ts";
import { openInterpreter } from "../models/interpreter.ts";
import { openOnnxruntime } from "../models/onnxruntime.ts";
import { openOnnxruntimeWeb } from "../models/onnxruntime-web.ts";
import { findModel } from "../models/zoo/catalogue.ts";
import { readDigits } from "./mnist.ts";

const entry = findModel("mnist-mlp");
if (entry === undefined) throw new Error("mnist-mlp is not in the catalogue");
const graph = await entry.openGraph();
const float = readFloatNetwork(
  new Uint8Array(readFileSync(new URL("../models/zoo/mnist-mlp/float.onnx", import.meta.url))),
);
const { images, labels } = readDigits("t10k");
const readers = [
  await openOnnxruntime(graph),
  openInterpreter(graph),
  await openOnnxruntimeWeb(graph),
];

let [floatRight, integerRight, disagreements] = [0, 0, 0];
for (const [i, image] of images.entries()) {
  const logits = runFloatNetwork(
    float,
    Float64Array.from(image, (pixel) => pixel / 255),
  ).at(-1);
  if (logits !== undefined && largest(logits) === labels[i]) floatRight++;
  const answers: Int32Array[] = [];
  for (const reader of readers) {
    const [outputs] = await reader.infer([entry.preprocess(image)]);
    answers.push(outputs ?? new Int32Array());
  }
  const [first] = answers;
  if (answers.some((answer) => answer.join() !== first?.join())) disagreements++;
  if (first !== undefined && largest(first) === labels[i]) integerRight++;
}
await Promise.all(readers.map((reader) => reader.close()));

const { length } = images;
console.log(`float    ${floatRight / length} of ${length} test images right`);
console.log(`integer  ${integerRight / length}`);
console.log(`images on which two of ${readers.length} readers disagree: ${disagreements}`);
if (disagreements > 0) process.exitCode = 1;

function largest(values: Iterable<number>): number {
  let [best, greatest] = [0, Number.NEGATIVE_INFINITY];
  for (const [i, value] of [...values].entries()) {
    if (value > greatest) [best, greatest] = [i, value];
  }
  return best;
}
