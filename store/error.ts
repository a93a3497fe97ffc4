/**
 * The shape every error of Assay has: a stable code, what happened, what to do.
 * @module
 */

export class StoreError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.hint = hint;
  }
}
