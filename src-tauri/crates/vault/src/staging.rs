//! What has been received, on its way into a patient's file: stored at once, visible only at the end.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use curlew_fhir::Header;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use sha2::{Digest as _, Sha256};

use crate::database::judge;
use crate::error::{DamagedPart, VaultError};
use crate::texts::{BlockBuilder, Place, Press, text_at};
use crate::update::{Basis, Change};

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::PatientFile,
    }
}

pub(crate) fn reading(error: rusqlite::Error) -> VaultError {
    judge(error, DamagedPart::PatientFile)
}

/// Selects the versions of the resource named `?1`, through the index on the ends of names.
pub(crate) const NAMED: &str = "substr(resource, -8) = substr(?1, -8) AND resource = ?1";

/// Recognises a text that is already held.
pub(crate) type TextDigest = [u8; 16];

pub(crate) fn digest(raw: &str) -> TextDigest {
    let mut out = [0; 16];
    out.copy_from_slice(&Sha256::digest(raw.as_bytes())[..16]);
    out
}

/// `Type/id`; a resource that has no id is told from others like it by its text.
pub(crate) fn resource_name(resource_type: &str, id: &str, text: Option<&TextDigest>) -> String {
    match text {
        Some(digest) if id.is_empty() => format!("{resource_type}/#{}", *crate::keys::hex(digest)),
        _ => format!("{resource_type}/{id}"),
    }
}

impl Basis {
    fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
        }
    }
}

/// A version not yet written because its block is still open.
struct Waiting {
    shown: Shown,
    resource: String,
    version_id: Option<String>,
    digest: TextDigest,
    recorded_at: Option<i64>,
    place: Place,
}

/// When a version was received, and from when until when it was shown; in milliseconds since 1970.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) received_at: i64,
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// Stores versions, block by block.
pub(crate) struct Shelver<'a> {
    file: &'a Connection,
    press: &'a mut Press,
    block: BlockBuilder,
    waiting: Vec<Waiting>,
    received_at: i64,
    state: &'static str,
}

impl<'a> Shelver<'a> {
    pub(crate) fn new(
        file: &'a Connection,
        press: &'a mut Press,
        received_at: i64,
        state: &'static str,
    ) -> Self {
        Self {
            file,
            press,
            block: BlockBuilder::default(),
            waiting: Vec::new(),
            received_at,
            state,
        }
    }

    pub(crate) fn put(
        &mut self,
        shown: Shown,
        resource: String,
        version_id: Option<String>,
        digest: TextDigest,
        recorded_at: Option<i64>,
        raw: &str,
    ) -> Result<(), VaultError> {
        let place = self.block.push(raw);
        self.waiting.push(Waiting {
            shown,
            resource,
            version_id,
            digest,
            recorded_at,
            place,
        });
        if self.block.is_full() {
            self.close_block()
        } else {
            Ok(())
        }
    }

    /// Deletions are versions without a text. Their order among the others matters, so open blocks are closed first.
    /// A server's list of deletions names other people's resources too, and names them again at the next contact: only
    /// what is held here, and not known to be deleted, is marked.
    fn put_deletion(&mut self, resource: &str) -> Result<(), VaultError> {
        self.close_block()?;
        self.file
            .prepare_cached(&format!(
                "INSERT INTO version (resource, received_at, start, length, state)
                 SELECT ?1, ?2, 0, 0, ?3 WHERE (SELECT block IS NOT NULL FROM version WHERE id =
                     (SELECT max(id) FROM version WHERE {NAMED} AND state <> 'past'))"
            ))
            .and_then(|mut insert| insert.execute(params![resource, self.received_at, self.state]))
            .map_err(reading)?;
        Ok(())
    }

    pub(crate) fn close_block(&mut self) -> Result<(), VaultError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let (length, body) = self.block.finish(self.press)?;
        self.file
            .prepare_cached("INSERT INTO block (length, body) VALUES (?, ?)")
            .and_then(|mut insert| insert.execute(params![length, body]))
            .map_err(reading)?;
        let block = self.file.last_insert_rowid();
        let mut insert = self
            .file
            .prepare_cached(
                "INSERT INTO version
                 (resource, version_id, digest, received_at, recorded_at, block, start, length, state,
                  shown_from, shown_until)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            )
            .map_err(reading)?;
        for version in self.waiting.drain(..) {
            insert
                .execute(params![
                    version.resource,
                    version.version_id,
                    version.digest,
                    version.shown.received_at,
                    version.recorded_at,
                    block,
                    version.place.start,
                    version.place.length,
                    self.state,
                    version.shown.from,
                    version.shown.until
                ])
                .map_err(reading)?;
        }
        Ok(())
    }
}

/// Stages changes. Runs inside the caller's transaction.
pub(crate) fn stage(
    file: &Connection,
    changes: &[Change],
    received_at: DateTime<Utc>,
    press: &mut Press,
) -> Result<(), VaultError> {
    let mut shelver = Shelver::new(file, press, received_at.timestamp_millis(), "staged");
    for change in changes {
        match change {
            Change::Put { header, raw } => stage_put(&mut shelver, header, raw)?,
            Change::Delete { resource_type, id } => {
                shelver.put_deletion(&resource_name(resource_type, id, None))?;
            }
            Change::Purge {
                resource_type,
                id,
                reason,
            } => {
                file.prepare_cached(
                    "INSERT OR REPLACE INTO staged_withheld (resource, reason) VALUES (?, ?)",
                )
                .and_then(|mut insert| {
                    insert.execute(params![resource_name(resource_type, id, None), reason])
                })
                .map_err(reading)?;
            }
        }
    }
    shelver.close_block()
}

fn stage_put(shelver: &mut Shelver<'_>, header: &Header, raw: &str) -> Result<(), VaultError> {
    let digest = digest(raw);
    let resource = resource_name(&header.resource_type, &header.id, Some(&digest));
    if is_held(shelver, &resource, &digest)? {
        return Ok(());
    }
    let recorded = header.last_updated.map(|at| at.timestamp_millis());
    // Nothing that is staged is shown yet.
    let shown = Shown {
        received_at: shelver.received_at,
        from: None,
        until: None,
    };
    shelver.put(shown, resource, header.version_id.clone(), digest, recorded, raw)
}

/// Whether this very text is what is, or is about to be, the resource's current version. Deltas overlap on purpose,
/// and a version received twice must not look new.
fn is_held(shelver: &Shelver<'_>, resource: &str, digest: &TextDigest) -> Result<bool, VaultError> {
    if let Some(waiting) = shelver
        .waiting
        .iter()
        .rev()
        .find(|waiting| waiting.resource == resource)
    {
        return Ok(waiting.digest == *digest);
    }
    // The order is found here: the engine would make a table in memory for each question to sort one or two rows.
    let mut select = shelver
        .file
        .prepare_cached(&format!(
            "SELECT state = 'staged', id, digest FROM version WHERE {NAMED} AND state <> 'past'"
        ))
        .map_err(reading)?;
    let mut rows = select.query([resource]).map_err(reading)?;
    let mut newest: Option<(bool, i64, bool)> = None;
    while let Some(row) = rows.next().map_err(reading)? {
        let same = row
            .get_ref(2)
            .and_then(|known| known.as_bytes_or_null().map_err(Into::into))
            .map_err(reading)?
            .is_some_and(|known| known == digest);
        let one = (row.get(0).map_err(reading)?, row.get(1).map_err(reading)?, same);
        newest = newest.max(Some(one));
    }
    Ok(newest.is_some_and(|(_, _, same)| same))
}

/// Whether any version, or any withholding, waits to be shown.
pub(crate) fn is_anything_staged(file: &Connection) -> Result<bool, VaultError> {
    file.query_row(
        "SELECT EXISTS (SELECT 1 FROM version WHERE state = 'staged') OR EXISTS (SELECT 1 FROM staged_withheld)",
        [],
        |row| row.get(0),
    )
    .map_err(reading)
}

/// What is staged: its basis and where to go on. `None` when nothing is.
pub(crate) fn cursor(file: &Connection) -> Result<Option<(Basis, Option<String>)>, VaultError> {
    let row: Option<(String, Option<String>)> = file
        .query_row("SELECT basis, next FROM staging", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()
        .map_err(reading)?;
    Ok(row.map(|(basis, next)| {
        (
            if basis == "full" {
                Basis::Full
            } else {
                Basis::Delta
            },
            next,
        )
    }))
}

/// Writes down where to go on, in the same transaction as what was staged up to there.
pub(crate) fn set_cursor(file: &Connection, basis: Basis, next: &str) -> Result<(), VaultError> {
    file.execute(
        "INSERT OR REPLACE INTO staging (only, basis, next) VALUES (1, ?, ?)",
        [basis.name(), next],
    )
    .map_err(reading)?;
    Ok(())
}

/// How many versions are staged.
pub(crate) fn staged_count(file: &Connection) -> Result<u32, VaultError> {
    file.query_row("SELECT count(*) FROM version WHERE state = 'staged'", [], |row| {
        row.get(0)
    })
    .map_err(reading)
}

/// Drops whatever is staged.
pub(crate) fn discard(file: &Connection) -> Result<(), VaultError> {
    file.execute_batch(
        "DELETE FROM version WHERE state = 'staged';
         DELETE FROM block WHERE id NOT IN (SELECT block FROM version WHERE block IS NOT NULL);
         DELETE FROM staged_withheld;
         DELETE FROM staging;",
    )
    .map_err(reading)
}

/// Makes what is staged current, shown from `at` on. Gives what consent kept back: `Type/id` to reason. Runs inside the
/// caller's transaction.
pub(crate) fn settle(
    file: &Connection,
    at: i64,
    press: &mut Press,
) -> Result<BTreeMap<String, String>, VaultError> {
    let withheld: BTreeMap<String, String> = {
        let mut select = file
            .prepare("SELECT resource, reason FROM staged_withheld")
            .map_err(reading)?;
        let rows = select
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(reading)?;
        rows.collect::<Result<_, _>>().map_err(reading)?
    };
    for (resource, reason) in &withheld {
        note_destroyed(file, file, resource, at, reason)?;
        destroy(file, resource, press)?;
    }
    for (sql, values) in [
        (
            "UPDATE version SET state = 'past', shown_until = ? WHERE state = 'current'
                 AND substr(resource, -8) IN (SELECT substr(resource, -8) FROM version WHERE state = 'staged')
                 AND resource IN (SELECT resource FROM version WHERE state = 'staged')",
            vec![at],
        ),
        // Replaced before it was ever shown.
        (
            "UPDATE version SET state = 'past' WHERE state = 'staged'
                 AND id NOT IN (SELECT max(id) FROM version WHERE state = 'staged' GROUP BY resource)",
            vec![],
        ),
        (
            "UPDATE version SET state = 'current', shown_from = ? WHERE state = 'staged'",
            vec![at],
        ),
        ("DELETE FROM staged_withheld", vec![]),
        ("DELETE FROM staging", vec![]),
    ] {
        file.execute(sql, params_from_iter(values)).map_err(reading)?;
    }
    Ok(withheld)
}

/// Notes in `file` that a resource of `old` was shown, and exists no more from `at` on: that it was, not what it said.
fn note_destroyed(
    old: &Connection,
    file: &Connection,
    resource: &str,
    at: i64,
    reason: &str,
) -> Result<(), VaultError> {
    let shown: Vec<(i64, i64)> = {
        let mut select = old
            .prepare_cached(&format!(
                "SELECT shown_from, coalesce(shown_until, ?2) FROM version
                 WHERE {NAMED} AND block IS NOT NULL AND shown_from IS NOT NULL
                     AND (shown_until IS NULL OR shown_until > shown_from)"
            ))
            .map_err(reading)?;
        let rows = select
            .query_map(params![resource, at], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(reading)?;
        rows.collect::<Result<_, _>>().map_err(reading)?
    };
    let resource_type = resource.split('/').next().unwrap_or_default();
    for (from, until) in shown {
        file.prepare_cached(
            "INSERT INTO destroyed (resource_type, shown_from, shown_until, destroyed_at, reason)
             VALUES (?, ?, ?, ?, ?)",
        )
        .and_then(|mut insert| insert.execute(params![resource_type, from, until, at, reason]))
        .map_err(reading)?;
    }
    Ok(())
}

/// Destroys every version of a resource: its text is blanked out of the blocks, its rows go.
fn destroy(file: &Connection, resource: &str, press: &mut Press) -> Result<(), VaultError> {
    let places: Vec<(i64, Place)> = {
        let mut select = file
            .prepare_cached(&format!(
                "SELECT block, start, length FROM version WHERE {NAMED} AND block IS NOT NULL"
            ))
            .map_err(reading)?;
        let rows = select
            .query_map([resource], |row| {
                Ok((
                    row.get(0)?,
                    Place {
                        start: row.get(1)?,
                        length: row.get(2)?,
                    },
                ))
            })
            .map_err(reading)?;
        rows.collect::<Result<_, _>>().map_err(reading)?
    };
    for (block, place) in places {
        let text = read_block(file, block, press)?;
        // As long as before, so that the other texts of the block stay where they are.
        let end = place.start.checked_add(place.length).ok_or_else(damaged)?;
        let (Some(before), Some(after)) = (text.get(..place.start), text.get(end..)) else {
            return Err(damaged());
        };
        let blanked = format!("{before}{}{after}", " ".repeat(place.length));
        file.execute(
            "UPDATE block SET body = ? WHERE id = ?",
            params![press.pack(blanked.as_bytes())?, block],
        )
        .map_err(reading)?;
    }
    file.execute(&format!("DELETE FROM version WHERE {NAMED}"), [resource])
        .map_err(reading)?;
    Ok(())
}

/// A block, unpacked.
pub(crate) fn read_block(file: &Connection, block: i64, press: &mut Press) -> Result<String, VaultError> {
    let row: Option<(usize, Vec<u8>)> = file
        .prepare_cached("SELECT length, body FROM block WHERE id = ?")
        .and_then(|mut select| {
            select
                .query_row([block], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .map_err(reading)?;
    let (length, body) = row.ok_or_else(damaged)?;
    press.unpack(&body, length)
}

/// What is said of a resource that a full load did not bring any more. Whether it was deleted or is no longer shared, the
/// source does not say, and what may no longer be shared may no longer be kept.
const NOT_GIVEN: &str = "the source no longer gives it";

/// Carries what must outlive a full refresh, shown from `at` on, from the old copy into the new one: when each unchanged
/// text was first received and shown, the earlier versions of every resource that is still there and still permitted, and
/// those that their source had declared deleted before.
pub(crate) fn carry_over(
    old: &Connection,
    new: &Connection,
    at: i64,
    withheld: &BTreeMap<String, String>,
    press: &mut Press,
) -> Result<(), VaultError> {
    carry_steps(old, new)?;
    let mut kept: HashMap<String, TextDigest> = HashMap::new();
    {
        let mut select = new
            .prepare("SELECT resource, digest FROM version WHERE state = 'current' AND block IS NOT NULL")
            .map_err(reading)?;
        let mut rows = select.query([]).map_err(reading)?;
        while let Some(row) = rows.next().map_err(reading)? {
            kept.insert(row.get(0).map_err(reading)?, row.get(1).map_err(reading)?);
        }
    }
    // What was shown until now and is not there any more.
    let mut gone: HashSet<String> = HashSet::new();
    {
        let mut select = old
            .prepare("SELECT DISTINCT resource, state = 'current' AND block IS NOT NULL FROM version WHERE state <> 'staged'")
            .map_err(reading)?;
        let mut rows = select.query([]).map_err(reading)?;
        while let Some(row) = rows.next().map_err(reading)? {
            let resource: String = row.get(0).map_err(reading)?;
            let was_shown: bool = row.get(1).map_err(reading)?;
            let goes = withheld.contains_key(&resource) || (was_shown && !kept.contains_key(&resource));
            if goes && !gone.contains(&resource) {
                let reason = withheld.get(&resource).map_or(NOT_GIVEN, String::as_str);
                note_destroyed(old, new, &resource, at, reason)?;
                gone.insert(resource);
            }
        }
    }
    let mut select = old
        .prepare(
            "SELECT resource, version_id, digest, received_at, recorded_at, block, start, length,
                 state = 'current', shown_from, shown_until
             FROM version WHERE state <> 'staged' AND block IS NOT NULL ORDER BY block, id",
        )
        .map_err(reading)?;
    let mut rows = select.query([]).map_err(reading)?;
    let mut opened: Option<(i64, String)> = None;
    let mut shelver = Shelver::new(new, press, 0, "past");
    while let Some(row) = rows.next().map_err(reading)? {
        let resource: String = row.get(0).map_err(reading)?;
        if gone.contains(&resource) {
            continue;
        }
        let digest: TextDigest = row.get(2).map_err(reading)?;
        let received_at: i64 = row.get(3).map_err(reading)?;
        let was_current: bool = row.get(8).map_err(reading)?;
        let shown = Shown {
            received_at,
            from: row.get(9).map_err(reading)?,
            until: row
                .get::<_, Option<i64>>(10)
                .map_err(reading)?
                .or(was_current.then_some(at)),
        };
        if was_current && kept.get(&resource) == Some(&digest) {
            new.prepare_cached(&format!(
                "UPDATE version SET received_at = ?2, shown_from = ?3 WHERE {NAMED} AND state = 'current'"
            ))
            .and_then(|mut update| update.execute(params![resource, received_at, shown.from]))
            .map_err(reading)?;
            continue;
        }
        let block: i64 = row.get(5).map_err(reading)?;
        let place = Place {
            start: row.get(6).map_err(reading)?,
            length: row.get(7).map_err(reading)?,
        };
        if opened.as_ref().is_none_or(|(id, _)| *id != block) {
            opened = Some((block, read_block(old, block, shelver.press)?));
        }
        let Some((_, text)) = &opened else { continue };
        let version_id = row.get(1).map_err(reading)?;
        let recorded_at = row.get(4).map_err(reading)?;
        shelver.put(
            shown,
            resource,
            version_id,
            digest,
            recorded_at,
            text_at(text, place)?,
        )?;
    }
    shelver.close_block()
}

/// Carries over when what was shown changed, and what has been destroyed since.
fn carry_steps(old: &Connection, new: &Connection) -> Result<(), VaultError> {
    for (table, columns) in [
        ("step", "at, version_set, length, arrival"),
        (
            "destroyed",
            "resource_type, shown_from, shown_until, destroyed_at, reason",
        ),
    ] {
        let count = columns.split(',').count();
        let marks = vec!["?"; count].join(", ");
        let mut select = old
            .prepare(&format!("SELECT {columns} FROM {table} ORDER BY rowid"))
            .map_err(reading)?;
        let mut insert = new
            .prepare(&format!("INSERT INTO {table} ({columns}) VALUES ({marks})"))
            .map_err(reading)?;
        let mut rows = select.query([]).map_err(reading)?;
        while let Some(row) = rows.next().map_err(reading)? {
            let values: Vec<rusqlite::types::Value> = (0..count)
                .map(|column| row.get(column))
                .collect::<Result<_, _>>()
                .map_err(reading)?;
            insert.execute(params_from_iter(values)).map_err(reading)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Expect, RECORD, open_database};

    fn put(id: &str, text: &str) -> Change {
        let raw = format!(r#"{{"resourceType":"Condition","id":"{id}","code":{{"text":"{text}"}}}}"#);
        let header = curlew_fhir::read_header(&raw).expect("a readable resource");
        Change::Put { header, raw }
    }

    fn every_text(file: &Connection, press: &mut Press) -> String {
        let mut select = file.prepare("SELECT id FROM block ORDER BY id").expect("a query");
        let ids: Vec<i64> = select
            .query_map([], |row| row.get(0))
            .expect("rows")
            .map(|id| id.expect("an id"))
            .collect();
        ids.into_iter()
            .map(|id| read_block(file, id, press).expect("a block"))
            .collect()
    }

    #[test]
    fn what_is_purged_lies_in_no_block_in_any_version_and_its_neighbours_stay() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = crate::keys::make_key().expect("a key");
        let file = open_database(
            &crate::records::on_disk(&folder.path().join("p.db")),
            &key,
            &RECORD,
            Expect::Absent,
        )
        .expect("a file");
        let mut press = Press::new().expect("a press");
        let now = DateTime::<Utc>::UNIX_EPOCH;
        stage(
            &file,
            &[put("a", "before"), put("b", "secret one"), put("c", "after")],
            now,
            &mut press,
        )
        .expect("staged");
        settle(&file, now.timestamp_millis(), &mut press).expect("settled");
        stage(&file, &[put("b", "secret two")], now, &mut press).expect("staged");
        settle(&file, now.timestamp_millis(), &mut press).expect("settled");
        assert!(
            every_text(&file, &mut press).contains("secret one"),
            "history is kept"
        );
        let purge = Change::Purge {
            resource_type: "Condition".into(),
            id: "b".into(),
            reason: "withdrawn".into(),
        };
        // Put again in the same update: the purge wins.
        stage(&file, &[put("b", "secret three"), purge], now, &mut press).expect("staged");
        let withheld = settle(&file, now.timestamp_millis(), &mut press).expect("settled");
        assert_eq!(withheld.get("Condition/b").map(String::as_str), Some("withdrawn"));
        let texts = every_text(&file, &mut press);
        assert!(!texts.contains("secret"), "{texts}");
        assert!(texts.contains("before") && texts.contains("after"));
        let left: Vec<String> = file
            .prepare("SELECT resource FROM version ORDER BY id")
            .expect("a query")
            .query_map([], |row| row.get(0))
            .expect("rows")
            .map(|name| name.expect("a name"))
            .collect();
        assert_eq!(left, ["Condition/a", "Condition/c"]);
    }

    #[test]
    fn a_full_refresh_carries_history_over_for_what_is_still_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key = crate::keys::make_key().expect("a key");
        let open = |name: &str| {
            open_database(
                &crate::records::on_disk(&folder.path().join(name)),
                &key,
                &RECORD,
                Expect::Absent,
            )
            .expect("a file")
        };
        let (old, new) = (open("old.db"), open("new.db"));
        let mut press = Press::new().expect("a press");
        let at = |minute: i64| DateTime::<Utc>::from_timestamp(minute * 60, 0).expect("a time");
        stage(
            &old,
            &[put("a", "same"), put("b", "first"), put("c", "gone")],
            at(1),
            &mut press,
        )
        .expect("staged");
        settle(&old, 60_000, &mut press).expect("settled");
        stage(&old, &[put("b", "second")], at(2), &mut press).expect("staged");
        settle(&old, 120_000, &mut press).expect("settled");
        stage(&new, &[put("a", "same"), put("b", "third")], at(9), &mut press).expect("staged");
        settle(&new, 540_000, &mut press).expect("settled");
        carry_over(&old, &new, 540_000, &BTreeMap::new(), &mut press).expect("carried over");
        let rows: Vec<(String, String, i64)> = new
            .prepare("SELECT resource, state, received_at FROM version ORDER BY resource, received_at")
            .expect("a query")
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .expect("rows")
            .map(|row| row.expect("a row"))
            .collect();
        let row = |resource: &str, state: &str, minute: i64| {
            (resource.to_owned(), state.to_owned(), minute * 60_000)
        };
        assert_eq!(
            rows,
            [
                row("Condition/a", "current", 1),
                row("Condition/b", "past", 1),
                row("Condition/b", "past", 2),
                row("Condition/b", "current", 9),
            ]
        );
        let texts = every_text(&new, &mut press);
        assert!(texts.contains("first") && texts.contains("second") && !texts.contains("gone"));
    }
}
