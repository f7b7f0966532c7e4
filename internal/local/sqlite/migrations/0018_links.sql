-- Links of an issue that are counted on their way, and what is counted of it.
CREATE TABLE links (
  issue TEXT PRIMARY KEY,
  list TEXT NOT NULL, -- [{"id", "url", "title", "to", "since"}]
  rev INTEGER NOT NULL
) STRICT;
CREATE TABLE counter (
  issue TEXT NOT NULL, metric TEXT NOT NULL, n INTEGER NOT NULL,
  PRIMARY KEY (issue, metric)
) STRICT, WITHOUT ROWID;
