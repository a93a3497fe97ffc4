/**
 * The shape every error of Assay has: a stable code, what happened, what to do. Thrown by decoders at the door and
 * by whoever is asked to sign what it may not sign; a bad answer of a miner is a `Verdict`, never an exception.
 * @module
 */

export class ProtocolError extends Error {
  readonly code: ProtocolErrorCode;
  readonly hint: string;

  constructor(code: ProtocolErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProtocolError";
    this.code = code;
    this.hint = hint;
  }
}

export type ProtocolErrorCode =
  /** JSON that is not UTF-8, not JSON, too long, too deep, or not written in the one canonical way. */
  | "MALFORMED_JSON"
  | "MALFORMED_DIGEST"
  | "MALFORMED_HOTKEY"
  | "MALFORMED_JOB"
  | "MALFORMED_ANSWER"
  | "MALFORMED_RECEIPT"
  | "MALFORMED_ERROR"
  | "MALFORMED_INFO"
  /** A signer was asked to sign a request that HTTP cannot carry. */
  | "MALFORMED_AUTH"
  /** A signer was asked to sign in the name of another hotkey. */
  | "WRONG_SIGNER";
