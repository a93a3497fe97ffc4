/**
 * What goes wrong while measuring: the shape every error of Assay has.
 * @module
 */

export class BenchError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BenchError";
    this.code = code;
    this.hint = hint;
  }
}
