//! `_history` of a resource, a type or the whole server: newest first, deletions included.

use chrono::DateTime;

use super::Answer;
use super::access::{Access, Judgement};
use super::bundle::{Cursor, Page, page_size};
use super::date::{DateParameter, interval};
use super::outcome::Refusal;
use super::parameters::Parameters;
use crate::server::Service;
use crate::store::Key;

/// Whose history.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of<'a> {
    /// Everything.
    System,
    /// One resource type.
    Type(&'a str),
    /// One resource.
    Instance(&'a str, &'a str),
}

/// One page of history. `_since` means at or after (FHIR R4, 3.1.0.8).
pub(super) fn history(service: &Service, access: &Access<'_>, of: Of<'_>, asked: Parameters) -> Answer {
    let now = service.clock.now();
    let (parameters, cursor) = Cursor::resolve(asked)?;
    let since = match parameters.one("_since") {
        None => None,
        Some(text) => Some(
            interval(text)
                .ok_or_else(|| Refusal::invalid("_since is not an instant."))?
                .0,
        ),
    };
    let at = match parameters.one("_at") {
        None => None,
        Some(text) => Some(DateParameter::read(text).ok_or_else(|| Refusal::invalid("_at is not a date."))?),
    };
    let (path, key) = match of {
        Of::System => ("_history".to_owned(), None),
        Of::Type(name) => (format!("{name}/_history"), None),
        Of::Instance(name, id) => (format!("{name}/{id}/_history"), Some(Key::new(name, id))),
    };
    if let Some(key) = &key
        && service.store.current(key).is_none()
    {
        return Err(Refusal::not_found());
    }
    let wanted = |candidate: &Key| match of {
        Of::System => true,
        Of::Type(name) => &*candidate.resource_type == name,
        Of::Instance(..) => key.as_ref() == Some(candidate),
    };
    let mut all = service.store.history(since, wanted);
    all.retain(|(key, version)| {
        access.judge(key, version) == Judgement::Shown && at.is_none_or(|at| at.fits(version.at))
    });
    let total = all.len();
    if let Some(cursor) = &cursor {
        let until = position(cursor).ok_or_else(|| Refusal::invalid("This page link is damaged."))?;
        all.retain(|(_, version)| (version.at, version.seq) < until);
    }
    let size = page_size(&parameters)?;
    let base = service.base();
    let here = format!("{base}/{path}");
    let this = match &cursor {
        Some(cursor) => format!("{here}?{}", cursor.encoded()),
        None => format!("{here}?{}", parameters.encoded()),
    };
    let last_of_page = all.get(size.wrapping_sub(1)).filter(|_| all.len() > size);
    let next = last_of_page.map(|(_, version)| {
        let cursor = Cursor::new(
            &parameters,
            version.at.timestamp_millis().to_string(),
            version.seq.to_string(),
        );
        format!("{here}?{}", cursor.encoded())
    });
    let mut page = Page::new(&base, "history", now, Some(total), &this, next.as_deref());
    for (key, version) in all.iter().take(size) {
        page.push_version(key, version);
    }
    Ok(page.finish(now))
}

fn position(cursor: &Cursor) -> Option<(DateTime<chrono::Utc>, u64)> {
    let at = DateTime::from_timestamp_millis(cursor.sort.parse().ok()?)?;
    Some((at, cursor.item.parse().ok()?))
}
