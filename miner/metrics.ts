/**
 * A miner's numbers for Prometheus, all named assay_miner_…, each instance with a registry of its own.
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { RefusalCode } from "../protocol/wire.ts";

/** Seconds of a proof from a fast core and a small model to the largest budget worth waiting for. */
const SOLVE_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

export class Metrics {
  readonly #registry = new Registry();
  readonly #answers = new Counter({
    registers: [this.#registry],
    name: "assay_miner_answers_total",
    help: "Jobs answered with a proof.",
  });
  readonly #refusals = new Counter({
    registers: [this.#registry],
    name: "assay_miner_refusals_total",
    help: "Jobs refused or not answered, by code.",
    labelNames: ["code"],
  });
  readonly #abandoned = new Counter({
    registers: [this.#registry],
    name: "assay_miner_abandoned_total",
    help: "Jobs whose validator hung up before the answer.",
  });
  readonly #stages = new Histogram({
    registers: [this.#registry],
    name: "assay_miner_stage_seconds",
    help: "Time of each stage of answered jobs.",
    labelNames: ["stage"],
    buckets: SOLVE_BUCKETS,
  });
  readonly #queue = new Gauge({
    registers: [this.#registry],
    name: "assay_miner_jobs",
    help: "Jobs that wait and that run.",
    labelNames: ["state"],
  });

  readonly contentType: string = this.#registry.contentType;

  answered(stages: Readonly<Record<string, number>>): void {
    this.#answers.inc();
    for (const [stage, ms] of Object.entries(stages)) this.#stages.observe({ stage }, ms / 1_000);
  }

  refused(code: RefusalCode): void {
    this.#refusals.inc({ code });
  }

  abandoned(): void {
    this.#abandoned.inc();
  }

  /** @returns the page, with the state of the queue as it is now */
  render(queue: { readonly waiting: number; readonly running: number }): Promise<string> {
    this.#queue.set({ state: "waiting" }, queue.waiting);
    this.#queue.set({ state: "running" }, queue.running);
    return this.#registry.metrics();
  }
}
