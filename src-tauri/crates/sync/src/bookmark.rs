//! Two short notes that sync leaves itself in the vault: where an unfinished load goes on, and from where on the next
//! one asks.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use curlew_record::Arrival;
use serde::{Deserialize, Serialize};

/// How much further back a delta asks than it would have to. Servers with several clocks, and writes that commit later
/// than they were stamped, would otherwise lose changes between two contacts.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);
/// Where deletions cannot be learnt from a history, the record is fetched whole this often.
const WHOLE_AGAIN: TimeDelta = TimeDelta::hours(20);
/// And this often in any case: what a delta can never show, it may have missed.
const WHOLE_AT_LEAST: TimeDelta = TimeDelta::days(7);

/// Where an unfinished whole load goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bookmark {
    /// The next page, in `api`'s words.
    pub(crate) cursor: String,
    /// Pages read before it.
    pub(crate) pages: u32,
    /// The server's time when the first page was read.
    pub(crate) server_time: Option<String>,
    /// The patient themselves was on one of them.
    pub(crate) patient_seen: bool,
    /// What the pages before were judged by.
    pub(crate) standing: String,
    /// What did not arrive with them.
    pub(crate) arrival: Arrival,
}

/// From where on the next contact asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncPoint {
    /// The server's time at the last contact.
    pub(crate) since: String,
    /// The server's time up to which every deletion is known. Behind `since` where a contact brought changes and could not
    /// read the history to its end; empty in notes of older programs, which did not tell the two apart.
    #[serde(default)]
    pub(crate) deletions_known_to: String,
    /// What the copy was judged by.
    pub(crate) standing: String,
    /// When it was last fetched whole, in the server's time.
    pub(crate) whole: String,
}

impl SyncPoint {
    /// The `_since` of the next delta; none when the server's time was not one.
    pub(crate) fn ask_since(&self) -> Option<String> {
        before(&self.since)
    }

    /// From when on the server's history of deletions is asked for.
    pub(crate) fn ask_deletions_since(&self) -> Option<String> {
        before(&self.deletions_known_to).or_else(|| self.ask_since())
    }

    /// The same after a contact that ended well: what it brought was as of `server_time`, deletions as of `deletions`.
    pub(crate) fn moved_on(self, server_time: Option<String>, deletions: Option<&String>) -> Self {
        let known_to = match deletions {
            Some(known_to) => known_to.clone(),
            // Never further than they were: what an older note left out stands in its other time.
            None if self.deletions_known_to.is_empty() => self.since.clone(),
            None => self.deletions_known_to,
        };
        Self {
            since: server_time.unwrap_or(self.since),
            deletions_known_to: known_to,
            ..self
        }
    }

    /// Whether it is time to compare everything.
    pub(crate) fn is_whole_due(&self, now: DateTime<Utc>, knows_deletions: bool) -> bool {
        let longest = if knows_deletions {
            WHOLE_AT_LEAST
        } else {
            WHOLE_AGAIN
        };
        instant(&self.whole).is_none_or(|whole| now - whole >= longest)
    }
}

/// A time, less the overlap.
fn before(time: &str) -> Option<String> {
    let since = instant(time)?.checked_sub_signed(OVERLAP)?;
    Some(since.to_rfc3339_opts(SecondsFormat::Millis, true))
}

pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// Writes a note; none when there is nothing to write it with, and then the next load starts over.
pub(crate) fn note<T: Serialize>(note: &T) -> Option<String> {
    serde_json::to_string(note).ok()
}

/// Reads a note; none when it was left by another version of this program.
pub(crate) fn read_note<'n, T: Deserialize<'n>>(note: &'n str) -> Option<T> {
    serde_json::from_str(note).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(since: &str) -> SyncPoint {
        SyncPoint {
            since: since.into(),
            deletions_known_to: since.into(),
            standing: String::new(),
            whole: since.into(),
        }
    }

    #[test]
    fn deletions_are_asked_for_from_where_they_were_last_known() {
        let first = point("2026-03-01T08:00:00Z");
        let time = |text: &str| Some(text.to_owned());
        let blind = first.clone().moved_on(time("2026-03-01T10:00:00Z"), None);
        assert_eq!(blind.ask_since(), time("2026-03-01T09:55:00.000Z"));
        assert_eq!(blind.ask_deletions_since(), time("2026-03-01T07:55:00.000Z"));
        let read = blind.moved_on(
            time("2026-03-01T11:00:00Z"),
            time("2026-03-01T10:59:00Z").as_ref(),
        );
        assert_eq!(read.ask_deletions_since(), time("2026-03-01T10:54:00.000Z"));
        // A note of an older program says one time for both, and may not be taken for more.
        let older = SyncPoint {
            deletions_known_to: String::new(),
            ..first
        };
        assert_eq!(older.ask_deletions_since(), time("2026-03-01T07:55:00.000Z"));
        let older = older.moved_on(time("2026-03-01T10:00:00Z"), None);
        assert_eq!(older.ask_deletions_since(), time("2026-03-01T07:55:00.000Z"));
    }

    #[test]
    fn a_delta_asks_further_back_than_the_last_contact() {
        let asked = point("2026-03-01T08:00:00.250+01:00").ask_since();
        assert_eq!(asked.as_deref(), Some("2026-03-01T06:55:00.250Z"));
        assert_eq!(point("yesterday").ask_since(), None);
    }

    #[test]
    fn whole_again_after_most_of_a_day_and_when_unknown() {
        let now = instant("2026-03-02T07:30:00Z").expect("a time");
        assert!(point("2026-03-01T08:00:00Z").is_whole_due(now, false));
        assert!(!point("2026-03-01T08:00:00Z").is_whole_due(now, true));
        assert!(!point("2026-03-01T16:00:00Z").is_whole_due(now, false));
        assert!(point("2026-02-20T08:00:00Z").is_whole_due(now, true));
        assert!(point("").is_whole_due(now, true));
    }
}
