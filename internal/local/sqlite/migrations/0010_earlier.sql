-- the batch in which the readers of this one were tried before; 0: none
ALTER TABLE batch ADD COLUMN earlier INTEGER NOT NULL DEFAULT 0;
