/**
 * A validator's numbers for Prometheus, all named assay_validator_…, each instance with a registry of its own. They
 * follow from events, so they say what the journal says.
 * @module
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ValidatorEvent } from "./event.ts";

/** Seconds of a proof from a fast core and a small model to the largest budget worth waiting for. */
const LATENCY_BUCKETS = [0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
/** Seconds of one verification: some 15 ms on a common core. */
const VERIFY_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2];

export class Metrics {
  readonly #registry = new Registry();
  readonly #counts = { registers: [this.#registry] };
  readonly #jobs = new Counter({
    ...this.#counts,
    name: "assay_validator_jobs_total",
    help: "Jobs handed out.",
  });
  readonly #verdicts = new Counter({
    ...this.#counts,
    name: "assay_validator_verdicts_total",
    help: "Verdicts given; the code is empty for accepted answers.",
    labelNames: ["kind", "code"],
  });
  readonly #latency = new Histogram({
    ...this.#counts,
    name: "assay_validator_answer_seconds",
    help: "From last byte sent to last byte received, of accepted answers.",
    buckets: LATENCY_BUCKETS,
  });
  readonly #verify = new Histogram({
    ...this.#counts,
    name: "assay_validator_verify_seconds",
    help: "Verifying one proof, waiting for a free verifier included.",
    buckets: VERIFY_BUCKETS,
  });
  readonly #inFlight = new Gauge({
    ...this.#counts,
    name: "assay_validator_jobs_in_flight",
    help: "Jobs handed out that have no verdict yet.",
  });
  readonly #weights = new Counter({
    ...this.#counts,
    name: "assay_validator_weights_set_total",
    help: "Weights that entered a block.",
  });
  readonly #weightsBlock = new Gauge({
    ...this.#counts,
    name: "assay_validator_weights_confirmed_block",
    help: "Block of the last weights that the chain's metagraph shows.",
  });
  readonly #epoch = new Gauge({
    ...this.#counts,
    name: "assay_validator_epoch",
    help: "Epochs of the subnet that have run.",
  });
  readonly #alarms = new Gauge({
    ...this.#counts,
    name: "assay_validator_alarm",
    help: "1 while something of this code needs a person.",
    labelNames: ["code"],
  });

  readonly contentType: string = this.#registry.contentType;

  observe(event: ValidatorEvent): void {
    switch (event.type) {
      case "started":
        return;
      case "job":
        this.#jobs.inc();
        this.#inFlight.inc();
        return;
      case "verdict":
        return this.#observeVerdict(event);
      case "epoch":
        return this.#epoch.set(event.index);
      case "weights":
        return this.#weights.inc();
      case "weights-confirmed":
        return this.#weightsBlock.set(event.block);
      case "alarm":
        return this.#alarms.set({ code: event.code }, 1);
      case "recovered":
        return this.#alarms.set({ code: event.code }, 0);
    }
  }

  render(): Promise<string> {
    return this.#registry.metrics();
  }

  #observeVerdict({ verdict, latencyUs, verifyUs }: ValidatorEvent & { type: "verdict" }): void {
    this.#inFlight.dec();
    this.#verdicts.inc({
      kind: verdict.kind,
      code: verdict.kind === "accepted" ? "" : verdict.code,
    });
    if (verdict.kind === "accepted" && latencyUs !== undefined)
      this.#latency.observe(latencyUs / 1e6);
    if (verifyUs !== undefined) this.#verify.observe(verifyUs / 1e6);
  }
}
