/**
 * What goes wrong on this machine while proving, verifying or making keys: the shape every error of Assay has. A bad
 * proof is no error but a `Rejection`.
 * @module
 */

export class ProofError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ProofError";
    this.code = code;
    this.hint = hint;
  }
}
