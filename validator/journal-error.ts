/**
 * SQLite's errors as the journal's own: which of them are the disk's, which are a fault of the caller, which mean that
 * the file is no journal.
 * @module
 */
import Database from "better-sqlite3";
import { ValidatorError } from "./error.ts";

/** Runs what touches the database; SQLite's errors come out as ours. */
export function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw cause instanceof Database.SqliteError ? journalError(path, cause) : cause;
  }
}

function journalError(
  path: string,
  cause: InstanceType<typeof Database.SqliteError>,
): ValidatorError {
  const { code, message } = cause;
  if (code === "SQLITE_CONSTRAINT_UNIQUE") {
    return message.includes("jobs.id")
      ? new ValidatorError(
          "JOB_REUSED",
          "there was a job of this id before",
          "Every job has an id of its own: 16 fresh random bytes.",
          { cause },
        )
      : settled("the job has its verdict already", cause);
  }
  if (code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") {
    return new ValidatorError(
      "JOURNAL_CORRUPT",
      `${path} is not a journal, or a damaged one: ${message}`,
      "Put back a copy, or begin a new journal in another file.",
      { cause },
    );
  }
  if (/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN|BUSY|PERM|AUTH)/.test(code)) {
    return new ValidatorError(
      "JOURNAL_UNWRITABLE",
      `cannot open or write ${path}: ${message} (${code})`,
      "Free space on its disk, and check that this user may write there.",
      { cause },
    );
  }
  return new ValidatorError(
    "JOURNAL_FAULT",
    `${path}: ${message} (${code})`,
    "This is a fault in Assay: report it with this message.",
    { cause },
  );
}

export function settled(message: string, cause?: unknown): ValidatorError {
  return new ValidatorError("JOB_SETTLED", message, "A job gets one verdict, after it was made.", {
    cause,
  });
}
