/**
 * What goes wrong between us and a chain. When the chain itself refuses a transaction, `code` is the chain's own name
 * for it (Subtensor's, such as `SettingWeightsTooFast`): the one exception to UPPER_SNAKE, so that what people read
 * here is what they find in Subtensor's documentation.
 * @module
 */

export class ChainError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ChainError";
    this.code = code;
    this.hint = hint;
  }
}
