//! From the versions in a patient's file to the rows its screens are read from.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{DateTime, Datelike, Utc};
use curlew_record::view::{Gaps, Line, Medicines, Results, Section, Sections};
use curlew_record::{Arrival, Failure, FirstScreen, Held, Projection, TimelineRow, project};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{DamagedPart, VaultError};
use crate::lines::{line_of_group, lines_of_results};
use crate::staging::{read_block, reading};
use crate::texts::{BlockBuilder, Place, Press, text_at};

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
    /// What did not arrive, and where the next delta starts.
    pub(crate) const ARRIVAL: &str = "arrival";
    /// Which version of the program made the rows.
    pub(crate) const MADE_BY: &str = "made-by";
}

/// Rows are views: another version of the program may shape and word them otherwise.
const THIS_PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// What the index repeats of a copy.
pub(crate) struct Summary {
    pub(crate) resources: u32,
    pub(crate) arrival: Arrival,
    pub(crate) synced_to: Option<String>,
    /// The part of [`FirstScreen`] that the Today screen needs, as JSON.
    pub(crate) first: String,
}

/// The first screen without its longer lists: the caseload must not grow slower with the records of those on it.
fn for_today(mut first: FirstScreen) -> Result<String, VaultError> {
    first.overview.recent.clear();
    first.overview.medicines.clear();
    first.overview.problems.clear();
    first.overview.allergies.clear();
    json(&first)
}

/// Projects every current version and replaces the rows of every screen. Runs inside the caller's transaction.
pub(crate) fn reproject(
    file: &Connection,
    patient: &str,
    arrival: Arrival,
    synced_to: Option<String>,
    press: &mut Press,
) -> Result<Summary, VaultError> {
    let (blocks, places) = read_current(file, press)?;
    let mut held = Vec::with_capacity(places.len());
    for current in &places {
        let block = blocks.get(&current.block).ok_or_else(damaged)?;
        let version_received =
            DateTime::<Utc>::from_timestamp_millis(current.received_at).ok_or_else(damaged)?;
        held.push(Held {
            raw: text_at(block, current.place)?,
            version_received,
        });
    }
    let resources = u32::try_from(held.len()).unwrap_or(u32::MAX);
    let projection = project(patient, held, &arrival);
    drop(blocks);
    clear(file)?;
    set_screen(file, screen::FIRST, &json(&projection.first)?, press)?;
    write_screens(file, &projection, press)?;
    let stored = (arrival, synced_to);
    set_screen(file, screen::ARRIVAL, &json(&stored)?, press)?;
    set_screen(file, screen::MADE_BY, &json(&THIS_PROGRAM)?, press)?;
    let (arrival, synced_to) = stored;
    write_timeline(file, &projection.timeline, press)?;
    write_other_lines(file, &projection, press)?;
    Ok(Summary {
        resources,
        arrival,
        synced_to,
        first: for_today(projection.first)?,
    })
}

/// Makes a copy's rows anew, in one step, for when another version of the program made them.
///
/// They are made from the versions held, so that an update costs nobody what is on the device, network or not. What did
/// not arrive is in no version: when the row that tells it cannot be read either, that much is said instead.
pub(crate) fn make_current(file: &mut Connection, patient: &str) -> Result<Summary, VaultError> {
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
    let summary = reproject(&step, patient, arrival, synced_to, &mut Press::new()?)?;
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

struct Current {
    block: i64,
    place: Place,
    received_at: i64,
}

/// Every current version, and the blocks they lie in, each unpacked once.
fn read_current(
    file: &Connection,
    press: &mut Press,
) -> Result<(HashMap<i64, String>, Vec<Current>), VaultError> {
    let mut select = file
        .prepare(
            "SELECT block, start, length, received_at FROM version
             WHERE state = 'current' AND block IS NOT NULL ORDER BY id",
        )
        .map_err(reading)?;
    let rows = select
        .query_map([], |row| {
            let place = Place {
                start: row.get(1)?,
                length: row.get(2)?,
            };
            Ok(Current {
                block: row.get(0)?,
                place,
                received_at: row.get(3)?,
            })
        })
        .map_err(reading)?;
    let places: Vec<Current> = rows.collect::<Result<_, _>>().map_err(reading)?;
    let mut blocks = HashMap::new();
    for current in &places {
        if let Entry::Vacant(unread) = blocks.entry(current.block) {
            unread.insert(read_block(file, current.block, press)?);
        }
    }
    Ok((blocks, places))
}

fn clear(file: &Connection) -> Result<(), VaultError> {
    file.execute_batch(
        "DELETE FROM screen;
         DELETE FROM timeline;
         DELETE FROM timeline_block;
         DELETE FROM other_line;
         INSERT INTO timeline_words (timeline_words) VALUES ('delete-all');",
    )
    .map_err(reading)
}

fn json<T: Serialize>(value: &T) -> Result<String, VaultError> {
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
        (screen::RESULTS, json(&projection.results)?),
        (screen::SUMMARY, json(&projection.summary)?),
        (screen::DOCUMENTS, json(&projection.documents)?),
        (screen::PLANS, json(&projection.plans)?),
        (screen::PEOPLE, json(&projection.people)?),
        (screen::GAPS, json(&projection.gaps)?),
    ] {
        set_screen(file, name, &body, press)?;
    }
    Ok(())
}

fn set_screen(file: &Connection, name: &str, body: &str, press: &mut Press) -> Result<(), VaultError> {
    file.prepare_cached("INSERT INTO screen (name, length, body) VALUES (?, ?, ?)")
        .and_then(|mut insert| {
            let packed = press
                .pack(body.as_bytes())
                .map_err(|_| rusqlite::Error::InvalidQuery)?;
            insert.execute(params![name, body.len(), packed])
        })
        .map_err(reading)?;
    Ok(())
}

fn write_timeline(file: &Connection, rows: &[TimelineRow], press: &mut Press) -> Result<(), VaultError> {
    let mut words = file
        .prepare("INSERT INTO timeline_words (rowid, words) VALUES (?, ?)")
        .map_err(reading)?;
    let mut line = file
        .prepare(
            "INSERT INTO timeline (position, line, kind, setting, year, received_at, block, start, length)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .map_err(reading)?;
    let mut block = BlockBuilder::default();
    let mut waiting: Vec<(usize, &TimelineRow, Place)> = Vec::new();
    for (position, row) in rows.iter().enumerate() {
        words
            .execute(params![position, row.search_text])
            .map_err(reading)?;
        let place = block.push(&json(&row.line)?);
        waiting.push((position, row, place));
        if !block.is_full() && position + 1 < rows.len() {
            continue;
        }
        let (length, body) = block.finish(press)?;
        file.prepare_cached("INSERT INTO timeline_block (length, body) VALUES (?, ?)")
            .and_then(|mut insert| insert.execute(params![length, body]))
            .map_err(reading)?;
        let id = file.last_insert_rowid();
        for (position, row, place) in waiting.drain(..) {
            line.execute(params![
                position,
                row.line.id,
                word(&row.line.kind)?,
                word(&row.line.setting.setting)?,
                year(row.sort_key),
                row.line.received_at as i64,
                id,
                place.start,
                place.length
            ])
            .map_err(reading)?;
        }
    }
    Ok(())
}

/// The year of a sort key; `None` when no date is recorded.
fn year(sort_key: i64) -> Option<i32> {
    if sort_key == i64::MIN {
        None
    } else {
        DateTime::<Utc>::from_timestamp_millis(sort_key).map(|at| at.year())
    }
}

/// Lines of the other screens that are not in the timeline: they too open to their sources.
fn write_other_lines(
    file: &Connection,
    projection: &Projection,
    press: &mut Press,
) -> Result<(), VaultError> {
    let mut in_timeline: std::collections::HashSet<&str> = projection
        .timeline
        .iter()
        .map(|row| row.line.id.as_str())
        .collect();
    let sections = [
        &projection.summary,
        &projection.documents,
        &projection.plans,
        &projection.people,
    ];
    let groups: Vec<Line> = projection
        .medicines
        .current
        .iter()
        .chain(&projection.medicines.past)
        .map(line_of_group)
        .collect();
    let points = lines_of_results(&projection.results);
    let others = sections
        .into_iter()
        .flat_map(|sections| {
            sections
                .sections
                .iter()
                .flat_map(|section: &Section| &section.lines)
        })
        .chain(&projection.results.other)
        .chain(&groups)
        .chain(&points);
    let mut insert = file
        .prepare("INSERT OR IGNORE INTO other_line (line, length, body) VALUES (?, ?, ?)")
        .map_err(reading)?;
    for line in others {
        if in_timeline.insert(&line.id) {
            let body = json(line)?;
            insert
                .execute(params![line.id, body.len(), press.pack(body.as_bytes())?])
                .map_err(reading)?;
        }
    }
    Ok(())
}

/// One screen, as it was projected.
pub(crate) fn read_screen<T: DeserializeOwned>(file: &Connection, name: &str) -> Result<T, VaultError> {
    serde_json::from_str(&read_screen_text(file, name)?).map_err(|_| damaged())
}

fn read_screen_text(file: &Connection, name: &str) -> Result<String, VaultError> {
    let row: Option<(usize, Vec<u8>)> = file
        .prepare_cached("SELECT length, body FROM screen WHERE name = ?")
        .and_then(|mut select| {
            select
                .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(reading)?;
    let (length, body) = row.ok_or_else(damaged)?;
    Press::new()?.unpack(&body, length)
}

/// The first screen.
pub(crate) fn read_first(file: &Connection) -> Result<FirstScreen, VaultError> {
    read_screen(file, screen::FIRST)
}

/// What the index repeats, read from the file itself.
pub(crate) fn read_summary(file: &Connection) -> Result<Summary, VaultError> {
    let resources = file
        .query_row(
            "SELECT count(*) FROM version WHERE state = 'current' AND block IS NOT NULL",
            [],
            |row| row.get(0),
        )
        .map_err(reading)?;
    let (arrival, synced_to): (Arrival, Option<String>) = read_screen(file, screen::ARRIVAL)?;
    Ok(Summary {
        resources,
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
