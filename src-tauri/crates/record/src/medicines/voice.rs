//! One source of a medicine, with what it says now and when it stopped saying so.

use super::Entry;
use crate::{display::Moment, fact::Phase, view::CareSetting};

/// One source of a group: a setting and an organisation.
pub(super) struct Voice<'r> {
    pub(super) setting: CareSetting,
    /// "Hospital", or "Hospital (Estuary and Creeks …)" where one setting speaks with two voices.
    pub(super) name: String,
    /// Statements that decide, newest first.
    pub(super) deciding: Vec<Entry<'r>>,
    /// Every fact it contributes.
    pub(super) said: Vec<usize>,
}

impl Voice<'_> {
    pub(super) fn current(&self) -> bool {
        self.deciding.iter().any(|e| e.medicine.phase.is_current())
    }

    pub(super) fn started(&self) -> Option<Moment> {
        self.deciding
            .iter()
            .filter(|e| e.medicine.phase.is_current())
            .filter_map(|e| e.when)
            .next_back()
    }

    /// When its newest past statement ended, as far as it says.
    pub(super) fn ended(&self) -> Option<Moment> {
        self.deciding.first().and_then(|e| e.medicine.ended)
    }

    pub(super) fn phase(&self) -> Option<&Phase> {
        let current = self.deciding.iter().find(|e| e.medicine.phase.is_current());
        current.or(self.deciding.first()).map(|e| &e.medicine.phase)
    }

    /// Its current doses, each in words; and as numbers when every one is coded as a quantity.
    pub(super) fn doses(&self) -> Vec<Dose<'_>> {
        let mut doses: Vec<Dose<'_>> = Vec::new();
        for entry in self.deciding.iter().filter(|e| e.medicine.phase.is_current()) {
            let words = &entry.medicine.words;
            let text = entry.dose_words();
            if text.is_empty() || doses.iter().any(|d| d.text == text) {
                continue;
            }
            doses.push(Dose {
                text,
                amount: entry
                    .medicine
                    .dose
                    .as_ref()
                    .map(|(value, unit)| (value.as_f64(), unit.as_str())),
                frequency: words.frequency.as_deref(),
            });
        }
        doses.sort_by(|a, b| a.text.cmp(&b.text));
        doses
    }
}

pub(super) struct Dose<'v> {
    pub(super) text: String,
    pub(super) amount: Option<(f64, &'v str)>,
    pub(super) frequency: Option<&'v str>,
}

/// Whether two sets of doses say the same. Numbers are compared as numbers only when coded as quantities in
/// the same unit; everything else as text.
pub(super) fn same_doses(a: &[Dose<'_>], b: &[Dose<'_>]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (a.amount, b.amount) {
            (Some((x, unit)), Some((y, other))) if unit == other => {
                x == y && (a.frequency == b.frequency || a.frequency.is_none() || b.frequency.is_none())
            }
            _ => a.text.to_lowercase() == b.text.to_lowercase(),
        })
}

/// Whether an ending came before a start, so that they are history and not a disagreement. Unknown dates may
/// disagree, and are shown.
pub(super) fn ended_before_start(ended: Option<Moment>, started: Option<Moment>) -> bool {
    match (ended, started) {
        (Some(ended), Some(started)) => match (ended.latest_day(), started.earliest_day()) {
            (Some(end), Some(start)) => end < start,
            _ => false,
        },
        _ => false,
    }
}
