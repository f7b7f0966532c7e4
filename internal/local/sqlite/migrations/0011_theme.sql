-- The look and the languages of the mails, and an announcement above an issue.
ALTER TABLE publication ADD COLUMN languages TEXT NOT NULL DEFAULT '';
ALTER TABLE publication ADD COLUMN theme TEXT NOT NULL DEFAULT '';
ALTER TABLE publication ADD COLUMN logo TEXT NOT NULL DEFAULT '';
ALTER TABLE publication ADD COLUMN logo_dark TEXT NOT NULL DEFAULT '';
ALTER TABLE issue ADD COLUMN notice TEXT NOT NULL DEFAULT '';
