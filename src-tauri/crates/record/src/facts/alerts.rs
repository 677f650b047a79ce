//! Alerts, risks, consents and where facts come from.

use curlew_fhir::{Consent, Flag, Provenance, RiskAssessment};

use super::{Draft, words::value_words};
use crate::{
    fact::{Named, ProvenanceFact, Subject, all_words, code_words, concept_words, first_words},
    safety,
    view::{LineKind, MarkTone},
};

pub(super) fn flag(draft: &mut Draft, it: &Flag) {
    draft.fact.kind = LineKind::Alert;
    draft.title_from(it.code.as_ref());
    if draft.title.is_empty() {
        draft.title = first_words(&it.category).unwrap_or_else(|| "Alert, not described".to_owned());
    } else {
        draft.text(all_words(&it.category).map(|words| match words.as_str() {
            // HL7's flag categories are words of its own: "safety" alone on a line tells nobody anything.
            "safety" => "safety alert".to_owned(),
            "clinical" => "clinical alert".to_owned(),
            "admin" => "administrative alert".to_owned(),
            "contact" => "about contact with the patient".to_owned(),
            _ => words,
        }));
    }
    let words = draft.title.to_lowercase();
    draft.fact.section = if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        37
    } else if safety::about_safeguarding(&words) {
        7
    } else if safety::about_adjustment(&words) {
        4
    } else {
        5
    };
    if let Some(period) = &it.period {
        draft.when(period.start.as_ref());
        draft.until(period.end.as_ref());
    }
    draft.fact.subject = Subject::Alert {
        active: it.status.as_deref() != Some("inactive"),
    };
    draft.status(it.status.as_deref(), &["active"]);
    draft.who("by ", it.author.as_ref());
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn risk(draft: &mut Draft, it: &RiskAssessment) {
    draft.fact.kind = LineKind::Alert;
    draft.fact.section = 29;
    draft.title_from(it.code.as_ref().or(it.method.as_ref()));
    for prediction in &it.prediction {
        let outcome = prediction.outcome.as_ref().and_then(concept_words);
        if draft.title.is_empty() {
            draft.title = outcome.map(|o| format!("Risk: {o}")).unwrap_or_default();
        } else {
            draft.text(outcome);
        }
        draft.labelled(
            "risk: ",
            prediction.qualitative_risk.as_ref().and_then(concept_words),
        );
        draft.labelled(
            "probability ",
            prediction.probability.as_ref().and_then(value_words),
        );
        draft.labelled("when: ", prediction.when.as_ref().and_then(value_words));
        draft.text(prediction.rationale.clone());
    }
    draft.labelled("mitigation: ", it.mitigation.clone());
    draft.when_value(it.occurrence.as_ref());
    draft.about("", it.condition.as_ref());
    draft.notes(&it.note);
    draft.who("by ", it.performer.as_ref());
    draft.status(it.status.as_deref(), &["final"]);
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn consent(draft: &mut Draft, it: &Consent) {
    draft.fact.kind = LineKind::Legal;
    draft.fact.section = 6;
    let scope = it.scope.as_ref().and_then(concept_words);
    draft.title = first_words(&it.category)
        .or_else(|| scope.clone())
        .unwrap_or_else(|| "Consent".to_owned());
    for category in &it.category {
        draft.code(category);
    }
    // What the scopes of HL7's consent mean to a reader; any other keeps its own words.
    let scopes = it.scope.iter().flat_map(|s| &s.coding);
    let what = scopes
        .filter_map(|c| match c.code.as_deref()? {
            "patient-privacy" => Some("sharing of the record"),
            "treatment" => Some("treatment"),
            "research" => Some("use in research"),
            _ => None,
        })
        .next();
    let decided = it.provision.as_ref().and_then(|p| p.type_.as_deref());
    let scope_said = what.is_some() && matches!(decided, Some("permit" | "deny"));
    let what = what.unwrap_or("what it names");
    // A permission that has run out, or has not begun, must not read as one in force.
    draft.text(
        it.provision
            .as_ref()
            .and_then(|p| p.period.as_ref())
            .filter(|period| period.end.is_some())
            .and_then(super::words::period_words),
    );
    if let Some(provision) = &it.provision {
        match provision.type_.as_deref() {
            Some("permit") => draft.text(format!("permits {what}")),
            Some("deny") => draft.mark(MarkTone::Check, format!("forbids {what}")),
            _ => {}
        }
        for code in &provision.code {
            draft.text(concept_words(code));
            draft.fact.codes.extend(crate::fact::codes_of(code));
        }
        if !provision.provision.is_empty() {
            draft.text("with exceptions, see the source".to_owned());
        }
    }
    // Opted in or out of sharing: said by the provision as a rule, and beside any other consent it would mislead.
    let sharing = it.policy_rule.iter().flat_map(|rule| &rule.coding);
    let sharing = sharing
        .filter_map(|c| c.code.as_deref())
        .any(|c| matches!(c, "OPTIN" | "OPTOUT"));
    if !sharing || (decided.is_none() && what == "sharing of the record") {
        draft.text(it.policy_rule.as_ref().and_then(concept_words));
    }
    if !scope_said {
        draft.text(scope.map(|s| code_words(&s)));
    }
    draft.when(it.date_time.as_ref());
    for performer in &it.performer {
        draft.about("by ", Some(performer));
    }
    for organisation in &it.organization {
        draft.who("at ", Some(organisation));
    }
    if safety::about_resuscitation(&draft.fact.codes, &draft.title) {
        draft.fact.section = 37;
    }
    draft.status(it.status.as_deref(), &["active"]);
}

pub(super) fn provenance(draft: &mut Draft, it: &Provenance) {
    draft.fact.kind = LineKind::Other;
    draft.fact.event = false;
    let activity = it.activity.as_ref().and_then(concept_words);
    draft.title = match activity {
        Some(activity) => format!("Where a fact came from: {activity}"),
        None => "Where a fact came from".to_owned(),
    };
    draft.when_value(it.occurred.as_ref());
    draft.recorded(it.recorded.as_ref());
    let targets: Vec<Named> = it.target.iter().map(|t| draft.named(t)).collect();
    let mut who = Vec::new();
    for agent in &it.agent {
        draft.who("by ", agent.who.as_ref());
        draft.who("for ", agent.on_behalf_of.as_ref());
        who.extend(
            agent
                .on_behalf_of
                .iter()
                .chain(&agent.who)
                .map(|w| draft.named(w)),
        );
    }
    for target in &targets {
        draft.labelled("about ", target.key.as_deref().map(str::to_owned));
    }
    draft.fact.subject = Subject::Provenance(Box::new(ProvenanceFact { targets, who }));
}
