/**
 * `assay prove`: one input, one answer, one proof, in a file that anybody can check.
 * @module
 */
import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { openPackage } from "../circuits/package.ts";
import { openProver } from "../circuits/prove.ts";
import { decompressProof } from "../proof/groth16/proof-bytes.ts";
import { proofToJson } from "../proof/groth16/proof-json.ts";
import { writeFileAtomic } from "../store/atomic.ts";
import { DEVELOPMENT_NOTICE } from "./circuit.ts";
import { newCommand, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { CliError } from "./error.ts";
import { readInput } from "./input.ts";
import { DEFAULT_MODEL, entryOf, inputShapeOf, openModel } from "./model-source.ts";
import { packageOf } from "./package-source.ts";
import { predict } from "./prediction.ts";
import { proofFileToJson } from "./proof-file.ts";

interface ProveOptions extends EngineChoice {
  readonly input: string;
  readonly pixels?: boolean;
  readonly model: string;
  readonly package?: string;
  readonly tag?: bigint;
  readonly out: string;
}

export function proveCommand(): Command {
  const command = withEngineOption(newCommand("prove", "compute a model's answer and prove it"))
    .requiredOption(
      "-i, --input <file>",
      "a PNG picture, or a JSON or NPY array of the model's integers",
    )
    .option("--pixels", "the JSON or NPY array holds pixels of 0 to 255")
    .option(
      "--model <model>",
      "a name of the catalogue or the path of an integer ONNX",
      DEFAULT_MODEL,
    )
    .option("--package <dir>", "the circuit package to prove with, instead of --model")
    .option(
      "--tag <number>",
      "what the proof is tied to: a number below 2^248 (default: random)",
      parseTag,
    )
    .option("-o, --out <file>", "where the proof is written", "proof.json")
    .addHelpText("after", "\nExample:\n  $ assay prove --input digit.png --out proof.json\n");
  return onRun<ProveOptions>(command, async (context, options) => {
    const engine = await proverOf(options, context);
    try {
      const circuit =
        options.package === undefined
          ? await packageOf(await openModel(options.model), context, engine)
          : await openPackage(options.package);
      const source = { graph: circuit.graph, entry: await entryOf(circuit.graph) };
      const input = await readInput(options.input, inputShapeOf(source), options.pixels);
      const tag = options.tag ?? BigInt(`0x${randomBytes(31).toString("hex")}`);

      const prover = await openProver(circuit, { engine });
      const { outputs, proof, stages } = await prover.prove(
        { tag, input },
        { signal: context.stop.signal },
      );
      const decoded = decompressProof(proof);
      if ("code" in decoded) {
        throw new CliError(
          "INTERNAL",
          `our own proof does not decode: ${decoded.code}`,
          "Report this.",
        );
      }
      const file = proofFileToJson(
        { circuit: circuit.id, tag, input, outputs },
        proofToJson(decoded),
      );
      await writeFileAtomic(options.out, `${JSON.stringify(file)}\n`);

      if (circuit.manifest.setup.kind === "development") context.output.warn(DEVELOPMENT_NOTICE);
      const prediction = predict(outputs, circuit.graph.outputs[0]?.labels ?? []);
      return {
        data: {
          circuit: circuit.id,
          tag,
          outputs: [...outputs],
          prediction,
          stages,
          file: options.out,
        },
        text: `${prediction.label} (margin ${prediction.margin})\nproof in ${options.out}`,
      };
    } finally {
      await engine.close();
    }
  });
}

function parseTag(text: string): bigint {
  if (!/^(0|[1-9]\d{0,74})$/.test(text) || BigInt(text) >= 1n << 248n) {
    throw new InvalidArgumentError("Expected a decimal number below 2^248.");
  }
  return BigInt(text);
}
