-- What a lane has seen of the mail system, and what a run is paused for.
ALTER TABLE lane ADD COLUMN health TEXT NOT NULL DEFAULT '{}';
ALTER TABLE run ADD COLUMN suspect TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN accepted TEXT NOT NULL DEFAULT '';
