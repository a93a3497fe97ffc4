/**
 * What goes wrong between a model and its proof: the shape every error of Assay has.
 * @module
 */

export class CircuitError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CircuitError";
    this.code = code;
    this.hint = hint;
  }
}
