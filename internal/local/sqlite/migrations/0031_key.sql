-- The Idempotency-Key of the request that had an issue sent at once.
ALTER TABLE issue ADD COLUMN request_key TEXT NOT NULL DEFAULT '';
