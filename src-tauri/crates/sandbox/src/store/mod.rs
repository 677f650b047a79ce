//! Every version of every resource the sandbox serves, in memory.
//!
//! Texts are shared (`Arc<str>`), so a page being sent costs nothing twice and a test may change the store while
//! a response is under way. Nothing is ever overwritten: a put adds a version, a delete adds a deletion.

mod facts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use chrono::{DateTime, SubsecRound, Utc};

use crate::clock::{Clock, instant};
use crate::json_text;

pub use facts::Key;
pub(crate) use facts::{Facts, is_id, is_type_name};

/// A resource that cannot be stored.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone, Copy)]
pub enum StoreError {
    /// Not a JSON object.
    #[error("not a JSON object")]
    NotAnObject,
    /// No `resourceType`, or one that is not a type's name.
    #[error("no resourceType")]
    NoType,
    /// No `id`, or one FHIR does not allow.
    #[error("no usable id")]
    NoId,
}

/// One version of a resource.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// From 1, without gaps.
    pub(crate) number: u64,
    /// `meta.lastUpdated`, or when it was deleted.
    pub(crate) at: DateTime<Utc>,
    /// Order of arrival in this store, across resources.
    pub(crate) seq: u64,
    /// The text as served; `None` is a deletion.
    pub(crate) text: Option<Arc<str>>,
    /// Of this version, or of the one deleted.
    pub(crate) facts: Arc<Facts>,
}

/// A resource read and ready to be stored: the slow part, done without holding the store.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) key: Key,
    pub(crate) text: String,
    pub(crate) facts: Facts,
    /// From the resource's own `meta`, where it is a date and time.
    pub(crate) last_updated: Option<(DateTime<Utc>, String)>,
}

impl Prepared {
    /// Reads compact or spaced JSON text that a parser has accepted.
    pub(crate) fn read(text: String) -> Result<Self, StoreError> {
        Self::read_or_named(text, None)
    }

    /// As [`Prepared::read`], naming a resource that has no id.
    pub(crate) fn read_or_named(text: String, otherwise: Option<&str>) -> Result<Self, StoreError> {
        let (mut resource_type, mut id, mut last_updated) = (None, None, None);
        for (name, value) in json_text::members(&text).ok_or(StoreError::NotAnObject)? {
            match name.as_ref() {
                "resourceType" => resource_type = json_text::string_value(value),
                "id" => id = json_text::string_value(value),
                "meta" => last_updated = written_last_updated(value),
                _ => {}
            }
        }
        let resource_type = resource_type
            .filter(|t| is_type_name(t))
            .ok_or(StoreError::NoType)?;
        let id = id
            .or(otherwise.map(Into::into))
            .filter(|id| is_id(id))
            .ok_or(StoreError::NoId)?;
        let facts = Facts::read(&resource_type, &id, &text).ok_or(StoreError::NotAnObject)?;
        let key = Key::new(&resource_type, &id);
        Ok(Self {
            key,
            text,
            facts,
            last_updated,
        })
    }
}

fn written_last_updated(meta: &str) -> Option<(DateTime<Utc>, String)> {
    let members = json_text::members(meta)?;
    let (_, text) = members.iter().find(|(name, _)| name == "lastUpdated")?;
    let text = json_text::string_value(text)?;
    let at = DateTime::parse_from_rfc3339(&text).ok()?;
    Some((at.to_utc().trunc_subsecs(3), text.into_owned()))
}

#[derive(Debug, Default)]
struct Shelves {
    versions: BTreeMap<Key, Vec<Version>>,
    /// Everything ever in a patient's compartment; a later version may have left it.
    by_patient: HashMap<Arc<str>, BTreeSet<Key>>,
    /// Who refers to a document's bytes: a Binary belongs to whoever's record names it.
    by_binary: HashMap<Key, BTreeSet<Key>>,
    by_identifier: HashMap<(String, String), BTreeSet<Key>>,
    by_time: BTreeMap<(DateTime<Utc>, u64), (Key, u64)>,
    seq: u64,
}

/// The versioned resources: thread-safe, shared by the server and the tests that change them.
#[derive(Debug, Default)]
pub struct Store {
    shelves: RwLock<Shelves>,
    clock: Arc<Clock>,
}

impl Store {
    pub(crate) fn new(clock: Arc<Clock>) -> Self {
        Self {
            shelves: RwLock::default(),
            clock,
        }
    }

    /// Stores a new version of a resource (its `resourceType` and `id` say which) and answers the version's number.
    /// `meta.versionId` and `meta.lastUpdated` are the store's: the next number, and now.
    pub fn put(&self, resource: &serde_json::Value) -> Result<u64, StoreError> {
        self.put_text(&resource.to_string())
    }

    /// As [`Store::put`], keeping the text's own numbers and order of members.
    pub fn put_text(&self, json: &str) -> Result<u64, StoreError> {
        if serde_json::from_str::<serde::de::IgnoredAny>(json).is_err() {
            return Err(StoreError::NotAnObject);
        }
        let text = json_text::rewrite(json, |_, _| None).ok_or(StoreError::NotAnObject)?;
        let prepared = Prepared::read(text)?;
        let now = self.clock.now();
        self.add(prepared, now, &instant(now))
    }

    /// Stores a resource with the `meta.lastUpdated` it carries, or `otherwise` where it carries none.
    pub(crate) fn load(&self, prepared: Prepared, otherwise: DateTime<Utc>) -> Result<u64, StoreError> {
        let (at, text) = match prepared.last_updated.clone() {
            Some(written) => written,
            None => (otherwise, instant(otherwise)),
        };
        self.add(prepared, at, &text)
    }

    fn add(&self, prepared: Prepared, at: DateTime<Utc>, at_text: &str) -> Result<u64, StoreError> {
        let Prepared { key, text, facts, .. } = prepared;
        let mut shelves = self.write();
        let number = shelves.next_number(&key);
        let stamped = json_text::stamp(&text, &key.resource_type, &key.id, number, at_text)
            .ok_or(StoreError::NotAnObject)?;
        shelves.add(&key, number, at, Some(stamped.into()), Arc::new(facts));
        Ok(number)
    }

    /// Deletes a resource, leaving a deletion in its history. Says whether there was one to delete.
    pub fn delete(&self, resource_type: &str, id: &str) -> bool {
        let key = Key::new(resource_type, id);
        let now = self.clock.now();
        let mut shelves = self.write();
        let Some(current) = shelves.versions.get(&key).and_then(|all| all.last()) else {
            return false;
        };
        if current.text.is_none() {
            return false;
        }
        let (number, facts) = (current.number + 1, current.facts.clone());
        shelves.add(&key, number, now, None, facts);
        true
    }

    /// The current text of a resource as served, or `None` where absent or deleted.
    pub fn get(&self, resource_type: &str, id: &str) -> Option<String> {
        let version = self.current(&Key::new(resource_type, id))?;
        version.text.map(|text| text.to_string())
    }

    /// The current resource as a tree, for tests that change a member and put it back.
    pub fn get_json(&self, resource_type: &str, id: &str) -> Option<serde_json::Value> {
        serde_json::from_str(&self.get(resource_type, id)?).ok()
    }

    /// Types of which anything is or was held, sorted.
    pub fn types(&self) -> Vec<String> {
        let shelves = self.read();
        let mut types: Vec<String> = shelves
            .versions
            .keys()
            .map(|key| key.resource_type.to_string())
            .collect();
        types.dedup();
        types
    }

    /// Ids of the current resources of a type, sorted.
    pub fn ids(&self, resource_type: &str) -> Vec<String> {
        self.of_type(resource_type)
            .into_iter()
            .map(|(key, _)| key.id.to_string())
            .collect()
    }

    /// How many resources are current, of all types.
    pub fn count(&self) -> usize {
        let shelves = self.read();
        shelves
            .versions
            .values()
            .filter(|all| all.last().is_some_and(|v| v.text.is_some()))
            .count()
    }

    /// Keys of the current resources of a patient's record, the Patient included and what it only refers to left out.
    pub fn record_of(&self, patient: &str) -> Vec<Key> {
        self.compartment(patient)
            .into_iter()
            .map(|(key, _)| key)
            .collect()
    }

    /// The current version, which may be a deletion.
    pub(crate) fn current(&self, key: &Key) -> Option<Version> {
        self.read().versions.get(key)?.last().cloned()
    }

    /// One version by its number.
    pub(crate) fn version(&self, key: &Key, number: u64) -> Option<Version> {
        self.read()
            .versions
            .get(key)?
            .iter()
            .find(|v| v.number == number)
            .cloned()
    }

    /// Current resources of a type, by id.
    pub(crate) fn of_type(&self, resource_type: &str) -> Vec<(Key, Version)> {
        let shelves = self.read();
        let from = Key::new(resource_type, "");
        let range = shelves.versions.range((Bound::Included(from), Bound::Unbounded));
        range
            .take_while(|(key, _)| &*key.resource_type == resource_type)
            .filter_map(|(key, all)| Some((key.clone(), living(all)?)))
            .collect()
    }

    /// Current resources of a patient's compartment, by type and id.
    pub(crate) fn compartment(&self, patient: &str) -> Vec<(Key, Version)> {
        let shelves = self.read();
        let Some(keys) = shelves.by_patient.get(patient) else {
            return Vec::new();
        };
        keys.iter()
            .filter_map(|key| shelves.living_in_record(key, patient))
            .collect()
    }

    /// The compartment's resources of one type: as quick for a large record as for a small one.
    pub(crate) fn compartment_of_type(&self, patient: &str, resource_type: &str) -> Vec<(Key, Version)> {
        let shelves = self.read();
        let Some(keys) = shelves.by_patient.get(patient) else {
            return Vec::new();
        };
        keys.range(Key::new(resource_type, "")..)
            .take_while(|key| &*key.resource_type == resource_type)
            .filter_map(|key| shelves.living_in_record(key, patient))
            .collect()
    }

    /// Changes with every put and delete.
    pub(crate) fn generation(&self) -> u64 {
        self.read().seq
    }

    /// Current resources among these keys, in their order.
    pub(crate) fn living<'k>(&self, keys: impl IntoIterator<Item = &'k Key>) -> Vec<(Key, Version)> {
        let shelves = self.read();
        let found = |key: &Key| Some((key.clone(), living(shelves.versions.get(key)?)?));
        keys.into_iter().filter_map(found).collect()
    }

    /// Current resources with this business identifier; `system` of `None` matches any.
    pub(crate) fn identified(
        &self,
        resource_type: &str,
        system: Option<&str>,
        value: &str,
    ) -> Vec<(Key, Version)> {
        let matches = |version: &Version| {
            let mut all = version.facts.identifiers.iter();
            all.any(|(s, v)| v == value && system.is_none_or(|system| s == system))
        };
        let candidates = match system {
            Some(system) => {
                let shelves = self.read();
                let keys = shelves
                    .by_identifier
                    .get(&(system.to_owned(), value.to_owned()))
                    .cloned();
                drop(shelves);
                self.living(
                    keys.unwrap_or_default()
                        .iter()
                        .filter(|key| &*key.resource_type == resource_type),
                )
            }
            None => self.of_type(resource_type),
        };
        candidates
            .into_iter()
            .filter(|(_, version)| matches(version))
            .collect()
    }

    /// The resources whose current version names this Binary.
    pub(crate) fn referring_to_binary(&self, binary: &Key) -> Vec<(Key, Version)> {
        let keys = self.read().by_binary.get(binary).cloned().unwrap_or_default();
        let mut found = self.living(&keys);
        found.retain(|(_, version)| version.facts.links.contains(binary));
        found
    }

    /// Every version (deletions too) stamped at or after `since`, newest first.
    pub(crate) fn history(
        &self,
        since: Option<DateTime<Utc>>,
        mut wanted: impl FnMut(&Key) -> bool,
    ) -> Vec<(Key, Version)> {
        let shelves = self.read();
        let from = since.map_or(Bound::Unbounded, |at| Bound::Included((at, 0)));
        let one = |(key, number): &(Key, u64)| {
            let version = shelves.versions.get(key)?.iter().find(|v| v.number == *number)?;
            Some((key.clone(), version.clone()))
        };
        let range = shelves.by_time.range((from, Bound::Unbounded)).rev();
        range
            .filter(|(_, (key, _))| wanted(key))
            .filter_map(|(_, entry)| one(entry))
            .collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Shelves> {
        self.shelves
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Shelves> {
        self.shelves
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn living(versions: &[Version]) -> Option<Version> {
    versions.last().filter(|version| version.text.is_some()).cloned()
}

impl Shelves {
    fn living_in_record(&self, key: &Key, patient: &str) -> Option<(Key, Version)> {
        let version = living(self.versions.get(key)?)?;
        let still = version.facts.patients.iter().any(|p| &**p == patient);
        still.then(|| (key.clone(), version))
    }

    fn next_number(&self, key: &Key) -> u64 {
        self.versions
            .get(key)
            .and_then(|all| all.last())
            .map_or(1, |version| version.number + 1)
    }

    fn add(&mut self, key: &Key, number: u64, at: DateTime<Utc>, text: Option<Arc<str>>, facts: Arc<Facts>) {
        self.seq += 1;
        let seq = self.seq;
        for patient in &facts.patients {
            self.by_patient
                .entry(patient.clone())
                .or_default()
                .insert(key.clone());
        }
        for identifier in &facts.identifiers {
            self.by_identifier
                .entry(identifier.clone())
                .or_default()
                .insert(key.clone());
        }
        for link in facts.links.iter().filter(|link| &*link.resource_type == "Binary") {
            self.by_binary
                .entry(link.clone())
                .or_default()
                .insert(key.clone());
        }
        self.by_time.insert((at, seq), (key.clone(), number));
        let version = Version {
            number,
            at,
            seq,
            text,
            facts,
        };
        self.versions.entry(key.clone()).or_default().push(version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn observation(id: &str, patient: &str) -> serde_json::Value {
        json!({"resourceType": "Observation", "id": id, "subject": {"reference": format!("Patient/{patient}")}})
    }

    #[test]
    fn a_put_adds_a_version_and_a_delete_adds_a_deletion() {
        let store = Store::default();
        assert_eq!(store.put(&observation("o", "p")), Ok(1));
        assert_eq!(store.put(&observation("o", "p")), Ok(2));
        assert!(store.delete("Observation", "o"));
        assert!(!store.delete("Observation", "o"));
        assert_eq!(store.get("Observation", "o"), None);
        assert_eq!(store.put(&observation("o", "p")), Ok(4));
        let history = store.history(None, |_| true);
        let numbers: Vec<_> = history
            .iter()
            .map(|(_, v)| (v.number, v.text.is_some()))
            .collect();
        assert_eq!(numbers, [(4, true), (3, false), (2, true), (1, true)]);
    }

    #[test]
    fn moving_a_resource_to_another_patient_leaves_the_first_record() {
        let store = Store::default();
        store.put(&observation("o", "a")).unwrap();
        store.put(&observation("o", "b")).unwrap();
        assert!(store.record_of("a").is_empty());
        assert_eq!(store.record_of("b"), [Key::new("Observation", "o")]);
    }

    #[test]
    fn what_cannot_be_named_is_refused() {
        let store = Store::default();
        assert_eq!(store.put(&json!([])), Err(StoreError::NotAnObject));
        assert_eq!(store.put(&json!({"id": "a"})), Err(StoreError::NoType));
        assert_eq!(
            store.put(&json!({"resourceType": "Flag", "id": "a/b"})),
            Err(StoreError::NoId)
        );
        assert_eq!(store.put_text("{\"resourceType\":"), Err(StoreError::NotAnObject));
    }

    #[test]
    fn numbers_are_served_as_they_were_written() {
        let store = Store::default();
        store
            .put_text(r#"{"resourceType":"Observation","id":"o","valueQuantity":{"value":5.10}}"#)
            .unwrap();
        assert!(store.get("Observation", "o").unwrap().contains("5.10"));
    }
}
