/**
 * The tables of a validator's journal. What was handed out and what was concluded is never changed or removed again:
 * triggers refuse it, whoever asks.
 *
 *     owner     one row: whose journal this is
 *     jobs      every job, written before it is sent
 *     verdicts  one for each job, in the order they were given; scores are a function of these
 *     weights   every attempt to set weights, written before it is made; its block is filled in once it is known
 * @module
 */

/** "ASSY": an SQLite file of another program is not taken for a journal. */
export const APPLICATION_ID = 0x41535359;

/** Changes with the tables. A journal of another version is refused. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
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
  made_at   TEXT    NOT NULL
) STRICT;

CREATE TRIGGER jobs_stay_as_they_are BEFORE UPDATE ON jobs
  BEGIN SELECT RAISE(ABORT, 'a job is never changed'); END;
CREATE TRIGGER jobs_stay BEFORE DELETE ON jobs
  BEGIN SELECT RAISE(ABORT, 'a job is never removed'); END;
CREATE TRIGGER verdicts_stay_as_they_are BEFORE UPDATE ON verdicts
  BEGIN SELECT RAISE(ABORT, 'a verdict is never changed'); END;
CREATE TRIGGER verdicts_stay BEFORE DELETE ON verdicts
  BEGIN SELECT RAISE(ABORT, 'a verdict is never removed'); END;
CREATE TRIGGER weights_are_placed_once BEFORE UPDATE ON weights WHEN OLD.block IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'the block of weights is never changed'); END;
CREATE TRIGGER weights_stay BEFORE DELETE ON weights
  BEGIN SELECT RAISE(ABORT, 'weights are never removed'); END;
`;
