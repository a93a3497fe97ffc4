/**
 * What went wrong on the validator's own side. A miner's fault is a verdict, never one of these.
 * @module
 */

export class ValidatorError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ValidatorError";
    this.code = code;
    this.hint = hint;
  }
}
