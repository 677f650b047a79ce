-- The timeline as packed columns, and words as an index of our own: see src/columns.rs and src/words.rs.

DROP TABLE timeline;
DROP TABLE timeline_value;
DROP TABLE timeline_value_of;
DROP TABLE timeline_words;

-- Lines of the timeline, a line of text each. 'id' is the position of the block's first.
DELETE FROM timeline_block;

-- From each word to the positions of the lines with it; 'first' is the block's first word.
CREATE TABLE word_block (
    first TEXT PRIMARY KEY NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Names are long, most of each says the same, and an index repeats them: the end of a name tells nearly all apart. Whoever
-- looks one up asks for the end and for the whole.
DROP INDEX version_of_resource;
CREATE INDEX version_of_name ON version (substr(resource, -8));

-- The rows are made anew from the versions the next time the patient is opened or loaded.
DELETE FROM screen WHERE name = 'made-by';
