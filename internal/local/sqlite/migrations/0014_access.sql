-- Who may: links to sign in with, sessions of browsers, tokens of machines. Of secrets
-- only hashes are kept.
CREATE TABLE sign_in (
  id TEXT PRIMARY KEY,
  address TEXT NOT NULL, link_hash TEXT NOT NULL, code_hash TEXT NOT NULL,
  until TEXT NOT NULL, tries INTEGER NOT NULL, done INTEGER NOT NULL,
  rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id TEXT PRIMARY KEY,
  address TEXT NOT NULL, device TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL, ended INTEGER NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
CREATE INDEX session_until ON session (until, id);

CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL, made_by TEXT NOT NULL, since TEXT NOT NULL, revoked TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
