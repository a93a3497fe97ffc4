/**
 * What the demo found, read from where it counts: verdicts from the validator's journal, weights and emission from the
 * chain. The demo succeeds when the honest were never rejected, the dishonest never accepted, and weights and pay
 * reached the chain.
 * @module
 */
import type { Metagraph } from "../../chain/chain.ts";
import type { Hotkey } from "../../protocol/hotkey.ts";
import type { PlacedOutcome } from "../../validator/journal.ts";
import { scoresOf } from "../../validator/score.ts";
import { renderTable } from "../table.ts";
import type { Role } from "./cast.ts";
import type { WeightsWay } from "./network.ts";

export interface MinerReport {
  readonly name: string;
  readonly hotkey: Hotkey;
  readonly jobs: number;
  readonly verified: number;
  /** Verdicts other than accepted, by code. */
  readonly rejected: Readonly<Record<string, number>>;
  /** Of verified answers, last byte sent to last byte received; null when none was verified. */
  readonly medianMs: number | null;
  /** 0 to 1. */
  readonly score: number;
  /** As the chain holds it: 65535 is the largest. */
  readonly weight: number;
  /** Rao of the last epoch. */
  readonly emission: number;
}

export interface DemoReport {
  readonly model: {
    readonly id: string;
    readonly accuracy: { readonly float: number; readonly integer: number };
  };
  readonly circuit: { readonly id: string; readonly constraints: number };
  readonly miners: readonly MinerReport[];
  /** How weights reached the chain. */
  readonly weights: WeightsWay;
  /** Epochs in which weights reached the chain. */
  readonly epochs: number;
  /** Setup and total in seconds; prove and verify are medians per proof. */
  readonly seconds: {
    readonly setup: number;
    readonly prove: number;
    readonly verify: number;
    readonly total: number;
  };
}

export function reportMiners(
  cast: readonly { readonly role: Role; readonly hotkey: Hotkey }[],
  validator: Hotkey,
  outcomes: readonly PlacedOutcome[],
  metagraph: Metagraph,
): MinerReport[] {
  const scores = scoresOf(outcomes);
  const weights = new Map(metagraph.neurons.find((neuron) => neuron.hotkey === validator)?.weights);
  return cast.map(({ role, hotkey }) => {
    const mine = outcomes.filter(({ miner, verdict }) => miner === hotkey && !isCutShort(verdict));
    const verified = mine.filter((outcome) => outcome.verdict.kind === "accepted");
    const rejected: Record<string, number> = {};
    for (const { verdict } of mine) {
      if (verdict.kind !== "accepted") rejected[verdict.code] = (rejected[verdict.code] ?? 0) + 1;
    }
    const neuron = metagraph.neurons.find((candidate) => candidate.hotkey === hotkey);
    const latencies = verified.flatMap(({ latencyUs }) =>
      latencyUs === undefined ? [] : [latencyUs / 1000],
    );
    return {
      name: role.name,
      hotkey,
      jobs: mine.length,
      verified: verified.length,
      rejected,
      medianMs: latencies.length === 0 ? null : Math.round(median(latencies)),
      score: Number(scores.get(hotkey) ?? 0n) / 2 ** 32,
      weight: neuron === undefined ? 0 : (weights.get(neuron.uid) ?? 0),
      emission: Number(neuron?.emission ?? 0n),
    };
  });
}

/** What went wrong, in sentences; empty when the demo showed what it promises. */
export function faultsOf(
  report: DemoReport,
  cast: readonly Role[],
  epochsWanted: number,
  jobsWanted: number,
): string[] {
  const faults: string[] = [];
  for (const role of cast) {
    const miner = report.miners.find((candidate) => candidate.name === role.name);
    if (miner === undefined) continue;
    if (miner.jobs < jobsWanted)
      faults.push(`${role.name} got ${miner.jobs} jobs, expected ${jobsWanted} or more`);
    if (role.isHonest) {
      const wrong = Object.keys(miner.rejected).filter((code) => !HARMLESS.has(code));
      if (wrong.length > 0)
        faults.push(`${role.name} is honest and was refused: ${wrong.join(", ")}`);
      if (miner.emission <= 0) faults.push(`${role.name} is honest and earned nothing`);
    } else {
      if (miner.verified > 0)
        faults.push(`${role.name} is dishonest and was accepted ${miner.verified} times`);
      if (miner.weight > 0 || miner.emission > 0)
        faults.push(`${role.name} is dishonest and earned`);
    }
  }
  if (report.epochs < epochsWanted) {
    faults.push(`weights reached the chain in ${report.epochs} epochs, expected ${epochsWanted}`);
  }
  return faults;
}

/** Jobs under way when the demo ended are no jobs that a miner was seen to do. */
function isCutShort(verdict: PlacedOutcome["verdict"]): boolean {
  return verdict.kind === "ignored" && verdict.code === "CANCELLED";
}

/** Verdicts that say nothing about a miner: its queue was full. */
const HARMLESS: ReadonlySet<string> = new Set(["BUSY"]);

export function renderReport(report: DemoReport): string {
  const table = renderTable<MinerReport>(
    [
      { title: "miner", cell: (row) => row.name },
      { title: "jobs", align: "right", cell: (row) => String(row.jobs) },
      { title: "verified", align: "right", cell: (row) => String(row.verified) },
      { title: "rejected", cell: (row) => rejections(row) },
      {
        title: "median ms",
        align: "right",
        cell: (row) => (row.medianMs === null ? "-" : String(row.medianMs)),
      },
      { title: "score", align: "right", cell: (row) => row.score.toFixed(4) },
      { title: "weight", align: "right", cell: (row) => String(row.weight) },
      { title: "emission", align: "right", cell: (row) => (row.emission / 1e9).toFixed(4) },
    ],
    report.miners,
  );
  const { seconds } = report;
  const times =
    `${seconds.total.toFixed(1)} s in all: setup ${seconds.setup.toFixed(1)} s, ` +
    `a proof ${(seconds.prove * 1000).toFixed(0)} ms, its verification ${(seconds.verify * 1000).toFixed(0)} ms (medians)`;
  return `${table}\n\n${times}`;
}

function rejections(row: MinerReport): string {
  const parts = Object.entries(row.rejected).map(([code, count]) => `${count}× ${code}`);
  return parts.length === 0 ? "-" : parts.join(", ");
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[sorted.length >> 1] ?? 0;
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper;
  return (lower + upper) / 2;
}
