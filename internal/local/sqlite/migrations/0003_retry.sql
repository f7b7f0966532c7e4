-- A run that tries the readers of another one again who had an outcome.
ALTER TABLE run ADD COLUMN parent TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
