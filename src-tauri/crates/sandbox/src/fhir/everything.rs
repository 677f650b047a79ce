//! `Patient/{id}/$everything`: the compartment, and what it refers to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::Answer;
use super::access::{Access, Judgement, Withheld};
use super::bundle::{Cursor, Page, page_size};
use super::date::interval;
use super::outcome::{Issue, Refusal};
use super::parameters::Parameters;
use crate::server::Service;
use crate::store::{Key, Version};

const UNDERSTOOD: [&str; 5] = ["_since", "_type", "_count", "_page", "_format"];

/// One page of a patient's record: the Patient first, then by type and id, an order that changes on the server cannot
/// disturb between pages. `_since` is record currency: versions stamped at or after it.
pub(super) fn everything(
    service: &Service,
    access: &Access<'_>,
    id: &str,
    asked: Parameters,
    strict: bool,
) -> Answer {
    let now = service.clock.now();
    let patient = Key::new("Patient", id);
    let current = service.store.current(&patient).ok_or_else(Refusal::not_found)?;
    if current.text.is_none() {
        return Err(Refusal::deleted());
    }
    access.open_record(id)?;
    let (parameters, cursor) = Cursor::resolve(asked)?;
    let mut issues = Vec::new();
    for (name, _) in parameters.iter().filter(|(name, _)| !UNDERSTOOD.contains(name)) {
        if strict {
            return Err(Refusal::invalid(format!(
                "The parameter {name} is not supported here."
            )));
        }
        issues.push(Issue::warning(
            "not-supported",
            format!("The parameter {name} was ignored."),
        ));
    }
    let since = match parameters.one("_since") {
        None => None,
        Some(text) => Some(
            interval(text)
                .ok_or_else(|| Refusal::invalid("_since is not an instant."))?
                .0,
        ),
    };
    let types: Vec<&str> = parameters.all("_type").flat_map(|list| list.split(',')).collect();

    let snapshot = snapshot(service, access, &patient);
    let wanted: Vec<&(Key, Version)> = snapshot
        .record
        .iter()
        .filter(|(key, version)| {
            (types.is_empty() || types.contains(&&*key.resource_type))
                && since.is_none_or(|since| version.at >= since)
        })
        .collect();
    let size = page_size(&parameters)?;
    let total = wanted.len();
    let begin = match &cursor {
        None => 0,
        Some(cursor) => {
            let last = Key::of_reference(&cursor.item)
                .ok_or_else(|| Refusal::invalid("This page link is damaged."))?;
            // The Patient first, then by key: so the record is sorted, and the last one sent need not be there any more.
            let place = |key: &Key| (*key != patient, key.clone());
            wanted.partition_point(|(key, _)| place(key) <= place(&last))
        }
    };
    let rest = &wanted[begin..];
    let here = format!("{}/Patient/{id}/$everything", service.base());
    let this = match &cursor {
        Some(cursor) => format!("{here}?{}", cursor.encoded()),
        None => format!("{here}?{}", parameters.encoded()),
    };
    let last_of_page = rest.get(size.wrapping_sub(1)).filter(|_| rest.len() > size);
    let next = last_of_page.map(|(key, _)| {
        format!(
            "{here}?{}",
            Cursor::new(&parameters, "", key.to_string()).encoded()
        )
    });
    let base = service.base();
    let mut page = Page::new(&base, "searchset", now, Some(total), &this, next.as_deref());
    for (key, version) in rest.iter().take(size) {
        let of_the_record = !version.facts.patients.is_empty();
        page.push(key, version, if of_the_record { "match" } else { "include" });
    }
    if cursor.is_none() {
        // What is withheld is withheld whatever has changed since: it is said on every first page.
        issues.extend(snapshot.withheld.issues());
        page.push_issues(&issues);
    }
    Ok(page.finish(now))
}

/// A record as one user may see it at one state of the store: the Patient first, then by type and id.
#[derive(Debug)]
struct Snapshot {
    record: Vec<(Key, Version)>,
    withheld: Withheld,
}

/// For whom and whether for an emergency, of whom, at which state of the store and in which minute (consents begin and end with time).
type SnapshotName = ((String, bool), Key, u64, i64);

/// The last few snapshots, so that the pages of a large record do not each collect it anew.
#[derive(Debug, Default)]
pub(crate) struct Snapshots(Mutex<VecDeque<(SnapshotName, Arc<Snapshot>)>>);

/// How many snapshots are kept: a client reads a handful of patients at once.
const KEPT: usize = 8;

fn snapshot(service: &Service, access: &Access<'_>, patient: &Key) -> Arc<Snapshot> {
    let minute = service.clock.now().timestamp() / 60;
    let state = service.store.generation();
    let name = (
        (access.username().to_owned(), access.is_emergency()),
        patient.clone(),
        state,
        minute,
    );
    let mut kept = service.snapshots.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, found)) = kept.iter().find(|(known, _)| *known == name) {
        return found.clone();
    }
    drop(kept);
    let (record, withheld) = whole_record(service, access, &patient.id);
    let mut record: Vec<(Key, Version)> = record.into_iter().collect();
    // Stable: what is equal in this keeps the order by key.
    record.sort_by_key(|(key, _)| key != patient);
    let made = Arc::new(Snapshot { record, withheld });
    kept = service.snapshots.0.lock().unwrap_or_else(PoisonError::into_inner);
    kept.push_front((name, made.clone()));
    kept.truncate(KEPT);
    made
}

/// Everything of a record the user may see, what it refers to included, and how much is withheld.
fn whole_record(service: &Service, access: &Access<'_>, id: &str) -> (BTreeMap<Key, Version>, Withheld) {
    let mut record = BTreeMap::new();
    let mut withheld = Withheld::default();
    for (key, version) in service.store.compartment(id) {
        // Who looked is not part of the care record; it has its own search.
        if &*key.resource_type == "AuditEvent" {
            continue;
        }
        match access.judge(&key, &version) {
            Judgement::Shown => {
                record.insert(key, version);
            }
            Judgement::Withheld(reason) => withheld.note(&key, reason),
            Judgement::Hidden => {}
        }
    }
    let mut edge: Vec<Key> = links(record.values());
    while !edge.is_empty() {
        edge.sort_unstable();
        edge.dedup();
        edge.retain(|key| !record.contains_key(key));
        let mut arrived = Vec::new();
        for (key, version) in service.store.living(&edge) {
            // Another person's record is never pulled in by a reference, nor is a list of people.
            if version.facts.patients.is_empty()
                && &*key.resource_type != "Group"
                && access.judge(&key, &version) == Judgement::Shown
            {
                arrived.push((key, version));
            }
        }
        edge = links(arrived.iter().map(|(_, version)| version));
        record.extend(arrived);
    }
    (record, withheld)
}

fn links<'v>(versions: impl Iterator<Item = &'v Version>) -> Vec<Key> {
    versions
        .flat_map(|version| version.facts.links.iter().cloned())
        .collect()
}
