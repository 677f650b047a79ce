//! As at: a patient's copy as it could be seen at an earlier moment.
//!
//! The versions that were shown then are copied, compressed as they are, into a database in memory and projected there
//! exactly as they were projected then: the same rows, the same code that reads them, nothing written anywhere. What
//! consent has destroyed since is gone, and is said to be.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use curlew_audit::Receipt;
use curlew_record::as_at::{ARRIVAL_NOT_KNOWN, destroyed_note, destroyed_words, step_words};
use curlew_record::view::AsAt;
use curlew_record::{Arrival, ChangeCount, Withheld, change_words};
use rusqlite::{Connection, params};

use crate::apply::begin;
use crate::caseload::{LastTimes, time};
use crate::copies::{self, CopyState};
use crate::database::{self, Expect, open_database, read_checked};
use crate::error::{DamagedPart, VaultError};
use crate::locking::Opened;
use crate::log::{self, LoggedLook};
use crate::open_patient::{Handle, OpenPatient};
use crate::projecting::{self, Shown, reproject};
use crate::records;
use crate::staging::reading;
use crate::steps::{self, SHOWN_AT, VersionSet};
use crate::texts::Press;
use crate::vault::Vault;

/// A moment at which what a copy shows changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// From when on it was shown so.
    pub at: DateTime<Utc>,
    /// What came, changed and went, in words.
    pub words: String,
}

/// Which past is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// What could be seen at a moment.
    Moment(DateTime<Utc>),
    /// What an entry of the access log showed.
    Look {
        /// Its place in the chain.
        seq: u64,
        /// When it was.
        at: DateTime<Utc>,
        /// The version set it was written down with. Where the clock was moved since, this finds what the time does not.
        version_set: Option<VersionSet>,
    },
}

impl Vault {
    /// Opens a patient's copy as it could be seen at an earlier moment. The receipt is used up.
    ///
    /// It is an [`OpenPatient`] like any other, lives in memory alone, and closes with the store and when the patient is
    /// erased or anything of theirs is destroyed.
    ///
    /// # Errors
    /// [`VaultError::NotAReceiptForOpening`]; [`VaultError::NotHeld`]; [`VaultError::NotHeldThen`] for a moment before this
    /// copy was made; [`VaultError::Damaged`].
    #[expect(clippy::needless_pass_by_value, reason = "a receipt opens a record once")]
    pub fn as_at(&self, receipt: Receipt, wanted: Wanted) -> Result<OpenPatient, VaultError> {
        let patient = receipt
            .opens_the_past()
            .ok_or(VaultError::NotAReceiptForOpening)?;
        loop {
            let copy = self.shared.with(|unlocked| {
                let index = &unlocked.index;
                if !log::holds(index, receipt.seq(), &receipt.digest())? {
                    return Err(VaultError::NotAReceiptForOpening);
                }
                copies::find(index, &unlocked.erasure, patient, CopyState::Live)?.ok_or(VaultError::NotHeld)
            })?;
            let past = self.open_current(patient, &copy).and_then(|file| {
                read_checked(&file, DamagedPart::PatientFile, |file| {
                    self.look_back(file, patient, wanted)
                })
            });
            match past {
                Ok(past) => return Ok(past),
                Err(_) if !self.is_live(patient, &copy)? => {}
                Err(error) => return Err(self.judged(error, &copy)),
            }
        }
    }

    fn look_back(&self, file: &Connection, patient: &str, wanted: Wanted) -> Result<OpenPatient, VaultError> {
        let mut press = Press::new()?;
        let (at, before) = match wanted {
            Wanted::Moment(at) => (at.timestamp_millis(), None),
            Wanted::Look { seq, at, version_set } => {
                (moment_of_look(file, at, version_set, &mut press)?, Some(seq))
            }
        };
        let step = steps::in_force(file, at, &mut press)?.ok_or(VaultError::NotHeldThen)?;
        let set = match &step.arrival {
            Some(arrival) => Some(steps::version_set(file, at, arrival)?),
            None => None,
        };
        let (arrival, notes) = arrival_of_the_past(file, at, step.arrival)?;
        let last = self.times_before(patient, at, before, step.at)?;
        let changed = match last.look {
            Some(look) => change_words(&steps::changes(file, Some(look.timestamp_millis()), at)?),
            None => Vec::new(),
        };
        let place = copies::make()?;
        let location = records::in_memory(&place.file);
        let mut memory = open_database(&location, &place.key, &database::RECORD, Expect::Absent)?;
        self.shared.stop.watch(&mut memory)?;
        let write = begin(&mut memory)?;
        copy_shown(file, &write, at)?;
        let shown = Shown {
            at,
            arrival,
            synced_to: None,
            last_look: None,
        };
        reproject(&write, patient, shown, &mut press)?;
        write.commit().map_err(reading)?;
        let first = projecting::read_first(&memory)?;
        let handle = Arc::new(Handle::new(Arc::downgrade(&self.shared), place.file, memory));
        self.shared.enter_open(patient, Opened::Past, &handle)?;
        let as_at = AsAt::of(time(Some(at)).unwrap_or_default(), notes);
        Ok(OpenPatient::new(patient.to_owned(), handle, first, last)
            .with_changed(changed)
            .of_the_past(as_at, set))
    }

    /// When a patient had last been contacted about, and last been looked at, by a moment.
    fn times_before(
        &self,
        patient: &str,
        at: i64,
        before: Option<u64>,
        shown_from: i64,
    ) -> Result<LastTimes, VaultError> {
        self.shared.with(|unlocked| {
            let index = &unlocked.index;
            let contact: Option<i64> = index
                .query_row(
                    "SELECT max(at) FROM contact WHERE patient = ? AND at <= ?",
                    params![patient, at],
                    |row| row.get(0),
                )
                .map_err(reading)?;
            Ok(LastTimes {
                contact: time(contact.or(Some(shown_from))),
                look: time(log::look_before(index, patient, at, before)?),
            })
        })
    }

    /// One entry of the access log, by its place in the chain.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn log_entry(&self, seq: u64) -> Result<Option<LoggedLook>, VaultError> {
        self.shared.with(|unlocked| log::at_place(&unlocked.index, seq))
    }

    /// The erasure of a patient's copy that came first after an entry of the access log.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn erased_after(&self, patient: &str, seq: u64) -> Result<Option<LoggedLook>, VaultError> {
        self.shared
            .with(|unlocked| log::erased_after(&unlocked.index, patient, seq))
    }
}

/// The moment at which a look was shown what it was shown. The version set decides where it is known: the entry's time is
/// that of a clock which may have been moved.
fn moment_of_look(
    file: &Connection,
    at: DateTime<Utc>,
    version_set: Option<VersionSet>,
    press: &mut Press,
) -> Result<i64, VaultError> {
    let at = at.timestamp_millis();
    let Some(wanted) = version_set else { return Ok(at) };
    let then = steps::in_force(file, at, press)?.and_then(|step| step.version_set);
    if then == Some(wanted) {
        return Ok(at);
    }
    Ok(steps::moment_of(file, &wanted)?.unwrap_or(at))
}

/// What had not arrived at a moment, with what has been destroyed since, and the same in sentences.
fn arrival_of_the_past(
    file: &Connection,
    at: i64,
    kept: Option<Arrival>,
) -> Result<(Arrival, Vec<String>), VaultError> {
    let mut notes = Vec::new();
    let mut arrival = kept.unwrap_or_else(|| {
        notes.push(format!("{ARRIVAL_NOT_KNOWN}."));
        Arrival {
            notes: vec![ARRIVAL_NOT_KNOWN.to_owned()],
            ..Arrival::default()
        }
    });
    for gone in steps::destroyed_since(file, at)? {
        let words = destroyed_words(time(Some(gone.destroyed_at)).unwrap_or_default(), &gone.reason);
        notes.push(format!(
            "{}.",
            destroyed_note(&gone.resource_type, gone.count, &words)
        ));
        arrival.withheld.push(Withheld {
            resource_type: Some(gone.resource_type),
            count: gone.count,
            reason: words,
        });
    }
    Ok((arrival, notes))
}

/// Copies the versions shown at a moment, with the blocks they lie in, as the current ones of an empty file.
fn copy_shown(from: &Connection, into: &Connection, at: i64) -> Result<(), VaultError> {
    let mut insert_block = into
        .prepare("INSERT INTO block (id, length, body) VALUES (?, ?, ?)")
        .map_err(reading)?;
    let mut blocks = from
        .prepare(&format!(
            "SELECT id, length, body FROM block WHERE id IN (SELECT block FROM version WHERE {SHOWN_AT})"
        ))
        .map_err(reading)?;
    let mut rows = blocks.query([at]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        let values: [rusqlite::types::Value; 3] = values(row)?;
        insert_block.execute(values).map_err(reading)?;
    }
    let mut insert_version = into
        .prepare(
            "INSERT INTO version
             (resource, version_id, digest, received_at, recorded_at, block, start, length, shown_from, state)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'current')",
        )
        .map_err(reading)?;
    let mut versions = from
        .prepare(&format!(
            "SELECT resource, version_id, digest, received_at, recorded_at, block, start, length, shown_from
             FROM version WHERE {SHOWN_AT} ORDER BY id"
        ))
        .map_err(reading)?;
    let mut rows = versions.query([at]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        let values: [rusqlite::types::Value; 9] = values(row)?;
        insert_version.execute(values).map_err(reading)?;
    }
    Ok(())
}

fn values<const N: usize>(row: &rusqlite::Row<'_>) -> Result<[rusqlite::types::Value; N], VaultError> {
    let mut values = [const { rusqlite::types::Value::Null }; N];
    for (column, value) in values.iter_mut().enumerate() {
        *value = row.get(column).map_err(reading)?;
    }
    Ok(values)
}

/// Every moment at which what is shown changed, oldest first.
pub(crate) fn moments(file: &Connection) -> Result<Vec<Moment>, VaultError> {
    let moments = steps::moments(file)?;
    let mut changes = steps::changes_by_step(file)?;
    Ok(moments
        .into_iter()
        .enumerate()
        .map(|(place, at)| {
            let counts: Vec<ChangeCount> = changes.remove(&at).unwrap_or_default();
            Moment {
                at: time(Some(at)).unwrap_or_default(),
                words: step_words(place == 0, &counts),
            }
        })
        .collect())
}
