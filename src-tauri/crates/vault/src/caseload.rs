//! Who is on the caseload and how each copy stands, in the index.

use chrono::{DateTime, Utc};
use curlew_record::{Arrival, FirstScreen, change_words, summary_of_patient};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use crate::database::judge;
use crate::error::{DamagedPart, VaultError};
use crate::projecting::Summary;
use crate::steps::{Changed, VersionSet};

/// One person on the caseload, as the server lists them.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseloadEntry {
    /// Server's logical id.
    pub patient: String,
    /// Place in the server's order.
    pub position: u32,
    /// The Patient resource, verbatim.
    pub raw_patient: String,
}

/// A person on the caseload, or with a copy here, and how the copy stands.
#[derive(Clone, Default, PartialEq)]
pub struct CaseloadPatient {
    /// Server's logical id.
    pub patient: String,
    /// Place in the server's order.
    pub position: u32,
    /// The Patient resource as listed, verbatim; empty for somebody who is held but no longer listed.
    pub raw_patient: String,
    /// A copy is here and can be opened.
    pub held: bool,
    /// The copy was found damaged and must be fetched again.
    pub damaged: bool,
    /// A full load was begun and not finished.
    pub loading: bool,
    /// Resources in the copy.
    pub resources: u32,
    /// Last successful contact for this patient.
    pub last_contact: Option<DateTime<Utc>>,
    /// What did not arrive, was withheld or could not be read at the last contact.
    pub arrival: Arrival,
    /// Where the next delta starts, in the server's time.
    pub synced_to: Option<String>,
    /// When this user last opened this patient.
    pub last_look: Option<DateTime<Utc>>,
    /// What the Today screen needs of the first screen, when held. Its overview lists appointments alone; the rest of
    /// the overview is in the patient's own file.
    pub first: Option<FirstScreen>,
    /// Why the copy may not be kept, in words.
    pub withheld_reason: Option<String>,
    /// Tells what the copy shows apart from all it ever showed; `None` when nothing is held.
    pub version_set: Option<VersionSet>,
    /// What changed since a look, counted when the copy last changed.
    pub changed: Option<Changed>,
}

impl CaseloadPatient {
    /// The name as shown (`SMITH, John (Mr)`), from the copy, else from the list; a stand-in when neither can be read.
    #[must_use]
    pub fn name(&self, now: DateTime<Utc>) -> String {
        match &self.first {
            Some(first) => first.banner.name.clone(),
            None => summary_of_patient(&self.raw_patient, now)
                .map_or_else(|_| "Name not readable".to_owned(), |summary| summary.name),
        }
    }

    /// What is new, changed or gone since this user last opened this patient, by kind, in words; empty when nothing is, or
    /// when they never have.
    #[must_use]
    pub fn changed_since_last_look(&self) -> Vec<String> {
        let Some(look) = self.last_look else {
            return Vec::new();
        };
        let look = look.timestamp_millis();
        match &self.changed {
            Some(changed) if changed.since == look => return change_words(&changed.counts),
            // Counted for an earlier look: what was counted has been seen since.
            _ => {}
        }
        let received = self.first.iter().flat_map(|first| &first.received);
        let lines: u32 = received
            .filter(|(at, _)| *at > look)
            .map(|(_, lines)| lines)
            .sum();
        match lines {
            0 => Vec::new(),
            1 => vec!["1 new or changed entry".to_owned()],
            many => vec![format!("{many} new or changed entries")],
        }
    }
}

fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::Index)
}

pub(crate) fn time(millis: Option<i64>) -> Option<DateTime<Utc>> {
    millis.and_then(DateTime::from_timestamp_millis)
}

pub(crate) fn replace(
    index: &mut Connection,
    entries: &[CaseloadEntry],
    now: DateTime<Utc>,
) -> Result<(), VaultError> {
    let step = index
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(reading)?;
    step.execute("DELETE FROM caseload", []).map_err(reading)?;
    for entry in entries {
        step.prepare_cached(
            "INSERT OR REPLACE INTO caseload (patient, position, raw_patient, listed_at) VALUES (?, ?, ?, ?)",
        )
        .and_then(|mut insert| {
            insert.execute(params![
                entry.patient,
                entry.position,
                entry.raw_patient,
                now.timestamp_millis()
            ])
        })
        .map_err(reading)?;
    }
    step.commit().map_err(reading)
}

/// When the caseload was last listed.
pub(crate) fn listed_at(index: &Connection) -> Result<Option<DateTime<Utc>>, VaultError> {
    let at = index
        .query_row("SELECT max(listed_at) FROM caseload", [], |row| row.get(0))
        .map_err(reading)?;
    Ok(time(at))
}

/// Everybody on the caseload, as listed.
pub(crate) fn listed(index: &Connection) -> Result<Vec<CaseloadEntry>, VaultError> {
    select_listed(index, "ORDER BY position", &[])
}

/// One person on the caseload, as listed.
pub(crate) fn listed_one(index: &Connection, patient: &str) -> Result<Option<CaseloadEntry>, VaultError> {
    Ok(select_listed(index, "WHERE patient = ?", &[&patient])?.pop())
}

fn select_listed(
    index: &Connection,
    rest: &str,
    values: &[&dyn rusqlite::ToSql],
) -> Result<Vec<CaseloadEntry>, VaultError> {
    let mut select = index
        .prepare_cached(&format!(
            "SELECT patient, position, raw_patient FROM caseload {rest}"
        ))
        .map_err(reading)?;
    let rows = select
        .query_map(values, |row| {
            Ok(CaseloadEntry {
                patient: row.get(0)?,
                position: row.get(1)?,
                raw_patient: row.get(2)?,
            })
        })
        .map_err(reading)?;
    rows.map(|row| row.map_err(reading)).collect()
}

/// Every patient with a copy, on the caseload or not.
pub(crate) fn held_patients(index: &Connection) -> Result<Vec<String>, VaultError> {
    let mut select = index
        .prepare_cached("SELECT DISTINCT patient FROM copy ORDER BY patient")
        .map_err(reading)?;
    let rows = select.query_map([], |row| row.get(0)).map_err(reading)?;
    rows.map(|row| row.map_err(reading)).collect()
}

/// State of a patient's copy from the index alone, with whether its `held` row is settled.
pub(crate) fn state(
    index: &Connection,
    patient: &str,
    listed: Option<CaseloadEntry>,
) -> Result<(CaseloadPatient, bool), VaultError> {
    let mut state = CaseloadPatient {
        patient: patient.to_owned(),
        ..CaseloadPatient::default()
    };
    if let Some(listed) = listed {
        state.position = listed.position;
        state.raw_patient = listed.raw_patient;
    }
    let known: Option<(Option<i64>, Option<i64>, Option<String>)> = index
        .prepare_cached("SELECT last_contact, last_look, withheld FROM patient WHERE patient = ?")
        .and_then(|mut select| {
            select
                .query_row([patient], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()
        })
        .map_err(reading)?;
    if let Some((contact, look, withheld)) = known {
        state.last_contact = time(contact);
        state.last_look = time(look);
        state.withheld_reason = withheld;
    }
    let mut select = index
        .prepare_cached("SELECT state FROM copy WHERE patient = ?")
        .map_err(reading)?;
    let copies = select
        .query_map([patient], |row| row.get::<_, String>(0))
        .map_err(reading)?;
    for copy in copies {
        match copy.map_err(reading)?.as_str() {
            "live" => state.held = true,
            "staging" => state.loading = true,
            _ => state.damaged = true,
        }
    }
    state.damaged &= !state.held;
    let mut settled = true;
    if state.held {
        type Row = (
            u32,
            String,
            Option<String>,
            String,
            bool,
            Option<Vec<u8>>,
            Option<String>,
        );
        let held: Option<Row> = index
            .prepare_cached(
                "SELECT resources, arrival, synced_to, first, settled, version_set, changed
                 FROM held WHERE patient = ?",
            )
            .and_then(|mut select| {
                select
                    .query_row([patient], |row| {
                        Ok((
                            row.get(0)?,
                            row.get(1)?,
                            row.get(2)?,
                            row.get(3)?,
                            row.get(4)?,
                            row.get(5)?,
                            row.get(6)?,
                        ))
                    })
                    .optional()
            })
            .map_err(reading)?;
        match held {
            Some((resources, arrival, synced_to, first, row_settled, version_set, changed)) => {
                state.resources = resources;
                state.synced_to = synced_to;
                let arrival = serde_json::from_str(&arrival).ok();
                // A row of an older program's shape is read again from the file, like an unsettled one.
                settled = row_settled && arrival.is_some();
                state.arrival = arrival.unwrap_or_default();
                state.first = serde_json::from_str(&first).ok();
                settled &= state.first.is_some();
                state.version_set = version_set.as_deref().and_then(VersionSet::from_bytes);
                state.changed = changed.and_then(|changed| serde_json::from_str(&changed).ok());
            }
            None => settled = false,
        }
    }
    Ok((state, settled))
}

/// Sets the last contact of a patient, and that nothing stands against keeping the copy.
pub(crate) fn note_contact(index: &Connection, patient: &str, at: DateTime<Utc>) -> Result<(), VaultError> {
    index
        .prepare_cached(
            "INSERT INTO patient (patient, last_contact) VALUES (?1, ?2)
             ON CONFLICT (patient) DO UPDATE SET last_contact = max(?2, coalesce(last_contact, ?2))",
        )
        .and_then(|mut insert| insert.execute(params![patient, at.timestamp_millis()]))
        .map_err(reading)?;
    index
        .prepare_cached("INSERT OR IGNORE INTO contact (patient, at) VALUES (?, ?)")
        .and_then(|mut insert| insert.execute(params![patient, at.timestamp_millis()]))
        .map_err(reading)?;
    Ok(())
}

/// Sets where the next delta of a copy starts.
pub(crate) fn move_on(index: &Connection, patient: &str, synced_to: &str) -> Result<(), VaultError> {
    index
        .prepare_cached("UPDATE held SET synced_to = ?2 WHERE patient = ?1")
        .and_then(|mut update| update.execute([patient, synced_to]))
        .map_err(reading)?;
    Ok(())
}

/// Sets why the copy may not be kept; `None` when nothing stands against it.
pub(crate) fn note_withheld(
    index: &Connection,
    patient: &str,
    reason: Option<&str>,
) -> Result<(), VaultError> {
    index
        .prepare_cached(
            "INSERT INTO patient (patient, withheld) VALUES (?1, ?2)
             ON CONFLICT (patient) DO UPDATE SET withheld = ?2",
        )
        .and_then(|mut insert| insert.execute(params![patient, reason]))
        .map_err(reading)?;
    Ok(())
}

/// Notes when this user opened this patient. Not flushed to disk by itself: the look is in the audit chain already, and
/// after a power cut a few lines are marked as new once more.
pub(crate) fn note_look(index: &Connection, patient: &str, at: DateTime<Utc>) -> Result<(), VaultError> {
    index
        .pragma_update(None, "synchronous", "NORMAL")
        .map_err(reading)?;
    let noted = index
        .prepare_cached(
            "INSERT INTO patient (patient, last_look) VALUES (?1, ?2)
             ON CONFLICT (patient) DO UPDATE SET last_look = ?2",
        )
        .and_then(|mut insert| insert.execute(params![patient, at.timestamp_millis()]));
    index
        .pragma_update(None, "synchronous", "FULL")
        .map_err(reading)?;
    noted.map_err(reading)?;
    Ok(())
}

/// When a patient was last contacted about and last opened.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LastTimes {
    pub(crate) contact: Option<DateTime<Utc>>,
    pub(crate) look: Option<DateTime<Utc>>,
}

/// The last contact and the last look of a patient.
pub(crate) fn last_times(index: &Connection, patient: &str) -> Result<LastTimes, VaultError> {
    let row: Option<(Option<i64>, Option<i64>)> = index
        .prepare_cached("SELECT last_contact, last_look FROM patient WHERE patient = ?")
        .and_then(|mut select| {
            select
                .query_row([patient], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(reading)?;
    let (contact, look) = row.unwrap_or_default();
    Ok(LastTimes {
        contact: time(contact),
        look: time(look),
    })
}

/// Repeats in the index what Today needs of a live copy.
pub(crate) fn set_held(index: &Connection, patient: &str, held: &Summary) -> Result<(), VaultError> {
    let json = |value: Result<String, serde_json::Error>| {
        value.map_err(|_| VaultError::Damaged {
            what: DamagedPart::Index,
        })
    };
    let arrival = json(serde_json::to_string(&held.arrival))?;
    let changed = match &held.changed {
        Some(changed) => Some(json(serde_json::to_string(changed))?),
        None => None,
    };
    index
        .prepare_cached(
            "INSERT OR REPLACE INTO held
             (patient, resources, arrival, synced_to, first, settled, version_set, changed)
             VALUES (?, ?, ?, ?, ?, 1, ?, ?)",
        )
        .and_then(|mut insert| {
            insert.execute(params![
                patient,
                held.resources,
                arrival,
                held.synced_to,
                held.first,
                held.version_set.as_bytes(),
                changed
            ])
        })
        .map_err(reading)?;
    Ok(())
}

pub(crate) fn unsettle(index: &Connection, patient: &str) -> Result<(), VaultError> {
    index
        .prepare_cached("UPDATE held SET settled = 0 WHERE patient = ?")
        .and_then(|mut update| update.execute([patient]))
        .map_err(reading)?;
    Ok(())
}
