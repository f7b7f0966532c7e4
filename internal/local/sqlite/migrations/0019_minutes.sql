-- How long it takes to read an article, about; 0: unknown.
ALTER TABLE article ADD COLUMN minutes INTEGER NOT NULL DEFAULT 0;
