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

-- The rows are made anew from the versions the next time the patient is opened or loaded.
DELETE FROM screen WHERE name = 'made-by';
