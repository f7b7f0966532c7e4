-- The audit trail. An id begins with the instant, so that ids sort by time.
CREATE TABLE action (
  id TEXT PRIMARY KEY,
  at TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, record TEXT NOT NULL, detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;
