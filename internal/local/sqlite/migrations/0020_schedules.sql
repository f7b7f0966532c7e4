-- Schedules are edited at the desk; lead in nanoseconds, skip as dates with spaces between.
ALTER TABLE schedule ADD COLUMN nth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedule ADD COLUMN lead INTEGER NOT NULL DEFAULT 0;
ALTER TABLE schedule ADD COLUMN skip TEXT NOT NULL DEFAULT '';
ALTER TABLE schedule ADD COLUMN seed TEXT NOT NULL DEFAULT '';
