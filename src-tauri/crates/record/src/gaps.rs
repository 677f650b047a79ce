//! The one list of what is not shown, and why. `received == shown + named`, always.

use std::collections::BTreeMap;

use crate::{
    Arrival,
    fact::Subject,
    facts::words::type_words,
    record::Record,
    view::{CareSetting, Gap, GapReason, Gaps},
};

/// At most this many items are listed under one gap; its count says how many there are.
const LISTED: usize = 50;

/// Resources that get no line, gathered while reading.
#[derive(Debug, Default)]
pub(crate) struct NotShown {
    /// Resources that could not be read at all: what they are called, and what is wrong.
    pub(crate) unreadable: Vec<String>,
    /// Elements that could not be read in resources that are shown, by path, with the resource type.
    pub(crate) elements: Vec<(String, String)>,
    /// Received and kept, without a screen, by type.
    pub(crate) not_displayed: Vec<String>,
    /// Declared a mistake by their source.
    pub(crate) entered_in_error: Vec<String>,
    /// About another patient.
    pub(crate) other_patient: Vec<String>,
    /// What servers said in an OperationOutcome, with the resource.
    pub(crate) outcomes: Vec<(String, String)>,
    /// Elements whose source says they are masked.
    pub(crate) masked: Vec<String>,
    /// Other records of the same person, which nobody has merged with this one.
    pub(crate) held_apart: Vec<String>,
}

impl NotShown {
    /// How many resources are named as not shown.
    pub(crate) fn resources(&self) -> usize {
        self.unreadable.len()
            + self.not_displayed.len()
            + self.entered_in_error.len()
            + self.other_patient.len()
            + self.outcomes.len()
    }
}

/// Whether a type could hold an allergy or a medicine.
fn touches_safety(resource_type: &str) -> bool {
    resource_type.starts_with("Medication")
        || matches!(resource_type, "AllergyIntolerance" | "List" | "Bundle")
}

fn type_of(resource: &str) -> &str {
    resource.split(['/', '.', ':']).next().unwrap_or_default()
}

fn gap(reason: GapReason, text: impl Into<String>, mut items: Vec<String>, touches_safety: bool) -> Gap {
    items.sort();
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
    items.truncate(LISTED);
    Gap {
        reason,
        text: text.into(),
        count,
        items,
        touches_safety,
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {many}")
    }
}

/// Every gap, most serious first. Counts are filled in by the caller, from what is really shown.
pub(crate) fn gaps(record: &Record, not_shown: &NotShown, arrival: &Arrival) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for failure in &arrival.failures {
        let text = format!(
            "{}. Load this patient again when there is a connection",
            failure.what.trim_end_matches('.')
        );
        gaps.push(gap(GapReason::Failed, text, Vec::new(), failure.touches_safety));
    }
    for note in &arrival.notes {
        // Nobody knows what it hides.
        gaps.push(gap(GapReason::Failed, note.clone(), Vec::new(), true));
    }
    for withheld in &arrival.withheld {
        let what = withheld
            .resource_type
            .as_deref()
            .map_or("Part of the record".to_owned(), type_words);
        let count = if withheld.count > 0 {
            format!(" ({})", counted(withheld.count as usize, "item", "items"))
        } else {
            String::new()
        };
        let safety = withheld.resource_type.as_deref().is_none_or(touches_safety);
        gaps.push(Gap {
            reason: GapReason::Withheld,
            text: format!("{what}{count} withheld: {}", withheld.reason),
            count: withheld.count,
            items: Vec::new(),
            touches_safety: safety,
        });
    }
    for (reason_words, items) in grouped(
        arrival
            .unreadable
            .iter()
            .map(|u| (u.problem.clone(), u.item.clone())),
    ) {
        let safety = items
            .iter()
            .any(|item| !item.contains('/') || touches_safety(type_of(item)));
        let text = format!(
            "{} arrived and could not be kept: {reason_words}",
            counted(items.len(), "entry", "entries")
        );
        gaps.push(gap(GapReason::Unreadable, text, items, safety));
    }
    if !not_shown.unreadable.is_empty() {
        let text = format!(
            "{} could not be read at all",
            counted(not_shown.unreadable.len(), "resource", "resources")
        );
        gaps.push(gap(
            GapReason::Unreadable,
            text,
            not_shown.unreadable.clone(),
            true,
        ));
    }
    if !not_shown.other_patient.is_empty() {
        let text = format!(
            "{} received with this record {} about a different patient and not shown. Tell the record\u{2019}s support team",
            counted(not_shown.other_patient.len(), "resource", "resources"),
            if not_shown.other_patient.len() == 1 {
                "is"
            } else {
                "are"
            },
        );
        gaps.push(gap(
            GapReason::Failed,
            text,
            not_shown.other_patient.clone(),
            true,
        ));
    }
    if !not_shown.held_apart.is_empty() {
        gaps.push(gap(
            GapReason::NotDisplayed,
            "This person has another record, held apart from this one: what is in it is not shown here",
            not_shown.held_apart.clone(),
            true,
        ));
    }
    for (said, items) in grouped(
        not_shown
            .outcomes
            .iter()
            .map(|(resource, said)| (said.clone(), resource.clone())),
    ) {
        gaps.push(gap(
            GapReason::Failed,
            format!("The record\u{2019}s server says: {said}"),
            items,
            true,
        ));
    }
    for (kind, items) in grouped(
        not_shown
            .elements
            .iter()
            .map(|(kind, path)| (kind.clone(), path.clone())),
    ) {
        let safety = touches_safety(&kind);
        let text = format!(
            "{} of {} could not be read; the rest of each is shown",
            counted(items.len(), "part", "parts"),
            type_words(&kind).to_lowercase(),
        );
        gaps.push(gap(GapReason::Unreadable, text, items, safety));
    }
    if !not_shown.masked.is_empty() {
        let text = format!(
            "{} masked by the source",
            counted(not_shown.masked.len(), "element is", "elements are")
        );
        let safety = not_shown.masked.iter().any(|path| touches_safety(type_of(path)));
        gaps.push(gap(GapReason::Withheld, text, not_shown.masked.clone(), safety));
    }
    list_gaps(record, &mut gaps);
    for (kind, items) in grouped(
        record
            .unanswered()
            .into_iter()
            .map(|key| (type_of(&key).to_owned(), key)),
    ) {
        let text = match kind.as_str() {
            "Binary" => format!(
                "{} referred to, but not received: to be asked for at the source",
                counted(items.len(), "document file", "document files")
            ),
            _ => format!(
                "{} of {} referred to, but not received",
                counted(items.len(), "entry", "entries"),
                type_words(&kind).to_lowercase()
            ),
        };
        gaps.push(gap(GapReason::InTransit, text, items, touches_safety(&kind)));
    }
    let errors = grouped(
        not_shown
            .entered_in_error
            .iter()
            .map(|r| (type_of(r).to_owned(), r.clone())),
    );
    for (kind, items) in errors {
        let text = format!(
            "{} of {} marked by the source as entered in error",
            counted(items.len(), "entry", "entries"),
            type_words(&kind).to_lowercase()
        );
        gaps.push(gap(GapReason::EnteredInError, text, items, false));
    }
    let kinds = grouped(
        not_shown
            .not_displayed
            .iter()
            .map(|r| (type_of(r).to_owned(), r.clone())),
    );
    for (kind, items) in kinds {
        let text = format!(
            "{} kept but not shown: Curlew has no screen for {}",
            counted(items.len(), "resource is", "resources are"),
            type_words(&kind),
        );
        gaps.push(gap(GapReason::NotDisplayed, text, items, false));
    }
    let absent = absent_settings(record);
    if !absent.is_empty() {
        let text = format!(
            "Nothing has been received from: {}. That does not mean there is nothing",
            absent.join(", ")
        );
        gaps.push(gap(GapReason::NotConnected, text, Vec::new(), false));
    }
    gaps.sort_by_key(|gap| (!gap.touches_safety, severity(gap.reason)));
    gaps
}

/// What lists say is missing from them (GP Connect's warning codes and empty reasons).
fn list_gaps(record: &Record, gaps: &mut Vec<Gap>) {
    for fact in &record.facts {
        let Subject::List(list) = &fact.subject else {
            continue;
        };
        let safety = list.allergies || list.title.to_lowercase().contains("medic");
        for warning in &list.warnings {
            let text = format!("The list \u{201c}{}\u{201d}: {warning}", list.title);
            gaps.push(Gap {
                reason: if warning.contains("confidential") || warning.contains("opted out") {
                    GapReason::Withheld
                } else {
                    GapReason::InTransit
                },
                text,
                count: 0,
                items: vec![fact.resource.clone()],
                touches_safety: safety,
            });
        }
        let Some(reason) = list.empty_reason.as_deref().filter(|_| !list.nil_known) else {
            continue;
        };
        let lower = reason.to_lowercase();
        let kind = if lower.contains("withheld") {
            GapReason::Withheld
        } else if lower.contains("unavailable")
            || lower.contains("not asked")
            || lower.contains("notasked")
            || lower.contains("not started")
            || lower.contains("no content")
        {
            GapReason::InTransit
        } else {
            continue;
        };
        gaps.push(Gap {
            reason: kind,
            text: format!(
                "The list \u{201c}{}\u{201d} was sent empty ({reason}), which does not mean there is nothing",
                list.title
            ),
            count: 0,
            items: vec![fact.resource.clone()],
            touches_safety: safety,
        });
    }
}

/// The settings a shared record of an area has, of which nothing came. Unknown settings could be any of them.
fn absent_settings(record: &Record) -> Vec<&'static str> {
    [
        CareSetting::Gp,
        CareSetting::Acute,
        CareSetting::Community,
        CareSetting::MentalHealth,
        CareSetting::SocialCare,
        CareSetting::Ambulance,
    ]
    .into_iter()
    .filter(|setting| !record.has_setting(*setting))
    .map(crate::care_setting::label)
    .collect()
}

fn grouped(items: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut by_key: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, item) in items {
        by_key.entry(key).or_default().push(item);
    }
    by_key
}

fn severity(reason: GapReason) -> u8 {
    match reason {
        GapReason::Failed => 0,
        GapReason::Withheld => 1,
        GapReason::Unreadable => 2,
        GapReason::InTransit => 3,
        GapReason::Old => 4,
        GapReason::EnteredInError => 5,
        GapReason::NotDisplayed => 6,
        GapReason::NotConnected => 7,
    }
}

/// What is missing, in one sentence each, by what it could hide. A gap of unknown content could hide anything.
#[derive(Debug, Clone, Default)]
pub(crate) struct Missing {
    pub(crate) allergies: Option<String>,
    pub(crate) medicines: Option<String>,
    pub(crate) anything: Option<String>,
}

/// What a gap could hide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hides {
    Allergies,
    Medicines,
    Anything,
}

/// Words for what the gaps could hide.
pub(crate) fn missing(gaps: &[Gap], record: &Record) -> Missing {
    let touching: Vec<(&Gap, Hides)> = gaps
        .iter()
        .filter(|g| g.touches_safety)
        .map(|g| (g, hides(g, record)))
        .collect();
    let words = |kinds: &[Hides]| {
        let of: Vec<&str> = touching
            .iter()
            .filter(|(_, hides)| kinds.contains(hides))
            .map(|(g, _)| g.text.as_str())
            .collect();
        match of.as_slice() {
            [] => None,
            [one] => Some((*one).to_owned()),
            [first, rest @ ..] => Some(format!("{first}; and {} more under Gaps", rest.len())),
        }
    };
    Missing {
        allergies: words(&[Hides::Allergies, Hides::Anything]),
        medicines: words(&[Hides::Medicines, Hides::Anything]),
        anything: words(&[Hides::Anything]),
    }
}

/// A gap that names only allergies, or only medicines, hides nothing else.
fn hides(gap: &Gap, record: &Record) -> Hides {
    let one = |item: &str| match type_of(item) {
        "AllergyIntolerance" => Hides::Allergies,
        kind if kind.starts_with("Medication") => Hides::Medicines,
        "List" => match record
            .facts
            .iter()
            .find(|f| f.resource == item)
            .map(|f| &f.subject)
        {
            Some(Subject::List(list)) if list.allergies => Hides::Allergies,
            Some(Subject::List(_)) => Hides::Medicines,
            _ => Hides::Anything,
        },
        _ => Hides::Anything,
    };
    let kinds: Vec<Hides> = gap.items.iter().map(|item| one(item)).collect();
    match kinds.split_first() {
        Some((first, rest)) if rest.iter().all(|kind| kind == first) => *first,
        _ => Hides::Anything,
    }
}

/// The finished list with its counts.
pub(crate) fn counted_gaps(gaps: Vec<Gap>, received: usize, shown: usize, named: usize) -> Gaps {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Gaps {
        gaps,
        received: number(received),
        shown: number(shown),
        named: number(named),
        as_at: None,
    }
}
