//! Contacts with services: past, present and booked.

use crate::datatypes::{
    Annotation, CodeableConcept, Coding, ContactPoint, Extension, Identifier, Period, Quantity, Reference,
};
use crate::date_time::FhirDateTime;
use crate::read::element;

element! {
    /// A contact with a service.
    Encounter: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        class: Option<Coding> = "class",
        type_: Vec<CodeableConcept> = "type",
        service_type: Option<CodeableConcept> = "serviceType",
        priority: Option<CodeableConcept> = "priority",
        subject: Option<Reference> = "subject",
        episode_of_care: Vec<Reference> = "episodeOfCare",
        based_on: Vec<Reference> = "basedOn",
        participant: Vec<EncounterParticipant> = "participant",
        appointment: Vec<Reference> = "appointment",
        period: Option<Period> = "period",
        length: Option<Quantity> = "length",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        diagnosis: Vec<EncounterDiagnosis> = "diagnosis",
        hospitalization: Option<Hospitalization> = "hospitalization",
        location: Vec<EncounterLocation> = "location",
        service_provider: Option<Reference> = "serviceProvider",
        part_of: Option<Reference> = "partOf",
    }

    /// Who took part in a contact.
    EncounterParticipant {
        type_: Vec<CodeableConcept> = "type",
        period: Option<Period> = "period",
        individual: Option<Reference> = "individual",
    }

    /// A diagnosis of a contact.
    EncounterDiagnosis {
        condition: Option<Reference> = "condition",
        use_: Option<CodeableConcept> = "use",
        rank: Option<i64> = "rank",
    }

    /// Admission and discharge. UK Core adds methods and sources as extensions.
    Hospitalization {
        extension: Vec<Extension> = "extension",
        origin: Option<Reference> = "origin",
        admit_source: Option<CodeableConcept> = "admitSource",
        re_admission: Option<CodeableConcept> = "reAdmission",
        diet_preference: Vec<CodeableConcept> = "dietPreference",
        special_arrangement: Vec<CodeableConcept> = "specialArrangement",
        destination: Option<Reference> = "destination",
        discharge_disposition: Option<CodeableConcept> = "dischargeDisposition",
    }

    /// Where a contact took place.
    EncounterLocation {
        location: Option<Reference> = "location",
        status: Option<String> = "status",
        physical_type: Option<CodeableConcept> = "physicalType",
        period: Option<Period> = "period",
    }

    /// A stretch of care by one organisation.
    EpisodeOfCare: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        type_: Vec<CodeableConcept> = "type",
        diagnosis: Vec<EpisodeDiagnosis> = "diagnosis",
        patient: Option<Reference> = "patient",
        managing_organization: Option<Reference> = "managingOrganization",
        period: Option<Period> = "period",
        referral_request: Vec<Reference> = "referralRequest",
        care_manager: Option<Reference> = "careManager",
        team: Vec<Reference> = "team",
    }

    /// A diagnosis of an episode of care.
    EpisodeDiagnosis {
        condition: Option<Reference> = "condition",
        role: Option<CodeableConcept> = "role",
        rank: Option<i64> = "rank",
    }

    /// A booking.
    Appointment: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        cancelation_reason: Option<CodeableConcept> = "cancelationReason",
        service_category: Vec<CodeableConcept> = "serviceCategory",
        service_type: Vec<CodeableConcept> = "serviceType",
        specialty: Vec<CodeableConcept> = "specialty",
        appointment_type: Option<CodeableConcept> = "appointmentType",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        priority: Option<i64> = "priority",
        description: Option<String> = "description",
        start: Option<FhirDateTime> = "start",
        end: Option<FhirDateTime> = "end",
        minutes_duration: Option<i64> = "minutesDuration",
        created: Option<FhirDateTime> = "created",
        comment: Option<String> = "comment",
        patient_instruction: Option<String> = "patientInstruction",
        based_on: Vec<Reference> = "basedOn",
        participant: Vec<AppointmentParticipant> = "participant",
    }

    /// Who or what is booked.
    AppointmentParticipant {
        type_: Vec<CodeableConcept> = "type",
        actor: Option<Reference> = "actor",
        required: Option<String> = "required",
        status: Option<String> = "status",
        period: Option<Period> = "period",
    }

    /// The people who look after somebody together.
    CareTeam: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        category: Vec<CodeableConcept> = "category",
        name: Option<String> = "name",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        period: Option<Period> = "period",
        participant: Vec<CareTeamParticipant> = "participant",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        managing_organization: Vec<Reference> = "managingOrganization",
        telecom: Vec<ContactPoint> = "telecom",
        note: Vec<Annotation> = "note",
    }

    /// One of a care team.
    CareTeamParticipant {
        role: Vec<CodeableConcept> = "role",
        member: Option<Reference> = "member",
        on_behalf_of: Option<Reference> = "onBehalfOf",
        period: Option<Period> = "period",
    }
}
