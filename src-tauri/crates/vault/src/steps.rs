//! What a copy showed when: its steps, the identity of each, and what changed between two moments.
//!
//! A version is shown from `shown_from` on and before `shown_until`. Both are moments of steps, and a step is the moment at
//! which an update became visible as a whole, so what was shown at any moment is one indexless read of the versions.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use chrono::{DateTime, Utc};
use curlew_record::{Arrival, ChangeCount};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::error::{DamagedPart, VaultError};
use crate::fresh::Fresh;
use crate::staging::reading;
use crate::texts::Press;

fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::PatientFile,
    }
}

/// Tells what a copy shows apart from everything else it ever showed: a digest over the versions that are current and
/// over what did not arrive. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VersionSet([u8; 32]);

impl VersionSet {
    /// The set that was written down as text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        let set = Self(bytes);
        // One spelling each.
        (set.to_string() == text).then_some(set)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for VersionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for VersionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Selects the versions shown at `?1`.
pub(crate) const SHOWN_AT: &str = "state <> 'staged' AND block IS NOT NULL
    AND shown_from <= ?1 AND (shown_until IS NULL OR shown_until > ?1)";

/// One change of what is shown.
pub(crate) struct Step {
    pub(crate) at: i64,
    pub(crate) version_set: Option<VersionSet>,
    /// What had not arrived; `None` when that was not kept.
    pub(crate) arrival: Option<Arrival>,
}

/// What changed since somebody last looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The look, in milliseconds since 1970.
    pub since: i64,
    /// How much came, changed and went, by type.
    pub counts: Vec<ChangeCount>,
}

/// The moment at which an update received now becomes visible: never before the last one did.
pub(crate) fn moment(file: &Connection, received_at: DateTime<Utc>) -> Result<i64, VaultError> {
    let last: Option<i64> = file
        .query_row("SELECT max(at) FROM step", [], |row| row.get(0))
        .map_err(reading)?;
    let received = received_at.timestamp_millis();
    Ok(last.map_or(received, |last| last.max(received)))
}

/// The moment from which what is shown now has been shown; the beginning of time when nothing is.
pub(crate) fn last_moment(file: &Connection) -> Result<i64, VaultError> {
    let last: Option<i64> = file
        .query_row("SELECT max(at) FROM step", [], |row| row.get(0))
        .map_err(reading)?;
    Ok(last.unwrap_or(i64::MIN))
}

/// The identity of what is shown at a moment, given what had not arrived by then.
pub(crate) fn version_set(file: &Connection, at: i64, arrival: &Arrival) -> Result<VersionSet, VaultError> {
    let mut set = Hashing::begin();
    let mut select = file
        .prepare_cached(&format!(
            "SELECT resource, digest FROM version WHERE {SHOWN_AT} ORDER BY resource"
        ))
        .map_err(reading)?;
    let mut rows = select.query([at]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        for column in 0..2 {
            let bytes = row
                .get_ref(column)
                .and_then(|value| value.as_bytes_or_null().map_err(Into::into))
                .map_err(reading)?;
            set.add(bytes.unwrap_or_default());
        }
    }
    set.finish(arrival)
}

/// The same of versions that have just been written, without reading them again.
pub(crate) fn version_set_of(fresh: &Fresh<'_>, arrival: &Arrival) -> Result<VersionSet, VaultError> {
    let mut set = Hashing::begin();
    for (resource, digest) in fresh.digests() {
        set.add(resource.as_bytes());
        set.add(digest);
    }
    set.finish(arrival)
}

/// A version set in the making: the resource and the digest of each version, by resource, and then what has not arrived.
struct Hashing(Sha256);

impl Hashing {
    fn begin() -> Self {
        let mut hash = Sha256::new();
        hash.update(b"curlew version set 1\0");
        Self(hash)
    }

    fn add(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn finish(mut self, arrival: &Arrival) -> Result<VersionSet, VaultError> {
        self.0.update(serde_json::to_vec(arrival).map_err(|_| damaged())?);
        Ok(VersionSet(self.0.finalize().into()))
    }
}

/// Notes that what is shown has changed, when it has. Runs inside the caller's transaction, after the versions settled.
pub(crate) fn note(
    file: &Connection,
    at: i64,
    arrival: &Arrival,
    set: VersionSet,
    press: &mut Press,
) -> Result<(), VaultError> {
    let newest: Option<(i64, i64, Option<Vec<u8>>)> = file
        .query_row(
            "SELECT id, at, version_set FROM step ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()
        .map_err(reading)?;
    let text = serde_json::to_string(arrival).map_err(|_| damaged())?;
    let packed = press.pack(text.as_bytes())?;
    let bytes = set.as_bytes();
    match newest {
        Some((_, _, Some(known))) if known == bytes => {}
        // A step of an earlier format, of which nothing has changed since: what is known now was so then.
        Some((id, known_at, None)) if known_at == at => {
            file.execute(
                "UPDATE step SET version_set = ?, length = ?, arrival = ? WHERE id = ?",
                params![bytes, text.len(), packed, id],
            )
            .map_err(reading)?;
        }
        _ => {
            file.execute(
                "INSERT INTO step (at, version_set, length, arrival) VALUES (?, ?, ?, ?)",
                params![at, bytes, text.len(), packed],
            )
            .map_err(reading)?;
        }
    }
    Ok(())
}

/// The step in force at a moment; `None` before the first.
pub(crate) fn in_force(file: &Connection, at: i64, press: &mut Press) -> Result<Option<Step>, VaultError> {
    type Row = (i64, Option<Vec<u8>>, Option<usize>, Option<Vec<u8>>);
    let row: Option<Row> = file
        .query_row(
            "SELECT at, version_set, length, arrival FROM step WHERE at <= ? ORDER BY id DESC LIMIT 1",
            [at],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()
        .map_err(reading)?;
    let Some((at, set, length, packed)) = row else {
        return Ok(None);
    };
    let arrival = match (length, packed) {
        (Some(length), Some(packed)) => {
            let text = press.unpack(&packed, length)?;
            Some(serde_json::from_str(&text).map_err(|_| damaged())?)
        }
        _ => None,
    };
    Ok(Some(Step {
        at,
        version_set: set.as_deref().and_then(VersionSet::from_bytes),
        arrival,
    }))
}

/// When what is shown was this version set: the moment of the newest such step.
pub(crate) fn moment_of(file: &Connection, set: &VersionSet) -> Result<Option<i64>, VaultError> {
    file.query_row(
        "SELECT max(at) FROM step WHERE version_set = ?",
        [set.as_bytes()],
        |row| row.get(0),
    )
    .map_err(reading)
}

/// The moments of all steps, oldest first.
pub(crate) fn moments(file: &Connection) -> Result<Vec<i64>, VaultError> {
    let mut select = file
        .prepare("SELECT DISTINCT at FROM step ORDER BY at")
        .map_err(reading)?;
    let rows = select.query_map([], |row| row.get(0)).map_err(reading)?;
    rows.collect::<Result<_, _>>().map_err(reading)
}

/// What was shown at `from` (nothing, when `None`) and at `to`, apart: how much came, changed and went, by type.
pub(crate) fn changes(file: &Connection, from: Option<i64>, to: i64) -> Result<Vec<ChangeCount>, VaultError> {
    let from = from.unwrap_or(i64::MIN);
    // What is shown at both moments by the same version is in neither list.
    let mut select = file
        .prepare_cached(
            "SELECT resource, digest, shown_from <= ?1 FROM version
             WHERE state <> 'staged' AND block IS NOT NULL AND shown_from <= ?2
                 AND (shown_until IS NULL OR shown_until > shown_from)
                 AND ((shown_from > ?1 AND (shown_until IS NULL OR shown_until > ?2))
                     OR (shown_from <= ?1 AND shown_until > ?1 AND shown_until <= ?2))",
        )
        .map_err(reading)?;
    let mut rows = select.query([from, to]).map_err(reading)?;
    let mut apart: BTreeMap<String, [Option<Vec<u8>>; 2]> = BTreeMap::new();
    while let Some(row) = rows.next().map_err(reading)? {
        let then: bool = row.get(2).map_err(reading)?;
        let sides = apart.entry(row.get(0).map_err(reading)?).or_default();
        sides[usize::from(!then)] = Some(row.get(1).map_err(reading)?);
    }
    let mut counts: BTreeMap<String, ChangeCount> = BTreeMap::new();
    for (resource, [then, now]) in &apart {
        let count = of_type(&mut counts, resource);
        match (then, now) {
            (None, Some(_)) => count.new += 1,
            (Some(_), None) => count.removed += 1,
            (Some(then), Some(now)) if then != now => count.changed += 1,
            _ => {}
        }
    }
    let mut select = file
        .prepare_cached(
            "SELECT resource_type FROM destroyed WHERE shown_from <= ?1 AND shown_until > ?1 AND destroyed_at <= ?2",
        )
        .map_err(reading)?;
    let mut rows = select.query([from, to]).map_err(reading)?;
    while let Some(row) = rows.next().map_err(reading)? {
        let resource_type: String = row.get(0).map_err(reading)?;
        of_type(&mut counts, &resource_type).removed += 1;
    }
    Ok(counts
        .into_values()
        .filter(|count| count.new + count.changed + count.removed > 0)
        .collect())
}

fn of_type<'c>(counts: &'c mut BTreeMap<String, ChangeCount>, resource: &str) -> &'c mut ChangeCount {
    let resource_type = resource.split('/').next().unwrap_or_default();
    counts
        .entry(resource_type.to_owned())
        .or_insert_with(|| ChangeCount {
            resource_type: resource_type.to_owned(),
            ..ChangeCount::default()
        })
}

/// Something that was shown and exists no more.
pub(crate) struct Destroyed {
    pub(crate) resource_type: String,
    pub(crate) destroyed_at: i64,
    pub(crate) reason: String,
    pub(crate) count: u32,
}

/// What was shown at a moment and has been destroyed since.
pub(crate) fn destroyed_since(file: &Connection, at: i64) -> Result<Vec<Destroyed>, VaultError> {
    let mut select = file
        .prepare(
            "SELECT resource_type, destroyed_at, reason, count(*) FROM destroyed
             WHERE shown_from <= ?1 AND shown_until > ?1
             GROUP BY resource_type, destroyed_at, reason ORDER BY destroyed_at, resource_type, reason",
        )
        .map_err(reading)?;
    let rows = select
        .query_map([at], |row| {
            Ok(Destroyed {
                resource_type: row.get(0)?,
                destroyed_at: row.get(1)?,
                reason: row.get(2)?,
                count: row.get(3)?,
            })
        })
        .map_err(reading)?;
    rows.collect::<Result<_, _>>().map_err(reading)
}

/// What came, changed and went at each step, by its moment.
pub(crate) fn changes_by_step(file: &Connection) -> Result<HashMap<i64, Vec<ChangeCount>>, VaultError> {
    const SEEN: &str = "v.state <> 'staged' AND v.block IS NOT NULL AND v.shown_from IS NOT NULL
        AND (v.shown_until IS NULL OR v.shown_until > v.shown_from)";
    let mut counts: HashMap<i64, BTreeMap<String, ChangeCount>> = HashMap::new();
    let mut take = |sql: &str, add: fn(&mut ChangeCount, u32)| -> Result<(), VaultError> {
        let mut select = file.prepare(sql).map_err(reading)?;
        let mut rows = select.query([]).map_err(reading)?;
        while let Some(row) = rows.next().map_err(reading)? {
            let at: i64 = row.get(0).map_err(reading)?;
            let resource_type: String = row.get(1).map_err(reading)?;
            let count: u32 = row.get(2).map_err(reading)?;
            add(of_type(counts.entry(at).or_default(), &resource_type), count);
        }
        Ok(())
    };
    let kind = "substr(v.resource, 1, instr(v.resource, '/') - 1)";
    let other = |condition: &str| {
        format!(
            "EXISTS (SELECT 1 FROM version AS o
                 WHERE substr(o.resource, -8) = substr(v.resource, -8) AND o.resource = v.resource AND o.state <> 'staged'
                 AND o.block IS NOT NULL AND o.shown_from IS NOT NULL
                 AND (o.shown_until IS NULL OR o.shown_until > o.shown_from) AND {condition})"
        )
    };
    let before = other("o.shown_until = v.shown_from");
    let after = other("o.shown_from = v.shown_until");
    let came = format!("SELECT v.shown_from, {kind}, count(*) FROM version AS v WHERE {SEEN}");
    take(&format!("{came} AND NOT {before} GROUP BY 1, 2"), |count, n| {
        count.new += n;
    })?;
    take(&format!("{came} AND {before} GROUP BY 1, 2"), |count, n| {
        count.changed += n;
    })?;
    take(
        &format!(
            "SELECT v.shown_until, {kind}, count(*) FROM version AS v
             WHERE {SEEN} AND v.shown_until IS NOT NULL AND NOT {after} GROUP BY 1, 2"
        ),
        |count, n| count.removed += n,
    )?;
    take(
        "SELECT destroyed_at, resource_type, count(*) FROM destroyed WHERE shown_until >= destroyed_at GROUP BY 1, 2",
        |count, n| count.removed += n,
    )?;
    Ok(counts
        .into_iter()
        .map(|(at, by_type)| (at, by_type.into_values().collect()))
        .collect())
}
