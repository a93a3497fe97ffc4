/**
 * The SQLite file of a journal: made, checked, and brought up to date. What an older version wrote is never lost.
 * @module
 */
import Database from "better-sqlite3";
import { ValidatorError } from "./error.ts";
import { APPLICATION_ID, FROM_VERSION_1, SCHEMA, SCHEMA_VERSION } from "./journal-schema.ts";

/** @throws ValidatorError `JOURNAL_FOREIGN` | `JOURNAL_VERSION`; SQLite's own errors */
export function openDatabase(path: string, readOnly: boolean): Database.Database {
  const database = new Database(path, { readonly: readOnly, fileMustExist: readOnly });
  try {
    const isEmpty = database.prepare("SELECT name FROM sqlite_schema").get() === undefined;
    if (!readOnly) {
      if (isEmpty) rewrite(database, `${SCHEMA} PRAGMA application_id = ${APPLICATION_ID};`);
      else if (isOurs(database) && versionOf(database) === 1) rewrite(database, FROM_VERSION_1);
    }
    requireOurs(path, database);
    if (!readOnly) {
      database.pragma("journal_mode = WAL");
      database.pragma("synchronous = FULL");
      database.pragma("foreign_keys = ON");
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** All of it or nothing. */
function rewrite(database: Database.Database, statements: string): void {
  database.transaction(() => {
    database.exec(statements);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  })();
}

function isOurs(database: Database.Database): boolean {
  return database.pragma("application_id", { simple: true }) === APPLICATION_ID;
}

function versionOf(database: Database.Database): unknown {
  return database.pragma("user_version", { simple: true });
}

function requireOurs(path: string, database: Database.Database): void {
  if (!isOurs(database)) {
    throw new ValidatorError(
      "JOURNAL_FOREIGN",
      `${path} is a database of another program`,
      "Name another file for the journal.",
    );
  }
  const version = versionOf(database);
  if (version === SCHEMA_VERSION) return;
  throw new ValidatorError(
    "JOURNAL_VERSION",
    `${path} is a journal of version ${version}, expected ${SCHEMA_VERSION}`,
    version === 1
      ? "Start the validator once: it brings its journal up to date."
      : "Use the version of Assay that wrote it, or begin a new journal in another file.",
  );
}
