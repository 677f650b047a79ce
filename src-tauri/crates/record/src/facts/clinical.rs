//! Problems, allergies, procedures, vaccinations, family history, formulation.

use curlew_fhir::{
    AllergyIntolerance, ClinicalImpression, CodeableConcept, Condition, FamilyMemberHistory, Immunization,
    Procedure, Value,
};

use super::{
    Draft, end_of, moment,
    words::{quantity_words, value_words},
};
use crate::{
    display::AllergyWords,
    fact::{AllergyFact, Subject, all_words, code_words, codes_of, concept_words},
    view::{LineKind, MarkTone},
};

/// SNOMED CT: no known allergy, and its children for one class of substance each.
pub(crate) const NO_KNOWN_ALLERGY: [&str; 6] = [
    "716186003",
    "409137002",
    "428607008",
    "429625007",
    "716184000",
    "716220001",
];

fn status_code(concept: Option<&CodeableConcept>) -> Option<&str> {
    concept.and_then(|c| {
        c.coding
            .iter()
            .find_map(|c| c.code.as_deref())
            .or(c.text.as_deref())
    })
}

pub(super) fn allergy(draft: &mut Draft, it: &AllergyIntolerance) {
    draft.fact.kind = LineKind::Allergy;
    draft.fact.section = 30;
    draft.title_from(it.code.as_ref());
    let codes = draft.fact.codes.clone();
    let none_known = codes.iter().any(|c| NO_KNOWN_ALLERGY.contains(&&*c.code));
    let substance = it
        .reaction
        .iter()
        .find_map(|r| r.substance.as_ref().and_then(concept_words));
    if draft.title.is_empty() {
        draft.title = substance.unwrap_or_else(|| "Substance not stated".to_owned());
    }
    let mut episodes = Vec::new();
    for reaction in &it.reaction {
        let mut manifestations: Vec<String> =
            reaction.manifestation.iter().filter_map(concept_words).collect();
        if manifestations.is_empty() {
            manifestations.extend(reaction.description.clone());
        }
        if let Some(severity) = reaction.severity.as_deref() {
            if let Some(last) = manifestations.last_mut() {
                last.push_str(&format!(" ({severity})"));
            } else {
                manifestations.push(format!("{severity} reaction, not described"));
            }
        }
        episodes.push(manifestations);
    }
    let words = AllergyWords {
        agent: agent_of(&draft.title),
        coded: !codes.is_empty(),
        episodes,
    };
    draft.text(crate::display::reactions(&words.episodes));
    if !none_known && codes.is_empty() {
        // ADR-0055: say when a term cannot be acted on by decision support.
        draft.mark(MarkTone::Note, "not coded: will not trigger decision support");
    }
    match it.criticality.as_deref() {
        Some("high") => draft.mark(MarkTone::Danger, "high criticality"),
        Some("unable-to-assess") => draft.text("criticality could not be assessed".to_owned()),
        _ => {}
    }
    if it.type_.as_deref() == Some("intolerance") {
        draft.text("intolerance".to_owned());
    }
    let clinical = status_code(it.clinical_status.as_ref());
    let verification = status_code(it.verification_status.as_ref());
    let ended = matches!(clinical, Some("inactive" | "resolved"));
    let refuted = verification == Some("refuted");
    match clinical {
        Some("resolved") => draft.mark(MarkTone::Note, "ended"),
        Some("inactive") => draft.mark(MarkTone::Note, "inactive"),
        Some("active") | None => {}
        Some(other) => draft.mark(MarkTone::Check, format!("status: {}", code_words(other))),
    }
    match verification {
        Some("refuted") => draft.mark(MarkTone::Danger, "refuted"),
        Some("unconfirmed" | "presumed") => draft.mark(MarkTone::Check, "unconfirmed"),
        _ => {}
    }
    draft.when_value(it.onset.as_ref());
    draft.recorded(it.recorded_date.as_ref());
    draft.labelled(
        "last reaction ",
        moment(it.last_occurrence.as_ref()).map(|m| m.text()),
    );
    draft.notes(&it.note);
    draft.who("recorded by ", it.recorder.as_ref());
    draft.who("stated by ", it.asserter.as_ref());
    draft.encounter(it.encounter.as_ref());
    let recorder = it
        .recorder
        .as_ref()
        .or(it.asserter.as_ref())
        .map(|r| draft.named(r));
    draft.fact.subject = Subject::Allergy(Box::new(AllergyFact {
        words,
        codes,
        active: !ended && !refuted,
        none_known,
        recorder,
    }));
}

/// The agent of a term that names the allergy: "Allergy to penicillin" is about penicillin.
fn agent_of(term: &str) -> String {
    let lower = term.to_lowercase();
    let prefix = ["allergy to ", "intolerance to ", "hypersensitivity to "]
        .into_iter()
        .find(|p| lower.starts_with(p));
    match prefix {
        Some(prefix) if term.is_char_boundary(prefix.len()) => term[prefix.len()..].to_owned(),
        _ => {
            let agent = lower
                .strip_suffix(" allergy")
                .and_then(|kept| term.get(..kept.len()));
            agent
                .filter(|agent| !agent.trim().is_empty())
                .unwrap_or(term)
                .to_owned()
        }
    }
}

pub(super) fn condition(draft: &mut Draft, it: &Condition) {
    draft.fact.kind = LineKind::Problem;
    draft.fact.section = 17;
    draft.title_from(it.code.as_ref());
    draft.when_value(it.onset.as_ref());
    draft.recorded(it.recorded_date.as_ref());
    draft.text(it.severity.as_ref().and_then(concept_words));
    draft.text(all_words(&it.body_site));
    for stage in &it.stage {
        draft.labelled("stage ", stage.summary.as_ref().and_then(concept_words));
    }
    match it.abatement.as_ref() {
        Some(Value::DateTime(end)) => draft.labelled("ended ", moment(Some(end)).map(|m| m.date_text())),
        Some(Value::Boolean(true)) => draft.text("ended, date not recorded".to_owned()),
        Some(other) => draft.labelled(
            "ended: ",
            end_of(Some(other))
                .map(|m| m.date_text())
                .or_else(|| value_words(other)),
        ),
        None => {}
    }
    let significance = it.base.extension.iter().find(|e| {
        e.url
            .as_deref()
            .is_some_and(|u| u.to_ascii_lowercase().contains("significance"))
    });
    draft.labelled(
        "significance: ",
        significance.and_then(|e| e.value.as_ref()).and_then(value_words),
    );
    let clinical = status_code(it.clinical_status.as_ref());
    let verification = status_code(it.verification_status.as_ref());
    let over = matches!(clinical, Some("inactive" | "remission" | "resolved")) || it.abatement.is_some();
    if over && clinical == Some("active") {
        draft.mark(MarkTone::Check, "said to be active, and given an end date");
    }
    match clinical {
        Some("active") | None => {}
        Some(other) => draft.mark(MarkTone::Note, code_words(other)),
    }
    match verification {
        Some("refuted") => draft.mark(MarkTone::Danger, "refuted: the patient does not have this"),
        Some(other @ ("unconfirmed" | "provisional" | "differential")) => draft.mark(MarkTone::Check, other),
        _ => {}
    }
    let active = clinical.map_or(!over, |c| matches!(c, "active" | "recurrence" | "relapse"))
        && verification != Some("refuted");
    draft.fact.subject = Subject::Problem { active };
    let words = draft.title.to_lowercase();
    if crate::safety::about_safeguarding(&words) {
        draft.fact.section = 7;
    } else if words.contains("primary support reason") {
        draft.fact.section = 21;
    }
    draft.notes(&it.note);
    draft.who("recorded by ", it.recorder.as_ref());
    draft.who("stated by ", it.asserter.as_ref());
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn procedure(draft: &mut Draft, it: &Procedure) {
    draft.fact.kind = LineKind::Procedure;
    draft.fact.section = 18;
    draft.title_from(it.code.as_ref());
    if draft.title.is_empty() {
        draft.title_from(it.category.as_ref());
    }
    draft.when_value(it.performed.as_ref());
    draft.text(all_words(&it.body_site));
    draft.labelled("because of ", all_words(&it.reason_code));
    for reason in &it.reason_reference {
        draft.about("because of ", Some(reason));
    }
    draft.labelled("outcome: ", it.outcome.as_ref().and_then(concept_words));
    draft.labelled("complication: ", all_words(&it.complication));
    draft.labelled("follow-up: ", all_words(&it.follow_up));
    draft.labelled("reason: ", it.status_reason.as_ref().and_then(concept_words));
    draft.notes(&it.note);
    for performer in &it.performer {
        draft.organisation(performer.on_behalf_of.as_ref());
        draft.who("by ", performer.actor.as_ref());
    }
    draft.who("at ", it.location.as_ref());
    draft.organisation(it.recorder.as_ref());
    draft.status(it.status.as_deref(), &["completed", "not-done"]);
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn immunization(draft: &mut Draft, it: &Immunization) {
    draft.fact.kind = LineKind::Immunisation;
    draft.fact.section = 16;
    draft.title_from(it.vaccine_code.as_ref());
    let procedure = it.base.extension.iter().find(|e| {
        e.url
            .as_deref()
            .is_some_and(|u| u.ends_with("VaccinationProcedure"))
    });
    if let Some(Value::CodeableConcept(concept)) = procedure.and_then(|e| e.value.as_ref()) {
        if draft.title.is_empty() {
            draft.title_from(Some(concept));
        } else {
            draft.text(concept_words(concept));
        }
    }
    draft.when_value(it.occurrence.as_ref());
    draft.recorded(it.recorded.as_ref());
    for protocol in &it.protocol_applied {
        draft.labelled("dose ", protocol.dose_number.as_ref().and_then(value_words));
        draft.labelled("against ", all_words(&protocol.target_disease));
    }
    draft.labelled("amount ", it.dose_quantity.as_ref().and_then(quantity_words));
    draft.text(it.route.as_ref().and_then(concept_words));
    draft.text(it.site.as_ref().and_then(concept_words));
    draft.labelled("batch ", it.lot_number.clone());
    draft.labelled("reason: ", it.status_reason.as_ref().and_then(concept_words));
    if it.primary_source == Some(false) {
        draft.text("reported, not recorded by whoever gave it".to_owned());
    }
    if it.is_subpotent == Some(true) {
        draft.mark(MarkTone::Check, "dose was not at full strength");
    }
    for reaction in &it.reaction {
        draft.about("reaction: ", reaction.detail.as_ref());
        draft.mark(MarkTone::Check, "reaction recorded");
    }
    draft.notes(&it.note);
    for performer in &it.performer {
        draft.who("by ", performer.actor.as_ref());
    }
    draft.organisation(it.location.as_ref());
    draft.status(it.status.as_deref(), &["completed", "not-done"]);
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn family_history(draft: &mut Draft, it: &FamilyMemberHistory) {
    draft.fact.kind = LineKind::Background;
    draft.fact.section = 22;
    let relative = it
        .relationship
        .as_ref()
        .and_then(concept_words)
        .unwrap_or_else(|| "Relative".to_owned());
    let conditions: Vec<String> = it
        .condition
        .iter()
        .map(|condition| {
            let what = condition
                .code
                .as_ref()
                .and_then(concept_words)
                .unwrap_or_else(|| "condition not stated".to_owned());
            match condition.onset.as_ref().and_then(value_words) {
                Some(onset) => format!("{what} (from {onset})"),
                None => what,
            }
        })
        .collect();
    draft.title = match conditions.is_empty() {
        true => format!("{relative}: no condition stated"),
        false => format!("{relative}: {}", conditions.join(", ")),
    };
    for condition in &it.condition {
        if let Some(code) = &condition.code {
            draft.fact.codes.extend(codes_of(code));
        }
    }
    draft.when(it.date.as_ref());
    if it.deceased.as_ref().is_some_and(|d| d.boolean() != Some(false)) {
        draft.text("deceased".to_owned());
    }
    draft.labelled(
        "not known: ",
        it.data_absent_reason.as_ref().and_then(concept_words),
    );
    draft.notes(&it.note);
    draft.status(it.status.as_deref(), &["completed"]);
}

pub(super) fn impression(draft: &mut Draft, it: &ClinicalImpression) {
    draft.fact.kind = LineKind::Assessment;
    draft.fact.section = 28;
    draft.title_from(it.code.as_ref());
    if draft.title.is_empty() {
        draft.title = it
            .description
            .clone()
            .or_else(|| it.summary.clone())
            .unwrap_or_else(|| "Formulation".to_owned());
    }
    for text in [&it.description, &it.summary].into_iter().flatten() {
        if *text != draft.title {
            draft.text(text.clone());
        }
    }
    for finding in &it.finding {
        draft.text(finding.item_codeable_concept.as_ref().and_then(concept_words));
        draft.about("", finding.item_reference.as_ref());
    }
    draft.labelled("prognosis: ", all_words(&it.prognosis_codeable_concept));
    draft.when_value(it.effective.as_ref());
    draft.when(it.date.as_ref());
    draft.recorded(it.date.as_ref());
    draft.notes(&it.note);
    draft.who("by ", it.assessor.as_ref());
    draft.status(it.status.as_deref(), &["completed"]);
    draft.encounter(it.encounter.as_ref());
}
