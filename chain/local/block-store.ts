/**
 * The local chain on disk: one SQLite file with every block, every transaction and the state after the last block.
 * A block, its transactions and its state are written in one transaction that is on disk (WAL, synchronous FULL) before
 * anybody hears of the block: what was announced survives kill -9 and a power cut.
 * @module
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { type Digest, sha256 } from "../../store/digest.ts";
import type { Head } from "../chain.ts";
import { ChainError } from "../error.ts";
import { decodeHeader, encodeHeader, type Header, hashHeader } from "./block.ts";
import type { SignedTransaction } from "./transaction.ts";

const FORMAT = 1;
const FILE_NAME = "chain.sqlite";

export interface StoredBlock {
  readonly header: Header;
  /** Wire bytes, in order. */
  readonly transactions: readonly Uint8Array[];
}

export interface BlockStore {
  /** The block written last and the encoded state after it; undefined in a fresh folder. */
  readonly last: { readonly header: Header; readonly state: Uint8Array } | undefined;
  append(header: Header, transactions: readonly SignedTransaction[], state: Uint8Array): void;
  /** Finds a block after genesis by its number. */
  blockHash(number: number): Digest | undefined;
  block(number: number): StoredBlock | undefined;
  /** The block that includes a transaction. */
  inclusion(transaction: Digest): Head | undefined;
  close(): void;
}

/**
 * @param genesis the chain that may be in there; nothing is written for genesis itself
 * @throws ChainError `CHAIN_DAMAGED`, `CHAIN_FORMAT` or `CHAIN_GENESIS`
 */
export function openBlockStore(folder: string, genesis: Digest): BlockStore {
  const path = join(folder, FILE_NAME);
  const db = openDatabase(path);
  try {
    prepareTables(db, path, genesis);
    return blockStore(db);
  } catch (error) {
    db.close();
    throw error;
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

function prepareTables(db: Database.Database, path: string, genesis: Digest): void {
  db.transaction(() => {
    const format = db.pragma("user_version", { simple: true });
    if (format === 0) {
      db.exec(`
        CREATE TABLE chain (genesis TEXT NOT NULL) STRICT;
        CREATE TABLE blocks (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, header BLOB NOT NULL) STRICT;
        CREATE TABLE transactions (
          hash TEXT PRIMARY KEY, block INTEGER NOT NULL REFERENCES blocks (number),
          position INTEGER NOT NULL, wire BLOB NOT NULL, UNIQUE (block, position)
        ) STRICT;
        CREATE TABLE state (id INTEGER PRIMARY KEY CHECK (id = 0), json BLOB NOT NULL) STRICT;
      `);
      db.prepare("INSERT INTO chain (genesis) VALUES (?)").run(genesis);
      db.pragma(`user_version = ${FORMAT}`);
    } else if (format !== FORMAT) {
      throw new ChainError(
        "CHAIN_FORMAT",
        `${path} has format ${String(format)}, expected ${FORMAT}`,
        "It belongs to another version of Assay: start the chain in an empty folder.",
      );
    }
  }).immediate();
  const stored = db.prepare("SELECT genesis FROM chain").pluck().get();
  if (stored !== genesis) {
    throw new ChainError(
      "CHAIN_GENESIS",
      `${path} holds a chain that began at ${String(stored)}, expected ${genesis}`,
      "Start this chain in a folder of its own.",
    );
  }
}

function blockStore(db: Database.Database): BlockStore {
  const insertBlock = db.prepare("INSERT INTO blocks (number, hash, header) VALUES (?, ?, ?)");
  const insertTransaction = db.prepare(
    "INSERT INTO transactions (hash, block, position, wire) VALUES (?, ?, ?, ?)",
  );
  const replaceState = db.prepare("INSERT OR REPLACE INTO state (id, json) VALUES (0, ?)");
  const selectHash = db.prepare("SELECT hash FROM blocks WHERE number = ?").pluck();
  const selectHeader = db.prepare("SELECT header FROM blocks WHERE number = ?").pluck();
  const selectWires = db
    .prepare("SELECT wire FROM transactions WHERE block = ? ORDER BY position")
    .pluck();
  const selectInclusion = db.prepare(
    "SELECT number, blocks.hash AS hash FROM transactions JOIN blocks ON number = block WHERE transactions.hash = ?",
  );

  const append = db.transaction(
    (header: Header, transactions: readonly SignedTransaction[], state: Uint8Array) => {
      insertBlock.run(header.number, hashHeader(header), encodeHeader(header));
      for (const [position, { hash, wire }] of transactions.entries()) {
        insertTransaction.run(hash, header.number, position, wire);
      }
      replaceState.run(state);
    },
  );
  const lastNumber = db.prepare("SELECT max(number) FROM blocks").pluck().get() as number | null;
  const readBlock = (number: number): StoredBlock | undefined => {
    const header = selectHeader.get(number) as Uint8Array | undefined;
    if (header === undefined) return undefined;
    const wires = selectWires.all(number) as Uint8Array[];
    return { header: decodeHeader(header), transactions: wires };
  };
  return {
    last: readLast(db, lastNumber === null ? undefined : readBlock(lastNumber)),
    append: (header, transactions, encoded) => append.immediate(header, transactions, encoded),
    blockHash: (number) => selectHash.get(number) as Digest | undefined,
    block: readBlock,
    inclusion: (hash) => selectInclusion.get(hash) as Head | undefined,
    close: () => db.close(),
  };
}

function readLast(db: Database.Database, block: StoredBlock | undefined): BlockStore["last"] {
  if (block === undefined) return undefined;
  const { header } = block;
  const state = db.prepare("SELECT json FROM state").pluck().get() as Uint8Array | undefined;
  if (state !== undefined && sha256(state) === header.stateRoot) return { header, state };
  throw new ChainError(
    "CHAIN_DAMAGED",
    `the state on disk is not the one that block ${header.number} commits to`,
    "The file was edited: start the chain in an empty folder.",
  );
}

function damaged(path: string, cause: unknown): ChainError {
  return new ChainError(
    "CHAIN_DAMAGED",
    `${path} cannot be opened as the database of a local chain`,
    "Check that the folder exists and may be written; a damaged chain starts anew in an empty folder.",
    { cause },
  );
}
