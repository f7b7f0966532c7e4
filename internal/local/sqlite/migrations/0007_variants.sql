-- The ways in which an issue is rendered beside the one for everybody else.
ALTER TABLE issue ADD COLUMN variants TEXT NOT NULL DEFAULT '[]';
