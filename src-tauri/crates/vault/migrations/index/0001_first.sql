-- index.db: everything about a store that is not one patient's record.
-- Times are milliseconds since 1970, UTC.

-- Single values: the user's profile, the epoch of the wrapped keys.
CREATE TABLE setting (
    name TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The caseload as the server last listed it.
CREATE TABLE caseload (
    patient TEXT PRIMARY KEY NOT NULL,
    position INTEGER NOT NULL,
    raw_patient TEXT NOT NULL,
    listed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is known about a patient besides the record itself. Outlives the copy: that somebody looked, and why a
-- copy went, is shown after it has gone.
CREATE TABLE patient (
    patient TEXT PRIMARY KEY NOT NULL,
    last_contact INTEGER,
    last_look INTEGER,
    withheld TEXT
) STRICT, WITHOUT ROWID;

-- The copies. `file` is a random name in records/; `sealed_key` is the file's own random key under the erasure key
-- of `epoch`, which lives in the OS keychain and is replaced at every erasure. 'aside': found damaged, kept until
-- the patient has been fetched again.
CREATE TABLE copy (
    file TEXT PRIMARY KEY NOT NULL,
    patient TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('live', 'staging', 'aside')),
    epoch INTEGER NOT NULL,
    sealed_key BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX copy_of_patient ON copy (patient, state) WHERE state <> 'aside';

-- What the Today screen needs of each live copy, so that it opens no patient's file. Not settled: a delta was being
-- written into the file, and this row is read from it again.
CREATE TABLE held (
    patient TEXT PRIMARY KEY NOT NULL,
    resources INTEGER NOT NULL,
    arrival TEXT NOT NULL,
    synced_to TEXT,
    first TEXT NOT NULL,
    settled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Latest times: 'seen' (the largest of every clock reading) and 'server' (last contact).
CREATE TABLE clock (
    name TEXT PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The audit chain. Append-only: the triggers stand against our own mistakes, the digests against anybody's.
CREATE TABLE audit_entry (
    seq INTEGER PRIMARY KEY NOT NULL,
    at INTEGER NOT NULL,
    look TEXT NOT NULL,
    previous BLOB NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_entry_is_never_changed BEFORE UPDATE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'an audit entry is never changed');
END;
CREATE TRIGGER audit_entry_is_never_removed BEFORE DELETE ON audit_entry
BEGIN
    SELECT RAISE(ABORT, 'an audit entry is never removed');
END;

-- Where the chain ends, with a code under a key derived from the root key.
CREATE TABLE audit_head (
    only INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    seq INTEGER NOT NULL,
    digest BLOB NOT NULL,
    seal BLOB NOT NULL
) STRICT;

-- How the upload of each entry stands. No row: waiting.
CREATE TABLE audit_upload (
    seq INTEGER PRIMARY KEY NOT NULL REFERENCES audit_entry (seq),
    state TEXT NOT NULL CHECK (state IN ('sent', 'refused')),
    reason TEXT
) STRICT;
