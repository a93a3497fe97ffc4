/**
 * What keeps a miner from serving: the shape every error of Assay has. What it answers to a job it does not take is a
 * `Refusal` (protocol/wire.ts), never an exception.
 * @module
 */

export class MinerError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MinerError";
    this.code = code;
    this.hint = hint;
  }
}
