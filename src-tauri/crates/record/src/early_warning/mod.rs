//! NEWS2, the national early warning score, beside the readings it stands on.
//!
//! A recorded total is shown as recorded. Curlew counts one itself only from a whole set: all seven parameters, of
//! one moment, one organisation and one contact, each coded, final, unambiguous and in its own UCUM unit, of
//! somebody who is known to be 16 or older and of whom no pregnancy is recorded. It is labelled as Curlew's. When
//! anything is missing nothing is counted, and what is missing is said: a total of six parameters looks like a lower
//! score, and would reassure. When the two differ both stand, and the difference is said.
//!
//! Saturation is scored on scale 1 unless whoever recorded the total scored it on scale 2. A diagnosis decides
//! nothing: scale 2 is a clinician's decision (RCP 2017).

mod reading;
mod score;

use std::collections::{BTreeMap, BTreeSet};

use chrono::Months;

pub(crate) use reading::{Sign, signs_of};

use crate::{
    display::Moment,
    fact::{Measured, MeasurementFact, Subject},
    record::Record,
    view::{EarlyWarning, EarlyWarningPart},
};
use reading::{Parameter, Read};
use score::Scale;

/// Sets listed. Older ones are counted, and their readings stay among the results.
const LISTED: usize = 50;

/// Parameters that make a set worth a panel where nobody recorded a total: fewer are a pulse and a blood pressure.
const A_SET: usize = 5;

/// Years of age from which the score may be used (RCP 2017).
const ADULT: Months = Months::new(16 * 12);

/// How long before a set a recorded pregnancy counts: nine months and the weeks a record lags behind.
const PREGNANCY: Months = Months::new(10);

/// Everything read at one moment.
#[derive(Default)]
struct Set<'r> {
    readings: BTreeMap<Parameter, Vec<Reading<'r>>>,
    totals: Vec<(usize, &'r Sign)>,
    /// Whether one of them carries a mark that can turn its meaning round.
    turned: bool,
}

struct Reading<'r> {
    read: &'r Read,
    /// The cluster it comes from.
    cluster: usize,
    shown: String,
}

/// Every set that carries a total or could, newest first, and how to read them. `born` is the date of birth.
pub(crate) fn panels(
    record: &Record,
    shown_on: &[Option<usize>],
    born: Option<&Moment>,
) -> (Vec<EarlyWarning>, Option<String>) {
    // Only a known time of day says that readings belong together. Totals without one stand alone.
    let mut sets: BTreeMap<i64, Set<'_>> = BTreeMap::new();
    let mut alone: Vec<(usize, &Sign)> = Vec::new();
    for (cluster, joined) in record.clusters.iter().enumerate() {
        let fact = &record.facts[joined[0]];
        let Subject::Measurement(measurement) = &fact.subject else {
            continue;
        };
        let time = match fact.when {
            Some(when @ (Moment::Instant(_) | Moment::Local(_))) => Some(when.earliest_millis()),
            _ => None,
        };
        if let Some(time) = time.filter(|_| !measurement.signs.is_empty()) {
            sets.entry(time).or_default().turned |= !fact.turned.is_empty();
        }
        for sign in &measurement.signs {
            match (time, sign) {
                (Some(time), Sign::Reading(parameter, read)) => {
                    let reading = Reading {
                        read,
                        cluster,
                        shown: shown(measurement, *parameter, &fact.title),
                    };
                    let set = sets.entry(time).or_default();
                    set.readings.entry(*parameter).or_default().push(reading);
                }
                (Some(time), Sign::Total { .. }) => {
                    sets.entry(time).or_default().totals.push((cluster, sign));
                }
                (None, Sign::Total { .. }) => alone.push((cluster, sign)),
                (None, Sign::Reading(..)) => {}
            }
        }
    }
    sets.retain(|_, set| !set.totals.is_empty() || set.readings.len() >= A_SET);
    let all = sets.len() + alone.len();
    let who = Who {
        record,
        shown_on,
        born,
    };
    let mut panels: Vec<EarlyWarning> = sets
        .values()
        .rev()
        .take(LISTED)
        .map(|set| who.panel(set))
        .collect();
    alone.truncate(LISTED.saturating_sub(panels.len()));
    panels.extend(alone.into_iter().map(|total| {
        who.panel(&Set {
            totals: vec![total],
            ..Set::default()
        })
    }));
    let mut note =
        "NEWS2 is for people of 16 and over who are not pregnant, and is no substitute for looking at the \
                    patient. Curlew gives no advice on a score"
            .to_owned();
    if all > panels.len() {
        note.push_str(&format!(
            ". The newest {} of {all} sets are listed; the readings of the others are among the results",
            panels.len()
        ));
    }
    let note = (!panels.is_empty()).then_some(note);
    (panels, note)
}

/// A reading as written. Systolic pressure is one half of a blood pressure, which is shown whole.
fn shown(measurement: &MeasurementFact, parameter: Parameter, title: &str) -> String {
    match (&measurement.value, parameter) {
        // An observation of a code alone says it in its name: "Breathing room air".
        (Measured::Nothing(_), Parameter::Oxygen) => title.to_owned(),
        (value, Parameter::Oxygen) => match value.shown() {
            Some(flow) => format!("{} {flow}", measurement.name),
            None => title.to_owned(),
        },
        (value, _) => value.shown().unwrap_or(title).to_owned(),
    }
}

struct Who<'w> {
    record: &'w Record,
    shown_on: &'w [Option<usize>],
    born: Option<&'w Moment>,
}

impl Who<'_> {
    fn panel(&self, set: &Set<'_>) -> EarlyWarning {
        let record = self.record;
        let mut clusters: Vec<usize> = set.totals.iter().map(|(cluster, _)| *cluster).collect();
        clusters.extend(set.readings.values().flatten().map(|reading| reading.cluster));
        let first = clusters.first().copied().unwrap_or_default();
        let fact = record.primary(first);
        let (recorded, parts, scale) = match set.totals.as_slice() {
            [
                (
                    _,
                    Sign::Total {
                        total,
                        parts,
                        scale_two,
                    },
                ),
            ] => (
                Some(format!("NEWS2 total {total}, as recorded")),
                parts.as_slice(),
                if *scale_two { Scale::Two } else { Scale::One },
            ),
            [] => (None, [].as_slice(), Scale::One),
            several => {
                let totals: Vec<&str> = several
                    .iter()
                    .filter_map(|(_, sign)| match sign {
                        Sign::Total { total, .. } => Some(total.as_str()),
                        Sign::Reading(..) => None,
                    })
                    .collect();
                (
                    Some(format!(
                        "NEWS2 totals {}, as recorded: sources differ or recorded it more than once",
                        totals.join(" and ")
                    )),
                    [].as_slice(),
                    Scale::One,
                )
            }
        };
        let counted = self.count(set, scale);
        let total = counted.as_ref().ok().map(|scores| scores.values().sum::<u8>());
        let differs = match (set.totals.as_slice(), total) {
            ([(_, Sign::Total { total: said, .. })], Some(counted))
                if said.parse::<f64>().ok() != Some(f64::from(counted)) =>
            {
                Some(format!(
                    "The recorded total is {said}, and these readings add up to {counted}. Ask whoever recorded it"
                ))
            }
            _ => None,
        };
        EarlyWarning {
            id: record.line_id(first).to_owned(),
            when: fact.when.map_or_else(|| "Not recorded".to_owned(), |m| m.text()),
            setting: record.setting(first).clone(),
            organisation: record.organisations[record.first(first)].clone(),
            recorded,
            calculated: total.map(|total| format!("NEWS2 total {total}. Calculated by Curlew from these readings")),
            scale: total.map(|_| {
                match scale {
                    Scale::One => "Oxygen saturation is scored on scale 1: nothing recorded with these readings says that scale 2 is used",
                    Scale::Two => "Oxygen saturation is scored on scale 2, as in the recorded total",
                }
                .to_owned()
            }),
            parts: Parameter::ALL
                .iter()
                .map(|parameter| {
                    let readings = set.readings.get(parameter).map(Vec::as_slice).unwrap_or_default();
                    let shown: BTreeSet<&str> = readings.iter().map(|r| r.shown.as_str()).collect();
                    EarlyWarningPart {
                        name: parameter.words().to_owned(),
                        reading: if shown.is_empty() {
                            "not recorded at this time".to_owned()
                        } else {
                            shown.into_iter().collect::<Vec<_>>().join(" and ")
                        },
                        recorded: parts.iter().find(|(of, _)| of == parameter).map(|(_, score)| score.clone()),
                        calculated: counted
                            .as_ref()
                            .ok()
                            .and_then(|scores| scores.get(parameter))
                            .map(u8::to_string),
                        line: readings.first().map(|reading| self.line(reading.cluster)),
                    }
                })
                .collect(),
            not_calculated: counted.err(),
            differs,
            hide_at_bedside: clusters.iter().find_map(|&cluster| record.bedside(cluster)),
        }
    }

    /// The line a reading opens: its own, or that of the panel it was reported in.
    fn line(&self, cluster: usize) -> String {
        let root = self.shown_on[self.record.first(cluster)].unwrap_or(cluster);
        self.record.line_id(root).to_owned()
    }

    /// The score of every parameter, or why there is none.
    fn count(&self, set: &Set<'_>, scale: Scale) -> Result<BTreeMap<Parameter, u8>, String> {
        let mut why: Vec<String> = Vec::new();
        let missing: Vec<&str> = Parameter::ALL
            .iter()
            .filter(|parameter| !set.readings.contains_key(parameter))
            .map(|parameter| parameter.words())
            .collect();
        if !missing.is_empty() {
            why.push(format!("not recorded at this time: {}", missing.join(", ")));
        }
        let mut single: BTreeMap<Parameter, &Read> = BTreeMap::new();
        for (parameter, readings) in &set.readings {
            let name = parameter.words();
            match readings.split_first() {
                Some((first, rest)) if rest.iter().all(|other| other.read == first.read) => {
                    match first.read {
                        Read::Not(reason) => why.push(format!("{name} {reason}")),
                        read => {
                            single.insert(*parameter, read);
                        }
                    }
                }
                _ => why.push(format!(
                    "{name} was recorded more than once with different values"
                )),
            }
        }
        if set.turned {
            why.push("a reading carries a mark that may change its meaning".to_owned());
        }
        why.extend(self.not_one_set(set));
        why.extend(self.not_for_this_person(set));

        let on_oxygen = matches!(single.get(&Parameter::Oxygen), Some(Read::OnOxygen(true)));
        let mut scores = BTreeMap::new();
        for (parameter, read) in single {
            let scored = match (parameter, read) {
                (Parameter::Breaths, Read::Number(n)) => score::breaths(*n),
                (Parameter::Saturation, Read::Number(n)) => score::saturation(*n, scale, on_oxygen),
                (Parameter::Systolic, Read::Number(n)) => score::systolic(*n),
                (Parameter::Pulse, Read::Number(n)) => score::pulse(*n),
                (Parameter::Temperature, Read::Number(n)) => score::temperature(*n),
                (_, Read::OnOxygen(on)) => Ok(score::oxygen(*on)),
                (_, Read::Alert(alert)) => Ok(score::consciousness(*alert)),
                _ => continue,
            };
            match scored {
                Ok(score) => {
                    scores.insert(parameter, score);
                }
                Err(reason) => why.push(format!("{} {}", parameter.words(), reason.words())),
            }
        }
        if why.is_empty() {
            Ok(scores)
        } else {
            Err(format!("Not calculated by Curlew: {}", why.join("; ")))
        }
    }

    /// Why readings of one moment are not one set: recorded by two organisations, or in two contacts.
    fn not_one_set(&self, set: &Set<'_>) -> Option<String> {
        let clusters: Vec<usize> = set
            .readings
            .values()
            .flatten()
            .map(|reading| reading.cluster)
            .collect();
        let organisations: BTreeSet<&str> = clusters
            .iter()
            .filter_map(|&c| self.record.organisations[self.record.first(c)].as_deref())
            .collect();
        let contacts: BTreeSet<&str> = clusters
            .iter()
            .filter_map(|&c| self.record.primary(c).encounter.as_ref()?.key.as_deref())
            .collect();
        if organisations.len() > 1 {
            Some("the readings come from different organisations".to_owned())
        } else if contacts.len() > 1 {
            Some("the readings come from different contacts".to_owned())
        } else {
            None
        }
    }

    /// Why the score is not for this person at this time.
    fn not_for_this_person(&self, set: &Set<'_>) -> Option<String> {
        let first = set.readings.values().flatten().next()?;
        let day = self.record.primary(first.cluster).when?.day()?;
        let Some(born) = self.born.and_then(Moment::latest_day) else {
            return Some("the date of birth is not known, and NEWS2 is not for children under 16".to_owned());
        };
        if born.checked_add_months(ADULT).is_none_or(|adult| adult > day) {
            return Some("NEWS2 is not for children under 16".to_owned());
        }
        let since = day.checked_sub_months(PREGNANCY)?;
        let pregnant = self.record.facts.iter().any(|fact| {
            let title = fact.title.to_lowercase();
            fact.section == 26
                && !title.contains("not pregnant")
                && fact
                    .when
                    .and_then(|m| m.latest_day())
                    .is_none_or(|said| said >= since)
                && fact
                    .when
                    .and_then(|m| m.earliest_day())
                    .is_none_or(|said| said <= day)
        });
        pregnant.then(|| "a pregnancy is recorded, and NEWS2 is not for use in pregnancy".to_owned())
    }
}
