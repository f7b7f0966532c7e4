-- What the provider has told about the messages of each batch: bit masks of its
-- entries.
CREATE TABLE report (
  run TEXT NOT NULL, lane INTEGER NOT NULL, seq INTEGER NOT NULL,
  accepted INTEGER NOT NULL, refused INTEGER NOT NULL, bounced INTEGER NOT NULL, complained INTEGER NOT NULL,
  PRIMARY KEY (run, lane, seq)
) STRICT, WITHOUT ROWID;

-- how many of them are bounces and complaints
CREATE TABLE returned (
  run TEXT PRIMARY KEY,
  bounced INTEGER NOT NULL, complained INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- whether a delivery of the batch is ambiguous
ALTER TABLE batch ADD COLUMN doubtful INTEGER NOT NULL DEFAULT 0;
UPDATE batch SET doubtful = 1 WHERE EXISTS (SELECT 1 FROM json_each(batch.entries) WHERE value ->> 'outcome' = 'ambiguous');
CREATE INDEX batch_doubtful ON batch (run, lane, seq) WHERE doubtful;

-- when the run came to its state, and the figures at which a person let it go on
-- that had braked
ALTER TABLE run ADD COLUMN since TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN tolerated_sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN tolerated_bounced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN tolerated_complained INTEGER NOT NULL DEFAULT 0;
CREATE INDEX run_finished_at ON run (finished_at, id) WHERE state IN ('sent', 'cancelled');
