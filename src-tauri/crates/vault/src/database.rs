//! The one room in which a database connection is opened.
//!
//! Every file is SQLCipher with a raw 256-bit key: no key derivation at opening, a fresh random nonce and an HMAC a
//! page. The pragmas, and why:
//!
//! - `temp_store = MEMORY`: sorting and indexing never spill into a temporary file, which SQLCipher would not encrypt.
//! - `secure_delete = ON`: what is deleted is overwritten within the file as well.
//! - `journal_mode`: both journals hold encrypted pages only. The index takes `WAL` (one flush a commit, for the
//!   audit entry before each look); patients' files take `DELETE`, so that at rest a patient is exactly one file. A file
//!   that nobody has seen yet takes none.
//! - `synchronous = FULL`: what was reported as done survives a power cut.
//! - `mmap_size = 0`, `cell_size_check`, `trusted_schema = OFF`: pages are checked as they are read.
//! - `cipher_memory_security = ON`: SQLCipher locks its page buffers in memory and wipes them when it frees them, so
//!   that clear pages neither reach the swap file nor stay behind after locking. Measured: no difference in opening, up
//!   to half as much processor time again for a full load.
//! - `cipher_log_level = NONE`: the engine would write to the standard error stream.

use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

use curlew_redact::Key;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
#[cfg(not(feature = "encryption-off"))]
use zeroize::Zeroizing;

use crate::error::{DamagedPart, VaultError, While};
#[cfg(not(feature = "encryption-off"))]
use crate::keys;

/// "CRLW" in every file's header, encrypted like the rest.
const APPLICATION: i32 = i32::from_be_bytes(*b"CRLW");

/// One numbered SQL file.
pub(crate) struct Migration {
    pub(crate) sql: &'static str,
}

/// Where a database lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    /// A file on the disk.
    Disk(PathBuf),
    /// A database in the engine's memory file system, by its URI. It is encrypted as a file on the disk is, so that what is
    /// left of it in memory afterwards is noise without its key. Its journal is in memory too.
    Memory(String),
}

/// What kind of file it is: its migrations, its journal, and what to call it when it is damaged.
pub(crate) struct Schema {
    migrations: &'static [Migration],
    /// What they come to, once it has been read off.
    newest: OnceLock<String>,
    journal: &'static str,
    pub(crate) part: DamagedPart,
}

/// `index.db`.
pub(crate) static INDEX: Schema = Schema {
    migrations: &[
        Migration {
            sql: include_str!("../migrations/index/0001_first.sql"),
        },
        Migration {
            sql: include_str!("../migrations/index/0002_as_at.sql"),
        },
    ],
    newest: OnceLock::new(),
    journal: "WAL",
    part: DamagedPart::Index,
};

/// `records/<random>.db`.
pub(crate) static RECORD: Schema = Schema {
    migrations: &[
        Migration {
            sql: include_str!("../migrations/record/0001_first.sql"),
        },
        Migration {
            sql: include_str!("../migrations/record/0002_as_at.sql"),
        },
        Migration {
            sql: include_str!("../migrations/record/0003_columns.sql"),
        },
    ],
    newest: OnceLock::new(),
    journal: "DELETE",
    part: DamagedPart::PatientFile,
};

impl Schema {
    /// The newest format this version knows.
    pub(crate) fn known(&self) -> u32 {
        u32::try_from(self.migrations.len()).unwrap_or(u32::MAX)
    }

    /// The newest format as a new file has it at once: what all migrations together leave behind, without the tables that
    /// they make and drop on the way.
    fn newest(&self) -> rusqlite::Result<&str> {
        if let Some(newest) = self.newest.get() {
            return Ok(newest);
        }
        // Empty, in memory, and nobody's.
        let scratch = Connection::open_in_memory()?;
        for migration in self.migrations {
            scratch.execute_batch(migration.sql)?;
        }
        let mut select =
            scratch.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")?;
        let statements: Vec<String> = select
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        Ok(self.newest.get_or_init(|| statements.join(";\n")))
    }
}

/// Whether the file is expected to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Open it; its absence is damage.
    Present,
    /// Make it; the name is new and random.
    Absent,
}

/// Opens a file under its key, brings its schema up to date and returns it ready for use.
///
/// # Errors
/// [`VaultError::Damaged`] when pages do not authenticate or the file is missing: the caller's key came out of an
/// authenticated envelope, so a wrong key is not an explanation. [`VaultError::Newer`] for a newer schema.
pub(crate) fn open_database(
    location: &Location,
    key: &Key,
    schema: &Schema,
    expect: Expect,
) -> Result<Connection, VaultError> {
    engine_is_ready();
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    match (location, expect) {
        (_, Expect::Absent) => flags |= OpenFlags::SQLITE_OPEN_CREATE,
        (Location::Memory(_), Expect::Present) => {}
        // A file of no bytes would open as a new database under any key.
        (Location::Disk(path), Expect::Present)
            if std::fs::metadata(path).is_ok_and(|file| file.len() > 0) => {}
        (Location::Disk(_), Expect::Present) => return Err(VaultError::Damaged { what: schema.part }),
    }
    let (opened, journal) = match location {
        Location::Disk(path) => (Connection::open_with_flags(path, flags), schema.journal),
        Location::Memory(uri) => (
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI),
            "MEMORY",
        ),
    };
    let mut connection = opened.while_doing("opening a file")?;
    unlock(&connection, key).while_doing("opening a file")?;
    let version = prepare(&connection, journal).map_err(|error| judge(error, schema.part))?;
    let known = schema.known();
    if version > known {
        return Err(VaultError::Newer {
            found: version,
            known,
        });
    }
    if version < known {
        match location {
            Location::Disk(path) if version > 0 => {
                back_up(&connection, path, version)?;
                migrate(&mut connection, schema, version).map_err(|error| judge(error, schema.part))?;
                // What is erased or destroyed from now on must not lie on in a copy beside it.
                std::fs::remove_file(beside(path, version))
                    .while_doing("removing the copy of a file in its old format")?;
                return Ok(connection);
            }
            Location::Memory(_) if expect == Expect::Present => {
                return Err(VaultError::Damaged { what: schema.part });
            }
            _ => {}
        }
        let made = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .and_then(|step| {
                lay_out(&step, schema)?;
                step.commit()
            });
        made.map_err(|error| judge(error, schema.part))?;
    }
    Ok(connection)
}

/// Waits until SQLCipher has set itself up. The engine counts as initialised a moment before that is done, so that of two
/// threads which open the first files of a process at the same time, one could be told that there is no such thing as a key.
fn engine_is_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| drop(Connection::open_in_memory()));
}

/// Opens a file that does not exist yet, to be filled in one transaction, which begins with [`lay_out`].
///
/// Nobody knows of it until that has ended: what is cut off before is a file that nothing leads to. So it takes no journal,
/// and one flush, at the end, makes all of it durable. When anything fails the file is of no use and is to be removed.
pub(crate) fn open_unseen(location: &Location, key: &Key) -> Result<Connection, VaultError> {
    engine_is_ready();
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_URI;
    let opened = match location {
        Location::Disk(path) => Connection::open_with_flags(path, flags - OpenFlags::SQLITE_OPEN_URI),
        Location::Memory(uri) => Connection::open_with_flags(uri, flags),
    };
    let connection = opened.while_doing("opening a file")?;
    unlock(&connection, key).while_doing("opening a file")?;
    prepare(&connection, "OFF").map_err(|error| judge(error, RECORD.part))?;
    Ok(connection)
}

/// Makes the newest schema in an empty file. Runs inside the caller's transaction.
pub(crate) fn lay_out(step: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    step.execute_batch(schema.newest()?)?;
    step.pragma_update(None, "application_id", APPLICATION)?;
    step.pragma_update(None, "user_version", schema.known())
}

#[cfg(all(feature = "encryption-off", not(debug_assertions)))]
compile_error!("`encryption-off` is for the hunt's control in debug builds only");

/// Leaves the file in clear, so that the hunt has something to find.
#[cfg(feature = "encryption-off")]
fn unlock(connection: &Connection, _key: &Key) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")
}

#[cfg(not(feature = "encryption-off"))]
fn unlock(connection: &Connection, key: &Key) -> rusqlite::Result<()> {
    connection.execute_batch("PRAGMA cipher_log_level = NONE; PRAGMA cipher_memory_security = ON;")?;
    let mut pragma = Zeroizing::new(String::with_capacity(96));
    pragma.push_str("PRAGMA key = \"x'");
    pragma.push_str(&keys::hex(key.expose()));
    pragma.push_str("'\"");
    connection.execute_batch(&pragma)
}

/// Sets the pragmas and reads the schema's version, which is the first page to be authenticated.
fn prepare(connection: &Connection, journal: &str) -> rusqlite::Result<u32> {
    connection.execute_batch(
        "PRAGMA temp_store = MEMORY;
         PRAGMA secure_delete = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;
         PRAGMA synchronous = FULL;",
    )?;
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.query_row(&format!("PRAGMA journal_mode = {journal}"), [], |row| {
        row.get::<_, String>(0)
    })?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(version)
}

fn migrate(connection: &mut Connection, schema: &Schema, from: u32) -> rusqlite::Result<()> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in schema.migrations.iter().skip(from as usize) {
        step.execute_batch(migration.sql)?;
    }
    step.pragma_update(None, "application_id", APPLICATION)?;
    step.pragma_update(None, "user_version", schema.known())?;
    step.commit()
}

/// Between a file's name and the format it had, in the name of its copy.
const BEFORE: &str = ".db.before-";

/// Where a file in its old format lies while its schema changes.
fn beside(path: &Path, version: u32) -> PathBuf {
    path.with_extension(format!("{}{version}", BEFORE.trim_start_matches('.')))
}

/// Removes every copy of a file in an old format from a folder. A change of format is one step: the file itself is whole,
/// in its old format or its new one, and a change that has yet to be made makes its own copy.
pub(crate) fn remove_old_formats(folder: &Path) -> Result<(), VaultError> {
    let doing = "removing the copy of a file in its old format";
    for file in std::fs::read_dir(folder).while_doing(doing)? {
        let file = file.while_doing(doing)?;
        if file.file_name().to_string_lossy().contains(BEFORE) {
            std::fs::remove_file(file.path()).while_doing(doing)?;
        }
    }
    Ok(())
}

/// A copy of the file before its schema changes; encrypted, because the file is. It is there until the change is done, and
/// after a change that was cut off, until the store is next unlocked.
fn back_up(connection: &Connection, path: &Path, version: u32) -> Result<(), VaultError> {
    let doing = "copying a file before changing its format";
    // What still lies in a write-ahead log belongs to the file.
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .while_doing(doing)?;
    std::fs::copy(path, beside(path, version)).while_doing(doing)?;
    Ok(())
}

/// Tells damage from every other failure of a file whose key is right.
pub(crate) fn judge(error: rusqlite::Error, part: DamagedPart) -> VaultError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => VaultError::Locked,
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => VaultError::Damaged { what: part },
        _ => VaultError::Database {
            doing: "reading the store",
            source: error,
        },
    }
}

/// Reads within one transaction, and afterwards asks whether every page it met authenticated.
///
/// When a page does not, SQLCipher hands it over as zeros and puts the connection into a state of error. In the middle
/// of a large value the engine only notices at its next page, which may be in a later statement: without asking, zeros
/// could be taken for data.
pub(crate) fn read_checked<T>(
    connection: &Connection,
    part: DamagedPart,
    read: impl FnOnce(&Connection) -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    let run = |sql| {
        connection
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]))
    };
    run("BEGIN").map_err(|error| judge(error, part))?;
    let answer = read(connection);
    let confirmed = connection
        .prepare_cached("SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)")
        .and_then(|mut select| select.query_row([], |row| row.get::<_, i64>(0)));
    drop(run("ROLLBACK"));
    // Whatever the reading came to, found nothing included: it does not count when a page did not authenticate.
    match confirmed {
        Ok(_) => answer,
        Err(source) if source.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Err(VaultError::Locked)
        }
        Err(source) if source.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
            Err(VaultError::Database {
                doing: "reading the store",
                source,
            })
        }
        Err(_) => Err(VaultError::Damaged { what: part }),
    }
}

/// A page that does not authenticate, met while writing, is reported by the engine as a file that may not be written, or as
/// memory that is not there. Then, and only then, every page is checked, which tells damage from a folder that really is read-only.
pub(crate) fn look_again(connection: &Connection, error: VaultError, part: DamagedPart) -> VaultError {
    let VaultError::Database { source, .. } = &error else {
        return error;
    };
    if !matches!(
        source.sqlite_error_code(),
        Some(ErrorCode::ReadOnly | ErrorCode::OutOfMemory | ErrorCode::InternalMalfunction)
    ) {
        return error;
    }
    let damaged = connection.query_row("PRAGMA cipher_integrity_check", [], |_| Ok(()));
    match damaged {
        Err(rusqlite::Error::QueryReturnedNoRows) => error,
        Err(stopped) if stopped.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            VaultError::Locked
        }
        _ => VaultError::Damaged { what: part },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_has_what_all_migrations_come_to() {
        for schema in [&INDEX, &RECORD] {
            let [mut migrated, new] = [(); 2].map(|()| Connection::open_in_memory().expect("a database"));
            migrate(&mut migrated, schema, 0).expect("migrated");
            lay_out(&new, schema).expect("laid out");
            let told = |file: &Connection| -> Vec<(String, String, Option<String>)> {
                file.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name")
                    .expect("a query")
                    .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                    .expect("rows")
                    .map(|row| row.expect("a row"))
                    .collect()
            };
            assert_eq!(told(&new), told(&migrated));
            for pragma in ["user_version", "application_id"] {
                let value = |file: &Connection| -> i64 {
                    file.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
                        .expect("a number")
                };
                assert_eq!(value(&new), value(&migrated));
            }
        }
    }
}
