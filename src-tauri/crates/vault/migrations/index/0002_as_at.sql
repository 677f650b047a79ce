-- What a look at a copy is written down with, and what changed since the last one.

-- Tells what the copy shows apart from everything else it ever showed: see 'step' in the patient's file.
ALTER TABLE held ADD COLUMN version_set BLOB;
-- Counts of what changed since 'last_look' of the patient, as JSON.
ALTER TABLE held ADD COLUMN changed TEXT;
-- Read again from each file, which is migrated then.
UPDATE held SET settled = 0;

-- Every successful contact, so that the age a copy had at a past moment can be told.
CREATE TABLE contact (
    patient TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (patient, at)
) STRICT, WITHOUT ROWID;
INSERT INTO contact (patient, at) SELECT patient, last_contact FROM patient WHERE last_contact IS NOT NULL;
