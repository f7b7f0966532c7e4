-- The name that mails come under.
ALTER TABLE publication ADD COLUMN from_name TEXT NOT NULL DEFAULT '';
