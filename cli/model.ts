/**
 * `assay model inspect` and `assay model run`: look at a model and compute with it, without proving anything.
 * @module
 */
import type { Command } from "commander";
import { joinTensors } from "../circuits/interface.ts";
import { describeModel } from "../models/describe.ts";
import { evaluateFloat } from "../models/float/evaluate.ts";
import { readFloatGraph } from "../models/float/read-graph.ts";
import type { IntegerGraph } from "../models/integer-graph.ts";
import { openInterpreter } from "../models/interpreter.ts";
import { openOnnxruntime } from "../models/onnxruntime.ts";
import { newCommand, onRun } from "./command.ts";
import { CliError } from "./error.ts";
import {
  type InputOptions,
  numberKindOf,
  readInputs,
  readReals,
  withInputOptions,
} from "./input/input.ts";
import {
  DEFAULT_MODEL,
  entryOf,
  inputTensorsOf,
  openModel,
  readModelFile,
} from "./model-source.ts";
import type { Result } from "./output.ts";
import { answerOf } from "./prediction.ts";
import { renderTable } from "./table.ts";

export function modelInspectCommand(): Command {
  const command = newCommand("inspect", "what a model computes, and whether it can be proven")
    .argument("[model]", "a name of the catalogue or the path of an ONNX file", DEFAULT_MODEL)
    .addHelpText("after", "\nExample:\n  $ assay model inspect mnist-mlp\n");
  return onRun(command, async (_context, _options, [model = DEFAULT_MODEL]) => {
    const description = describeModel(await readModelFile(model));
    const accepted = description.refusal === undefined;
    const source = accepted ? await openModel(model) : undefined;
    const entry = source === undefined ? undefined : await entryOf(source.graph);
    const lines = [
      `${description.name}: ONNX opset ${description.opset}, ${description.parameters} parameters`,
      ...(source === undefined ? [] : [`model id  ${source.graph.id}`]),
      ...description.inputs.map(
        (value) => `input     ${value.name}: ${value.dtype} [${value.dims.join(", ")}]`,
      ),
      ...description.outputs.map(
        (value) => `output    ${value.name}: ${value.dtype} [${value.dims.join(", ")}]`,
      ),
      ...(entry === undefined
        ? []
        : [
            `accuracy  ${percent(entry.accuracy.float)} float, ${percent(entry.accuracy.integer)} integer`,
          ]),
      accepted ? "accepted as an integer graph" : `not an integer graph: ${description.refusal}`,
      "",
      renderTable(
        [
          { title: "operator", cell: (row: OperatorCount) => row.op },
          { title: "nodes", align: "right", cell: (row) => String(row.count) },
        ],
        description.operators,
      ),
    ];
    return {
      data: { ...description, id: source?.graph.id, accuracy: entry?.accuracy },
      text: lines.join("\n"),
    };
  });
}

interface OperatorCount {
  readonly op: string;
  readonly count: number;
}

export function modelRunCommand(): Command {
  const command = withInputOptions(
    newCommand(
      "run",
      "compute a model's answer: of integers in onnxruntime and our interpreter side by side, of real numbers in ours",
    ),
  )
    .argument("[model]", "a name of the catalogue or the path of an ONNX file", DEFAULT_MODEL)
    .addHelpText("after", "\nExample:\n  $ assay model run mnist-mlp --input digit.png\n");
  return onRun<InputOptions>(command, async (_context, options, [model = DEFAULT_MODEL]) => {
    const bytes = await readModelFile(model);
    if (describeModel(bytes).refusal !== undefined) return runReal(bytes, options.input);
    const source = await openModel(model);
    const kind = numberKindOf(options);
    const inputs = await readInputs(options.input, inputTensorsOf(source), kind);
    const answer = answerOf(joinTensors(await inBoth(source.graph, inputs)), source.graph.outputs);
    return { data: { model: source.graph.id, ...answer.data }, text: answer.text };
  });
}

/** Before a model is imported: what it answers in real numbers, as the quantiser reads it. */
async function runReal(bytes: Uint8Array, sources: readonly string[]): Promise<Result> {
  const graph = readFloatGraph(bytes);
  const values = evaluateFloat(graph, await readReals(sources, graph.inputs));
  const outputs = graph.outputs.map(({ name, dims }) => {
    return { name, dims, values: [...(values.get(name) ?? [])] };
  });
  const lines = outputs.map(({ name, values: reals }) => {
    const shown = reals.slice(0, SHOWN).map((real) => real.toPrecision(6));
    const rest = reals.length > SHOWN ? ` … ${reals.length - SHOWN} more` : "";
    return `${name} ${shown.join(" ")}${rest}`;
  });
  const notices = graph.notices.map((notice) => `note: ${notice}`);
  return { data: { outputs, notices: graph.notices }, text: [...notices, ...lines].join("\n") };
}

/** Numbers of an output that are shown. */
const SHOWN = 16;

/** Two readers of one graph; where they differ, neither is to be believed. */
async function inBoth(
  graph: IntegerGraph,
  inputs: readonly Int32Array[],
): Promise<readonly Int32Array[]> {
  const engines = [openInterpreter(graph), await openOnnxruntime(graph)];
  try {
    const [ours = [], theirs = []] = await Promise.all(
      engines.map((engine) => engine.infer(inputs)),
    );
    const differ = ours.findIndex((output, i) => output.join() !== theirs[i]?.join());
    if (differ >= 0) {
      throw new CliError(
        "READERS_DISAGREE",
        `onnxruntime and the interpreter disagree on ${graph.outputs[differ]?.name} of ${graph.name} (model ${graph.id})`,
        "Keep the input file and report it: an integer graph must mean the same everywhere.",
      );
    }
    return ours;
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}
