-- Where an author stands in the list of all: the name in small letters, a tab, and the key
-- (newsletter.Author.Place). SQLite knows the small letters of ASCII only; what it gets wrong
-- is right once the author is saved again.
ALTER TABLE author ADD COLUMN place TEXT NOT NULL DEFAULT '';
UPDATE author SET place = lower(CASE WHEN own_name <> '' THEN own_name ELSE name END) || char(9) || author;
CREATE INDEX author_place ON author (place);
