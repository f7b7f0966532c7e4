-- Of a discarded issue: other issues may have its articles.
ALTER TABLE issue ADD COLUMN freed INTEGER NOT NULL DEFAULT 0;
