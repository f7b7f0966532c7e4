-- An operator's words for groups of readers, and mail that came back for now
-- ({"since": [{"run", "at"}], "delivered", "delayed"}, or '').
ALTER TABLE subscriber ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscriber ADD COLUMN soft_bounces TEXT NOT NULL DEFAULT '';
-- the few who are not active, for searches by status
CREATE INDEX subscriber_inactive ON subscriber (status, id) WHERE status <> 'active';
