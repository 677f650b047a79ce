//! One medicine: every statement about one substance, and the line it makes.

use std::collections::{BTreeMap, HashMap};

use super::{
    Entry,
    voice::{Voice, ended_before_start},
};
use crate::{
    display::{self, MedicationWords, muted, plain, strong},
    fact::{MedicineRole, Phase},
    record::Record,
    safety,
    view::{CareSetting, MarkTone, MedicineGroup, RichText, SourceRef},
};

pub(super) struct Group<'r> {
    /// Newest first.
    pub(super) entries: Vec<Entry<'r>>,
    pub(super) joined_by: Option<String>,
    pub(super) voices: Vec<Voice<'r>>,
    pub(super) current: bool,
    /// Voices that stopped it, each with the newest dose or supply (an entry) after that.
    pub(super) given_after_stop: Vec<(usize, usize)>,
    pub(super) high_risk: Option<&'static str>,
}

impl<'r> Group<'r> {
    /// `newest` is when anything of the record was received last.
    pub(super) fn new(
        record: &Record,
        mut entries: Vec<Entry<'r>>,
        joined_by: Option<String>,
        newest: i64,
    ) -> Self {
        entries.sort_by(|a, b| b.millis().cmp(&a.millis()).then(a.index.cmp(&b.index)));
        let mut by_voice: BTreeMap<(CareSetting, Option<String>), Vec<Entry<'r>>> = BTreeMap::new();
        for entry in &entries {
            let key = (
                record.settings[entry.index].setting,
                record.organisations[entry.index].clone(),
            );
            by_voice.entry(key).or_default().push(*entry);
        }
        let settings: Vec<CareSetting> = by_voice.keys().map(|(setting, _)| *setting).collect();
        let voices: Vec<Voice<'r>> = by_voice
            .into_iter()
            .map(|((setting, organisation), said)| {
                let label = crate::care_setting::label(setting);
                let alone = settings.iter().filter(|s| **s == setting).count() == 1;
                let name = match organisation {
                    Some(organisation) if !alone || setting == CareSetting::NotStated => organisation,
                    _ if setting == CareSetting::NotStated => "A source that is not stated".to_owned(),
                    _ => label.to_owned(),
                };
                Voice {
                    setting,
                    name,
                    said: said.iter().map(|e| e.index).collect(),
                    deciding: said.into_iter().filter(|e| e.medicine.decides()).collect(),
                }
            })
            .collect();
        let decided: Vec<&Voice<'_>> = voices.iter().filter(|v| !v.deciding.is_empty()).collect();
        let current = if decided.is_empty() {
            // Only supplies, issues or doses: shown as current unless all there is are doses already given.
            entries
                .iter()
                .any(|e| e.medicine.role != MedicineRole::Administration || e.medicine.phase.is_current())
        } else {
            decided.iter().any(|v| v.current())
        };
        let given_after_stop: Vec<(usize, usize)> = if current {
            Vec::new()
        } else {
            given_after_stop(&entries, &voices, newest)
        };
        let current = current || !given_after_stop.is_empty();
        let high_risk = entries
            .iter()
            .find_map(|e| safety::high_risk_class(&e.medicine.product.name));
        Self {
            entries,
            joined_by,
            voices,
            current,
            given_after_stop,
            high_risk,
        }
    }

    /// The entry the group's line is worded from: the newest that is current, else the newest.
    pub(super) fn speaker(&self) -> &Entry<'r> {
        let deciding = || self.entries.iter().filter(|e| e.medicine.decides());
        deciding()
            .find(|e| e.medicine.phase.is_current())
            .or_else(|| deciding().next())
            .unwrap_or(&self.entries[0])
    }

    pub(super) fn sort_key(&self) -> i64 {
        let speaker = self.speaker();
        match (self.current, speaker.medicine.ended) {
            (false, Some(ended)) => ended.earliest_millis(),
            _ => speaker.millis(),
        }
    }

    fn status(&self) -> String {
        let mut words: Vec<&str> = Vec::new();
        for voice in &self.voices {
            if let Some(phase) = voice.phase()
                && !words.contains(&phase.word())
            {
                words.push(phase.word());
            }
        }
        match words.as_slice() {
            [] => self.entries[0].medicine.phase.word().to_owned(),
            [one] => (*one).to_owned(),
            several => format!("Sources differ: {}", several.join(", ")),
        }
    }

    pub(super) fn name(&self) -> String {
        display::drug_name(&self.speaker().medicine.product.name)
    }

    /// The group as shown, and whether an allergy to it is recorded. Where sources differ about the dose the line has none:
    /// whichever it had would look like the right one.
    pub(super) fn view(
        &self,
        record: &Record,
        differences: Vec<RichText>,
        doses_differ: bool,
    ) -> (bool, MedicineGroup) {
        let speaker = self.speaker();
        let fact = &record.facts[speaker.index];
        let mut marks = self.allergy_marks(record);
        let allergy = !marks.is_empty();
        for entry in self.entries.iter().filter(|e| e.medicine.decides()) {
            for found in &record.facts[entry.index].marks {
                // "not taken" is the status, and stands there and among the differences.
                let status = found.text.eq_ignore_ascii_case(entry.medicine.phase.word());
                if found.tone != MarkTone::Note && !status && !marks.contains(found) {
                    marks.push(found.clone());
                }
            }
        }
        let received = self
            .entries
            .iter()
            .map(|e| record.facts[e.index].received)
            .max()
            .unwrap_or_default();
        let sources = self.sources(record);
        let line = if doses_differ {
            display::medication_line(&MedicationWords {
                dose: None,
                rate: None,
                frequency: None,
                text: Some("dose differs between sources".to_owned()),
                ..speaker.medicine.words.clone()
            })
        } else {
            display::medication_line(&speaker.medicine.words)
        };
        let view = MedicineGroup {
            id: fact.resource.clone(),
            line,
            status: self.status(),
            current: self.current,
            differences,
            marks,
            joined_by: if self.entries.len() > 1 {
                self.joined_by.clone()
            } else {
                None
            },
            sources,
            high_risk: self.high_risk.map(str::to_owned),
            changes: self.changes(record),
            spans: self.spans(record),
            received_at: received as f64,
            is_new: false,
            hide_at_bedside: self
                .entries
                .iter()
                .find_map(|entry| record.bedside_of_fact(entry.index))
                .map(str::to_owned),
        };
        (allergy, view)
    }

    /// Every prescription and statement; of issues, supplies and doses the newest from each source, with how
    /// many there are. The others are lines of the timeline.
    fn sources(&self, record: &Record) -> Vec<SourceRef> {
        let mut counted: HashMap<(MedicineRole, CareSetting, Option<&str>, &str), usize> = HashMap::new();
        let key = |e: &Entry<'r>| {
            let organisation = record.organisations[e.index].as_deref();
            (
                e.medicine.role,
                record.settings[e.index].setting,
                organisation,
                e.medicine.label.as_str(),
            )
        };
        for entry in self.entries.iter().filter(|e| !e.medicine.decides()) {
            *counted.entry(key(entry)).or_default() += 1;
        }
        let mut sources = Vec::new();
        let name = self.name();
        for entry in &self.entries {
            let more = if entry.medicine.decides() {
                0
            } else {
                match counted.remove(&key(entry)) {
                    Some(count) => count - 1,
                    None => continue,
                }
            };
            sources.push(self.source(record, entry, &name, more));
        }
        sources
    }

    /// What one source says of the medicine called `name`.
    fn source(&self, record: &Record, entry: &Entry<'_>, name: &str, more: usize) -> SourceRef {
        let medicine = entry.medicine;
        let mut says: RichText = vec![strong(medicine.label.clone())];
        let mut facts: Vec<String> = Vec::new();
        if medicine.decides() {
            facts.push(medicine.phase.word().to_owned());
        }
        facts.extend(entry.when.map(|m| m.date_text()));
        if medicine.decides() && !medicine.phase.is_current() {
            facts.extend(medicine.ended.map(|m| format!("ended {}", m.date_text())));
        }
        facts.extend(medicine.remarks.iter().cloned());
        facts.extend(medicine.reason.as_ref().map(|why| format!("reason: {why}")));
        says.push(plain(format!(" {}", facts.join(", "))));
        let words = &medicine.words;
        let dosage: Vec<&str> = [
            &words.dose,
            &words.rate,
            &words.duration,
            &words.route,
            &words.frequency,
            &words.text,
        ]
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
        if !dosage.is_empty() {
            says.push(plain(format!(" \u{b7} {}", dosage.join(", "))));
        }
        if display::drug_name(&medicine.product.name) != name {
            says.push(muted(format!(" \u{b7} as {}", medicine.product.name)));
        }
        if more > 0 {
            says.push(muted(format!(" \u{b7} and {more} earlier")));
        }
        let base = record.source(entry.index, false);
        SourceRef { says, ..base }
    }
}

/// Voices that say it is stopped, each with the newest dose given or supply made since. Where the stop has no date, a
/// dose of the last month before the newest arrival counts: it may be the one that should not have been given.
fn given_after_stop(entries: &[Entry<'_>], voices: &[Voice<'_>], newest: i64) -> Vec<(usize, usize)> {
    const MONTH: i64 = 31 * 24 * 3_600_000;
    let given = |entry: &Entry<'_>| {
        matches!(
            entry.medicine.role,
            MedicineRole::Administration | MedicineRole::Dispense
        ) && entry.medicine.phase != Phase::NotTaken
    };
    let stopped = voices
        .iter()
        .enumerate()
        .filter(|(_, voice)| !voice.current() && voice.phase() == Some(&Phase::Discontinued));
    stopped
        .filter_map(|(at, voice)| {
            // Entries stand newest first.
            let after = entries.iter().position(|entry| {
                let Some(when) = entry.when.filter(|_| given(entry)) else {
                    return false;
                };
                match voice.ended() {
                    Some(ended) => ended_before_start(Some(ended), Some(when)),
                    None => when.earliest_millis() >= newest - MONTH,
                }
            })?;
            Some((at, after))
        })
        .collect()
}
