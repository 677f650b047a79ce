-- What could be seen when, and what the timeline can be narrowed to.

-- From when until when a version was what was shown: from 'shown_from' on and before 'shown_until'. A version that was
-- replaced before it was ever shown has no 'shown_from'. These never run backwards, whatever the clock did.
ALTER TABLE version ADD COLUMN shown_from INTEGER;
ALTER TABLE version ADD COLUMN shown_until INTEGER;
UPDATE version SET shown_from = received_at WHERE state <> 'staged';
UPDATE version SET shown_until = (
    SELECT min(later.received_at) FROM version AS later
    WHERE later.resource = version.resource AND later.state <> 'staged' AND later.id <> version.id
        AND (later.received_at > version.received_at
            OR (later.received_at = version.received_at AND (later.state = 'current' OR later.id > version.id)))
) WHERE state = 'past';

-- Each change of what is shown. 'version_set' tells what was shown apart from everything else that ever was;
-- 'arrival' is what had not arrived then. Both are unknown for what came before this was kept.
CREATE TABLE step (
    id INTEGER PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    version_set BLOB,
    length INTEGER,
    arrival BLOB
) STRICT;
INSERT INTO step (at) SELECT DISTINCT received_at FROM version WHERE state <> 'staged' ORDER BY received_at;

-- What was shown once and exists no more, because consent or the source no longer gives it: from when until when each
-- version was, and why it went, and nothing of what it said.
CREATE TABLE destroyed (
    resource_type TEXT NOT NULL,
    shown_from INTEGER NOT NULL,
    shown_until INTEGER NOT NULL,
    destroyed_at INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- 'at' is when it happened, NULL when not recorded; 'latest' the last millisecond a partial date can mean, NULL for a
-- whole one. Newest first is the order of positions, so that a period is one run of them.
DROP TABLE timeline;
CREATE TABLE timeline (
    position INTEGER PRIMARY KEY NOT NULL,
    line TEXT NOT NULL,
    kind TEXT NOT NULL,
    setting TEXT NOT NULL,
    year INTEGER,
    at INTEGER,
    latest INTEGER,
    received_at INTEGER NOT NULL,
    block INTEGER NOT NULL,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL
) STRICT;
CREATE INDEX timeline_line ON timeline (line);
CREATE INDEX timeline_filter ON timeline (kind, setting, year);
CREATE INDEX timeline_at ON timeline (at);
CREATE INDEX timeline_partial ON timeline (latest) WHERE latest IS NOT NULL;
CREATE INDEX timeline_received ON timeline (received_at);

-- Organisations, problems and contacts that lines can be narrowed to, each written once, with how many lines it has.
CREATE TABLE timeline_value (
    id INTEGER PRIMARY KEY NOT NULL,
    what TEXT NOT NULL CHECK (what IN ('organisation', 'problem', 'encounter')),
    value TEXT NOT NULL,
    label TEXT NOT NULL,
    lines INTEGER NOT NULL
) STRICT;
CREATE INDEX timeline_value_named ON timeline_value (what, value);
CREATE TABLE timeline_value_of (
    value INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (value, position)
) STRICT, WITHOUT ROWID;

-- The rows are made anew from the versions the next time the patient is opened or loaded.
DELETE FROM screen WHERE name = 'made-by';
