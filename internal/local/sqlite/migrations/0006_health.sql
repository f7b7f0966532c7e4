-- What a lane has seen of the mail system, what a run is paused for, and how many
-- readers it mails.
ALTER TABLE lane ADD COLUMN health TEXT NOT NULL DEFAULT '{}';
ALTER TABLE run ADD COLUMN readers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN suspect TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN accepted TEXT NOT NULL DEFAULT '';
