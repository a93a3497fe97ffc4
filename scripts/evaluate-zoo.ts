/**
 * Measures models of the zoo on all their held-out samples, float and integer, and checks that onnxruntime, our interpreter and
 * onnxruntime-web agree on every integer of every answer:
 *
 *     node --import tsx scripts/evaluate-zoo.ts mnist-lenet5
 *
 * Without a name, all.
 */
import { readFileSync } from "node:fs";
import { readFloatGraph } from "../models/float/read-graph.ts";
import { readIntegerGraph } from "../models/integer-graph.ts";
import { openInterpreter } from "../models/interpreter.ts";
import { openOnnxruntime } from "../models/onnxruntime.ts";
import { openOnnxruntimeWeb } from "../models/onnxruntime-web.ts";
import { quantiseInputs } from "../models/quantise/inputs.ts";
import { measureQuality } from "../models/quantise/quality.ts";
import { findZooModel, ZOO, zooFile, zooSamples } from "./zoo-samples.ts";

const [wanted] = process.argv.slice(2);
for (const each of wanted === undefined ? ZOO.keys() : [wanted]) await evaluate(each);

async function evaluate(wanted: string): Promise<void> {
  const [name, model] = findZooModel(wanted);
  const { holdOut } = zooSamples(name, model);
  const read = (file: string): Uint8Array => new Uint8Array(readFileSync(zooFile(name, file)));
  const graph = readIntegerGraph(read("integer.onnx"));
  const quality = measureQuality(graph, holdOut, readFloatGraph(read("float.onnx"), {}));

  const readers = [
    openInterpreter(graph),
    await openOnnxruntime(graph),
    await openOnnxruntimeWeb(graph),
  ];
  let disagreements = 0;
  for (const sample of holdOut.inputs) {
    const integers = quantiseInputs(graph, sample);
    const answers: string[] = [];
    for (const reader of readers) {
      const outputs = await reader.infer(integers);
      answers.push(outputs.map((output) => output.join()).join(";"));
    }
    if (new Set(answers).size > 1) disagreements++;
  }
  await Promise.all(readers.map((reader) => reader.close()));

  console.log(`${name}, ${quality.samples} held-out samples`);
  if (quality.float !== undefined) console.log(`float    ${quality.float.accuracy}`);
  if (quality.integer !== undefined) console.log(`integer  ${quality.integer.accuracy}`);
  if (quality.agreement !== undefined) console.log(`the same answer on ${quality.agreement}`);
  console.log(`error of the outputs: ${quality.meanError} on average, ${quality.maxError} at most`);
  console.log(`samples on which two of ${readers.length} readers disagree: ${disagreements}`);
  if (disagreements > 0) process.exitCode = 1;
}
