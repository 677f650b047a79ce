//! What the sources of one medicine disagree about, in words, and how dangerous that is.

use super::{
    Concern,
    group::Group,
    substance::name_key,
    voice::{Dose, Voice, ended_before_start, same_doses},
};
use crate::{
    display::{self, plain, strong},
    fact::{Code, MedicineRole, Phase, Subject},
    record::Record,
    view::{CareSetting, Mark, MarkTone, RichText},
};

impl Group<'_> {
    /// What the sources disagree about, each in a sentence, and how dangerous that is.
    pub(super) fn differences(&self, all: &[Self], own: usize, gp_list: bool) -> Vec<(RichText, Concern)> {
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
            let kind = kind_of_difference(&spoken);
            let mut words = vec![plain(kind.words())];
            for (at, (name, doses)) in spoken.iter().enumerate() {
                let said: Vec<&str> = doses.iter().map(|d| d.text.as_str()).collect();
                words.push(plain(format!("{}{name} says ", if at == 0 { "" } else { ", " })));
                words.push(strong(said.join(" and ")));
            }
            words.push(plain("."));
            differences.push((words, kind.concern()));
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
        // Of a medicine that is not named nobody can say which list it is not on.
        let named = !name_key(&self.speaker().medicine.product.name).is_empty();
        if gp_list && named && !from_gp && !elsewhere.is_empty() {
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
    pub(super) fn allergy_marks(&self, record: &Record) -> Vec<Mark> {
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
}

/// What is different between doses that are not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Differs {
    /// Numbers in one unit.
    Dose,
    /// The same number in one unit, at another frequency that can be counted.
    Frequency,
    /// Words, or numbers in units that cannot be compared: a tablet may well be 500 mg.
    Wording,
}

impl Differs {
    fn words(self) -> &'static str {
        match self {
            Differs::Dose => "Dose differs: ",
            Differs::Frequency => "How often differs: ",
            Differs::Wording => "Dosage is worded differently: ",
        }
    }

    fn concern(self) -> Concern {
        match self {
            Differs::Dose | Differs::Frequency => Concern::Dose,
            Differs::Wording => Concern::Wording,
        }
    }
}

/// Numbers are compared as numbers only where every source codes its dose as a quantity in one and the same unit.
fn kind_of_difference(spoken: &[(&str, Vec<Dose<'_>>)]) -> Differs {
    let doses = || spoken.iter().flat_map(|(_, doses)| doses);
    let mut units = doses().map(|dose| dose.amount.map(|(_, unit)| unit));
    let first = units.next().flatten();
    if first.is_none() || units.any(|unit| unit != first) {
        return Differs::Wording;
    }
    let amounts = |doses: &[Dose<'_>]| -> Vec<String> {
        let mut amounts: Vec<String> = doses
            .iter()
            .filter_map(|d| Some(d.amount?.0.to_string()))
            .collect();
        amounts.sort();
        amounts.dedup();
        amounts
    };
    let all: Vec<Vec<String>> = spoken.iter().map(|(_, doses)| amounts(doses)).collect();
    if all.iter().any(|other| *other != all[0]) {
        return Differs::Dose;
    }
    let mut rates = doses().map(|dose| dose.frequency.and_then(times_a_year));
    let first = rates.next().flatten();
    match first {
        Some(first) if rates.clone().all(|rate| rate.is_some()) && rates.any(|rate| rate != Some(first)) => {
            Differs::Frequency
        }
        _ => Differs::Wording,
    }
}

/// How often in a year, for frequencies in the words that structured timings are given: "twice a day", "once a week".
/// Anything richer, "in the morning" or "every 12 hours", is not counted.
fn times_a_year(words: &str) -> Option<u32> {
    let (often, span) = words.rsplit_once(" a ")?;
    let often = match often {
        "once" => 1,
        "twice" => 2,
        "three times" => 3,
        "four times" => 4,
        "five times" => 5,
        "six times" => 6,
        _ => return None,
    };
    let span = match span {
        "day" => 365,
        "week" => 52,
        "month" => 12,
        _ => return None,
    };
    Some(often * span)
}
