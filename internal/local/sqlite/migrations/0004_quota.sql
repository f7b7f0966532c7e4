-- What the mail provider lets us send, as it said last.
CREATE TABLE quota (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  per_second REAL NOT NULL, per_day INTEGER NOT NULL, sent_today INTEGER NOT NULL,
  asked_at TEXT NOT NULL, slow_until TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
