-- Hubs that tell of new articles at once.
ALTER TABLE source ADD COLUMN hub TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN hub_topic TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN hub_key TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN hub_until TEXT NOT NULL DEFAULT '';
