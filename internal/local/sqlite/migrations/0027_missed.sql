-- Why nothing came of a schedule's last time.
ALTER TABLE schedule ADD COLUMN missed TEXT NOT NULL DEFAULT '';
