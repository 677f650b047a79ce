//! A whole record at once, into a file that nobody has seen yet: each version is written once, as what it stays.
//!
//! What comes in several parts, or over a copy that is held, is staged and settled instead: see [`crate::staging`].

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use curlew_fhir::Header;
use rusqlite::Connection;

use crate::error::VaultError;
use crate::staging::{Shelver, Shown, TextDigest, digest, resource_name};
use crate::texts::Press;
use crate::update::Change;

/// A record's changes, each for a resource of its own.
pub(crate) struct Fresh<'c> {
    versions: Vec<Version<'c>>,
    /// What consent kept back: `Type/id` to reason.
    pub(crate) withheld: BTreeMap<String, String>,
}

struct Version<'c> {
    resource: String,
    digest: TextDigest,
    header: &'c Header,
    raw: &'c str,
}

impl<'c> Fresh<'c> {
    /// None when their order matters: a resource comes in two versions, or comes and is taken back.
    pub(crate) fn of(changes: &'c [Change]) -> Option<Self> {
        let mut versions: Vec<Version<'c>> = Vec::with_capacity(changes.len());
        let mut known: HashMap<String, Option<TextDigest>> = HashMap::with_capacity(changes.len());
        let mut withheld = BTreeMap::new();
        for change in changes {
            match change {
                Change::Put { header, raw } => {
                    let digest = digest(raw);
                    let resource = resource_name(&header.resource_type, &header.id, Some(&digest));
                    match known.insert(resource.clone(), Some(digest)) {
                        None => versions.push(Version {
                            resource,
                            digest,
                            header,
                            raw,
                        }),
                        // The very same text once more is nothing new.
                        Some(before) if before == Some(digest) => {}
                        Some(_) => return None,
                    }
                }
                Change::Delete { resource_type, id } => {
                    // Of what is not held there is nothing to delete.
                    let before = known.insert(resource_name(resource_type, id, None), None);
                    if before.flatten().is_some() {
                        return None;
                    }
                }
                Change::Purge {
                    resource_type,
                    id,
                    reason,
                } => {
                    let resource = resource_name(resource_type, id, None);
                    if known.insert(resource.clone(), None).flatten().is_some() {
                        return None;
                    }
                    withheld.insert(resource, reason.clone());
                }
            }
        }
        Some(Self { versions, withheld })
    }

    /// Writes every version as current, shown from `at` on. Runs inside the caller's transaction.
    pub(crate) fn write(
        &self,
        file: &Connection,
        received_at: DateTime<Utc>,
        at: i64,
        press: &mut Press,
    ) -> Result<(), VaultError> {
        let shown = Shown {
            received_at: received_at.timestamp_millis(),
            from: Some(at),
            until: None,
        };
        let mut shelver = Shelver::new(file, press, shown.received_at, "current");
        for version in &self.versions {
            shelver.put(
                shown,
                version.resource.clone(),
                version.header.version_id.clone(),
                version.digest,
                version.header.last_updated.map(|at| at.timestamp_millis()),
                version.raw,
            )?;
        }
        shelver.close_block()
    }

    /// The texts, in the order they are written.
    pub(crate) fn texts(&self) -> impl ExactSizeIterator<Item = &'c str> {
        self.versions.iter().map(|version| version.raw)
    }

    /// The text at a place in that order.
    pub(crate) fn text(&self, place: usize) -> Option<&'c str> {
        self.versions.get(place).map(|version| version.raw)
    }

    /// Every version's resource and digest, by resource.
    pub(crate) fn digests(&self) -> Vec<(&str, &TextDigest)> {
        let mut all: Vec<_> = self
            .versions
            .iter()
            .map(|version| (version.resource.as_str(), &version.digest))
            .collect();
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{RECORD, lay_out};
    use crate::projecting::{Shown as ShownRows, project_fresh, reproject};
    use crate::staging;
    use curlew_record::Arrival;

    fn put(raw: String) -> Change {
        let header = curlew_fhir::read_header(&raw).expect("a header");
        Change::Put { header, raw }
    }

    fn problem(id: &str, text: &str) -> Change {
        put(format!(
            r#"{{"resourceType":"Condition","id":"{id}","meta":{{"versionId":"3","lastUpdated":"2026-01-02T03:04:05Z"}},
            "subject":{{"reference":"Patient/p1"}},"code":{{"text":"{text}"}},"onsetDateTime":"2020-01-05"}}"#
        ))
    }

    fn purge(id: &str) -> Change {
        Change::Purge {
            resource_type: "Condition".into(),
            id: id.into(),
            reason: "withdrawn".into(),
        }
    }

    fn deletion(id: &str) -> Change {
        Change::Delete {
            resource_type: "Condition".into(),
            id: id.into(),
        }
    }

    fn empty() -> Connection {
        let file = Connection::open_in_memory().expect("a database");
        lay_out(&file, &RECORD).expect("a schema");
        file
    }

    /// Every row of every table, blocks unpacked.
    fn everything(file: &Connection) -> BTreeMap<String, Vec<String>> {
        let mut press = Press::new().expect("a press");
        let mut all = BTreeMap::new();
        for (table, order) in [
            ("version", "id"),
            ("block", "id"),
            ("screen", "name"),
            ("timeline_block", "id"),
            ("word_block", "first"),
            ("other_line", "line"),
            ("step", "id"),
            ("destroyed", "rowid"),
            ("staging", "only"),
            ("staged_withheld", "resource"),
        ] {
            let mut select = file
                .prepare(&format!("SELECT * FROM {table} ORDER BY {order}"))
                .expect("a query");
            let names: Vec<String> = select.column_names().map(str::to_owned).collect();
            let mut rows = select.query([]).expect("rows");
            let mut told = Vec::new();
            while let Some(row) = rows.next().expect("a row") {
                let mut words = String::new();
                for (place, name) in names.iter().enumerate() {
                    let value: rusqlite::types::Value = row.get(place).expect("a value");
                    let value = match (name.as_str(), value) {
                        ("body" | "arrival", rusqlite::types::Value::Blob(packed)) if !packed.is_empty() => {
                            let length = row.get("length").expect("a length");
                            let bytes = press.unpack_bytes(&packed, length).expect("unpacked");
                            format!("{:x?}", digest(&String::from_utf8_lossy(&bytes)))
                        }
                        (_, value) => format!("{value:?}"),
                    };
                    words.push_str(&format!("{name}={value} "));
                }
                told.push(words);
            }
            all.insert(table.to_owned(), told);
        }
        all
    }

    #[test]
    fn a_record_written_at_once_is_the_one_that_is_staged_and_settled() {
        let mut changes = vec![put(
            r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Example"}]}"#.into(),
        )];
        // Enough for several blocks.
        changes.extend((0..900).map(|number| {
            problem(
                &format!("c{number}"),
                &format!("Synthetic problem number {number}"),
            )
        }));
        // Without a name, once more, not there, and kept back.
        changes.push(put(
            r#"{"resourceType":"Flag","status":"active","code":{"text":"Key safe"}}"#.into(),
        ));
        changes.push(problem("c7", "Synthetic problem number 7"));
        changes.push(deletion("nowhere"));
        changes.push(purge("secret"));
        let received_at = DateTime::<Utc>::from_timestamp(1_780_000_000, 123_456_789).expect("a time");
        let at = received_at.timestamp_millis();
        let mut press = Press::new().expect("a press");
        let shown = || ShownRows {
            at,
            arrival: Arrival::default(),
            synced_to: Some("then".into()),
            last_look: None,
        };

        let at_once = empty();
        let fresh = Fresh::of(&changes).expect("each for itself");
        fresh
            .write(&at_once, received_at, at, &mut press)
            .expect("written");
        let one = project_fresh(&at_once, "p1", shown(), received_at, &fresh, &mut press).expect("projected");

        let staged = empty();
        staging::stage(&staged, &changes, received_at, &mut press).expect("staged");
        let withheld = staging::settle(&staged, at, &mut press).expect("settled");
        let other = reproject(&staged, "p1", shown(), &mut press).expect("projected");

        assert_eq!(fresh.withheld, withheld);
        assert_eq!((one.resources, &one.first), (902, &other.first));
        assert_eq!(one.version_set, other.version_set);
        let (one, other) = (everything(&at_once), everything(&staged));
        for (table, rows) in &other {
            assert_eq!(one[table], *rows, "{table}");
        }
        assert!(one["block"].len() > 1, "several blocks");
        assert_eq!(one["version"].len(), 902);
    }

    #[test]
    fn what_comes_twice_or_is_taken_back_is_staged() {
        let (a, b) = (|| problem("a", "Gout"), || problem("b", "Asthma"));
        for changes in [
            vec![a(), b(), problem("a", "Gout of the toe")],
            vec![a(), b(), deletion("a")],
            vec![deletion("a"), a()],
            vec![a(), purge("a")],
            vec![purge("b"), a(), b()],
        ] {
            assert!(Fresh::of(&changes).is_none(), "{changes:?}");
        }
        assert!(Fresh::of(&[a(), b(), a(), purge("c"), purge("c"), deletion("d")]).is_some());
    }
}
