/**
 * The tables of a validator's journal. What was handed out and what was concluded is never changed or removed again:
 * triggers refuse it, whoever asks.
 *
 *     owner     one row: whose journal this is
 *     jobs      every job, written before it is sent
 *     verdicts  one for each job, in the order they were given; scores are a function of these
 *     weights   every attempt to set weights, written before it is made; what became of it is filled in once it is known
 * @module
 */

/** "ASSY": an SQLite file of another program is not taken for a journal. */
export const APPLICATION_ID = 0x41535359;

/** Changes with the tables. An older journal is brought up to date, a newer one refused. */
export const SCHEMA_VERSION = 2;

/** Weights move three times: tried, placed in a block, shown by the chain; nothing is taken back. */
const WEIGHTS_TRIGGERS = `
CREATE TRIGGER weights_are_placed_once
  BEFORE UPDATE OF seq, epoch, verdicts, weights, head, block, hash, way, reveal_epoch, round, made_at
  ON weights WHEN OLD.block IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the block of weights is never changed'); END;
CREATE TRIGGER weights_are_whole BEFORE UPDATE ON weights WHEN (NEW.block IS NULL) <> (NEW.way IS NULL)
  BEGIN SELECT RAISE(ABORT, 'weights are placed with their way'); END;
CREATE TRIGGER weights_are_shown_once BEFORE UPDATE OF shown_at ON weights
  WHEN OLD.shown_at IS NOT NULL OR NEW.block IS NULL
  BEGIN SELECT RAISE(ABORT, 'weights are shown once, after they were placed'); END;
`;

export const SCHEMA: string = `
CREATE TABLE owner (
  only      INTEGER PRIMARY KEY CHECK (only = 1),
  genesis   TEXT    NOT NULL,
  netuid    INTEGER NOT NULL,
  validator TEXT    NOT NULL
) STRICT;

CREATE TABLE jobs (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  id        TEXT    NOT NULL UNIQUE CHECK (length(id) = 32),
  miner     TEXT    NOT NULL,
  circuit   TEXT    NOT NULL,
  block     INTEGER NOT NULL,
  budget_ms INTEGER NOT NULL CHECK (budget_ms > 0),
  neurons   INTEGER NOT NULL CHECK (neurons > 0),
  bytes     BLOB    NOT NULL,
  signature BLOB    NOT NULL CHECK (length(signature) = 64),
  made_at   TEXT    NOT NULL
) STRICT;

CREATE TABLE verdicts (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  job        INTEGER NOT NULL UNIQUE REFERENCES jobs (seq),
  kind       TEXT    NOT NULL CHECK (kind IN ('accepted', 'rejected', 'ignored')),
  code       TEXT    CHECK ((code IS NULL) = (kind = 'accepted')),
  at         TEXT    CHECK ((at IS NOT NULL) = (kind = 'rejected')),
  detail     TEXT    CHECK (length(detail) <= 64),
  latency_us INTEGER CHECK (latency_us >= 0) CHECK (kind <> 'accepted' OR latency_us IS NOT NULL),
  verify_us  INTEGER CHECK (verify_us >= 0),
  answer     BLOB    CHECK (length(answer) <= 65536) CHECK (kind <> 'accepted' OR answer IS NOT NULL),
  given_at   TEXT    NOT NULL
) STRICT;

CREATE TABLE weights (
  seq       INTEGER PRIMARY KEY AUTOINCREMENT,
  epoch     INTEGER NOT NULL,
  verdicts  INTEGER NOT NULL,
  weights   TEXT    NOT NULL,
  head      INTEGER NOT NULL,
  block     INTEGER,
  hash      TEXT    CHECK ((hash IS NULL) = (block IS NULL)),
  made_at   TEXT    NOT NULL,
  way       TEXT    CHECK (way IN ('set', 'timelocked', 'hashed')),
  reveal_epoch INTEGER,
  round     INTEGER,
  shown_at  INTEGER
) STRICT;

CREATE TRIGGER jobs_stay_as_they_are BEFORE UPDATE ON jobs
  BEGIN SELECT RAISE(ABORT, 'a job is never changed'); END;
CREATE TRIGGER jobs_stay BEFORE DELETE ON jobs
  BEGIN SELECT RAISE(ABORT, 'a job is never removed'); END;
CREATE TRIGGER verdicts_stay_as_they_are BEFORE UPDATE ON verdicts
  BEGIN SELECT RAISE(ABORT, 'a verdict is never changed'); END;
CREATE TRIGGER verdicts_stay BEFORE DELETE ON verdicts
  BEGIN SELECT RAISE(ABORT, 'a verdict is never removed'); END;
${WEIGHTS_TRIGGERS}CREATE TRIGGER weights_stay BEFORE DELETE ON weights
  BEGIN SELECT RAISE(ABORT, 'weights are never removed'); END;
`;

/** Version 1 knew weights that stand as soon as they are set, and took it for granted that they show. */
export const FROM_VERSION_1: string = `
DROP TRIGGER weights_are_placed_once;
ALTER TABLE weights ADD COLUMN way TEXT CHECK (way IN ('set', 'timelocked', 'hashed'));
ALTER TABLE weights ADD COLUMN reveal_epoch INTEGER;
ALTER TABLE weights ADD COLUMN round INTEGER;
ALTER TABLE weights ADD COLUMN shown_at INTEGER;
UPDATE weights SET way = 'set', shown_at = block WHERE block IS NOT NULL;
${WEIGHTS_TRIGGERS}`;
