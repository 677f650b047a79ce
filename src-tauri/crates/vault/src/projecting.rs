//! From the versions in a patient's file to the rows its screens are read from.

use chrono::{DateTime, Utc};
use curlew_record::view::{Gaps, Medicines, Results, Sections};
use curlew_record::{Arrival, Failure, FirstScreen, Held, Projection, Unifier};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{DamagedPart, VaultError};
use crate::fresh::Fresh;
use crate::staging::{read_block, reading};
use crate::steps::{self, Changed, VersionSet};
use crate::texts::{Place, Press, text_at};
use crate::writing::Writing;

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::PatientFile,
    }
}

/// The rows of the `screen` table.
pub(crate) mod screen {
    pub(crate) const FIRST: &str = "first";
    pub(crate) const MEDICINES: &str = "medicines";
    pub(crate) const RESULTS: &str = "results";
    pub(crate) const SUMMARY: &str = "summary";
    pub(crate) const DOCUMENTS: &str = "documents";
    pub(crate) const PLANS: &str = "plans";
    pub(crate) const PEOPLE: &str = "people";
    pub(crate) const GAPS: &str = "gaps";
    /// What the timeline can be narrowed by: see [`crate::columns`].
    pub(crate) const TIMELINE: &str = "timeline";
    /// The id of each line of the timeline, in the order of positions.
    pub(crate) const TIMELINE_LINES: &str = "timeline-lines";
    /// What did not arrive, and where the next delta starts.
    pub(crate) const ARRIVAL: &str = "arrival";
    /// Which version of the program made the rows.
    pub(crate) const MADE_BY: &str = "made-by";

    /// All of them; the places of their long bodies among the timeline's blocks follow from the order here.
    const ALL: [&str; 12] = [
        FIRST,
        MEDICINES,
        RESULTS,
        SUMMARY,
        DOCUMENTS,
        PLANS,
        PEOPLE,
        GAPS,
        TIMELINE,
        TIMELINE_LINES,
        ARRIVAL,
        MADE_BY,
    ];

    /// Where a long body lies among the timeline's blocks: before the first position.
    pub(crate) fn place(name: &str) -> Option<i64> {
        let at = ALL.iter().position(|known| *known == name)?;
        Some(-1 - i64::try_from(at).ok()?)
    }
}

/// A packed body longer than this lies among the timeline's blocks, and its row is empty. The engine keeps the rows of
/// `screen` in the order of their names and reads a whole row to compare a name with it, however long: with the bodies in
/// them, looking for the first screen of a record of 50,000 resources read 700 KiB of the others.
const SHORT: usize = 512;

/// Rows are views: another version of the program may shape and word them otherwise. The number after the version is
/// raised when rows change between two versions.
const THIS_PROGRAM: &str = concat!(env!("CARGO_PKG_VERSION"), " rows 5");

/// What rows are made for.
pub(crate) struct Shown {
    /// The moment from which they are shown, in milliseconds since 1970.
    pub(crate) at: i64,
    /// What has not arrived.
    pub(crate) arrival: Arrival,
    /// Where the next delta starts.
    pub(crate) synced_to: Option<String>,
    /// When the user last opened the patient.
    pub(crate) last_look: Option<DateTime<Utc>>,
}

/// What the index repeats of a copy.
pub(crate) struct Summary {
    pub(crate) resources: u32,
    pub(crate) arrival: Arrival,
    pub(crate) synced_to: Option<String>,
    /// The part of [`FirstScreen`] that the Today screen needs, as JSON.
    pub(crate) first: String,
    /// What the copy shows, told apart from all it ever showed.
    pub(crate) version_set: VersionSet,
    /// What changed since the user last looked; `None` when they never have.
    pub(crate) changed: Option<Changed>,
}

/// The first screen without its longer lists: the caseload must not grow slower with the records of those on it.
fn for_today(mut first: FirstScreen) -> Result<String, VaultError> {
    first.overview.recent.clear();
    first.overview.medicines.clear();
    first.overview.problems.clear();
    first.overview.allergies.clear();
    first.overview.abnormal.clear();
    first.overview.plans.clear();
    json(&first)
}

/// Projects every current version and replaces the rows of every screen. Runs inside the caller's transaction.
pub(crate) fn reproject(
    file: &Connection,
    patient: &str,
    shown: Shown,
    press: &mut Press,
) -> Result<Summary, VaultError> {
    let version_set = steps::version_set(file, shown.at, &shown.arrival)?;
    // One text at a time, and one row at a time: what this takes is what the record's facts take, however long it is.
    let mut unifier = Unifier::new(patient);
    let mut ids = Vec::new();
    let resources = each_current(file, press, |id, raw, version_received| {
        unifier.add(Held {
            raw,
            version_received,
        });
        ids.push(id);
        Ok(())
    })?;
    clear(file)?;
    let mut texts = Press::new()?;
    let again = |place: usize| text_of(file, *ids.get(place)?, &mut texts).ok();
    write_rows(file, unifier, again, shown, version_set, resources, press)
}

/// Projects the versions that have just been written into a new file, from their texts as they came.
pub(crate) fn project_fresh(
    file: &Connection,
    patient: &str,
    shown: Shown,
    received_at: DateTime<Utc>,
    fresh: &Fresh<'_>,
    press: &mut Press,
) -> Result<Summary, VaultError> {
    let version_set = steps::version_set_of(fresh, &shown.arrival)?;
    // As it is read back from the file.
    let version_received =
        DateTime::<Utc>::from_timestamp_millis(received_at.timestamp_millis()).ok_or_else(damaged)?;
    let mut unifier = Unifier::new(patient);
    for raw in fresh.texts() {
        unifier.add(Held {
            raw,
            version_received,
        });
    }
    let again = |place: usize| fresh.text(place).map(str::to_owned);
    let resources = u32::try_from(fresh.texts().len()).unwrap_or(u32::MAX);
    write_rows(file, unifier, again, shown, version_set, resources, press)
}

/// Notes the step, and writes the rows of every screen into tables that are empty. `again` gives the text that was added to
/// the unifier at a place.
fn write_rows(
    file: &Connection,
    unifier: Unifier,
    again: impl FnMut(usize) -> Option<String>,
    shown: Shown,
    version_set: VersionSet,
    resources: u32,
    press: &mut Press,
) -> Result<Summary, VaultError> {
    let Shown {
        at,
        arrival,
        synced_to,
        last_look,
    } = shown;
    steps::note(file, at, &arrival, version_set, press)?;
    let changed = changed_since(file, last_look, at)?;
    let mut writing = Writing::new(file, press)?;
    let projection = unifier.finish_by_pieces(&arrival, again, &mut writing);
    writing.finish(&projection)?;
    set_screen(file, screen::FIRST, &json(&projection.first)?, press)?;
    write_screens(file, &projection, press)?;
    let stored = (arrival, synced_to);
    set_screen(file, screen::ARRIVAL, &json(&stored)?, press)?;
    set_screen(file, screen::MADE_BY, &json(&THIS_PROGRAM)?, press)?;
    let (arrival, synced_to) = stored;
    Ok(Summary {
        resources,
        arrival,
        synced_to,
        first: for_today(projection.first)?,
        version_set,
        changed,
    })
}

fn changed_since(
    file: &Connection,
    last_look: Option<DateTime<Utc>>,
    at: i64,
) -> Result<Option<Changed>, VaultError> {
    let Some(look) = last_look else { return Ok(None) };
    let since = look.timestamp_millis();
    Ok(Some(Changed {
        since,
        counts: steps::changes(file, Some(since), at)?,
    }))
}

/// Makes a copy's rows anew, in one step, for when another version of the program made them.
///
/// They are made from the versions held, so that an update costs nobody what is on the device, network or not. What did
/// not arrive is in no version: when the row that tells it cannot be read either, that much is said instead.
pub(crate) fn make_current(
    file: &mut Connection,
    patient: &str,
    last_look: Option<DateTime<Utc>>,
) -> Result<Summary, VaultError> {
    let step = file
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(reading)?;
    let (arrival, synced_to) = read_screen(&step, screen::ARRIVAL).unwrap_or_else(|_| {
        let unknown = Failure {
            what: "what was missing at the last load is not known since Curlew was updated".to_owned(),
            touches_safety: true,
        };
        (
            Arrival {
                failures: vec![unknown],
                ..Arrival::default()
            },
            None,
        )
    });
    let shown = Shown {
        at: steps::last_moment(&step)?,
        arrival,
        synced_to,
        last_look,
    };
    let summary = reproject(&step, patient, shown, &mut Press::new()?)?;
    step.commit().map_err(reading)?;
    Ok(summary)
}

/// Whether this version of the program made a copy's rows.
pub(crate) fn made_by_this_program(file: &Connection) -> Result<bool, VaultError> {
    let named = file
        .prepare_cached("SELECT 1 FROM screen WHERE name = ?")
        .and_then(|mut select| select.exists([screen::MADE_BY]))
        .map_err(reading)?;
    Ok(named && read_screen_text(file, screen::MADE_BY)? == json(&THIS_PROGRAM)?)
}

/// Shows every current version's text, in the order they were received, with its row and when that was. One block is unpacked at a
/// time: what it takes does not grow with the record. Gives how many there were.
pub(crate) fn each_current(
    file: &Connection,
    press: &mut Press,
    mut see: impl FnMut(i64, &str, DateTime<Utc>) -> Result<(), VaultError>,
) -> Result<u32, VaultError> {
    let mut select = file
        .prepare_cached(
            "SELECT block, start, length, received_at, id FROM version
             WHERE state = 'current' AND block IS NOT NULL ORDER BY id",
        )
        .map_err(reading)?;
    let mut rows = select.query([]).map_err(reading)?;
    let mut open: Option<(i64, String)> = None;
    let mut seen = 0;
    while let Some(row) = rows.next().map_err(reading)? {
        let block: i64 = row.get(0).map_err(reading)?;
        let place = Place {
            start: row.get(1).map_err(reading)?,
            length: row.get(2).map_err(reading)?,
        };
        let received = row.get(3).map_err(reading)?;
        if open.as_ref().is_none_or(|(id, _)| *id != block) {
            // The one before is let go first.
            drop(open.take());
            open = Some((block, read_block(file, block, press)?));
        }
        let Some((_, texts)) = &open else { continue };
        let received = DateTime::<Utc>::from_timestamp_millis(received).ok_or_else(damaged)?;
        see(row.get(4).map_err(reading)?, text_at(texts, place)?, received)?;
        seen += 1;
    }
    Ok(seen)
}

/// The text of one version.
fn text_of(file: &Connection, id: i64, press: &mut Press) -> Result<String, VaultError> {
    let (block, place): (i64, Place) = file
        .prepare_cached("SELECT block, start, length FROM version WHERE id = ?")
        .and_then(|mut select| {
            select.query_row([id], |row| {
                let place = Place {
                    start: row.get(1)?,
                    length: row.get(2)?,
                };
                Ok((row.get(0)?, place))
            })
        })
        .map_err(reading)?;
    Ok(text_at(&read_block(file, block, press)?, place)?.to_owned())
}

fn clear(file: &Connection) -> Result<(), VaultError> {
    file.execute_batch(
        "DELETE FROM screen;
         DELETE FROM timeline_block;
         DELETE FROM word_block;
         DELETE FROM other_line;",
    )
    .map_err(reading)
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, VaultError> {
    serde_json::to_string(value).map_err(|_| damaged())
}

/// A value of an enum as it is written on the wire (`gp`, `medicine`).
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, VaultError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        _ => Err(damaged()),
    }
}

fn write_screens(file: &Connection, projection: &Projection, press: &mut Press) -> Result<(), VaultError> {
    for (name, body) in [
        (screen::MEDICINES, json(&projection.medicines)?),
        (screen::GAPS, json(&projection.gaps)?),
    ] {
        set_screen(file, name, &body, press)?;
    }
    Ok(())
}

pub(crate) fn set_screen(
    file: &Connection,
    name: &str,
    body: &str,
    press: &mut Press,
) -> Result<(), VaultError> {
    set_bytes(file, name, body.as_bytes(), press)
}

pub(crate) fn set_bytes(
    file: &Connection,
    name: &str,
    body: &[u8],
    press: &mut Press,
) -> Result<(), VaultError> {
    set_packed(file, name, body.len(), &press.pack(body)?)
}

/// One row of the `screen` table, packed already.
pub(crate) fn set_packed(
    file: &Connection,
    name: &str,
    length: usize,
    packed: &[u8],
) -> Result<(), VaultError> {
    let (packed, long) = match packed.len() {
        ..=SHORT => (packed, None),
        _ => ([].as_slice(), Some(packed)),
    };
    if let Some(long) = long {
        let place = screen::place(name).ok_or_else(damaged)?;
        file.prepare_cached("INSERT INTO timeline_block (id, length, body) VALUES (?, ?, ?)")
            .and_then(|mut insert| insert.execute(params![place, length, long]))
            .map_err(reading)?;
    }
    file.prepare_cached("INSERT INTO screen (name, length, body) VALUES (?, ?, ?)")
        .and_then(|mut insert| insert.execute(params![name, length, packed]))
        .map_err(reading)?;
    Ok(())
}

/// One screen, as it was projected.
pub(crate) fn read_screen<T: DeserializeOwned>(file: &Connection, name: &str) -> Result<T, VaultError> {
    serde_json::from_str(&read_screen_text(file, name)?).map_err(|_| damaged())
}

pub(crate) fn read_screen_text(file: &Connection, name: &str) -> Result<String, VaultError> {
    String::from_utf8(read_bytes(file, name)?).map_err(|_| damaged())
}

/// One row of the `screen` table, whatever it holds.
pub(crate) fn read_bytes(file: &Connection, name: &str) -> Result<Vec<u8>, VaultError> {
    let row: Option<(usize, Vec<u8>)> = file
        .prepare_cached("SELECT length, body FROM screen WHERE name = ?")
        .and_then(|mut select| {
            select
                .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(reading)?;
    let (length, mut body) = row.ok_or_else(damaged)?;
    if body.is_empty() {
        let long: Option<Vec<u8>> = file
            .prepare_cached("SELECT body FROM timeline_block WHERE id = ?")
            .and_then(|mut select| {
                select
                    .query_row([screen::place(name)], |row| row.get(0))
                    .optional()
            })
            .map_err(reading)?;
        body = long.ok_or_else(damaged)?;
    }
    Press::new()?.unpack_bytes(&body, length)
}

/// The first screen.
pub(crate) fn read_first(file: &Connection) -> Result<FirstScreen, VaultError> {
    read_screen(file, screen::FIRST)
}

/// What the index repeats, read from the file itself.
pub(crate) fn read_summary(
    file: &Connection,
    last_look: Option<DateTime<Utc>>,
) -> Result<Summary, VaultError> {
    let resources = file
        .query_row(
            "SELECT count(*) FROM version WHERE state = 'current' AND block IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .map_err(reading)?;
    let (arrival, synced_to): (Arrival, Option<String>) = read_screen(file, screen::ARRIVAL)?;
    let at = steps::last_moment(file)?;
    Ok(Summary {
        resources,
        version_set: steps::version_set(file, at, &arrival)?,
        changed: changed_since(file, last_look, at)?,
        arrival,
        synced_to,
        first: for_today(read_first(file)?)?,
    })
}

/// The Medicines screen.
pub(crate) fn read_medicines(file: &Connection) -> Result<Medicines, VaultError> {
    read_screen(file, screen::MEDICINES)
}

/// The Results screen.
pub(crate) fn read_results(file: &Connection) -> Result<Results, VaultError> {
    read_screen(file, screen::RESULTS)
}

/// A screen that is a list of sections.
pub(crate) fn read_sections(file: &Connection, name: &str) -> Result<Sections, VaultError> {
    read_screen(file, name)
}

/// The Gaps screen.
pub(crate) fn read_gaps(file: &Connection) -> Result<Gaps, VaultError> {
    read_screen(file, screen::GAPS)
}
