//! The reference for storage: plain SQLite, unencrypted, with the same JSON. The same engine, built into the same program,
//! without a key: what differs is what Curlew adds.

use crate::records::Record;
use curlew_tests::Outcome;
use rusqlite::{Connection, OpenFlags, params};
use std::path::{Path, PathBuf};

/// One patient's file: every resource verbatim under its `Type/id`.
pub(crate) struct Plain {
    path: PathBuf,
}

impl Plain {
    /// Inserts a record into a new file, durably, in one transaction.
    pub(crate) fn insert(folder: &Path, name: &str, record: &[(String, &str)]) -> Outcome<Self> {
        let path = folder.join(format!("{name}.db"));
        let mut file = Connection::open(&path)?;
        file.execute_batch("PRAGMA synchronous = FULL;")?;
        let step = file.transaction()?;
        step.execute_batch("CREATE TABLE resource (name TEXT PRIMARY KEY NOT NULL, json TEXT NOT NULL)")?;
        {
            let mut insert = step.prepare("INSERT OR REPLACE INTO resource (name, json) VALUES (?, ?)")?;
            for (name, json) in record {
                insert.execute(params![name, json])?;
            }
        }
        step.commit()?;
        Ok(Self { path })
    }

    /// Adds one row with a first screen's data, for a program that keeps one.
    pub(crate) fn insert_first(&self, json: &str) -> Outcome {
        let file = Connection::open(&self.path)?;
        file.execute_batch("CREATE TABLE first (json TEXT NOT NULL)")?;
        file.execute("INSERT INTO first (json) VALUES (?)", [json])?;
        Ok(())
    }

    /// Adds a full-text index over the words of each line, with FTS5's usual settings, and the lines themselves.
    pub(crate) fn index(&self, lines: &[(String, String)]) -> Outcome {
        let mut file = Connection::open(&self.path)?;
        let step = file.transaction()?;
        step.execute_batch(
            "CREATE TABLE line (id INTEGER PRIMARY KEY, json TEXT NOT NULL);
             CREATE VIRTUAL TABLE words USING fts5 (line_words);",
        )?;
        {
            let mut line = step.prepare("INSERT INTO line (id, json) VALUES (?, ?)")?;
            let mut words = step.prepare("INSERT INTO words (rowid, line_words) VALUES (?, ?)")?;
            for (place, (json, text)) in lines.iter().enumerate() {
                line.execute(params![place, json])?;
                words.execute(params![place, text])?;
            }
        }
        step.commit()?;
        Ok(())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn open(&self) -> Outcome<Connection> {
        Ok(Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY,
        )?)
    }

    /// Opens the file and reads all of the record's JSON, as a program without rows of its own must.
    pub(crate) fn read_all(&self) -> Outcome<usize> {
        let file = self.open()?;
        let mut select = file.prepare("SELECT json FROM resource")?;
        let mut rows = select.query([])?;
        let mut bytes = 0;
        while let Some(row) = rows.next()? {
            bytes += row.get::<_, String>(0)?.len();
        }
        Ok(bytes)
    }

    /// Opens the file and reads the row with the first screen's data.
    pub(crate) fn read_first(&self) -> Outcome<usize> {
        let text: String = self
            .open()?
            .query_row("SELECT json FROM first", [], |row| row.get(0))?;
        Ok(text.len())
    }
}

/// The first lines that have a word beginning so, newest first.
pub(crate) fn search(file: &Connection, prefix: &str, limit: u32) -> Outcome<usize> {
    let mut select = file.prepare_cached(
        "SELECT line.json FROM words JOIN line ON line.id = words.rowid
         WHERE words MATCH ? ORDER BY words.rowid LIMIT ?",
    )?;
    let mut rows = select.query(params![format!("\"{prefix}\" *"), limit])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        bytes += row.get::<_, String>(0)?.len();
    }
    Ok(bytes)
}

/// A record's resources with their names, read before anything is measured.
pub(crate) fn named(record: &Record) -> Outcome<Vec<(String, &str)>> {
    record
        .resources
        .iter()
        .map(|raw| {
            let header = curlew_fhir::read_header(raw)?;
            Ok((format!("{}/{}", header.resource_type, header.id), raw.as_str()))
        })
        .collect()
}
