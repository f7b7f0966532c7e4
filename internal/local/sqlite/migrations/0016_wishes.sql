-- What readers choose for themselves, and where they have moved to.
ALTER TABLE subscriber ADD COLUMN paused_until TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriber ADD COLUMN welcomed_at TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriber ADD COLUMN moved_to TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriber ADD COLUMN moved_from TEXT NOT NULL DEFAULT '';
ALTER TABLE subscriber ADD COLUMN leave_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE publication ADD COLUMN topics TEXT NOT NULL DEFAULT '';
