-- Hooks, and the calls that are to be made. events are words with spaces between. A body
-- is gone once nobody needs it; a call is deleted 30 days after its tries began.
CREATE TABLE hook (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL, events TEXT NOT NULL, secret TEXT NOT NULL, old_secret TEXT NOT NULL, old_until TEXT NOT NULL,
  off TEXT NOT NULL, made_by TEXT NOT NULL, since TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;

CREATE TABLE call (
  hook TEXT NOT NULL, id TEXT NOT NULL,
  event TEXT NOT NULL, about TEXT NOT NULL, why TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL, state TEXT NOT NULL,
  begun TEXT NOT NULL, tries INTEGER NOT NULL, tried_at TEXT NOT NULL, next_try TEXT NOT NULL, answer TEXT NOT NULL,
  rev INTEGER NOT NULL,
  PRIMARY KEY (hook, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_due ON call (hook, next_try, id) WHERE state = 'waiting';
CREATE INDEX call_begun ON call (begun);
