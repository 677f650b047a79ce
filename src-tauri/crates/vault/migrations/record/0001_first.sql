-- records/<random>.db: one patient's copy.
-- Times are milliseconds since 1970, UTC.

-- Texts of received resources, many to a compressed block: resources of one patient repeat each other so much that
-- together they take a third of what they take one by one, and a block still opens in well under a millisecond.
CREATE TABLE block (
    id INTEGER PRIMARY KEY NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

-- Every received version. 'state': current; past; staged (received, not yet visible).
-- A deletion at the source is a version without a text.
CREATE TABLE version (
    id INTEGER PRIMARY KEY NOT NULL,
    resource TEXT NOT NULL,
    version_id TEXT,
    digest BLOB,
    received_at INTEGER NOT NULL,
    recorded_at INTEGER,
    block INTEGER,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'past', 'staged'))
) STRICT;
CREATE INDEX version_of_resource ON version (resource);

-- What has been staged and not yet finished: whether it is everything or a delta, and where to go on.
CREATE TABLE staging (
    only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    basis TEXT NOT NULL CHECK (basis IN ('full', 'delta')),
    next TEXT
) STRICT;

-- What consent kept back while staging; joins the arrival at the end.
CREATE TABLE staged_withheld (
    resource TEXT PRIMARY KEY NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One projected screen a row.
CREATE TABLE screen (
    name TEXT PRIMARY KEY NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- The timeline, newest first, by position from 0. Lines lie in compressed blocks like the resources.
CREATE TABLE timeline_block (
    id INTEGER PRIMARY KEY NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE timeline (
    position INTEGER PRIMARY KEY NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    setting TEXT NOT NULL,
    year INTEGER,
    received_at INTEGER NOT NULL,
    block INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL
) STRICT;
CREATE INDEX timeline_line ON timeline (line);
-- Filters and facets are answered from here, without touching the rows.
CREATE INDEX timeline_filter ON timeline (kind, setting, year);

-- Words of each timeline line; rowid is the position. Contentless: the words are not stored a second time.
CREATE VIRTUAL TABLE timeline_words USING fts5 (
    words, content = '', columnsize = 0, detail = 'none', prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
);

-- Lines of other screens that are not in the timeline, so that each can be opened to its source.
CREATE TABLE other_line (
    line TEXT PRIMARY KEY NOT NULL,
    length INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
