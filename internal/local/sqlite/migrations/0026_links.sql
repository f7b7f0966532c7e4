-- What links of mails carry, and whether they are counted.
ALTER TABLE publication ADD COLUMN utm TEXT NOT NULL DEFAULT '';
ALTER TABLE publication ADD COLUMN clicks INTEGER NOT NULL DEFAULT 0;
