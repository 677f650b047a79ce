//! Contacts with services: past, present, booked, and what services told each other.

use curlew_fhir::{Appointment, Communication, Encounter, EpisodeOfCare, Extension};

use super::{Draft, words::value_words};
use crate::{
    care_setting,
    fact::{Subject, all_words, concept_words, first_words},
    view::{LineKind, MarkTone},
};

pub(super) fn encounter(draft: &mut Draft, it: &Encounter) {
    draft.fact.kind = LineKind::Encounter;
    let class = it.class.as_ref();
    let inpatient = class
        .and_then(|c| c.code.as_deref())
        .is_some_and(|c| matches!(c, "IMP" | "ACUTE" | "NONAC"));
    let discharged = it
        .hospitalization
        .as_ref()
        .is_some_and(|h| h.discharge_disposition.is_some());
    draft.fact.section = match (inpatient, discharged) {
        (_, true) => 14,
        (true, false) => 13,
        _ => 12,
    };
    let class_words = class.and_then(|c| c.display.clone().or_else(|| c.code.as_deref().map(class_name)));
    draft.title = first_words(&it.type_)
        .or_else(|| it.service_type.as_ref().and_then(concept_words))
        .or_else(|| class_words.clone())
        .unwrap_or_else(|| "Contact, kind not stated".to_owned());
    for concept in &it.type_ {
        draft.code(concept);
    }
    if let Some(period) = &it.period {
        draft.when(period.start.as_ref());
        draft.until(period.end.as_ref());
    }
    draft.labelled("because of ", all_words(&it.reason_code));
    for reason in &it.reason_reference {
        draft.about("because of ", Some(reason));
    }
    for diagnosis in &it.diagnosis {
        draft.about("diagnosis ", diagnosis.condition.as_ref());
    }
    if let Some(hospital) = &it.hospitalization {
        draft.labelled(
            "admitted from ",
            hospital.admit_source.as_ref().and_then(concept_words),
        );
        draft.labelled(
            "discharged to ",
            hospital.discharge_disposition.as_ref().and_then(concept_words),
        );
        for (url, before) in [
            ("AdmissionMethod", "admission: "),
            ("DischargeMethod", "discharge: "),
        ] {
            let stated = |list: &[Extension]| {
                list.iter()
                    .find(|e| e.url.as_deref().is_some_and(|u| u.ends_with(url)))
                    .and_then(|e| e.value.as_ref())
                    .and_then(value_words)
            };
            draft.labelled(
                before,
                stated(&hospital.extension).or_else(|| stated(&it.base.extension)),
            );
        }
    }
    // "Inpatient on Avocet Ward · inpatient encounter" says one thing twice.
    let said = class_words.as_deref().is_some_and(|class| {
        let title = draft.title.to_lowercase();
        let class = class.to_lowercase();
        title.starts_with(class.strip_suffix(" encounter").unwrap_or(&class))
    });
    if !said {
        draft.text(class_words);
    }
    let mut service: Vec<_> = it.service_type.iter().collect();
    service.extend(&it.type_);
    draft.fact.origin.by_class = care_setting::by_class(class, &service).map(Box::new);
    draft.organisation(it.service_provider.as_ref());
    for location in &it.location {
        draft.who("at ", location.location.as_ref());
    }
    for participant in &it.participant {
        draft.who("with ", participant.individual.as_ref());
    }
    match it.status.as_deref() {
        Some("in-progress" | "arrived" | "triaged" | "onleave") => {
            draft.mark(MarkTone::Note, "still going on")
        }
        Some("planned") => draft.mark(MarkTone::Note, "planned"),
        Some("cancelled") => draft.mark(MarkTone::Check, "cancelled"),
        other => draft.status(other, &["finished"]),
    }
    let belongs = it.part_of.as_ref().or_else(|| it.episode_of_care.first());
    draft.encounter(belongs);
}

/// HL7 ActCode classes in words, for feeds that send the code alone.
fn class_name(code: &str) -> String {
    match code {
        "AMB" => "ambulatory",
        "EMER" => "emergency",
        "FLD" => "field",
        "HH" => "home health",
        "IMP" => "inpatient",
        "ACUTE" => "inpatient acute",
        "NONAC" => "inpatient non-acute",
        "OBSENC" => "observation",
        "PRENC" => "before admission",
        "SS" => "short stay",
        "VR" => "virtual",
        other => other,
    }
    .to_owned()
}

pub(super) fn episode(draft: &mut Draft, it: &EpisodeOfCare) {
    draft.fact.kind = LineKind::Encounter;
    draft.fact.section = 20;
    draft.title = first_words(&it.type_).unwrap_or_else(|| "Episode of care".to_owned());
    for concept in &it.type_ {
        draft.code(concept);
    }
    if let Some(period) = &it.period {
        draft.when(period.start.as_ref());
        draft.until(period.end.as_ref());
    }
    for diagnosis in &it.diagnosis {
        draft.about("for ", diagnosis.condition.as_ref());
    }
    draft.organisation(it.managing_organization.as_ref());
    draft.who("care manager ", it.care_manager.as_ref());
    draft.status(it.status.as_deref(), &["finished"]);
}

pub(super) fn appointment(draft: &mut Draft, it: &Appointment) {
    draft.fact.kind = LineKind::Appointment;
    draft.fact.section = 15;
    draft.title = it
        .description
        .clone()
        .or_else(|| first_words(&it.service_type))
        .or_else(|| it.appointment_type.as_ref().and_then(concept_words))
        .or_else(|| first_words(&it.specialty))
        .unwrap_or_else(|| "Appointment".to_owned());
    draft.when(it.start.as_ref());
    draft.recorded(it.created.as_ref());
    draft.labelled("because of ", all_words(&it.reason_code));
    draft.text(it.comment.clone());
    draft.labelled("instructions: ", it.patient_instruction.clone());
    let service: Vec<_> = it.service_type.iter().chain(&it.specialty).collect();
    draft.fact.origin.by_class = care_setting::by_class(None, &service).map(Box::new);
    for participant in &it.participant {
        let is_patient = participant
            .actor
            .as_ref()
            .and_then(|a| a.reference.as_deref())
            .is_some_and(|r| r.contains("Patient/"));
        let is_place = participant
            .actor
            .as_ref()
            .and_then(|a| a.reference.as_deref())
            .is_some_and(|r| r.contains("Location/"));
        if !is_patient {
            draft.who(if is_place { "at " } else { "with " }, participant.actor.as_ref());
        }
    }
    let status = it.status.as_deref();
    let booked = matches!(
        status,
        Some("booked" | "pending" | "proposed" | "arrived" | "checked-in" | "waitlist") | None
    );
    draft.fact.subject = Subject::Appointment { booked };
    match status {
        Some("cancelled") => draft.mark(MarkTone::Check, "cancelled"),
        Some("noshow") => draft.mark(MarkTone::Check, "did not attend"),
        // That it took place is what is expected of one in the past.
        other => draft.status(other, &["booked", "fulfilled"]),
    }
    draft.labelled(
        "cancelled because of ",
        it.cancelation_reason.as_ref().and_then(concept_words),
    );
}

pub(super) fn communication(draft: &mut Draft, it: &Communication) {
    draft.fact.kind = LineKind::Document;
    draft.fact.section = 38;
    let payload: Vec<String> = it
        .payload
        .iter()
        .filter_map(|p| p.content.as_ref())
        .filter_map(value_words)
        .collect();
    draft.title_from(it.topic.as_ref());
    if draft.title.is_empty() {
        draft.title = first_words(&it.category)
            .or_else(|| payload.first().cloned())
            .unwrap_or_else(|| "Message".to_owned());
    }
    for text in payload {
        if text != draft.title {
            draft.text(text);
        }
    }
    draft.when(it.sent.as_ref().or(it.received.as_ref()));
    draft.labelled("because of ", all_words(&it.reason_code));
    draft.who("from ", it.sender.as_ref());
    for recipient in &it.recipient {
        draft.about("to ", Some(recipient));
    }
    draft.status(it.status.as_deref(), &["completed"]);
    draft.notes(&it.note);
    draft.encounter(it.encounter.as_ref());
}
