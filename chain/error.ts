/**
 * What goes wrong between us and a chain. When the chain itself refuses a transaction, `code` is the chain's own name
 * for it (Subtensor's, such as `SettingWeightsTooFast`): the one exception to UPPER_SNAKE, so that what people read
 * here is what they find in Subtensor's documentation.
 * @module
 */

/** All but line ends: a node's words are often part of the message, and must not steer the terminal that shows it. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Bidi_Control}]/gu;

export class ChainError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message.replaceAll(CONTROLS, "·"), options);
    this.name = "ChainError";
    this.code = code;
    this.hint = hint;
  }
}
