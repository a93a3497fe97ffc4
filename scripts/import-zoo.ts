/**
 * Makes integer.onnx of models of the zoo from their float.onnx and their data, and says what it cost:
 *
 *     node --import tsx scripts/import-zoo.ts mnist-lenet5
 *
 * Without a name, of all. The same float.onnx gives the same bytes on every machine; a test holds that.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Imported, importModel } from "../models/quantise/import-model.ts";
import { encodeSamples, SAMPLE_COUNT } from "../models/zoo/digit-samples.ts";
import { readDigits } from "./mnist.ts";
import { findZooModel, ZOO, zooFile, zooSamples } from "./zoo-samples.ts";

/** @param report whether to say what the integers cost */
export function importZooModel(wanted: string, report = false): Uint8Array {
  const [name, model] = findZooModel(wanted);
  const { calibration } = zooSamples(name, model);
  const bytes = new Uint8Array(readFileSync(zooFile(name, "float.onnx")));
  const imported = importModel(bytes, { calibration }, { name, ...model });
  if (report) printReport(name, imported);
  return imported.graph.bytes;
}

function printReport(name: string, { graph, report }: Imported): void {
  console.log(`${name}: ${graph.bytes.length} bytes, ${graph.nodes.length} nodes`);
  for (const notice of report.notices) console.log(`  ${notice}`);
  for (const { node, op, dims, weightBits, accumulator, accumulatorBits } of report.layers) {
    console.log(
      `  ${op} ${node} [${dims}]: weights of ${weightBits} bits, sums from ${accumulator.min} to` +
        ` ${accumulator.max}, on average ${accumulatorBits.toFixed(2)} bits`,
    );
  }
  console.log(`  on the calibration samples: ${JSON.stringify(report.calibration)}`);
}

/** The images from which fresh inputs are drawn. */
function sampleFile(): Uint8Array {
  const { images, labels } = readDigits("t10k");
  const samples = {
    images: images.slice(0, SAMPLE_COUNT),
    labels: labels.subarray(0, SAMPLE_COUNT),
  };
  return gzipSync(encodeSamples(samples), { level: 9 });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name] = process.argv.slice(2);
  for (const each of name === undefined ? ZOO.keys() : [name]) {
    writeFileSync(zooFile(each, "integer.onnx"), importZooModel(each, true));
    if (each === "mnist-mlp") writeFileSync(zooFile(each, "samples.gz"), sampleFile());
  }
}
