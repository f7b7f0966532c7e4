-- who has which tag, so that a search need not look at everybody; the triggers keep it
CREATE TABLE tagged (
  tag TEXT NOT NULL, subscriber TEXT NOT NULL,
  PRIMARY KEY (tag, subscriber)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO tagged (tag, subscriber) SELECT value, subscriber.id FROM subscriber, json_each(subscriber.tags) WHERE tags <> '[]';
CREATE TRIGGER subscriber_added AFTER INSERT ON subscriber WHEN new.tags <> '[]' BEGIN
  INSERT OR IGNORE INTO tagged (tag, subscriber) SELECT value, new.id FROM json_each(new.tags);
END;
CREATE TRIGGER subscriber_retagged AFTER UPDATE OF tags ON subscriber WHEN new.tags <> old.tags BEGIN
  DELETE FROM tagged WHERE subscriber = old.id AND tag IN (SELECT value FROM json_each(old.tags));
  INSERT OR IGNORE INTO tagged (tag, subscriber) SELECT value, new.id FROM json_each(new.tags);
END;
CREATE TRIGGER subscriber_gone AFTER DELETE ON subscriber WHEN old.tags <> '[]' BEGIN
  DELETE FROM tagged WHERE subscriber = old.id AND tag IN (SELECT value FROM json_each(old.tags));
END;
