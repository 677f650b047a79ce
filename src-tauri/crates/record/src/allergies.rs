//! Allergies in four states (PAB-0064..72), and the table behind them.

use crate::{
    display::{agent, reactions},
    fact::{AllergyFact, Fact, Subject},
    record::Record,
    view::{AllergyState, CareSetting, SafetyItem},
};

/// What the record says about allergies.
pub(crate) struct Allergies {
    pub(crate) state: AllergyState,
    pub(crate) heading: String,
    /// Agents with past reactions, alphabetical; empty unless known.
    pub(crate) items: Vec<SafetyItem>,
    pub(crate) note: Option<String>,
    /// Clusters of active allergies, alphabetical by agent.
    pub(crate) active: Vec<usize>,
}

/// Decides the state. `missing` says what is not here that could hold an allergy.
pub(crate) fn allergies(record: &Record, missing: Option<&str>) -> Allergies {
    let mut active: Vec<(String, usize, SafetyItem)> = Vec::new();
    let mut none_known: Vec<String> = Vec::new();
    for cluster in record.roots() {
        let fact = record.primary(cluster);
        match &fact.subject {
            Subject::Allergy(allergy) if allergy.none_known && allergy.active => {
                none_known.push(stated_by(record, cluster, fact, Some(allergy)));
            }
            Subject::Allergy(allergy) if allergy.active => {
                let text = agent(&allergy.words);
                let note = notes(record, cluster, allergy);
                active.push((
                    text.to_lowercase(),
                    cluster,
                    SafetyItem {
                        text,
                        note,
                        line: Some(fact.resource.clone()),
                        hide_at_bedside: record.bedside(cluster),
                    },
                ));
            }
            Subject::List(list) if list.allergies && list.nil_known => {
                none_known.push(stated_by(record, cluster, fact, None));
            }
            _ => {}
        }
    }
    active.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    none_known.sort();

    let no_gp = !record.has_setting(CareSetting::Gp) && !record.has_setting(CareSetting::NotStated);
    let without_gp = no_gp.then(|| "Nothing has been received from a GP practice".to_owned());
    let may_be_more = missing.map(|m| format!("There may be more: {m}"));
    let (state, heading, notes): (_, _, Vec<Option<String>>) = if !active.is_empty() {
        // Somebody's "none known" beside an allergy is a disagreement, and is said.
        let against =
            (!none_known.is_empty()).then(|| format!("Sources disagree: {}", none_known.join("; ")));
        (AllergyState::Known, "Known allergies", vec![against, may_be_more])
    } else if let Some(missing) = missing {
        let said = (!none_known.is_empty()).then(|| none_known.join("; "));
        (
            AllergyState::Unavailable,
            "Allergies unavailable",
            vec![Some(format!("Cannot be concluded: {missing}")), said],
        )
    } else if none_known.is_empty() {
        (
            AllergyState::NotRecorded,
            "Allergies not recorded",
            vec![without_gp],
        )
    } else {
        (
            AllergyState::NoneKnown,
            "No known allergies",
            vec![Some(none_known.join("; ")), without_gp],
        )
    };
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let (active, items) = active
        .into_iter()
        .map(|(_, cluster, item)| (cluster, item))
        .unzip();
    Allergies {
        state,
        heading: heading.to_owned(),
        items,
        note: (!notes.is_empty()).then(|| notes.join(". ")),
        active,
    }
}

/// Past reactions of every source of one allergy, and whether it is doubtful.
fn notes(record: &Record, cluster: usize, allergy: &AllergyFact) -> Option<String> {
    let mut episodes = allergy.words.episodes.clone();
    for &member in &record.clusters.members[cluster][1..] {
        if let Subject::Allergy(other) = &record.facts[member].subject {
            episodes.extend(other.words.episodes.iter().cloned());
        }
    }
    let mut notes = Vec::new();
    let reactions = reactions(&episodes);
    if !reactions.is_empty() {
        notes.push(reactions);
    }
    let doubtful = record
        .primary(cluster)
        .marks
        .iter()
        .find(|m| m.text == "unconfirmed");
    notes.extend(doubtful.map(|m| m.text.clone()));
    // What could not be read may be the reaction.
    let members = record.clusters.members[cluster].iter();
    let unread = members
        .flat_map(|&member| &record.facts[member].marks)
        .find(|m| m.text.contains("could not be read"));
    notes.extend(unread.map(|m| m.text.clone()));
    (!notes.is_empty()).then(|| notes.join(", "))
}

/// Who said that there are none, and when (ADR-0052/53).
fn stated_by(record: &Record, cluster: usize, fact: &Fact, allergy: Option<&AllergyFact>) -> String {
    let recorder = allergy
        .and_then(|a| a.recorder.as_ref())
        .and_then(|named| record.directory.name(named));
    let place = record.organisations[record.first(cluster)].clone();
    let place = place.unwrap_or_else(|| record.setting(cluster).label.to_string());
    let when = fact
        .recorded
        .or(fact.when)
        .map_or_else(|| "date not recorded".to_owned(), |m| m.date_text());
    let who = match recorder {
        Some(recorder) => format!("{recorder}, {place}"),
        None => format!("{place}, recorder not stated"),
    };
    format!("{}: recorded by {who}, {when}", fact.title)
}
