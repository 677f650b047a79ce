//! `GET /Type?…` and `POST /Type/_search`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Answer;
use super::access::{Access, Judgement, Standing, Withheld};
use super::bundle::{Cursor, Page, page_size};
use super::date::DateParameter;
use super::matching::{Criterion, NotUsable, date_of, included};
use super::outcome::{Issue, Refusal};
use super::parameters::Parameters;
use crate::server::Service;
use crate::store::{Key, Version};

/// What the parameters ask for.
struct Query {
    ids: Option<BTreeSet<String>>,
    patients: Option<BTreeSet<String>>,
    identifier: Option<(Option<String>, String)>,
    updated: Vec<DateParameter>,
    criteria: Vec<Criterion>,
    sort: Sort,
    includes: Vec<(String, String)>,
    ignored: Vec<String>,
    /// An NHS number, or a name with a date of birth: looking for one known person.
    traces_a_person: bool,
    by_identifier: bool,
    counts_only: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum SortBy {
    Id,
    LastUpdated,
    Date,
}

#[derive(Clone, Copy)]
struct Sort {
    by: SortBy,
    descending: bool,
}

impl Query {
    fn read(resource_type: &str, parameters: &Parameters) -> Result<Self, Refusal> {
        let mut query = Self {
            ids: None,
            patients: None,
            identifier: None,
            updated: Vec::new(),
            criteria: Vec::new(),
            sort: Sort {
                by: SortBy::Id,
                descending: false,
            },
            includes: Vec::new(),
            ignored: Vec::new(),
            traces_a_person: false,
            by_identifier: false,
            counts_only: parameters.one("_count") == Some("0") || parameters.one("_summary") == Some("count"),
        };
        let list = |value: &str| value.split(',').map(str::to_owned).collect::<BTreeSet<_>>();
        for (name, value) in parameters.iter() {
            match name {
                "_count" | "_page" | "_format" | "_pretty" | "_summary" | "_total" => {}
                "_id" => query.ids = Some(list(value)),
                "_lastUpdated" => {
                    let date = DateParameter::read(value);
                    query
                        .updated
                        .push(date.ok_or_else(|| Refusal::invalid("_lastUpdated is not a date."))?);
                }
                "_sort" => match Sort::read(value) {
                    Some(sort) => query.sort = sort,
                    None => query.ignored.push(name.to_owned()),
                },
                "_include" => match value.split(':').collect::<Vec<_>>().as_slice() {
                    [of, parameter, ..] => query.includes.push(((*of).to_owned(), (*parameter).to_owned())),
                    _ => query.ignored.push(name.to_owned()),
                },
                "patient" | "subject" | "patient:Patient" | "subject:Patient"
                    if resource_type != "Patient" =>
                {
                    let bare = |one: &str| one.rsplit("Patient/").next().unwrap_or(one).to_owned();
                    query.patients = Some(value.split(',').map(bare).collect());
                }
                "identifier" if !value.contains(',') => {
                    query.by_identifier = true;
                    query.identifier = Some(match value.split_once('|') {
                        Some((system, value)) => (Some(system.to_owned()), value.to_owned()),
                        None => (None, value.to_owned()),
                    });
                }
                _ => match Criterion::read(name, value) {
                    Ok(criterion) => query.criteria.push(criterion),
                    Err(NotUsable::Unknown) => query.ignored.push(name.to_owned()),
                    Err(NotUsable::Value) => {
                        return Err(Refusal::invalid(format!(
                            "The value of {name} is not of its kind."
                        )));
                    }
                },
            }
        }
        let has = |wanted: &str| parameters.iter().any(|(name, _)| name == wanted);
        let by_name = ["name", "family", "given"].into_iter().any(has) && has("birthdate");
        query.traces_a_person = resource_type == "Patient" && (query.by_identifier || by_name);
        Ok(query)
    }
}

impl Sort {
    fn read(value: &str) -> Option<Self> {
        let (descending, name) = match value.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, value),
        };
        let by = match name {
            "_id" => SortBy::Id,
            "_lastUpdated" => SortBy::LastUpdated,
            "date" => SortBy::Date,
            _ => return None,
        };
        Some(Self { by, descending })
    }

    fn key(self, version: &Version) -> String {
        match self.by {
            SortBy::Id => String::new(),
            SortBy::LastUpdated => format!("{:020}", version.at.timestamp_millis()),
            SortBy::Date => parsed(version)
                .map(|resource| date_of(&resource))
                .unwrap_or_default(),
        }
    }

    /// Orders (sort key, resource key) pairs; equal sort keys fall back on the resource's key, so that pages tile.
    fn order(self, a: (&str, &Key), b: (&str, &Key)) -> std::cmp::Ordering {
        let order = a.cmp(&b);
        if self.descending { order.reverse() } else { order }
    }
}

fn parsed(version: &Version) -> Option<Value> {
    serde_json::from_str(version.text.as_deref()?).ok()
}

/// One page of a type's search.
pub(super) fn search(
    service: &Service,
    access: &Access<'_>,
    resource_type: &str,
    asked: Parameters,
    strict: bool,
) -> Answer {
    let now = service.clock.now();
    let (parameters, cursor) = Cursor::resolve(asked)?;
    let query = Query::read(resource_type, &parameters)?;
    if let Some(name) = query.ignored.first().filter(|_| strict) {
        return Err(Refusal::invalid(format!(
            "The parameter {name} is not supported here."
        )));
    }
    let mut withheld = Withheld::default();
    let mut found = Vec::new();
    for (key, version) in candidates(service, access, resource_type, &query)? {
        if !fits(&query, &key, &version) {
            continue;
        }
        match access.judge(&key, &version) {
            Judgement::Shown => found.push((query.sort.key(&version), key, version)),
            Judgement::Hidden if query.traces_a_person && may_be_traced(&query, &version) => {
                found.push((query.sort.key(&version), key, version));
            }
            Judgement::Hidden => {}
            Judgement::Withheld(reason) => withheld.note(&key, reason),
        }
    }
    found.sort_by(|(a, a_key, _), (b, b_key, _)| query.sort.order((a, a_key), (b, b_key)));
    let total = found.len();
    if let Some(cursor) = &cursor {
        let last =
            Key::of_reference(&cursor.item).ok_or_else(|| Refusal::invalid("This page link is damaged."))?;
        found.retain(|(sort, key, _)| query.sort.order((sort, key), (&cursor.sort, &last)).is_gt());
    }
    let size = if query.counts_only {
        0
    } else {
        page_size(&parameters)?
    };
    let base = service.base();
    let here = format!("{base}/{resource_type}");
    let this = match &cursor {
        Some(cursor) => format!("{here}?{}", cursor.encoded()),
        None => format!("{here}?{}", parameters.encoded()),
    };
    let last_of_page = found.get(size.wrapping_sub(1)).filter(|_| found.len() > size);
    let next = last_of_page.map(|(sort, key, _)| {
        format!(
            "{here}?{}",
            Cursor::new(&parameters, sort.clone(), key.to_string()).encoded()
        )
    });
    let mut page = Page::new(&base, "searchset", now, Some(total), &this, next.as_deref());
    found.truncate(size);
    for (_, key, version) in &found {
        page.push(key, version, "match");
    }
    for (key, version) in included_with(service, access, resource_type, &query, &found) {
        page.push(&key, &version, "include");
    }
    if cursor.is_none() {
        let mut issues: Vec<Issue> = query
            .ignored
            .iter()
            .map(|name| Issue::warning("not-supported", format!("The parameter {name} was ignored.")))
            .collect();
        issues.extend(withheld.issues());
        page.push_issues(&issues);
    }
    Ok(page.finish(now))
}

/// The few resources the cheapest parameter leaves to look at.
fn candidates(
    service: &Service,
    access: &Access<'_>,
    resource_type: &str,
    query: &Query,
) -> Result<Vec<(Key, Version)>, Refusal> {
    if let Some(patients) = &query.patients {
        let always_readable = matches!(resource_type, "Consent" | "Flag" | "Group" | "AuditEvent");
        let mut found = Vec::new();
        for patient in patients {
            let known = service.store.current(&Key::new("Patient", patient)).is_some();
            let denied = matches!(*access.standing(patient), Standing::Denied);
            if known && !(denied && always_readable) {
                access.open_record(patient)?;
            }
            found.extend(service.store.compartment_of_type(patient, resource_type));
        }
        return Ok(found);
    }
    if let Some(ids) = &query.ids {
        let keys: Vec<Key> = ids.iter().map(|id| Key::new(resource_type, id)).collect();
        return Ok(service.store.living(&keys));
    }
    if let Some((system, value)) = &query.identifier {
        return Ok(service.store.identified(resource_type, system.as_deref(), value));
    }
    Ok(service.store.of_type(resource_type))
}

fn fits(query: &Query, key: &Key, version: &Version) -> bool {
    let by_identifier = |(system, value): &(Option<String>, String)| {
        let mut all = version.facts.identifiers.iter();
        all.any(|(s, v)| v == value && system.as_ref().is_none_or(|system| s == system))
    };
    let cheap = query.ids.as_ref().is_none_or(|ids| ids.contains(&*key.id))
        && query.updated.iter().all(|date| date.fits(version.at))
        && query.identifier.as_ref().is_none_or(by_identifier);
    cheap
        && (query.criteria.is_empty()
            || parsed(version).is_some_and(|resource| query.criteria.iter().all(|one| one.fits(&resource))))
}

/// Tracing, as the national demographics service does it: anybody signed in may find a person they can name exactly, but a
/// restricted person (`meta.security` R or V) only by NHS number.
fn may_be_traced(query: &Query, version: &Version) -> bool {
    let restricted = version
        .facts
        .security
        .iter()
        .any(|code| code == "R" || code == "V");
    query.by_identifier || !restricted
}

fn included_with(
    service: &Service,
    access: &Access<'_>,
    resource_type: &str,
    query: &Query,
    found: &[(String, Key, Version)],
) -> Vec<(Key, Version)> {
    let mut wanted = BTreeSet::new();
    for (_, parameter) in query.includes.iter().filter(|(of, _)| of == resource_type) {
        for resource in found.iter().filter_map(|(_, _, version)| parsed(version)) {
            wanted.extend(
                included(&resource, parameter)
                    .into_iter()
                    .filter_map(Key::of_reference),
            );
        }
    }
    for (_, key, _) in found {
        wanted.remove(key);
    }
    let mut living = service.store.living(&wanted);
    living.retain(|(key, version)| access.judge(key, version) == Judgement::Shown);
    living
}
