-- A run that a person has paused, and the newest runs first.
ALTER TABLE run ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX run_started_at ON run (started_at, id);
