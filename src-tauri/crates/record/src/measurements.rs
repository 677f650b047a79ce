//! What was measured at one contact, told in one go: nine readings of one ambulance visit must not push the rest of a
//! week off the first screen.
//!
//! Only what can be told so without misleading: taken on the contact's own day, carrying no mark, free to be seen at the
//! bedside. An abnormal result keeps its own line.

use crate::view::{ContactMeasurements, Line, LineKind};

/// Fewer stand for themselves.
const WORTH_TELLING_AT_ONCE: usize = 2;

/// The measurements of each contact whose own line is among `lines`, in the order of the contacts.
pub(crate) fn of_contacts(lines: &[Line]) -> Vec<ContactMeasurements> {
    lines
        .iter()
        .filter(|line| line.kind == LineKind::Encounter)
        .filter_map(|contact| {
            let taken: Vec<&Line> = lines.iter().filter(|line| taken_at(line, contact)).collect();
            (taken.len() >= WORTH_TELLING_AT_ONCE).then(|| told(contact, &taken))
        })
        .collect()
}

fn taken_at(line: &Line, contact: &Line) -> bool {
    let Some(encounter) = line.encounter.as_deref() else {
        return false;
    };
    line.kind == LineKind::Result
        && contact.sources.iter().any(|source| source.resource == encounter)
        && line.when == contact.when
        && line.marks.is_empty()
        && line.hide_at_bedside.is_none()
        && contact.hide_at_bedside.is_none()
}

fn told(contact: &Line, taken: &[&Line]) -> ContactMeasurements {
    let titles: Vec<&str> = taken.iter().map(|line| line.title.as_str()).collect();
    ContactMeasurements {
        contact: contact.id.clone(),
        words: format!("{} measurements: {}", taken.len(), titles.join(" \u{b7} ")),
        lines: taken.iter().map(|line| line.id.clone()).collect(),
    }
}
