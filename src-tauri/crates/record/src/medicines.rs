//! One line a substance, its sources stacked under it, and what they disagree about in words.
//!
//! A group is keyed on coded product identity (dm+d, SNOMED CT or another), on a single coded ingredient, and
//! on the normalised name. The name rule drops strength and plain oral form, nothing else: a cream, an inhaler
//! or a modified-release tablet of the same drug stays a line of its own. Nothing is picked for the reader:
//! where sources disagree the status says so and each source keeps its own words.

use std::collections::{BTreeMap, HashMap};

use crate::{
    display::{self, Moment, muted, plain, strong},
    fact::{Code, MedicineFact, MedicineRole, Phase, SNOMED, Subject},
    joining::Sets,
    record::Record,
    safety,
    view::{CareSetting, Mark, MarkTone, MedicineGroup, Medicines, RichText, SourceRef},
};

/// What one medicine statement is called, with its status and remarks: "Repeat, Started, 28 days".
pub(crate) fn stated(medicine: &MedicineFact) -> String {
    let mut words = vec![medicine.label.clone()];
    let given = matches!(medicine.role, MedicineRole::Administration | MedicineRole::Issue);
    if !given && medicine.phase.word() != medicine.label {
        words.push(medicine.phase.word().to_owned());
    }
    words.extend(medicine.remarks.iter().cloned());
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
pub(crate) fn medicines(record: &Record<'_>, missing: Option<&str>) -> Screen {
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
    let gp_list = entries
        .iter()
        .any(|e| e.medicine.decides() && record.settings[e.index].setting == CareSetting::Gp);
    let groups: Vec<Group<'_>> = group(&entries)
        .into_iter()
        .map(|(members, joined_by)| Group::new(record, members, joined_by))
        .collect();
    let mut current: Vec<(i64, Concern, MedicineGroup)> = Vec::new();
    let mut past = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let (differences, differs) = group.differences(&groups, at, gp_list).into_iter().unzip();
        let (allergy, view) = group.view(record, differences);
        let differs: Vec<Concern> = differs;
        let worst = differs
            .into_iter()
            .chain(allergy.then_some(Concern::Allergy))
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
        notice: (!notice.is_empty()).then(|| notice.join(". ")),
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
    fn millis(&self) -> i64 {
        self.when.map_or(i64::MAX, |m| m.earliest_millis())
    }
}

/// Entries by substance, with the rule that joined them.
fn group<'r>(entries: &[Entry<'r>]) -> Vec<(Vec<Entry<'r>>, Option<String>)> {
    let mut sets = Sets::new(entries.len());
    let mut by_code: HashMap<&Code, usize> = HashMap::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut code_joined: Vec<(usize, &Code)> = Vec::new();
    let mut name_joined: Vec<usize> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let product = &entry.medicine.product;
        let substance = if product.ingredients.len() == 1 {
            product.ingredients.first()
        } else {
            None
        };
        for code in product.codes.iter().chain(substance) {
            match by_code.get(code) {
                Some(&first) => {
                    sets.union(first, at);
                    code_joined.push((at, code));
                }
                None => {
                    by_code.insert(code, at);
                }
            }
        }
        let name = name_key(&product.name);
        if !name.is_empty() {
            match by_name.get(&name) {
                Some(&first) => {
                    if sets.union(first, at) {
                        name_joined.push(at);
                    }
                }
                None => {
                    by_name.insert(name, at);
                }
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<Entry<'r>>> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        members.entry(sets.find(at)).or_default().push(*entry);
    }
    let mut code_rule: HashMap<usize, &Code> = HashMap::new();
    for (at, code) in code_joined {
        code_rule.entry(sets.find(at)).or_insert(code);
    }
    let name_rule: std::collections::HashSet<usize> =
        name_joined.into_iter().map(|at| sets.find(at)).collect();
    members
        .into_iter()
        .map(|(root, group)| {
            let by_code = code_rule.get(&root).map(|code| match code.system.as_str() {
                SNOMED => format!("the same coded product (SNOMED CT or dm+d {})", code.code),
                _ => format!("the same coded product ({})", code.code),
            });
            let by_name = name_rule
                .contains(&root)
                .then(|| "the same medicine name".to_owned());
            let rule = match (by_code, by_name) {
                (Some(code), Some(name)) => Some(format!("{code}; {name}")),
                (code, name) => code.or(name),
            };
            (group, rule)
        })
        .collect()
}

/// Units of strength and words of plain oral forms.
const DROPPED: [&str; 28] = [
    "mg",
    "g",
    "mcg",
    "microgram",
    "micrograms",
    "nanogram",
    "nanograms",
    "ml",
    "l",
    "unit",
    "units",
    "iu",
    "mmol",
    "hr",
    "hour",
    "tablet",
    "tablets",
    "tab",
    "tabs",
    "capsule",
    "capsules",
    "cap",
    "caps",
    "caplet",
    "caplets",
    "oral",
    "actuat",
    "ug",
];

/// The name rule: lower case; numbers, units of strength and plain oral form words left out; every other word kept.
pub(crate) fn name_key(name: &str) -> String {
    let lower = name.to_lowercase();
    if lower == "medicine not named" {
        return String::new();
    }
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| !word.is_empty() && !DROPPED.contains(word))
        .filter(|word| !is_strength(word))
        .collect();
    words.join(" ")
}

/// `5mg`, `2`, `100units`: a number, with or without a unit stuck to it. `B12` and `5-fluorouracil` are neither.
fn is_strength(word: &str) -> bool {
    let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
    unit.len() < word.len() && (unit.is_empty() || unit == "h" || DROPPED.contains(&unit))
}

/// One source of a group: a setting and an organisation.
struct Voice<'r> {
    setting: CareSetting,
    /// "Hospital", or "Hospital (Estuary and Creeks …)" where one setting speaks with two voices.
    name: String,
    /// Statements that decide, newest first.
    deciding: Vec<Entry<'r>>,
    /// Every fact it contributes.
    said: Vec<usize>,
}

impl Voice<'_> {
    fn current(&self) -> bool {
        self.deciding.iter().any(|e| e.medicine.phase.is_current())
    }

    fn started(&self) -> Option<Moment> {
        self.deciding
            .iter()
            .filter(|e| e.medicine.phase.is_current())
            .filter_map(|e| e.when)
            .next_back()
    }

    /// When its newest past statement ended, as far as it says.
    fn ended(&self) -> Option<Moment> {
        self.deciding.first().and_then(|e| e.medicine.ended)
    }

    fn phase(&self) -> Option<&Phase> {
        let current = self.deciding.iter().find(|e| e.medicine.phase.is_current());
        current.or(self.deciding.first()).map(|e| &e.medicine.phase)
    }

    /// Its current doses, each in words; and as numbers when every one is coded as a quantity.
    fn doses(&self) -> Vec<Dose<'_>> {
        let mut doses: Vec<Dose<'_>> = Vec::new();
        for entry in self.deciding.iter().filter(|e| e.medicine.phase.is_current()) {
            let words = &entry.medicine.words;
            let parts = [
                words.dose.as_deref(),
                words.rate.as_deref(),
                words.frequency.as_deref(),
            ];
            let shown: Vec<&str> = parts.into_iter().flatten().collect();
            let text = if shown.is_empty() {
                words.text.clone().unwrap_or_default()
            } else {
                shown.join(" ")
            };
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

struct Dose<'v> {
    text: String,
    amount: Option<(f64, &'v str)>,
    frequency: Option<&'v str>,
}

/// Whether two sets of doses say the same. Numbers are compared as numbers only when coded as quantities in
/// the same unit; everything else as text.
fn same_doses(a: &[Dose<'_>], b: &[Dose<'_>]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (a.amount, b.amount) {
            (Some((x, unit)), Some((y, other))) if unit == other => {
                x == y && (a.frequency == b.frequency || a.frequency.is_none() || b.frequency.is_none())
            }
            _ => a.text.to_lowercase() == b.text.to_lowercase(),
        })
}

struct Group<'r> {
    /// Newest first.
    entries: Vec<Entry<'r>>,
    joined_by: Option<String>,
    voices: Vec<Voice<'r>>,
    current: bool,
    /// Voices that stopped it, each with the newest dose or supply (an entry) after that.
    given_after_stop: Vec<(usize, usize)>,
    high_risk: Option<&'static str>,
}

impl<'r> Group<'r> {
    fn new(record: &Record<'_>, mut entries: Vec<Entry<'r>>, joined_by: Option<String>) -> Self {
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
        let newest = record
            .facts
            .iter()
            .map(|fact| fact.received)
            .max()
            .unwrap_or_default();
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
    fn speaker(&self) -> &Entry<'r> {
        let deciding = || self.entries.iter().filter(|e| e.medicine.decides());
        deciding()
            .find(|e| e.medicine.phase.is_current())
            .or_else(|| deciding().next())
            .unwrap_or(&self.entries[0])
    }

    fn sort_key(&self) -> i64 {
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

    fn name(&self) -> String {
        display::drug_name(&self.speaker().medicine.product.name)
    }

    /// What the sources disagree about, each in a sentence, and how dangerous that is.
    fn differences(&self, all: &[Self], own: usize, gp_list: bool) -> Vec<(RichText, Concern)> {
        let mut differences: Vec<(RichText, Concern)> = Vec::new();
        let decided: Vec<&Voice<'_>> = self.voices.iter().filter(|v| !v.deciding.is_empty()).collect();
        let active: Vec<&&Voice<'_>> = decided.iter().filter(|v| v.current()).collect();

        for stopped in decided.iter().filter(|v| !v.current()) {
            let still: Vec<&str> = active
                .iter()
                .filter(|v| !ended_before_start(stopped.ended().or(stopped.deciding[0].when), v.started()))
                .map(|v| v.name.as_str())
                .collect();
            if still.is_empty() {
                continue;
            }
            let word = match stopped.phase() {
                Some(Phase::Completed) => "completed",
                Some(Phase::NotTaken) => "not taken",
                _ => "stopped",
            };
            let when = match (stopped.ended(), stopped.deciding[0].when) {
                (Some(ended), _) => format!(" {}", ended.date_text()),
                (None, Some(stated)) => format!(" (dated {})", stated.date_text()),
                (None, None) => String::new(),
            };
            let said = vec![
                plain(format!("{} says ", stopped.name)),
                strong(word),
                plain(format!(
                    "{when}. {} says active. Not reconciled.",
                    still.join(" and ")
                )),
            ];
            differences.push((said, Concern::StoppedAndActive));
        }

        for &(stopped, given) in &self.given_after_stop {
            let (stopped, given) = (&self.voices[stopped], &self.entries[given]);
            let when = stopped
                .ended()
                .map(|m| format!(" {}", m.date_text()))
                .unwrap_or_default();
            let by = self
                .voices
                .iter()
                .find(|voice| voice.said.contains(&given.index))
                .map_or("A source", |voice| voice.name.as_str());
            let what = match given.medicine.role {
                MedicineRole::Administration => "recorded a dose given",
                _ => "recorded a supply",
            };
            let on = given
                .when
                .map(|m| format!(" {}", m.date_text()))
                .unwrap_or_default();
            let said = vec![
                plain(format!("{} says ", stopped.name)),
                strong("stopped"),
                plain(format!("{when}. {by} {what}{on}. Not reconciled.")),
            ];
            differences.push((said, Concern::StoppedAndActive));
        }

        let spoken: Vec<(&str, Vec<Dose<'_>>)> = active
            .iter()
            .map(|v| (v.name.as_str(), v.doses()))
            .filter(|(_, d)| !d.is_empty())
            .collect();
        if let Some((_, first)) = spoken.first()
            && spoken.iter().any(|(_, doses)| !same_doses(first, doses))
        {
            let coded = spoken
                .iter()
                .all(|(_, doses)| doses.iter().all(|d| d.amount.is_some()));
            let mut words = vec![plain(if coded {
                "Dose differs: "
            } else {
                "Dosage is worded differently: "
            })];
            for (at, (name, doses)) in spoken.iter().enumerate() {
                let said: Vec<&str> = doses.iter().map(|d| d.text.as_str()).collect();
                words.push(plain(format!("{}{name} says ", if at == 0 { "" } else { ", " })));
                words.push(strong(said.join(" and ")));
            }
            words.push(plain("."));
            differences.push((words, if coded { Concern::Dose } else { Concern::Wording }));
        }

        // A GP list that ended it before it was started elsewhere does not have it now; one that stopped it since has
        // been named above.
        let from_gp = self.voices.iter().any(|v| {
            v.setting == CareSetting::Gp
                && (v.deciding.is_empty()
                    || v.current()
                    || !active
                        .iter()
                        .all(|a| ended_before_start(v.ended().or(v.deciding[0].when), a.started())))
        });
        let elsewhere: Vec<&&&Voice<'_>> = active
            .iter()
            .filter(|v| !matches!(v.setting, CareSetting::Gp | CareSetting::NotStated))
            .collect();
        if gp_list && !from_gp && !elsewhere.is_empty() {
            let started: Vec<String> = elsewhere
                .iter()
                .map(|v| match v.started() {
                    Some(when) => format!("{} {}", v.name, when.date_text()),
                    None => v.name.clone(),
                })
                .collect();
            let said = vec![
                plain(format!("Started elsewhere: {}. ", started.join(", "))),
                strong("Not on the GP list."),
            ];
            differences.push((said, Concern::NotOnGpList));
        }

        if let Some(class) = self.high_risk.filter(|c| *c == "anticoagulant" && self.current) {
            for (at, other) in all.iter().enumerate() {
                if at != own && other.current && other.high_risk == Some(class) {
                    let names: Vec<&str> = other
                        .voices
                        .iter()
                        .filter(|v| v.current())
                        .map(|v| v.name.as_str())
                        .collect();
                    let said = vec![
                        plain(format!("Another {class} is also current: ")),
                        strong(other.name()),
                        plain(if names.is_empty() {
                            ".".to_owned()
                        } else {
                            format!(" ({}).", names.join(", "))
                        }),
                    ];
                    differences.push((said, Concern::StoppedAndActive));
                }
            }
        }
        differences
    }

    /// An allergy recorded to the same coded substance, or under the same name.
    fn allergy_marks(&self, record: &Record<'_>) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        let codes: Vec<&Code> = self
            .entries
            .iter()
            .flat_map(|e| {
                e.medicine
                    .product
                    .codes
                    .iter()
                    .chain(&e.medicine.product.ingredients)
            })
            .collect();
        let name = name_key(&self.speaker().medicine.product.name);
        for fact in &record.facts {
            let Subject::Allergy(allergy) = &fact.subject else {
                continue;
            };
            if !allergy.active || allergy.none_known {
                continue;
            }
            let reactions = display::reactions(&allergy.words.episodes);
            let reactions = if reactions.is_empty() {
                reactions
            } else {
                format!(" ({reactions})")
            };
            let agent = display::agent(&allergy.words);
            let found = if allergy.codes.iter().any(|code| codes.contains(&code)) {
                Mark {
                    tone: MarkTone::Danger,
                    text: format!("Allergy recorded to this substance: {agent}{reactions}"),
                }
            } else if !name.is_empty() && name == name_key(&allergy.words.agent) {
                Mark {
                    tone: MarkTone::Danger,
                    text: format!("Allergy recorded under the same name: {agent}{reactions}"),
                }
            } else {
                continue;
            };
            if !marks.contains(&found) {
                marks.push(found);
            }
        }
        marks
    }

    /// The group as shown, and whether an allergy to it is recorded.
    fn view(&self, record: &Record<'_>, differences: Vec<RichText>) -> (bool, MedicineGroup) {
        let speaker = self.speaker();
        let fact = &record.facts[speaker.index];
        let mut marks = self.allergy_marks(record);
        let allergy = !marks.is_empty();
        for entry in self.entries.iter().filter(|e| e.medicine.decides()) {
            for found in &record.facts[entry.index].marks {
                if found.tone != MarkTone::Note && !marks.contains(found) {
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
        let view = MedicineGroup {
            id: fact.resource.clone(),
            line: display::medication_line(&speaker.medicine.words),
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
            received_at: received as f64,
            is_new: false,
        };
        (allergy, view)
    }

    /// Every prescription and statement; of issues, supplies and doses the newest from each source, with how
    /// many there are. The others are lines of the timeline.
    fn sources(&self, record: &Record<'_>) -> Vec<SourceRef> {
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
        for entry in &self.entries {
            let more = if entry.medicine.decides() {
                0
            } else {
                match counted.remove(&key(entry)) {
                    Some(count) => count - 1,
                    None => continue,
                }
            };
            sources.push(self.source(record, entry, more));
        }
        sources
    }

    fn source(&self, record: &Record<'_>, entry: &Entry<'_>, more: usize) -> SourceRef {
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
        if display::drug_name(&medicine.product.name) != self.name() {
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

/// Whether an ending came before a start, so that they are history and not a disagreement. Unknown dates may
/// disagree, and are shown.
fn ended_before_start(ended: Option<Moment>, started: Option<Moment>) -> bool {
    match (ended, started) {
        (Some(ended), Some(started)) => match (ended.latest_day(), started.earliest_day()) {
            (Some(end), Some(start)) => end < start,
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn strength_and_plain_oral_form_do_not_tell_medicines_apart() {
        assert_eq!(
            name_key("Apixaban 5mg tablets"),
            name_key("apixaban 2.5 MG Oral Tablet")
        );
        assert_eq!(name_key("Warfarin"), name_key("WARFARIN 3mg tablets"));
    }

    #[test]
    fn everything_else_does() {
        assert_ne!(
            name_key("Hydrocortisone 1% cream"),
            name_key("Hydrocortisone 10mg tablets")
        );
        assert_ne!(
            name_key("Morphine 10mg modified-release tablets"),
            name_key("Morphine 10mg tablets")
        );
        assert_ne!(
            name_key("Paracetamol 500mg / Codeine 30mg tablets"),
            name_key("Paracetamol 500mg tablets")
        );
        assert_ne!(name_key("Vitamin B12"), name_key("Vitamin D"));
        assert_eq!(name_key("5-fluorouracil 500mg"), "5-fluorouracil");
    }
}
