//! Which file is whose copy, and the key of each: the part of the index that erasure rests on.
//!
//! A patient's file has its own random key. The key lies in the index, sealed under the *erasure key*, and the
//! erasure key lies in the OS keychain. Erasing a patient replaces the erasure key and seals the remaining
//! patients' keys again (32 bytes each, no file is touched). An older copy of the whole folder, put back, then opens
//! no patient at all: the key that would open its keys exists nowhere any more.

use std::path::{Path, PathBuf};

use curlew_redact::Key;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::database::judge;
use crate::error::{DamagedPart, VaultError};
use crate::keys;

/// The key that seals patients' keys, and how often it was replaced.
pub(crate) struct ErasureKey {
    pub(crate) key: Key,
    pub(crate) epoch: u64,
}

/// One patient's file.
pub(crate) struct CopyFile {
    /// Its random name.
    pub(crate) file: String,
    /// Its own key.
    pub(crate) key: Key,
}

/// What a file is to its patient.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CopyState {
    /// What is shown.
    Live,
    /// A full refresh under way.
    Staging,
}

impl CopyState {
    fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Staging => "staging",
        }
    }
}

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::Index)
}

fn context(file: &str, patient: &str, epoch: u64) -> Vec<u8> {
    let mut context = b"curlew patient key 1\0".to_vec();
    context.extend_from_slice(&epoch.to_be_bytes());
    context.extend_from_slice(file.as_bytes());
    context.push(0);
    context.extend_from_slice(patient.as_bytes());
    context
}

/// Where a file lies.
pub(crate) fn path(records: &Path, file: &str) -> PathBuf {
    records.join(format!("{file}.db"))
}

/// Names and a key for a file that does not exist yet.
pub(crate) fn make() -> Result<CopyFile, VaultError> {
    let file = keys::hex(&keys::make_bytes::<16>()?).to_string();
    Ok(CopyFile {
        file,
        key: keys::make_key()?,
    })
}

/// Enters a new staging file. The file must exist already, so that an entered file is never merely missing.
pub(crate) fn enter_staging(
    index: &Connection,
    erasure: &ErasureKey,
    patient: &str,
    copy: &CopyFile,
    now: i64,
) -> Result<(), VaultError> {
    let sealed = keys::seal(
        &erasure.key,
        &context(&copy.file, patient, erasure.epoch),
        copy.key.expose(),
    )?;
    index
        .prepare_cached(
            "INSERT INTO copy (file, patient, state, epoch, sealed_key, made_at) VALUES (?, ?, 'staging', ?, ?, ?)",
        )
        .and_then(|mut insert| insert.execute(params![copy.file, patient, erasure.epoch, sealed, now]))
        .map_err(reading)?;
    Ok(())
}

/// A patient's file in a state, with its key; `None` when there is none.
///
/// A key of another epoch belongs to an index that was put back from an old copy: the file is not held.
pub(crate) fn find(
    index: &Connection,
    erasure: &ErasureKey,
    patient: &str,
    state: CopyState,
) -> Result<Option<CopyFile>, VaultError> {
    let row: Option<(String, u64, Vec<u8>)> = index
        .prepare_cached("SELECT file, epoch, sealed_key FROM copy WHERE patient = ? AND state = ?")
        .and_then(|mut select| {
            select
                .query_row([patient, state.name()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .map_err(reading)?;
    let Some((file, epoch, sealed)) = row else {
        return Ok(None);
    };
    if epoch != erasure.epoch {
        return Ok(None);
    }
    let key = keys::unseal_key(&erasure.key, &context(&file, patient, epoch), &sealed).ok_or(
        VaultError::Damaged {
            what: DamagedPart::PatientFile,
        },
    )?;
    Ok(Some(CopyFile { file, key }))
}

/// Makes the staging file of a patient the live one, together with `also`, which may enter it first. Gives the files that
/// are no longer used.
pub(crate) fn swap(
    index: &mut Connection,
    patient: &str,
    also: impl FnOnce(&Connection) -> Result<(), VaultError>,
) -> Result<Vec<String>, VaultError> {
    let step = index
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(reading)?;
    also(&step)?;
    let superseded = files(&step, "patient = ? AND state <> 'staging'", patient)?;
    step.execute(
        "DELETE FROM copy WHERE patient = ? AND state <> 'staging'",
        [patient],
    )
    .map_err(reading)?;
    step.execute(
        "UPDATE copy SET state = 'live' WHERE patient = ? AND state = 'staging'",
        [patient],
    )
    .map_err(reading)?;
    step.commit().map_err(reading)?;
    Ok(superseded)
}

/// Takes a patient's staging file out of the index. Gives its name.
pub(crate) fn drop_staging(index: &Connection, patient: &str) -> Result<Vec<String>, VaultError> {
    let dropped = files(index, "patient = ? AND state = 'staging'", patient)?;
    index
        .execute(
            "DELETE FROM copy WHERE patient = ? AND state = 'staging'",
            [patient],
        )
        .map_err(reading)?;
    Ok(dropped)
}

/// Marks a live copy as damaged: kept, but no longer opened.
pub(crate) fn lay_aside(index: &Connection, file: &str) -> Result<(), VaultError> {
    index
        .execute("UPDATE copy SET state = 'aside' WHERE file = ?", [file])
        .map_err(reading)?;
    Ok(())
}

/// Removes every trace of a patient's copies and seals the other patients' keys under `next`. Gives the files.
pub(crate) fn erase(
    index: &mut Connection,
    current: &ErasureKey,
    next: &ErasureKey,
    patient: &str,
    reason: &str,
) -> Result<Vec<String>, VaultError> {
    let step = index
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(reading)?;
    let erased = files(&step, "patient = ?", patient)?;
    for table in ["copy", "held", "contact"] {
        step.execute(&format!("DELETE FROM {table} WHERE patient = ?"), [patient])
            .map_err(reading)?;
    }
    crate::caseload::note_withheld(&step, patient, Some(reason))?;
    reseal(&step, current, next)?;
    step.commit().map_err(reading)?;
    Ok(erased)
}

fn reseal(index: &Connection, current: &ErasureKey, next: &ErasureKey) -> Result<(), VaultError> {
    let rows: Vec<(String, String, Vec<u8>)> = {
        let mut select = index
            .prepare("SELECT file, patient, sealed_key FROM copy WHERE epoch = ?")
            .map_err(reading)?;
        let rows = select
            .query_map([current.epoch], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .map_err(reading)?;
        rows.collect::<Result<_, _>>().map_err(reading)?
    };
    for (file, patient, sealed) in rows {
        // A key that no longer opens stays as it is: damage to one row is told when that patient is opened.
        let Some(key) = keys::unseal_key(&current.key, &context(&file, &patient, current.epoch), &sealed)
        else {
            continue;
        };
        let sealed = keys::seal(&next.key, &context(&file, &patient, next.epoch), key.expose())?;
        index
            .execute(
                "UPDATE copy SET sealed_key = ?, epoch = ? WHERE file = ?",
                params![sealed, next.epoch, file],
            )
            .map_err(reading)?;
    }
    set_epoch(index, next.epoch)
}

/// Writes down which epoch the index is sealed under.
pub(crate) fn set_epoch(index: &Connection, epoch: u64) -> Result<(), VaultError> {
    index
        .execute(
            "INSERT OR REPLACE INTO setting (name, value) VALUES ('epoch', ?)",
            [epoch.to_string()],
        )
        .map_err(reading)?;
    Ok(())
}

/// Which epoch the index is sealed under.
pub(crate) fn epoch(index: &Connection) -> Result<Option<u64>, VaultError> {
    let text: Option<String> = index
        .query_row("SELECT value FROM setting WHERE name = 'epoch'", [], |row| {
            row.get(0)
        })
        .optional()
        .map_err(reading)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

/// Every file the index knows, under its present epoch or not.
pub(crate) fn all_files(index: &Connection) -> Result<Vec<String>, VaultError> {
    files(index, "file <> ?", "")
}

fn files(index: &Connection, condition: &str, value: &str) -> Result<Vec<String>, VaultError> {
    let mut select = index
        .prepare(&format!("SELECT file FROM copy WHERE {condition}"))
        .map_err(reading)?;
    let rows = select.query_map([value], |row| row.get(0)).map_err(reading)?;
    rows.map(|row| row.map_err(reading)).collect()
}
