/**
 * The shape every error of Assay has: a stable code, what happened, what to do.
 * @module
 */

export type StoreErrorCode =
  | "MALFORMED_DIGEST"
  /** No space or no quota left. Nothing half-written stays. */
  | "DISK_FULL"
  /** The file system refused for another reason: rights, read-only, a folder that is not there. */
  | "WRITE_FAILED"
  /** A file or a full folder stands where a new one was to be placed. */
  | "ALREADY_THERE"
  | "ARTEFACT_MISSING"
  /** The bytes are not those of the record. */
  | "ARTEFACT_ALTERED"
  /** Another process holds the lock. */
  | "LOCKED"
  /** A data folder that another version of Assay wrote. */
  | "HOME_VERSION"
  /** A folder with other things in it, or none that can be used. */
  | "HOME_FOREIGN";

export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly hint: string;

  constructor(code: StoreErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
    this.hint = hint;
  }
}

/** What Node reports of the operating system, e.g. `ENOSPC`; undefined for any other error. */
export function errnoOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined;
}

/** The StoreError of a write that failed. Errors that are not the operating system's pass through unchanged. */
export function writeError(cause: unknown, path: string): unknown {
  switch (errnoOf(cause)) {
    case undefined:
      return cause;
    case "ENOSPC":
    case "EDQUOT":
      return new StoreError(
        "DISK_FULL",
        `no space left for ${path}`,
        "Free space on that disk, or set ASSAY_HOME to a folder on another one.",
        { cause },
      );
    case "EEXIST":
    case "ENOTEMPTY":
      return new StoreError(
        "ALREADY_THERE",
        `${path} is already there`,
        "Remove it first, or use what is there.",
        { cause },
      );
    default:
      return new StoreError(
        "WRITE_FAILED",
        `cannot write ${path}: ${cause instanceof Error ? cause.message : "unknown error"}`,
        "Check that the folder exists, that its disk is not read-only, and that this user may write there.",
        { cause },
      );
  }
}
