//! The words of a look into the past.

use chrono::{DateTime, Utc};

use crate::{ChangeCount, change_words, display::Moment, facts::words::type_words, view::AsAt};

/// What is said of a moment of which nobody kept what had not arrived by then.
pub const ARRIVAL_NOT_KNOWN: &str =
    "What was missing at that moment is not known: this device did not keep it then";

impl AsAt {
    /// The view of a moment, with what can no longer be told of it.
    #[must_use]
    pub fn of(at: DateTime<Utc>, notes: Vec<String>) -> Self {
        Self {
            at: at.timestamp_millis() as f64,
            text: format!("As this device could show it on {}", Moment::Instant(at).text()),
            notes,
        }
    }
}

/// Why what was shown then cannot be shown any more: "destroyed on 22-Nov-2026 09:10, because …".
#[must_use]
pub fn destroyed_words(at: DateTime<Utc>, reason: &str) -> String {
    let reason = reason.trim_end_matches('.');
    format!(
        "could be seen then, and destroyed on {}, because {reason}",
        Moment::Instant(at).text()
    )
}

/// "2 of Problems and diagnoses could be seen then, and …": one sentence for the notice of a past view.
#[must_use]
pub fn destroyed_note(resource_type: &str, count: u32, words: &str) -> String {
    let entries = if count == 1 { "entry" } else { "entries" };
    format!(
        "{count} {entries} ({}) {words}",
        type_words(resource_type).to_lowercase()
    )
}

/// What a step of the copy brought: "2 new results \u{b7} 1 changed problem".
#[must_use]
pub fn step_words(first: bool, changes: &[ChangeCount]) -> String {
    let words = change_words(changes).join(" \u{b7} ");
    match (first, words.is_empty()) {
        (true, true) => "The copy was made".to_owned(),
        (true, false) => format!("The copy was made: {words}"),
        // Only what had not arrived is different: a page that failed, something withheld.
        (false, true) => "What was missing changed".to_owned(),
        (false, false) => words,
    }
}

/// `22-Nov-2026 09:14`.
#[must_use]
pub fn moment_words(at: DateTime<Utc>) -> String {
    Moment::Instant(at).text()
}
