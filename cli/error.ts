/**
 * Errors at the front door. Every folder throws its own class; this file reads them by their one shape,
 * `{code, message, hint}`, and makes that shape from anything else that surfaces.
 * @module
 */

export class CliError extends Error {
  readonly code: string;
  readonly hint: string;

  constructor(code: string, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.code = code;
    this.hint = hint;
  }
}

export interface ErrorShape {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** A fault of the program itself keeps its message, so that it can be reported; it has no code of ours. */
export function shapeOf(error: unknown): ErrorShape {
  if (error instanceof Error) {
    const { code, hint } = error as Error & { code?: unknown; hint?: unknown };
    if (typeof code === "string" && typeof hint === "string") {
      return { code, message: error.message, hint };
    }
    return {
      code: typeof code === "string" ? code : "INTERNAL",
      message: error.message,
      hint: "This is a fault of Assay. Run again with --verbose for the stack and report it.",
    };
  }
  return { code: "INTERNAL", message: String(error), hint: "This is a fault of Assay; report it." };
}
