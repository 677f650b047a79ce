//! `Patient/{id}/$everything`: the compartment, and what it refers to.

use std::collections::BTreeMap;

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

    let (record, withheld) = whole_record(service, access, id);
    let wanted = |key: &Key, version: &Version| {
        (types.is_empty() || types.contains(&&*key.resource_type))
            && since.is_none_or(|since| version.at >= since)
    };
    let mut all: Vec<(Key, Version)> = record
        .into_iter()
        .filter(|(key, version)| wanted(key, version))
        .collect();
    // Stable: what is equal in this keeps the order by key.
    all.sort_by_key(|(key, _)| *key != patient);

    let size = page_size(&parameters)?;
    let total = all.len();
    let rest: Vec<(Key, Version)> = match &cursor {
        None => all,
        Some(cursor) => {
            let last = Key::of_reference(&cursor.item)
                .ok_or_else(|| Refusal::invalid("This page link is damaged."))?;
            let place = |key: &Key| (*key != patient, key.clone());
            all.into_iter()
                .filter(|(key, _)| place(key) > place(&last))
                .collect()
        }
    };
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
        page.push(
            key,
            version,
            if key.id == patient.id || !version.facts.patients.is_empty() {
                "match"
            } else {
                "include"
            },
        );
    }
    if cursor.is_none() {
        // What is withheld is withheld whatever has changed since: it is said on every first page.
        issues.extend(withheld.issues());
        page.push_issues(&issues);
    }
    Ok(page.finish(now))
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
