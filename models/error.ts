/**
 * What goes wrong with a model: the shape every error of Assay has.
 * @module
 */

export class ModelError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ModelError";
    this.code = code;
    this.hint = hint;
  }
}
