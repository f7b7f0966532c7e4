-- The first schema. Words are those of the product; every record that can be
-- changed carries rev, which each change raises by one.
--
-- Instants are text in UTC, cut to the microsecond (2026-03-02T07:00:00.123456Z),
-- so that they sort and SQLite's date functions read them; '' where there is
-- none. Ids of subscribers are the lower-case hexadecimal that links and logs show.
-- Lists are JSON.

CREATE TABLE publication (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  name TEXT NOT NULL, tagline TEXT NOT NULL, site TEXT NOT NULL,
  sender TEXT NOT NULL, reply_to TEXT NOT NULL, postal_address TEXT NOT NULL,
  language TEXT NOT NULL, zone TEXT NOT NULL, accent TEXT NOT NULL,
  base_url TEXT NOT NULL, pepper_print TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;

CREATE TABLE source (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL, kind TEXT NOT NULL, endpoint TEXT NOT NULL,
  title TEXT NOT NULL, tagline TEXT NOT NULL, home TEXT NOT NULL, language TEXT NOT NULL,
  disabled INTEGER NOT NULL,
  etag TEXT NOT NULL, last_modified TEXT NOT NULL,
  primed INTEGER NOT NULL, next_at TEXT NOT NULL, last_good TEXT NOT NULL,
  failing_since TEXT NOT NULL, failures INTEGER NOT NULL, reason TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;

CREATE TABLE article (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL, source TEXT NOT NULL, guid TEXT NOT NULL,
  title TEXT NOT NULL, dek TEXT NOT NULL, excerpt TEXT NOT NULL,
  image_url TEXT NOT NULL, image_alt TEXT NOT NULL, image_width INTEGER NOT NULL, image_height INTEGER NOT NULL,
  comment_url TEXT NOT NULL, comments INTEGER NOT NULL,
  categories TEXT NOT NULL, authors TEXT NOT NULL, language TEXT NOT NULL,
  published TEXT NOT NULL, updated TEXT NOT NULL, first_seen TEXT NOT NULL,
  past INTEGER NOT NULL, hash TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
CREATE INDEX article_first_seen ON article (first_seen) WHERE NOT past;

CREATE TABLE alias (
  alias TEXT PRIMARY KEY,
  article TEXT NOT NULL REFERENCES article ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX alias_article ON alias (article);

-- which issue of a schedule an article is in
CREATE TABLE taken (
  article TEXT NOT NULL REFERENCES article ON DELETE CASCADE,
  schedule TEXT NOT NULL,
  issue TEXT NOT NULL,
  PRIMARY KEY (article, schedule)
) STRICT, WITHOUT ROWID;

CREATE TABLE author (
  author TEXT PRIMARY KEY,
  name TEXT NOT NULL, bio TEXT NOT NULL, bio_html TEXT NOT NULL, url TEXT NOT NULL, photo TEXT NOT NULL,
  own_name TEXT NOT NULL, own_bio TEXT NOT NULL, own_bio_html TEXT NOT NULL, own_url TEXT NOT NULL, own_photo TEXT NOT NULL,
  bio_from TEXT NOT NULL, checked_at TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;

CREATE TABLE schedule (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, cadence TEXT NOT NULL, weekday INTEGER NOT NULL, day INTEGER NOT NULL,
  hour INTEGER NOT NULL, minute INTEGER NOT NULL, zone TEXT NOT NULL,
  review INTEGER NOT NULL, paused INTEGER NOT NULL,
  min_articles INTEGER NOT NULL, max_articles INTEGER NOT NULL, last_fire TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;

CREATE TABLE issue (
  id TEXT PRIMARY KEY,
  schedule TEXT NOT NULL, fire_at TEXT NOT NULL, state TEXT NOT NULL,
  subject TEXT NOT NULL, preheader TEXT NOT NULL, intro TEXT NOT NULL,
  articles TEXT NOT NULL, rest TEXT NOT NULL,
  created_at TEXT NOT NULL, approved_at TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
CREATE INDEX issue_created_at ON issue (created_at, id);

CREATE TABLE mail (
  issue TEXT NOT NULL, variant TEXT NOT NULL,
  language TEXT NOT NULL, subject TEXT NOT NULL, html TEXT NOT NULL, plain TEXT NOT NULL,
  PRIMARY KEY (issue, variant)
) STRICT;

CREATE TABLE run (
  id TEXT PRIMARY KEY,
  issue TEXT NOT NULL, schedule TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
  started_at TEXT NOT NULL, finished_at TEXT NOT NULL, lanes INTEGER NOT NULL,
  sent INTEGER NOT NULL, failed INTEGER NOT NULL, skipped INTEGER NOT NULL, unknown INTEGER NOT NULL, ambiguous INTEGER NOT NULL,
  rev INTEGER NOT NULL
) STRICT;
CREATE INDEX run_open ON run (id) WHERE state NOT IN ('sent', 'cancelled');

CREATE TABLE lane (
  run TEXT NOT NULL, n INTEGER NOT NULL,
  lanes INTEGER NOT NULL, done INTEGER NOT NULL, owner TEXT NOT NULL, lease TEXT NOT NULL, epoch INTEGER NOT NULL,
  cursor TEXT NOT NULL, walked INTEGER NOT NULL, seq INTEGER NOT NULL,
  inflight TEXT NOT NULL, -- {"seq", "at", "tries", "ids"} or null
  retries TEXT NOT NULL,  -- [{"seq", "entries", "tries", "notBefore"}]; entries is a bit mask
  sent INTEGER NOT NULL, failed INTEGER NOT NULL, skipped INTEGER NOT NULL, unknown INTEGER NOT NULL, ambiguous INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch (
  run TEXT NOT NULL, lane INTEGER NOT NULL, seq INTEGER NOT NULL,
  at TEXT NOT NULL, tries INTEGER NOT NULL,
  entries TEXT NOT NULL, -- [{"subscriber", "outcome", "messageId", "reason"}]
  rev INTEGER NOT NULL,
  PRIMARY KEY (run, lane, seq)
) STRICT;

-- One row for each reader of each batch. A reader who was tried again is in
-- several; the last one counts.
CREATE VIEW delivery AS
  SELECT b.run, b.lane, b.seq, b.at,
    e.value ->> 'subscriber' AS subscriber, e.value ->> 'outcome' AS outcome,
    e.value ->> 'messageId' AS message_id, e.value ->> 'reason' AS reason
  FROM batch AS b, json_each(b.entries) AS e;

-- Ordered by id, which is the order that a lane walks in.
CREATE TABLE subscriber (
  id TEXT PRIMARY KEY,
  address TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
  schedules TEXT NOT NULL, topics TEXT NOT NULL, language TEXT NOT NULL, zone TEXT NOT NULL,
  token_version INTEGER NOT NULL,
  consent_at TEXT NOT NULL, consent_origin TEXT NOT NULL, consent_wording TEXT NOT NULL,
  created_at TEXT NOT NULL, confirmed_at TEXT NOT NULL, changed_at TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE suppression (
  id TEXT PRIMARY KEY,
  reason TEXT NOT NULL, detail TEXT NOT NULL, at TEXT NOT NULL,
  rev INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- the next free instant of each pace, in microseconds since 1970
CREATE TABLE pace (
  pace TEXT PRIMARY KEY,
  tat INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- events counted against a limit in a window; starts and ends in microseconds since 1970
CREATE TABLE allowance (
  kind TEXT NOT NULL, subject TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (kind, subject, starts, ends)
) STRICT, WITHOUT ROWID;
CREATE INDEX allowance_ends ON allowance (ends);
