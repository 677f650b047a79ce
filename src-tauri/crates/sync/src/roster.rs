//! What this device remembers of the caseload beyond the list itself: who has left it, who is kept all the same, and which
//! NHS numbers were pasted in.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use curlew_api::CaseloadSource;
use curlew_record::display::{NhsNumberError, parse_nhs_number};
use curlew_vault::{Vault, VaultError};
use serde::{Deserialize, Serialize};

/// Name of the note in the vault.
const NOTE: &str = "roster";
/// Most numbers in one pasted list: more is not a caseload but a register.
const MOST_NUMBERS: usize = 1_000;

/// Where the caseload comes from, and what becomes of those who leave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseloadPolicy {
    /// Asked one after the other.
    pub sources: Vec<CaseloadSource>,
    /// How long after leaving somebody's copy is erased.
    pub leave_after: TimeDelta,
}

impl Default for CaseloadPolicy {
    /// Every `Group` the server shows, and a day's grace.
    fn default() -> Self {
        Self {
            sources: vec![CaseloadSource::Groups],
            leave_after: TimeDelta::hours(24),
        }
    }
}

impl CaseloadPolicy {
    /// The pasted numbers among the sources.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let of = |source: &CaseloadSource| match source {
            CaseloadSource::NhsNumbers(numbers) => Some(numbers.clone()),
            _ => None,
        };
        self.sources.iter().find_map(of).unwrap_or_default()
    }
}

/// Who has left the caseload, who is kept all the same, and which numbers were pasted in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Roster {
    /// Who has left, by logical id.
    left: BTreeMap<String, Left>,
    /// Kept on this device by the user's own wish, on the caseload or not any more.
    kept: BTreeSet<String>,
    /// Ten digits each.
    numbers: Vec<String>,
    /// Whom another record has replaced at the server, and by which: old id to new.
    merged: BTreeMap<String, String>,
    /// Of the pasted numbers, those that are nobody's at the server.
    not_found: Vec<String>,
    /// And those that are more than one person's there.
    ambiguous: Vec<String>,
}

/// Somebody who has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Left {
    /// When they were first found to have.
    at: DateTime<Utc>,
    /// When their copy is erased, by policy as it was at the last contact.
    until: DateTime<Utc>,
}

impl Roster {
    /// As this device remembers it.
    ///
    /// # Errors
    /// When the store is locked or cannot be read.
    pub fn of(vault: &Vault) -> Result<Self, VaultError> {
        Ok(vault.note(NOTE)?.unwrap_or_default())
    }

    pub(crate) fn change<R>(vault: &Vault, change: impl FnOnce(&mut Self) -> R) -> Result<R, VaultError> {
        vault.change_note(NOTE, change)
    }

    /// When this person left the caseload; none when they are on it.
    #[must_use]
    pub fn left(&self, patient: &str) -> Option<DateTime<Utc>> {
        self.left.get(patient).map(|left| left.at)
    }

    /// When the copy of somebody who has left will be erased; none for anybody on the caseload or kept by wish.
    #[must_use]
    pub fn erased_at(&self, patient: &str) -> Option<DateTime<Utc>> {
        if self.is_kept(patient) {
            return None;
        }
        self.left.get(patient).map(|left| left.until)
    }

    /// Whether the user wants this person kept on the device, on the caseload or not.
    #[must_use]
    pub fn is_kept(&self, patient: &str) -> bool {
        self.kept.contains(patient)
    }

    /// The NHS numbers pasted in, ten digits each.
    #[must_use]
    pub fn numbers(&self) -> &[String] {
        &self.numbers
    }

    /// Of the pasted numbers, those that the last contact found for nobody.
    #[must_use]
    pub fn not_found(&self) -> &[String] {
        &self.not_found
    }

    /// And those it found for more than one person.
    #[must_use]
    pub fn ambiguous(&self) -> &[String] {
        &self.ambiguous
    }

    pub(crate) fn note_numbers(&mut self, not_found: Vec<String>, ambiguous: Vec<String>) {
        self.not_found = not_found;
        self.ambiguous = ambiguous;
    }

    /// The record that has taken this one's place at the server.
    #[must_use]
    pub fn merged_into(&self, patient: &str) -> Option<&str> {
        self.merged.get(patient).map(String::as_str)
    }

    pub(crate) fn note_merged(&mut self, old: &str, new: &str) {
        self.merged.insert(old.to_owned(), new.to_owned());
    }

    /// Notes who is on the caseload now and who, of those held here, is not. Gives those whose time has come.
    pub(crate) fn settle(
        &mut self,
        listed: &BTreeSet<String>,
        held: &BTreeSet<String>,
        policy: &CaseloadPolicy,
        now: DateTime<Utc>,
    ) -> BTreeSet<String> {
        // Back on the list, or with nothing left to erase: there is no leaving any more.
        self.left
            .retain(|patient, _| !listed.contains(patient) && held.contains(patient));
        for gone in held.difference(listed) {
            let left = self
                .left
                .entry(gone.clone())
                .or_insert(Left { at: now, until: now });
            left.until = left.at + policy.leave_after;
        }
        self.due(now)
    }

    /// Those whose time to be erased has come.
    pub(crate) fn due(&self, now: DateTime<Utc>) -> BTreeSet<String> {
        self.left
            .keys()
            .filter(|patient| self.erased_at(patient).is_some_and(|at| at <= now))
            .cloned()
            .collect()
    }

    pub(crate) fn forget(&mut self, patient: &str) {
        self.left.remove(patient);
        self.kept.remove(patient);
    }
}

/// Keeps somebody on this device whether or not they stay on the caseload, or no longer.
///
/// It does not make a relationship where there is none: somebody who was never on the caseload still needs one to be loaded.
///
/// # Errors
/// When the store is locked or cannot be written.
pub fn keep_offline(vault: &Vault, patient: &str, keep: bool) -> Result<(), VaultError> {
    Roster::change(vault, |roster| {
        if keep {
            roster.kept.insert(patient.to_owned());
        } else {
            roster.kept.remove(patient);
        }
    })
}

/// Remembers the NHS numbers of a pasted list.
///
/// # Errors
/// When the store is locked or cannot be written.
pub fn set_numbers(vault: &Vault, numbers: Vec<String>) -> Result<(), VaultError> {
    Roster::change(vault, |roster| roster.numbers = numbers)
}

/// A line of a pasted list that is no NHS number. Never quotes the line: it is somebody's number with a digit wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1, as a text editor does.
    pub line: usize,
    /// What is wrong with it, in words.
    pub problem: String,
}

/// Reads a pasted list of NHS numbers: one a line, spaces and hyphens as people write them, empty lines and repetitions
/// passed over, a heading in words allowed on the first line.
///
/// # Errors
/// With every line that is no NHS number (modulus 11, ISB 0149): a list is taken whole or not at all, because a number
/// dropped quietly is a patient missed.
pub fn read_nhs_numbers(text: &str) -> Result<Vec<String>, Vec<BadLine>> {
    let (mut numbers, mut bad) = (Vec::new(), Vec::new());
    for (place, line) in text.lines().enumerate() {
        // A column copied from a spreadsheet comes with commas, tabs or quotes around it.
        let written = line.trim_matches(|letter: char| letter.is_whitespace() || ",;\"'".contains(letter));
        if written.is_empty() {
            continue;
        }
        let has_no_digit = !written.contains(|letter: char| letter.is_ascii_digit());
        if place == 0 && has_no_digit {
            continue;
        }
        let problem = match parse_nhs_number(written) {
            Ok(number) if numbers.contains(&number) => continue,
            Ok(_) if numbers.len() >= MOST_NUMBERS => format!("more than {MOST_NUMBERS} numbers"),
            Ok(number) => {
                numbers.push(number);
                continue;
            }
            Err(NhsNumberError::NotTenDigits) => "not ten digits".to_owned(),
            Err(NhsNumberError::CheckDigit) => {
                "one of the ten digits is wrong: the check digit does not fit".to_owned()
            }
            Err(NhsNumberError::AllZeros) => "all zeros is nobody's number".to_owned(),
        };
        bad.push(BadLine {
            line: place + 1,
            problem,
        });
    }
    if bad.is_empty() { Ok(numbers) } else { Err(bad) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    #[test]
    fn who_leaves_is_erased_after_the_delay_and_who_comes_back_is_not() {
        let (mut roster, policy) = (Roster::default(), CaseloadPolicy::default());
        let held = ids(&["a", "b", "c"]);
        assert!(roster.settle(&ids(&["a"]), &held, &policy, at(0)).is_empty());
        assert_eq!(roster.left("b"), Some(at(0)));
        assert_eq!(roster.erased_at("b"), Some(at(24)));
        assert_eq!(roster.left("a"), None);
        // Back on the list a moment before: the leaving is forgotten, and leaving again begins anew.
        assert!(
            roster
                .settle(&ids(&["a", "b"]), &held, &policy, at(23))
                .is_empty()
        );
        assert_eq!(roster.settle(&ids(&["a"]), &held, &policy, at(24)), ids(&["c"]));
        assert_eq!(roster.erased_at("b"), Some(at(48)));
        // Erased meanwhile: nothing is left to leave.
        assert!(
            roster
                .settle(&ids(&["a"]), &ids(&["a"]), &policy, at(99))
                .is_empty()
        );
        assert_eq!(roster, Roster::default());
    }

    #[test]
    fn who_is_kept_by_wish_leaves_and_is_not_erased() {
        let (mut roster, policy) = (Roster::default(), CaseloadPolicy::default());
        roster.kept = ids(&["a"]);
        let due = roster.settle(&ids(&[]), &ids(&["a"]), &policy, at(0));
        assert!(due.is_empty() && roster.due(at(1000)).is_empty());
        roster.kept.clear();
        assert_eq!(roster.due(at(1000)), ids(&["a"]));
    }

    #[test]
    fn a_pasted_list_is_read_as_people_write_it() {
        let pasted = "NHS number\n943 476 5919\n\n\"401-023-2137\",\n9434765919\n";
        assert_eq!(
            read_nhs_numbers(pasted),
            Ok(vec!["9434765919".to_owned(), "4010232137".to_owned()])
        );
        assert_eq!(read_nhs_numbers(""), Ok(vec![]));
    }

    #[test]
    fn each_bad_line_is_named_and_none_is_quoted() {
        let bad = read_nhs_numbers("943 476 5919\n943 476 5918\nmrs test\n12345\n0000000000")
            .expect_err("four bad lines");
        assert_eq!(bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [2, 3, 4, 5]);
        assert!(bad.iter().all(|bad| !bad.problem.contains("943")));
        assert!(bad[0].problem.contains("check digit"));
    }
}
