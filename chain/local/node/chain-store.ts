/**
 * The local chain on disk: one SQLite file with every block, the storage after the last one, and for the last thousand
 * blocks what each of them overwrote, so that the storage of those blocks can be read and blocks can be taken back.
 *
 * A block and everything that it changed are written in one transaction that is on disk (WAL, synchronous FULL) before
 * anybody hears of the block: what was announced survives kill -9 and a power cut.
 * @module
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { ChainError } from "../../error.ts";
import type { Backing, Changes } from "../runtime/state.ts";
import { decodeBody, encodeBody } from "./body.ts";
import { decodeHeader, encodeHeader, type Header } from "./header.ts";
import { bytesOf, hexOf, plain } from "./hex.ts";

const FORMAT = 2;
const FILE_NAME = "chain.sqlite";

/** Blocks whose storage can still be read: an hour of blocks of a second on a handful of megabytes. */
export const HISTORY_BLOCKS = 1_000;

export interface Block {
  readonly hash: string;
  readonly header: Header;
  readonly body: readonly Uint8Array[];
}

/** What a block overwrote, by raw key; undefined where there was nothing. */
export type Undo = Changes;

export interface ChainStore {
  /** Number of the last block, undefined in a fresh folder. */
  readonly last: number | undefined;
  readonly finalised: number;
  /** Text of what the chain was founded with. */
  readonly founding: string;
  storage(): Iterable<[key: string, value: Uint8Array]>;
  /** Writes genesis. */
  begin(genesis: Block, changes: Changes): void;
  /** Notes what the chain is founded with. */
  settle(founding: string): void;
  append(block: Block, changes: Changes, undo: Undo, finalised: number): void;
  /** Takes the last blocks back, newest first: all of them or none. */
  retract(blocks: readonly { readonly number: number; readonly undo: Undo }[]): void;
  header(number: number): Header | undefined;
  hash(number: number): string | undefined;
  block(number: number): Block | undefined;
  numberOf(hash: string): number | undefined;
  undo(number: number): Undo;
  /** The storage after an older block, over `live`, the storage after the last one. */
  storageAfter(number: number, live: Backing): Backing;
  close(): void;
}

/** @throws ChainError `CHAIN_DAMAGED`, `CHAIN_FORMAT` or `CHAIN_GENESIS` */
export function openChainStore(folder: string, genesisHash: string): ChainStore {
  const path = join(folder, FILE_NAME);
  const db = openDatabase(path);
  try {
    // A damaged page would show in some later block, as one that cannot be written.
    const found = db.pragma("quick_check(1)", { simple: true });
    if (found !== "ok") throw new Error(String(found));
    prepareTables(db, path);
    const stored = db.prepare("SELECT hash FROM blocks WHERE number = 0").pluck().get();
    if (stored !== undefined && hexOf(stored as Uint8Array) !== genesisHash) {
      throw new ChainError(
        "CHAIN_GENESIS",
        `${path} holds a chain that began at ${hexOf(stored as Uint8Array)}, expected ${genesisHash}`,
        "It belongs to another version of Assay: start the chain in an empty folder.",
      );
    }
    return chainStore(db);
  } catch (error) {
    db.close();
    throw error instanceof ChainError ? error : damaged(path, error);
  }
}

function openDatabase(path: string): Database.Database {
  try {
    const db = new Database(path);
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = FULL");
    return db;
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function prepareTables(db: Database.Database, path: string): void {
  db.transaction(() => {
    const format = db.pragma("user_version", { simple: true });
    if (format === 0) {
      db.exec(`
        CREATE TABLE chain (
          id INTEGER PRIMARY KEY CHECK (id = 0), founding TEXT NOT NULL, finalised INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE blocks (
          number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, body BLOB NOT NULL
        ) STRICT;
        CREATE TABLE storage (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE undo (
          key BLOB, block INTEGER, value BLOB, PRIMARY KEY (key, block)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX undo_by_block ON undo (block);
      `);
      db.pragma(`user_version = ${FORMAT}`);
    } else if (format !== FORMAT) {
      throw new ChainError(
        "CHAIN_FORMAT",
        `${path} has format ${String(format)}, expected ${FORMAT}`,
        "It belongs to another version of Assay: start the chain in an empty folder.",
      );
    }
  }).immediate();
}

function chainStore(db: Database.Database): ChainStore {
  const insertChain = db.prepare("INSERT INTO chain (id, founding, finalised) VALUES (0, '', 0)");
  const updateFounding = db.prepare("UPDATE chain SET founding = ?");
  const selectChain = db.prepare("SELECT founding, finalised FROM chain");
  const updateFinalised = db.prepare("UPDATE chain SET finalised = ?");
  const insertBlock = db.prepare(
    "INSERT INTO blocks (number, hash, header, body) VALUES (?, ?, ?, ?)",
  );
  const deleteBlock = db.prepare("DELETE FROM blocks WHERE number = ?");
  const selectLast = db.prepare("SELECT max(number) FROM blocks").pluck();
  const selectHeader = db.prepare("SELECT header FROM blocks WHERE number = ?").pluck();
  const selectHash = db.prepare("SELECT hash FROM blocks WHERE number = ?").pluck();
  const selectBody = db.prepare("SELECT body FROM blocks WHERE number = ?").pluck();
  const selectNumber = db.prepare("SELECT number FROM blocks WHERE hash = ?").pluck();
  const putStorage = db.prepare("INSERT OR REPLACE INTO storage (key, value) VALUES (?, ?)");
  const deleteStorage = db.prepare("DELETE FROM storage WHERE key = ?");
  const selectStorage = db.prepare("SELECT key, value FROM storage");
  const insertUndo = db.prepare("INSERT INTO undo (key, block, value) VALUES (?, ?, ?)");
  const deleteUndo = db.prepare("DELETE FROM undo WHERE block = ?");
  const pruneUndo = db.prepare("DELETE FROM undo WHERE block <= ?");
  const selectUndo = db.prepare("SELECT key, value FROM undo WHERE block = ?");

  const writeStorage = (changes: Changes): void => {
    for (const [key, value] of changes) {
      if (value === undefined) deleteStorage.run(bytesOf(key));
      else putStorage.run(bytesOf(key), value);
    }
  };
  const writeBlock = ({ hash, header, body }: Block): void => {
    insertBlock.run(header.number, bytesOf(hash), encodeHeader(header), encodeBody(body));
  };
  const begin = db.transaction((genesis: Block, changes: Changes) => {
    insertChain.run();
    writeBlock(genesis);
    writeStorage(changes);
  });
  const append = db.transaction(
    (block: Block, changes: Changes, undo: Undo, finalised: number): void => {
      const { number } = block.header;
      writeBlock(block);
      writeStorage(changes);
      for (const [key, value] of undo) insertUndo.run(bytesOf(key), number, value ?? null);
      pruneUndo.run(number - HISTORY_BLOCKS);
      updateFinalised.run(finalised);
    },
  );
  const retract = db.transaction((blocks: Parameters<ChainStore["retract"]>[0]): void => {
    for (const { number, undo } of blocks) {
      deleteBlock.run(number);
      deleteUndo.run(number);
      writeStorage(undo);
    }
  });

  const hash = (number: number): string | undefined => {
    const bytes = selectHash.get(number) as Uint8Array | undefined;
    return bytes === undefined ? undefined : hexOf(bytes);
  };
  const header = (number: number): Header | undefined => {
    const bytes = selectHeader.get(number) as Uint8Array | undefined;
    return bytes === undefined ? undefined : decodeHeader(plain(bytes));
  };
  const past = pastReader(db);
  const chain = (): { founding: string; finalised: number } =>
    (selectChain.get() as ReturnType<typeof chain> | undefined) ?? { founding: "", finalised: 0 };

  return {
    get last() {
      return (selectLast.get() as number | null) ?? undefined;
    },
    get finalised() {
      return chain().finalised;
    },
    get founding() {
      return chain().founding;
    },
    *storage() {
      for (const row of selectStorage.iterate()) {
        const { key, value } = row as { key: Uint8Array; value: Uint8Array };
        yield [hexOf(key), plain(value)];
      }
    },
    begin: (...given) => begin.immediate(...given),
    settle: (founding) => {
      updateFounding.run(founding);
    },
    append: (...given) => append.immediate(...given),
    retract: (...given) => retract.immediate(...given),
    header,
    hash,
    block(number) {
      const found = header(number);
      if (found === undefined) return undefined;
      return {
        hash: hash(number) as string,
        header: found,
        body: decodeBody(plain(selectBody.get(number) as Uint8Array)),
      };
    },
    numberOf: (asked) => selectNumber.get(bytesOf(asked)) as number | undefined,
    undo(number) {
      const rows = selectUndo.all(number) as { key: Uint8Array; value: Uint8Array | null }[];
      return new Map(rows.map(({ key, value }) => [hexOf(key), value ? plain(value) : undefined]));
    },
    storageAfter: past,
    close: () => db.close(),
  };
}

/** The value after block n is what the first later block found that overwrote it, if any did. */
function pastReader(db: Database.Database): ChainStore["storageAfter"] {
  const selectValue = db
    .prepare("SELECT value FROM undo WHERE key = ? AND block > ? ORDER BY block LIMIT 1")
    .pluck();
  // The bare column beside min() is of the row that holds the least block (SQLite, "Bare columns").
  const selectUnder = db.prepare(
    `SELECT key, value IS NOT NULL AS present, min(block) FROM undo
     WHERE key >= @from AND (@to IS NULL OR key < @to) AND block > @block GROUP BY key`,
  );
  return (number, live) => ({
    get(key) {
      const value = selectValue.get(bytesOf(key), number) as Uint8Array | null | undefined;
      if (value === undefined) return live.get(key);
      return value === null ? undefined : plain(value);
    },
    *keys(prefix) {
      const from = bytesOf(prefix);
      const rows = selectUnder.all({ from, to: firstAfter(from), block: number });
      const overwritten = new Set<string>();
      for (const row of rows as { key: Uint8Array; present: number }[]) {
        const key = hexOf(row.key);
        overwritten.add(key);
        if (row.present === 1) yield key;
      }
      for (const key of live.keys(prefix)) if (!overwritten.has(key)) yield key;
    },
  });
}

/** The least byte string above all that begin with `prefix`; null when there is none. */
function firstAfter(prefix: Uint8Array): Uint8Array | null {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) return null;
  const bytes = Buffer.from(prefix.subarray(0, end));
  bytes[end - 1] = (bytes[end - 1] as number) + 1;
  return bytes;
}

function damaged(path: string, cause: unknown): ChainError {
  return new ChainError(
    "CHAIN_DAMAGED",
    `${path} cannot be opened as the database of a local chain`,
    "Check that the folder exists and may be written; a damaged chain starts anew in an empty folder.",
    { cause },
  );
}
