-- Times are microseconds since 1970-01-01 UTC. Names of owners, doors and places are text as the callers gave it.

CREATE TABLE requests (
  number      INTEGER PRIMARY KEY,   -- the order of recording
  id          TEXT    NOT NULL UNIQUE,
  version     INTEGER NOT NULL,
  state       TEXT    NOT NULL,
  ended       INTEGER NOT NULL,
  requester   TEXT    NOT NULL,
  open_key    TEXT,                  -- NULL once the request has ended
  created_at  INTEGER NOT NULL,
  due_at      INTEGER,
  lease_owner TEXT,
  lease_until INTEGER,
  document    TEXT    NOT NULL       -- the whole request as JSON; the columns above are for finding it
) STRICT;
CREATE UNIQUE INDEX requests_open_key ON requests (open_key) WHERE open_key IS NOT NULL;
CREATE INDEX requests_due    ON requests (due_at, number) WHERE due_at IS NOT NULL;
CREATE INDEX requests_newest ON requests (created_at, number);
CREATE INDEX requests_by     ON requests (requester, created_at, number);
CREATE INDEX requests_open   ON requests (requester, created_at, number) WHERE ended = 0;
CREATE INDEX requests_leased ON requests (lease_owner) WHERE lease_owner IS NOT NULL;

CREATE TABLE audit (
  seq        INTEGER PRIMARY KEY,    -- over all records, from 1, without a gap
  request_id TEXT    NOT NULL,
  number     INTEGER NOT NULL,       -- within the request, from 1, without a gap
  event      TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  actor      TEXT    NOT NULL,       -- JSON
  data       TEXT    NOT NULL,       -- JSON, or empty
  chain_prev TEXT    NOT NULL,       -- chain_hash of the request's record before
  chain_hash TEXT    NOT NULL,       -- SHA-256, hex, over all of the above
  log_prev   TEXT    NOT NULL,       -- log_hash of the record before
  log_hash   TEXT    NOT NULL        -- SHA-256, hex, over seq, chain_hash and log_prev
) STRICT;
CREATE UNIQUE INDEX audit_of_request ON audit (request_id, number);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- The ends of the chains, kept beside them so that a truncated log is found.
CREATE TABLE audit_chains (
  request_id TEXT    NOT NULL PRIMARY KEY,
  count      INTEGER NOT NULL,
  head       TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_log (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  count INTEGER NOT NULL,
  head  TEXT    NOT NULL
) STRICT;
INSERT INTO audit_log (one, count, head) VALUES (1, 0, '');

CREATE TABLE lines (
  request_id TEXT    NOT NULL REFERENCES requests (id),
  number     INTEGER NOT NULL,
  text       TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (request_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  request_id  TEXT    NOT NULL PRIMARY KEY REFERENCES requests (id),
  version     INTEGER NOT NULL,      -- the newest version that is to be shown
  due_at      INTEGER NOT NULL,
  lease_owner TEXT,
  lease_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_due ON outbox (due_at);

CREATE TABLE copies (
  request_id TEXT    NOT NULL REFERENCES requests (id),
  purpose    TEXT    NOT NULL,
  channel    TEXT    NOT NULL,
  ts         TEXT    NOT NULL,
  drawn      INTEGER NOT NULL,
  line       INTEGER NOT NULL,
  trying     TEXT    NOT NULL,
  tried_at   INTEGER,
  PRIMARY KEY (request_id, purpose)
) STRICT, WITHOUT ROWID;
CREATE INDEX copies_place ON copies (channel, ts);

CREATE TABLE inbox (
  number      INTEGER PRIMARY KEY,
  key         TEXT    NOT NULL UNIQUE,
  body        BLOB,                  -- NULL once handled
  at          INTEGER NOT NULL,
  forget_at   INTEGER NOT NULL,
  handled     INTEGER NOT NULL
) STRICT;
CREATE INDEX inbox_forget ON inbox (forget_at) WHERE handled = 1;
CREATE INDEX inbox_waiting ON inbox (at, number) WHERE handled = 0;
