-- When the reader behind a suppression asked to be erased.
ALTER TABLE suppression ADD COLUMN erased_at TEXT NOT NULL DEFAULT '';
