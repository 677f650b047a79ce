//! People, teams, organisations, places, services and equipment. Not events: they stand under People and services.

use curlew_fhir::{
    CareTeam, Device, DeviceUseStatement, HealthcareService, Location, Organization, Patient, Practitioner,
    PractitionerRole, RelatedPerson, ResearchSubject, SupplyDelivery, Value,
};

use super::{
    Draft,
    words::{address_words, contacts_words, person_name, quantity_words, usual_name, value_words},
};
use crate::{
    fact::{Named, Part, all_words, concept_words, first_words},
    view::LineKind,
};

pub(super) fn patient(draft: &mut Draft, it: &Patient) {
    draft.fact.kind = LineKind::Person;
    draft.fact.section = 1;
    draft.fact.event = false;
    draft.title = usual_name(&it.name)
        .map(person_name)
        .unwrap_or_else(|| "Demographics".to_owned());
    draft.labelled("", it.address.first().and_then(address_words));
    draft.labelled("", contacts_words(&it.telecom));
    draft.labelled(
        "marital status: ",
        it.marital_status.as_ref().and_then(concept_words),
    );
    for contact in &it.contact {
        let name = contact.name.as_ref().map(person_name);
        let relationship = all_words(&contact.relationship);
        let reach = contacts_words(&contact.telecom);
        let shown: Vec<String> = [name, relationship, reach].into_iter().flatten().collect();
        draft.labelled("contact: ", (!shown.is_empty()).then(|| shown.join(", ")));
    }
    draft.organisation(it.managing_organization.as_ref());
}

pub(super) fn related_person(draft: &mut Draft, it: &RelatedPerson) {
    draft.fact.kind = LineKind::Person;
    draft.fact.section = 9;
    draft.fact.event = false;
    draft.title = usual_name(&it.name)
        .map(person_name)
        .unwrap_or_else(|| "Personal contact, not named".to_owned());
    draft.text(all_words(&it.relationship));
    draft.text(contacts_words(&it.telecom));
    draft.text(it.address.first().and_then(address_words));
    if it.active == Some(false) {
        draft.text("no longer a contact".to_owned());
    }
}

pub(super) fn practitioner(draft: &mut Draft, it: &Practitioner) {
    draft.fact.kind = LineKind::Person;
    draft.fact.section = 8;
    draft.fact.event = false;
    draft.title = usual_name(&it.name)
        .map(person_name)
        .unwrap_or_else(|| "Professional, not named".to_owned());
    for qualification in &it.qualification {
        draft.text(qualification.code.as_ref().and_then(concept_words));
    }
    draft.text(contacts_words(&it.telecom));
}

pub(super) fn practitioner_role(draft: &mut Draft, it: &PractitionerRole) {
    draft.fact.kind = LineKind::Person;
    draft.fact.section = 8;
    draft.fact.event = false;
    draft.title = first_words(&it.code).unwrap_or_else(|| "Professional role".to_owned());
    draft.about("", it.practitioner.as_ref());
    draft.text(all_words(&it.specialty));
    draft.who("at ", it.organization.as_ref());
    draft.text(contacts_words(&it.telecom));
}

pub(super) fn organization(draft: &mut Draft, it: &Organization) {
    draft.fact.kind = LineKind::Service;
    draft.fact.section = 20;
    draft.fact.event = false;
    draft.title = it
        .name
        .clone()
        .unwrap_or_else(|| "Organisation, not named".to_owned());
    draft.text(all_words(&it.type_));
    draft.text(it.address.first().and_then(address_words));
    draft.text(contacts_words(&it.telecom));
    let own = Named {
        key: Some(draft.fact.resource.as_str().into()),
        words: None,
    };
    draft.fact.origin.organisations.push(own);
}

pub(super) fn location(draft: &mut Draft, it: &Location) {
    draft.fact.kind = LineKind::Service;
    draft.fact.section = 20;
    draft.fact.event = false;
    draft.title = it
        .name
        .clone()
        .or_else(|| it.description.clone())
        .unwrap_or_else(|| "Place, not named".to_owned());
    draft.text(all_words(&it.type_));
    draft.text(it.address.as_ref().and_then(address_words));
    draft.text(contacts_words(&it.telecom));
    draft.who("of ", it.managing_organization.as_ref());
}

pub(super) fn healthcare_service(draft: &mut Draft, it: &HealthcareService) {
    draft.fact.kind = LineKind::Service;
    draft.fact.section = 20;
    draft.fact.event = false;
    draft.title = it
        .name
        .clone()
        .or_else(|| first_words(&it.type_))
        .unwrap_or_else(|| "Service, not named".to_owned());
    draft.text(it.comment.clone());
    draft.text(contacts_words(&it.telecom));
    draft.who("of ", it.provided_by.as_ref());
}

pub(super) fn care_team(draft: &mut Draft, it: &CareTeam) {
    draft.fact.kind = LineKind::Person;
    draft.fact.section = 8;
    draft.title = it
        .name
        .clone()
        .or_else(|| first_words(&it.category))
        .unwrap_or_else(|| "Care team".to_owned());
    draft.when(it.period.as_ref().and_then(|p| p.start.as_ref()));
    draft.until(it.period.as_ref().and_then(|p| p.end.as_ref()));
    for member in &it.participant {
        if let Some(reference) = &member.member {
            let named = draft.named(reference);
            // The patient and family belong to a team as well; only the role tells them apart.
            draft.fact.details.push(Part::Who("", named));
        }
        draft.labelled("as ", all_words(&member.role));
    }
    draft.text(all_words(&it.reason_code));
    draft.status(it.status.as_deref(), &["active"]);
    draft.notes(&it.note);
    for organisation in &it.managing_organization {
        draft.organisation(Some(organisation));
    }
    draft.encounter(it.encounter.as_ref());
}

pub(super) fn device(draft: &mut Draft, it: &Device) {
    draft.fact.kind = LineKind::Device;
    draft.fact.section = 32;
    let name = it.device_name.iter().find_map(|n| n.name.clone());
    draft.title_from(it.type_.as_ref());
    if let Some(name) = name {
        if draft.title.is_empty() {
            draft.title = name;
        } else if name != draft.title {
            draft.text(name);
        }
    }
    if draft.title.is_empty() {
        draft.title = "Device, not described".to_owned();
    }
    draft.when(it.manufacture_date.as_ref());
    if draft.fact.when.is_some() {
        draft.text("dated by its manufacture".to_owned());
    }
    draft.labelled("made by ", it.manufacturer.clone());
    draft.labelled("serial number ", it.serial_number.clone());
    draft.labelled("lot ", it.lot_number.clone());
    draft.labelled(
        "expires ",
        it.expiration_date
            .as_ref()
            .and_then(|d| super::moment(Some(d)))
            .map(|m| m.text()),
    );
    draft.text(all_words(&it.safety));
    draft.status(it.status.as_deref(), &["active"]);
    draft.notes(&it.note);
    draft.organisation(it.owner.as_ref());
}

pub(super) fn device_use(draft: &mut Draft, it: &DeviceUseStatement) {
    draft.fact.kind = LineKind::Device;
    draft.fact.section = 32;
    draft.title = it
        .device
        .as_ref()
        .and_then(|d| draft.named(d).words)
        .map(|words| words.to_string())
        .unwrap_or_else(|| "Device in use".to_owned());
    draft.when_value(it.timing.as_ref());
    draft.recorded(it.recorded_on.as_ref());
    draft.text(all_words(&it.reason_code));
    draft.labelled("on ", it.body_site.as_ref().and_then(concept_words));
    draft.status(it.status.as_deref(), &["active"]);
    draft.notes(&it.note);
    draft.who("reported by ", it.source.as_ref());
    if let Some(device) = &it.device {
        let part = draft.named(device);
        draft.fact.parts.push(part);
    }
}

pub(super) fn supply(draft: &mut Draft, it: &SupplyDelivery) {
    draft.fact.kind = LineKind::Device;
    draft.fact.section = 32;
    let item = it.supplied_item.as_ref();
    draft.title = item
        .and_then(|i| i.item.as_ref())
        .and_then(value_words)
        .or_else(|| it.type_.as_ref().and_then(concept_words))
        .unwrap_or_else(|| "Supply, not described".to_owned());
    if let Some(Value::CodeableConcept(concept)) = item.and_then(|i| i.item.as_ref()) {
        draft.code(concept);
    }
    draft.labelled(
        "quantity ",
        item.and_then(|i| i.quantity.as_ref()).and_then(quantity_words),
    );
    draft.when_value(it.occurrence.as_ref());
    draft.status(it.status.as_deref(), &["completed"]);
    draft.who("from ", it.supplier.as_ref());
}

pub(super) fn research_subject(draft: &mut Draft, it: &ResearchSubject) {
    draft.fact.kind = LineKind::Legal;
    draft.fact.section = 10;
    draft.title = "Participation in research".to_owned();
    draft.when(it.period.as_ref().and_then(|p| p.start.as_ref()));
    draft.until(it.period.as_ref().and_then(|p| p.end.as_ref()));
    draft.about("study ", it.study.as_ref());
    draft.labelled("arm ", it.actual_arm.clone().or_else(|| it.assigned_arm.clone()));
    draft.status(it.status.as_deref(), &[]);
}
