-- Which messages of a batch reached their readers' own servers, as bits.
ALTER TABLE report ADD COLUMN delivered INTEGER NOT NULL DEFAULT 0;
