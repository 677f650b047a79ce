//! Decisions about resuscitation as the safety strip shows them: the decision first, where its form is as its note.
//!
//! Many resources speak of one decision: an alert, an observation, the scanned form. They are one entry as long
//! as they agree. Where they differ, on the decision or on where the form is kept, each stays an entry of its
//! own and says that sources differ. A form by itself is never worded as a decision.

use crate::{
    display::Moment,
    fact::{Fact, Part, Subject},
    record::Record,
    safety,
    view::{LineKind, SafetyItem},
};

/// What is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    NotFor,
    For,
    /// Said in words that name neither.
    Unclear,
}

/// One resource's statement.
struct Statement {
    text: String,
    stand: Stand,
    /// Where the form is kept, as stated.
    place: Option<String>,
    /// A document: it points to a decision and makes none.
    form: bool,
    active: bool,
    /// A mark that can change the meaning; such a statement speaks for itself alone.
    danger: Option<String>,
    when: Option<Moment>,
    setting: String,
    line: String,
    /// Alerts are worded for this strip; what they say goes before a measurement's words.
    alert: bool,
}

/// Statements that agree.
struct Decision {
    /// Newest first.
    said: Vec<Statement>,
    forms: Vec<Statement>,
}

/// The entries of the strip, newest decision first.
pub(crate) fn decisions(record: &Record) -> Vec<SafetyItem> {
    let mut statements: Vec<Statement> = record
        .roots()
        .filter_map(|root| {
            let fact = record.primary(root);
            (fact.section == 37 && safety::about_resuscitation(&fact.codes, &fact.title))
                .then(|| statement(record, root, fact))
        })
        .collect();
    statements.sort_by(|a, b| millis(b).cmp(&millis(a)).then_with(|| a.line.cmp(&b.line)));
    let (forms, said): (Vec<_>, Vec<_>) = statements.into_iter().partition(|one| one.form);
    let (placed, placeless): (Vec<_>, Vec<_>) = said.into_iter().partition(|one| one.place.is_some());

    let mut decisions: Vec<Decision> = Vec::new();
    // What names a place goes first, so that what names none joins it and cannot bridge two places.
    for one in placed.into_iter().chain(placeless) {
        match decisions.iter_mut().find(|held| held.agrees(&one)) {
            Some(held) => held.said.push(one),
            None => decisions.push(Decision {
                said: vec![one],
                forms: Vec::new(),
            }),
        }
    }
    for decision in &mut decisions {
        decision
            .said
            .sort_by_key(|one| (std::cmp::Reverse(millis(one)), !one.alert));
    }
    decisions.sort_by_key(|held| std::cmp::Reverse(held.said.first().map_or(i64::MIN, millis)));
    let mut alone = Vec::new();
    for form in forms {
        let fits = |held: &&mut Decision| {
            let first = &held.said[0];
            first.active
                && first.danger.is_none()
                && (form.stand == Stand::Unclear || form.stand == first.stand)
        };
        let own = decisions
            .iter_mut()
            .filter(fits)
            .find(|held| held.said.iter().any(|one| one.setting == form.setting));
        match own {
            Some(held) => held.forms.push(form),
            None => match decisions.iter_mut().find(fits) {
                Some(held) => held.forms.push(form),
                None => alone.push(form),
            },
        }
    }
    let standing: Vec<&Decision> = decisions.iter().filter(|held| held.said[0].active).collect();
    let differ = match standing.first() {
        Some(first)
            if standing
                .iter()
                .any(|other| other.said[0].stand != first.said[0].stand) =>
        {
            Some("sources differ on the decision")
        }
        Some(_) if standing.len() > 1 && standing.iter().any(|held| held.place().is_some()) => {
            Some("sources differ on where the form is")
        }
        _ => None,
    };
    decisions
        .iter()
        .map(|held| held.item(differ.filter(|_| held.said[0].active)))
        .chain(alone.iter().map(form_alone))
        .collect()
}

impl Decision {
    fn place(&self) -> Option<&String> {
        self.said.iter().find_map(|one| one.place.as_ref())
    }

    fn agrees(&self, one: &Statement) -> bool {
        let first = &self.said[0];
        let whole = first.danger.is_none() && one.danger.is_none();
        let place = match (self.place(), &one.place) {
            (Some(held), Some(named)) => same_place(held, named),
            _ => true,
        };
        whole && first.active == one.active && first.stand == one.stand && place
    }

    fn item(&self, differ: Option<&str>) -> SafetyItem {
        let newest = &self.said[0];
        let worded = self.said.iter().find(|one| one.alert).unwrap_or(newest);
        let mut note: Vec<String> = Vec::new();
        note.extend(newest.danger.clone());
        note.extend(self.place().cloned());
        note.extend(differ.map(str::to_owned));
        note.extend(newest.when.map(|m| m.date_text()));
        let mut settings: Vec<&str> = Vec::new();
        for one in &self.said {
            if !settings.contains(&one.setting.as_str()) {
                settings.push(&one.setting);
            }
        }
        note.push(settings.join(" and "));
        for form in &self.forms {
            note.push(match form.when.map(|m| m.date_text()) {
                Some(when) => format!("{} of {when} among the documents", form.text),
                None => format!("{} among the documents", form.text),
            });
        }
        SafetyItem {
            text: if newest.active {
                worded.text.clone()
            } else {
                format!("No longer active: {}", worded.text)
            },
            note: Some(note.join(" \u{b7} ")),
            line: Some(worded.line.clone()),
            hide_at_bedside: None,
        }
    }
}

/// A form without a decision beside it that it could belong to.
fn form_alone(form: &Statement) -> SafetyItem {
    let mut note = vec!["a document; no decision that it fits was received".to_owned()];
    note.extend(form.danger.clone());
    note.extend(form.when.map(|m| m.date_text()));
    note.push(form.setting.clone());
    SafetyItem {
        text: form.text.clone(),
        note: Some(note.join(" \u{b7} ")),
        line: Some(form.line.clone()),
        hide_at_bedside: None,
    }
}

fn millis(one: &Statement) -> i64 {
    one.when.map_or(i64::MIN, |m| m.earliest_millis())
}

fn statement(record: &Record, root: usize, fact: &Fact) -> Statement {
    let (text, place) = match fact.title.split_once(';') {
        Some((decision, place)) => (decision.trim().to_owned(), Some(place.trim().to_owned())),
        None => (fact.title.to_string(), None),
    };
    let form = fact.kind == LineKind::Document;
    Statement {
        stand: stand(fact),
        place: place.or_else(|| (!form).then(|| place_in_details(fact)).flatten()),
        form,
        active: !matches!(fact.subject, Subject::Alert { active: false }),
        danger: fact.turned.first().cloned(),
        when: fact.when,
        setting: record.setting(root).label.to_string(),
        line: record.line_id(root).to_owned(),
        alert: matches!(fact.subject, Subject::Alert { .. }),
        text,
    }
}

/// What is decided, by code, then by words. A refusal is looked for first: "not for" contains "for".
fn stand(fact: &Fact) -> Stand {
    let coded = |codes: [&str; 2]| fact.codes.iter().any(|c| codes.contains(&&*c.code));
    let title = fact.title.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|known| title.contains(known));
    let refuses =
        coded(["450476008", "304253006"]) || says(&["dnacpr", "dnar", "dnr ", "not for ", "not attempt"]);
    let permits =
        coded(["450475007", "304252001"]) || says(&["for resus", "for attempted", "for cardiopulmonary"]);
    match (refuses, permits && !says(&["not for "])) {
        (true, false) => Stand::NotFor,
        (false, true) => Stand::For,
        // Code and words against each other are for the reader to see.
        _ => Stand::Unclear,
    }
}

/// The sentence of a note that says where the form is.
fn place_in_details(fact: &Fact) -> Option<String> {
    fact.details.iter().find_map(|part| {
        let Part::Text(text) = part else { return None };
        text.split(". ")
            .map(|sentence| sentence.trim().trim_end_matches('.'))
            .find(|sentence| {
                let words = place_words(sentence);
                let form = sentence
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|word| word.eq_ignore_ascii_case("form") || word.eq_ignore_ascii_case("original"));
                form && !words.is_empty()
            })
            .map(str::to_owned)
    })
}

/// The words of a place that tell it from another.
fn place_words(place: &str) -> Vec<String> {
    const FILLER: [&str; 22] = [
        "a", "an", "and", "at", "by", "copy", "form", "held", "her", "his", "in", "is", "it", "kept", "of",
        "on", "original", "paper", "the", "their", "to", "with",
    ];
    place
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !FILLER.contains(word))
        .map(str::to_owned)
        .collect()
}

/// Whether two descriptions can be the same place: every word of the shorter is in the longer.
fn same_place(a: &str, b: &str) -> bool {
    let (a, b) = (place_words(a), place_words(b));
    let within = |few: &[String], many: &[String]| few.iter().all(|word| many.contains(word));
    within(&a, &b) || within(&b, &a)
}

#[cfg(test)]
mod tests {
    use super::same_place;

    #[test]
    fn a_place_told_at_more_length_is_the_same_and_another_is_not() {
        assert!(same_place(
            "form in yellow folder, kitchen",
            "Original form in the yellow folder in the kitchen"
        ));
        assert!(!same_place(
            "form held in hospital notes",
            "green folder on the hall table"
        ));
        assert!(!same_place("yellow folder, kitchen", "yellow folder, bedroom"));
    }
}
