-- How a run mails a few readers first.
ALTER TABLE run ADD COLUMN canary TEXT NOT NULL DEFAULT '{}';
