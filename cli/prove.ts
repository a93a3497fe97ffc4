/**
 * `assay prove`: one input, one answer, one proof, in a file that anybody can check.
 * @module
 */
import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { joinTensors } from "../circuits/interface.ts";
import { openPackage } from "../circuits/package.ts";
import { openProver } from "../circuits/prove.ts";
import { conceal, showAll } from "../circuits/statement.ts";
import { decompressProof } from "../proof/groth16/proof-bytes.ts";
import { proofToJson } from "../proof/groth16/proof-json.ts";
import { writeFileAtomic } from "../store/atomic.ts";
import { DEVELOPMENT_NOTICE } from "./circuit.ts";
import { newCommand, onRun } from "./command.ts";
import { type EngineChoice, proverOf, withEngineOption } from "./engine-source.ts";
import { CliError } from "./error.ts";
import { type InputOptions, numberKindOf, readInputs, withInputOptions } from "./input/input.ts";
import { DEFAULT_MODEL, entryOf, inputTensorsOf, openModel } from "./model-source.ts";
import { packageOf } from "./package-source.ts";
import { answerOf } from "./prediction.ts";
import { proofFileToJson } from "./proof-file.ts";

interface ProveOptions extends EngineChoice, InputOptions {
  readonly model: string;
  readonly package?: string;
  readonly tag?: bigint;
  readonly conceal?: boolean;
  readonly out: string;
}

export function proveCommand(): Command {
  const command = withInputOptions(
    withEngineOption(newCommand("prove", "compute a model's answer and prove it")),
  )
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
    .option("--conceal", "show of hashed inputs only a salted digest, and print the salt")
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
      const tensors = await readInputs(
        options.input,
        inputTensorsOf(source),
        numberKindOf(options),
      );
      const input = joinTensors(tensors);
      const tag = options.tag ?? randomNumber(TAG_BYTES);
      const hashed = circuit.manifest.inputs.filter(({ visibility }) => visibility === "hashed");
      const salts = hashed.map(() => (options.conceal === true ? randomNumber(SALT_BYTES) : 0n));

      const prover = await openProver(circuit, { engine });
      const { outputs, proof, stages } = await prover.prove(
        { tag, input, salts },
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
      const opened = showAll({ tag, input, salts, outputs }, circuit.manifest);
      const shown = options.conceal === true ? conceal(opened, circuit.manifest) : opened;
      const file = proofFileToJson({ circuit: circuit.id, ...shown }, proofToJson(decoded));
      await writeFileAtomic(options.out, `${JSON.stringify(file)}\n`);

      if (circuit.manifest.setup.kind === "development") context.output.warn(DEVELOPMENT_NOTICE);
      const answer = answerOf(outputs, circuit.graph.outputs);
      return {
        data: {
          circuit: circuit.id,
          tag,
          ...answer.data,
          stages,
          file: options.out,
          ...(options.conceal === true && { salts }),
        },
        text: [
          answer.text,
          `proof in ${options.out}`,
          ...(options.conceal === true
            ? hashed.map(
                ({ name }, i) => `salt of ${name}  ${salts[i]}: who knows it can check the input`,
              )
            : []),
        ].join("\n"),
      };
    } finally {
      await engine.close();
    }
  });
}

const TAG_BYTES = 31;
const SALT_BYTES = 16;

function randomNumber(bytes: number): bigint {
  return BigInt(`0x${randomBytes(bytes).toString("hex")}`);
}

function parseTag(text: string): bigint {
  if (!/^(0|[1-9]\d{0,74})$/.test(text) || BigInt(text) >= 1n << 248n) {
    throw new InvalidArgumentError("Expected a decimal number below 2^248.");
  }
  return BigInt(text);
}
