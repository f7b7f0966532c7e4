-- When a token of the API was used last, to the hour.
ALTER TABLE api_token ADD COLUMN used TEXT NOT NULL DEFAULT '';
