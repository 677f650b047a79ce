//! One line a substance, its sources stacked under it, and what they disagree about in words.
//!
//! A group is keyed on coded product identity (dm+d, SNOMED CT or another), on a single coded ingredient, and
//! on the normalised name. The name rule drops strength and plain oral form, nothing else: a cream, an inhaler
//! or a modified-release tablet of the same drug stays a line of its own. Nothing is picked for the reader:
//! where sources disagree the status says so and each source keeps its own words.

mod course;
mod differences;
mod group;
mod substance;
mod voice;

use crate::{
    display::Moment,
    fact::{MedicineFact, MedicineRole, Subject},
    medicines::{group::Group, substance::by_substance},
    record::Record,
    view::{CareSetting, MedicineGroup, Medicines},
};

/// What one medicine statement is called, with its status and remarks: "Repeat, Started, 28 days".
pub(crate) fn stated(medicine: &MedicineFact) -> String {
    let mut words = vec![medicine.label.clone()];
    let given = matches!(medicine.role, MedicineRole::Administration | MedicineRole::Issue);
    if !given && medicine.phase.word() != medicine.label {
        words.push(medicine.phase.word().to_owned());
    }
    words.extend(medicine.remarks.iter().cloned());
    words.extend(medicine.reason.as_ref().map(|why| format!("reason: {why}")));
    words.join(", ")
}

/// What is to be checked about a medicine, the most dangerous first. Taking what was stopped, or two
/// anticoagulants at once, harms soonest; a dose in other words may be no difference at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Concern {
    /// Stopped in one source and active in another, or a second medicine of a class that kills in pairs.
    StoppedAndActive,
    /// Started elsewhere, and the GP list does not have it.
    NotOnGpList,
    /// An allergy to the same substance is recorded.
    Allergy,
    /// Doses differ as numbers.
    Dose,
    /// Part of it could not be read, or carries a mark that may turn its meaning round.
    Doubtful,
    /// Dosages are worded differently.
    Wording,
    /// Nothing found.
    Nothing,
}

/// The Medicines screen, and in which order the overview takes its current medicines.
pub(crate) struct Screen {
    pub(crate) medicines: Medicines,
    /// For each current medicine what is to be checked, in the screen's order.
    concerns: Vec<Concern>,
}

impl Screen {
    /// How many current medicines have something to check.
    pub(crate) fn to_check(&self) -> usize {
        self.concerns.iter().filter(|c| **c != Concern::Nothing).count()
    }

    /// Current medicines, the most dangerous concern first and within it high-risk medicines first; what is left
    /// keeps the screen's order. A dose in doubt is as dangerous as a stop in doubt where the medicine is high-risk:
    /// methotrexate weekly in one source and daily in another.
    pub(crate) fn by_danger(&self) -> Vec<&MedicineGroup> {
        let mut order: Vec<(&Concern, &MedicineGroup)> =
            self.concerns.iter().zip(&self.medicines.current).collect();
        order.sort_by_key(|(concern, group)| {
            let rank = match concern {
                Concern::Dose | Concern::Wording if group.high_risk.is_some() => Concern::StoppedAndActive,
                concern => **concern,
            };
            (rank, group.high_risk.is_none(), **concern)
        });
        order.into_iter().map(|(_, group)| group).collect()
    }
}

/// Builds the Medicines screen. `missing` says what is not here that could hold medicines.
pub(crate) fn medicines(record: &Record, missing: Option<&str>) -> Screen {
    let entries: Vec<Entry<'_>> = record
        .facts
        .iter()
        .enumerate()
        .filter_map(|(index, fact)| match &fact.subject {
            Subject::Medicine(medicine) => Some(Entry {
                index,
                medicine,
                when: medicine.started.or(fact.when),
            }),
            _ => None,
        })
        .collect();
    let newest = record.facts.iter().map(|fact| fact.received).max();
    let gp_list = entries
        .iter()
        .any(|e| e.medicine.decides() && record.settings[e.index].setting == CareSetting::Gp);
    let groups: Vec<Group<'_>> = by_substance(record, &entries)
        .into_iter()
        .map(|(members, joined_by)| Group::new(record, members, joined_by, newest.unwrap_or_default()))
        .collect();
    let mut current: Vec<(i64, Concern, MedicineGroup)> = Vec::new();
    let mut past = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let (differences, differs) = group.differences(&groups, at, gp_list).into_iter().unzip();
        let differs: Vec<Concern> = differs;
        let (allergy, view) = group.view(record, differences, differs.contains(&Concern::Dose));
        let doubtful = view
            .marks
            .iter()
            .any(|mark| !mark.text.starts_with("Allergy recorded"));
        let worst = differs
            .into_iter()
            .chain(allergy.then_some(Concern::Allergy))
            .chain(doubtful.then_some(Concern::Doubtful))
            .min();
        let list = if group.current { &mut current } else { &mut past };
        list.push((group.sort_key(), worst.unwrap_or(Concern::Nothing), view));
    }
    for list in [&mut current, &mut past] {
        // Newest start (or end) first; what has no date stays on top, where it is seen.
        list.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.2.id.cmp(&b.2.id)));
    }
    let (concerns, current) = current
        .into_iter()
        .map(|(_, concern, view)| (concern, view))
        .unzip();
    let mut notice: Vec<String> = missing
        .map(|m| format!("There may be more: {m}"))
        .into_iter()
        .collect();
    if !gp_list && !entries.is_empty() && record.has_setting(CareSetting::Gp) {
        notice
            .push("No medicines were received from a GP practice, so no GP list to compare with".to_owned());
    }
    let medicines = Medicines {
        current,
        past: past.into_iter().map(|(.., view)| view).collect(),
        empty: match missing {
            Some(missing) => {
                format!("No current medicines received. This is not the whole record: {missing}")
            }
            None => "No current medicines are recorded in anything received".to_owned(),
        },
        past_empty: match missing {
            Some(missing) => format!("No past medicines received. This is not the whole record: {missing}"),
            None => "No past medicines are recorded in anything received".to_owned(),
        },
        stopped: newest.and_then(|newest| course::lately_stopped(record, &groups, newest)),
        notice: (!notice.is_empty()).then(|| notice.join(". ")),
        as_at: None,
    };
    Screen { medicines, concerns }
}

impl MedicineFact {
    /// Whether it says how far the course has got. An issue, a supply or a dose given does not.
    pub(crate) fn decides(&self) -> bool {
        matches!(self.role, MedicineRole::Prescription | MedicineRole::Statement)
    }
}

/// One statement about a medicine.
#[derive(Clone, Copy)]
struct Entry<'r> {
    index: usize,
    medicine: &'r MedicineFact,
    when: Option<Moment>,
}

impl Entry<'_> {
    /// Dose, rate and how often, in words; else the dosage's own text; empty when nothing is said.
    fn dose_words(&self) -> String {
        let words = &self.medicine.words;
        let parts = [
            words.dose.as_deref(),
            words.rate.as_deref(),
            words.frequency.as_deref(),
        ];
        let shown: Vec<&str> = parts.into_iter().flatten().collect();
        if shown.is_empty() {
            words.text.clone().unwrap_or_default()
        } else {
            shown.join(" ")
        }
    }

    fn millis(&self) -> i64 {
        self.when.map_or(i64::MAX, |m| m.earliest_millis())
    }
}
