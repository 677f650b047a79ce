//! The audit chain in the index: storage for [`curlew_audit`], the seal on its end, and how its upload stands.

use chrono::DateTime;
use curlew_audit::{Broken, ChainStorage, Digest, Entry, Fault, Head, Look};
use curlew_redact::Key;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use crate::database::judge;
use crate::error::{DamagedPart, VaultError};
use crate::keys;

/// How the upload of one entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadState {
    /// Not sent yet.
    Waiting,
    /// The server has it.
    Sent,
    /// The server refused it, for this reason. The entry is kept.
    Refused(String),
}

/// One entry of the user's own access log.
#[derive(Debug, Clone)]
pub struct LoggedLook {
    /// The entry.
    pub entry: Entry,
    /// How its upload stands.
    pub upload: UploadState,
}

/// What verifying the chain found.
pub(crate) struct LogCheck {
    /// Entries in the chain, as its seal knows them.
    pub(crate) entries: u64,
    /// Where it is broken first; `None` when it is whole.
    pub(crate) broken: Option<Broken>,
}

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::Index,
    }
}

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::Index)
}

fn digest(bytes: &[u8]) -> Result<Digest, VaultError> {
    Ok(Digest::from_bytes(bytes.try_into().map_err(|_| damaged())?))
}

fn seal_parts<'a>(seq: &'a [u8; 8], digest: &'a Digest) -> [&'a [u8]; 2] {
    [seq, digest.as_bytes()]
}

/// The chain as [`curlew_audit::write`] sees it.
pub(crate) struct IndexChain<'a> {
    pub(crate) index: &'a mut Connection,
    pub(crate) seal_key: &'a Key,
}

impl ChainStorage for IndexChain<'_> {
    type Error = VaultError;

    fn head(&self) -> Result<Head, VaultError> {
        head(self.index, self.seal_key)
    }

    fn append(&mut self, entry: &Entry) -> Result<(), VaultError> {
        let step = self
            .index
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(reading)?;
        let look = serde_json::to_string(&entry.look).map_err(|_| damaged())?;
        step.prepare_cached(
            "INSERT INTO audit_entry (seq, at, look, previous, digest) VALUES (?, ?, ?, ?, ?)",
        )
        .and_then(|mut insert| {
            insert.execute(params![
                entry.seq,
                entry.at.timestamp_millis(),
                look,
                entry.previous.as_bytes(),
                entry.digest.as_bytes()
            ])
        })
        .map_err(reading)?;
        let seal = keys::derive_mac(
            self.seal_key,
            &seal_parts(&entry.seq.to_be_bytes(), &entry.digest),
        )?;
        step.prepare_cached(
            "INSERT OR REPLACE INTO audit_head (only, seq, digest, seal) VALUES (1, ?, ?, ?)",
        )
        .and_then(|mut insert| insert.execute(params![entry.seq, entry.digest.as_bytes(), seal]))
        .map_err(reading)?;
        step.commit().map_err(reading)
    }
}

/// Where the chain ends, as its seal says.
pub(crate) fn head(index: &Connection, seal_key: &Key) -> Result<Head, VaultError> {
    let row: Option<(u64, Vec<u8>, Vec<u8>)> = index
        .prepare_cached("SELECT seq, digest, seal FROM audit_head")
        .and_then(|mut select| {
            select
                .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        })
        .map_err(reading)?;
    let Some((seq, bytes, seal)) = row else {
        return Ok(Head::EMPTY);
    };
    let digest = digest(&bytes)?;
    if !keys::mac_matches(seal_key, &seal_parts(&seq.to_be_bytes(), &digest), &seal) {
        return Err(damaged());
    }
    Ok(Head { seq, digest })
}

/// Whether the entry a receipt stands for is in this chain.
pub(crate) fn holds(index: &Connection, seq: u64, digest: &Digest) -> Result<bool, VaultError> {
    let found: Option<Vec<u8>> = index
        .prepare_cached("SELECT digest FROM audit_entry WHERE seq = ?")
        .and_then(|mut select| select.query_row([seq], |row| row.get(0)).optional())
        .map_err(reading)?;
    Ok(found.is_some_and(|found| found == digest.as_bytes()))
}

const COLUMNS: &str = "e.seq, e.at, e.look, e.previous, e.digest, u.state, u.reason
    FROM audit_entry e LEFT JOIN audit_upload u ON u.seq = e.seq";

type Stored = (u64, i64, String, Vec<u8>, Vec<u8>, Option<String>, Option<String>);

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ))
}

fn logged((seq, at, look, previous, own, state, reason): Stored) -> Result<LoggedLook, VaultError> {
    let look: Look = serde_json::from_str(&look).map_err(|_| damaged())?;
    let at = DateTime::from_timestamp_millis(at).ok_or_else(damaged)?;
    let entry = Entry {
        seq,
        at,
        look,
        previous: digest(&previous)?,
        digest: digest(&own)?,
    };
    let upload = match state.as_deref() {
        None => UploadState::Waiting,
        Some("sent") => UploadState::Sent,
        Some(_) => UploadState::Refused(reason.unwrap_or_default()),
    };
    Ok(LoggedLook { entry, upload })
}

fn entries(index: &Connection, rest: &str, limit: i64) -> Result<Vec<LoggedLook>, VaultError> {
    let mut select = index
        .prepare_cached(&format!("SELECT {COLUMNS} {rest}"))
        .map_err(reading)?;
    let rows = select.query_map([limit], stored).map_err(reading)?;
    rows.map(|row| logged(row.map_err(reading)?)).collect()
}

/// The newest entries, newest first.
pub(crate) fn newest(index: &Connection, limit: u32) -> Result<Vec<LoggedLook>, VaultError> {
    entries(index, "ORDER BY e.seq DESC LIMIT ?", limit.into())
}

/// One entry, by its place in the chain.
pub(crate) fn at_place(index: &Connection, seq: u64) -> Result<Option<LoggedLook>, VaultError> {
    let seq = i64::try_from(seq).unwrap_or(i64::MAX);
    Ok(entries(index, "WHERE e.seq = ? LIMIT 1", seq)?.pop())
}

/// When this patient was last opened before a moment, or before an entry.
pub(crate) fn look_before(
    index: &Connection,
    patient: &str,
    at: i64,
    before: Option<u64>,
) -> Result<Option<i64>, VaultError> {
    let before = before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX);
    // Refused looks and failed ones showed nothing.
    index
        .query_row(
            "SELECT max(at) FROM audit_entry WHERE at <= ? AND seq < ? AND look ->> '$.patient' = ?
                 AND look ->> '$.action' IN ('open-patient', 'open-in-emergency') AND look ->> '$.outcome' = 'done'",
            params![at, before, patient],
            |row| row.get(0),
        )
        .map_err(reading)
}

/// The erasure of this patient's copy that came first after an entry.
pub(crate) fn erased_after(
    index: &Connection,
    patient: &str,
    after: u64,
) -> Result<Option<LoggedLook>, VaultError> {
    let seq: Option<i64> = index
        .query_row(
            "SELECT min(seq) FROM audit_entry WHERE seq > ? AND look ->> '$.patient' = ?
                 AND look ->> '$.action' = 'erase-patient' AND look ->> '$.outcome' = 'done'",
            params![i64::try_from(after).unwrap_or(i64::MAX), patient],
            |row| row.get(0),
        )
        .map_err(reading)?;
    match seq.and_then(|seq| u64::try_from(seq).ok()) {
        Some(seq) => at_place(index, seq),
        None => Ok(None),
    }
}

/// The oldest entries still to be sent, oldest first.
pub(crate) fn waiting(index: &Connection, limit: u32) -> Result<Vec<Entry>, VaultError> {
    let entries = entries(index, "WHERE u.seq IS NULL ORDER BY e.seq LIMIT ?", limit.into())?;
    Ok(entries.into_iter().map(|logged| logged.entry).collect())
}

/// Notes how an upload ended.
pub(crate) fn mark(index: &Connection, seq: u64, state: &UploadState) -> Result<(), VaultError> {
    let (state, reason) = match state {
        UploadState::Waiting => {
            index
                .execute("DELETE FROM audit_upload WHERE seq = ?", [seq])
                .map_err(reading)?;
            return Ok(());
        }
        UploadState::Sent => ("sent", None),
        UploadState::Refused(reason) => ("refused", Some(reason)),
    };
    index
        .prepare_cached("INSERT OR REPLACE INTO audit_upload (seq, state, reason) VALUES (?, ?, ?)")
        .and_then(|mut insert| insert.execute(params![seq, state, reason]))
        .map_err(reading)?;
    Ok(())
}

/// Whether a failure to read a row is about what the row holds. Any other says nothing of the log.
fn is_about_the_row(error: &VaultError) -> bool {
    match error {
        VaultError::Damaged { .. } => true,
        VaultError::Database { source, .. } => matches!(
            source,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::Utf8Error(..)
        ),
        _ => false,
    }
}

/// A stored entry, read as strictly as it was written: another spelling of the same look is an edit all the same.
fn read_strictly(stored: Stored) -> Result<Result<Entry, Fault>, VaultError> {
    let text = stored.2.clone();
    let entry = logged(stored)?.entry;
    let as_written = serde_json::to_string(&entry.look).is_ok_and(|written| written == text);
    Ok(if as_written { Ok(entry) } else { Err(Fault::Edited) })
}

/// Every entry from the first, up to one that is not as it was written, with its place and what is wrong with it.
fn readable(index: &Connection) -> Result<(Vec<Entry>, Option<Broken>), VaultError> {
    let mut select = index
        .prepare(&format!("SELECT {COLUMNS} ORDER BY e.seq"))
        .map_err(reading)?;
    let rows = select.query_map([], stored).map_err(reading)?;
    let mut entries = Vec::new();
    for row in rows {
        let what = match row.map_err(reading).and_then(read_strictly) {
            Ok(Ok(entry)) => {
                entries.push(entry);
                continue;
            }
            Ok(Err(fault)) => fault,
            Err(error) if is_about_the_row(&error) => Fault::Unreadable,
            Err(error) => return Err(error),
        };
        let seq = entries.len() as u64 + 1;
        return Ok((entries, Some(Broken { seq, what })));
    }
    Ok((entries, None))
}

/// Walks the whole chain, and compares it with its seal and with the anchor in the keychain, which an old copy of
/// the folder cannot bring back.
pub(crate) fn check(index: &Connection, seal_key: &Key, anchor: &Head) -> Result<LogCheck, VaultError> {
    let (all, stopped) = readable(index)?;
    let last = all.last().map_or(Head::EMPTY, Head::after);
    let (head, sealed) = match head(index, seal_key) {
        Ok(head) => (head, true),
        Err(error) if is_about_the_row(&error) => (last, false),
        Err(error) => return Err(error),
    };
    let anchored = anchor.seq == 0
        || all
            .iter()
            .any(|entry| entry.seq == anchor.seq && entry.digest == anchor.digest);
    // What follows an entry that cannot be read cannot be judged: the walk ends there.
    let end = if stopped.is_some() { last } else { head };
    let verified = curlew_audit::verify(all, &end);
    // Either the anchored end is missing, or another history was written in its place.
    let rolled_back = if anchor.seq > head.seq {
        Broken {
            seq: head.seq + 1,
            what: Fault::Truncated { end: anchor.seq },
        }
    } else {
        Broken {
            seq: anchor.seq,
            what: Fault::Unlinked,
        }
    };
    let unsealed = Broken {
        seq: last.seq,
        what: Fault::BeyondHead,
    };
    let broken = verified
        .err()
        .or(stopped)
        .or((!anchored).then_some(rolled_back))
        .or((!sealed).then_some(unsealed));
    Ok(LogCheck {
        entries: head.seq,
        broken,
    })
}
