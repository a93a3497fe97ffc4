/**
 * What `assay model import` tells: what the model became, layer by layer, what the rounding cost, and what keys and proofs
 * will cost. The same facts as JSON (report.json) and as tables for people.
 * @module
 */
import pc from "picocolors";
import { type Estimate, estimateCost } from "../bench/estimate.ts";
import type { OpenDraft } from "../circuits/draft.ts";
import type { InputTensor, OutputTensor } from "../circuits/interface.ts";
import type { LayerReport } from "../circuits/lower/lowered.ts";
import type { Counts } from "../circuits/manifest.ts";
import type { ImportReport as QuantiserReport } from "../models/quantise/import-model.ts";
import type { Quality } from "../models/quantise/quality.ts";
import { renderTable } from "./table.ts";

export interface ImportReport {
  readonly format: "assay/import-report/1";
  readonly name: string;
  /** The model id of the integer graph. */
  readonly model: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** What was folded, cut or taken for granted. */
  readonly notices: readonly string[];
  readonly inputs: readonly InputTensor[];
  readonly outputs: readonly OutputTensor[];
  /** The float network's layers and what they were rounded to. */
  readonly quantised: QuantiserReport["layers"];
  /** Nodes of the integer graph that cost something. */
  readonly layers: readonly LayerReport[];
  readonly calibration: Quality;
  /** Every fifth sample, which the quantiser has not seen; absent where there are fewer than five. */
  readonly holdOut?: Quality;
  readonly circuit: Counts & {
    readonly publicSignals: number;
    /** constraints + public signals + 1: what a key is made for. */
    readonly rows: number;
    /** The power of two that holds them. */
    readonly domain: number;
  };
  readonly estimate: Estimate;
}

export function reportOf(
  { draft, graph, circuit }: OpenDraft,
  quantised: QuantiserReport,
  options: Readonly<Record<string, unknown>>,
): ImportReport {
  const middle = graph.inputs.map(({ dims, min, max }) => {
    const length = dims.reduce((product, dim) => product * dim, 1);
    return Int32Array.from({ length }, (_, i) => min + (i % (max - min + 1)));
  });
  const { outputs, tag, inputs } = draft.publicSignals;
  return {
    format: "assay/import-report/1",
    name: graph.name,
    model: graph.id,
    options,
    notices: quantised.notices,
    inputs: draft.inputs,
    outputs: draft.outputs,
    quantised: quantised.layers,
    layers: circuit.layers.filter(({ rows, nonZeros }) => rows + nonZeros > 0),
    calibration: quantised.calibration,
    ...(quantised.holdOut && { holdOut: quantised.holdOut }),
    circuit: {
      ...draft.counts,
      publicSignals: outputs + tag + inputs,
      rows: circuit.domain.used,
      domain: circuit.domain.size,
    },
    estimate: estimateCost(circuit, circuit.witness({ tag: 1n, inputs: middle })),
  };
}

export function renderReport(report: ImportReport): string {
  const { circuit, estimate, notices } = report;
  const spare = circuit.domain - circuit.rows;
  // A model on integers is taken over as it is.
  const isRounded = report.quantised.length > 0;
  return [
    ...notices.map((notice) => `note: ${notice}`),
    ...(notices.length === 0 ? [] : [""]),
    ...(isRounded ? roundedLines(report) : []),
    pc.bold("What proving it costs"),
    renderTable(
      [
        { title: "node", cell: (row) => row.node },
        { title: "op", cell: (row) => row.op },
        { title: "dims", cell: (row) => row.dims.join("×") },
        {
          title: "width",
          align: "right",
          cell: (row) => (row.width === 0 ? "" : String(row.width)),
        },
        { title: "constraints", align: "right", cell: (row) => String(row.rows) },
        { title: "non-zeros", align: "right", cell: (row) => String(row.nonZeros) },
      ],
      report.layers,
    ),
    ...(isRounded ? costLines(report) : []),
    "",
    `inputs       ${report.inputs.map(({ name, dims, range, visibility }) => `${name} [${dims.join(", ")}] ${range.min} to ${range.max}, ${visibility}`).join("; ")}`,
    `constraints  ${circuit.constraints}, with ${circuit.publicSignals} public signals and the constant ${circuit.rows} of ${circuit.domain} (2^${Math.log2(circuit.domain)}), ${spare} to spare`,
    `non-zeros    ${circuit.nonZeros} in ${circuit.wires} wires`,
    `keys         about ${(estimate.provingKeyBytes / 1e6).toFixed(1)} MB`,
    `a proof      about ${milliseconds(estimate.proofMs)} ms on one core: an estimate, from the bound of docs/benchmarks.md`,
  ].join("\n");
}

/** Layers whose weights became integers, and an empty line. */
function roundedLines(report: ImportReport): string[] {
  return [
    pc.bold("What the model was rounded to"),
    renderTable(
      [
        { title: "layer", cell: (row) => row.node },
        { title: "op", cell: (row) => row.op },
        { title: "dims", cell: (row) => row.dims.join("×") },
        { title: "weights", align: "right", cell: (row) => String(row.parameters) },
        { title: "bits", align: "right", cell: (row) => String(row.weightBits) },
        { title: "sum from", align: "right", cell: (row) => String(row.accumulator.min) },
        { title: "to", align: "right", cell: (row) => String(row.accumulator.max) },
      ],
      report.quantised,
    ),
    "",
  ];
}

/** Before it an empty line. */
function costLines(report: ImportReport): string[] {
  return [
    "",
    pc.bold("What rounding cost"),
    renderTable(
      [
        { title: "samples", cell: ([name]) => name },
        { title: "count", align: "right", cell: ([, quality]) => String(quality.samples) },
        { title: "float", align: "right", cell: ([, { float }]) => percent(float?.accuracy) },
        { title: "integer", align: "right", cell: ([, { integer }]) => percent(integer?.accuracy) },
        { title: "same answer", align: "right", cell: ([, { agreement }]) => percent(agreement) },
        { title: "mean error", align: "right", cell: ([, { meanError }]) => precise(meanError) },
        { title: "largest", align: "right", cell: ([, { maxError }]) => precise(maxError) },
      ],
      [
        ["calibration", report.calibration] as const,
        ...(report.holdOut === undefined ? [] : [["held out", report.holdOut] as const]),
      ],
    ),
  ];
}

function percent(fraction: number | undefined): string {
  return fraction === undefined ? "" : `${(fraction * 100).toFixed(2)} %`;
}

/** Two digits are more than an estimate has. */
function milliseconds(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function precise(value: number): string {
  return value.toPrecision(3);
}
