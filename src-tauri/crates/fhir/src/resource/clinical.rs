//! What is the matter, what was done, and what to beware of.

use crate::datatypes::{Annotation, CodeableConcept, Identifier, Period, Quantity, Reference};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::value::Value;

element! {
    /// A tendency to react to a substance.
    AllergyIntolerance: Base {
        identifier: Vec<Identifier> = "identifier",
        clinical_status: Option<CodeableConcept> = "clinicalStatus",
        verification_status: Option<CodeableConcept> = "verificationStatus",
        type_: Option<String> = "type",
        category: Vec<String> = "category",
        criticality: Option<String> = "criticality",
        code: Option<CodeableConcept> = "code",
        patient: Option<Reference> = "patient",
        encounter: Option<Reference> = "encounter",
        onset: Option<Value> = "onset[x]",
        recorded_date: Option<FhirDateTime> = "recordedDate",
        recorder: Option<Reference> = "recorder",
        asserter: Option<Reference> = "asserter",
        last_occurrence: Option<FhirDateTime> = "lastOccurrence",
        note: Vec<Annotation> = "note",
        reaction: Vec<Reaction> = "reaction",
    }

    /// A reaction that happened.
    Reaction {
        substance: Option<CodeableConcept> = "substance",
        manifestation: Vec<CodeableConcept> = "manifestation",
        description: Option<String> = "description",
        onset: Option<FhirDateTime> = "onset",
        severity: Option<String> = "severity",
        exposure_route: Option<CodeableConcept> = "exposureRoute",
        note: Vec<Annotation> = "note",
    }

    /// A problem or diagnosis.
    Condition: Base {
        identifier: Vec<Identifier> = "identifier",
        clinical_status: Option<CodeableConcept> = "clinicalStatus",
        verification_status: Option<CodeableConcept> = "verificationStatus",
        category: Vec<CodeableConcept> = "category",
        severity: Option<CodeableConcept> = "severity",
        code: Option<CodeableConcept> = "code",
        body_site: Vec<CodeableConcept> = "bodySite",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        onset: Option<Value> = "onset[x]",
        abatement: Option<Value> = "abatement[x]",
        recorded_date: Option<FhirDateTime> = "recordedDate",
        recorder: Option<Reference> = "recorder",
        asserter: Option<Reference> = "asserter",
        stage: Vec<ConditionStage> = "stage",
        evidence: Vec<ConditionEvidence> = "evidence",
        note: Vec<Annotation> = "note",
    }

    /// How far a problem has gone.
    ConditionStage {
        summary: Option<CodeableConcept> = "summary",
        assessment: Vec<Reference> = "assessment",
        type_: Option<CodeableConcept> = "type",
    }

    /// What a problem was concluded from.
    ConditionEvidence {
        code: Vec<CodeableConcept> = "code",
        detail: Vec<Reference> = "detail",
    }

    /// Something done to or for somebody, or expressly not done.
    Procedure: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        status_reason: Option<CodeableConcept> = "statusReason",
        category: Option<CodeableConcept> = "category",
        code: Option<CodeableConcept> = "code",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        performed: Option<Value> = "performed[x]",
        recorder: Option<Reference> = "recorder",
        asserter: Option<Reference> = "asserter",
        performer: Vec<ProcedurePerformer> = "performer",
        location: Option<Reference> = "location",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        body_site: Vec<CodeableConcept> = "bodySite",
        outcome: Option<CodeableConcept> = "outcome",
        report: Vec<Reference> = "report",
        complication: Vec<CodeableConcept> = "complication",
        follow_up: Vec<CodeableConcept> = "followUp",
        note: Vec<Annotation> = "note",
        focal_device: Vec<FocalDevice> = "focalDevice",
        used_reference: Vec<Reference> = "usedReference",
    }

    /// Who did it.
    ProcedurePerformer {
        function: Option<CodeableConcept> = "function",
        actor: Option<Reference> = "actor",
        on_behalf_of: Option<Reference> = "onBehalfOf",
    }

    /// A device put in, changed or taken out.
    FocalDevice {
        action: Option<CodeableConcept> = "action",
        manipulated: Option<Reference> = "manipulated",
    }

    /// What a professional made of it all: the formulation.
    ClinicalImpression: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        code: Option<CodeableConcept> = "code",
        description: Option<String> = "description",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        effective: Option<Value> = "effective[x]",
        date: Option<FhirDateTime> = "date",
        assessor: Option<Reference> = "assessor",
        problem: Vec<Reference> = "problem",
        summary: Option<String> = "summary",
        finding: Vec<ImpressionFinding> = "finding",
        prognosis_codeable_concept: Vec<CodeableConcept> = "prognosisCodeableConcept",
        supporting_info: Vec<Reference> = "supportingInfo",
        note: Vec<Annotation> = "note",
    }

    /// One thing found.
    ImpressionFinding {
        item_codeable_concept: Option<CodeableConcept> = "itemCodeableConcept",
        item_reference: Option<Reference> = "itemReference",
        basis: Option<String> = "basis",
    }

    /// What runs in the family.
    FamilyMemberHistory: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        data_absent_reason: Option<CodeableConcept> = "dataAbsentReason",
        patient: Option<Reference> = "patient",
        date: Option<FhirDateTime> = "date",
        name: Option<String> = "name",
        relationship: Option<CodeableConcept> = "relationship",
        sex: Option<CodeableConcept> = "sex",
        born: Option<Value> = "born[x]",
        age: Option<Value> = "age[x]",
        estimated_age: Option<bool> = "estimatedAge",
        deceased: Option<Value> = "deceased[x]",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        note: Vec<Annotation> = "note",
        condition: Vec<FamilyCondition> = "condition",
    }

    /// What a relative had.
    FamilyCondition {
        code: Option<CodeableConcept> = "code",
        outcome: Option<CodeableConcept> = "outcome",
        contributed_to_death: Option<bool> = "contributedToDeath",
        onset: Option<Value> = "onset[x]",
        note: Vec<Annotation> = "note",
    }

    /// A warning to whoever opens the record.
    Flag: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        category: Vec<CodeableConcept> = "category",
        code: Option<CodeableConcept> = "code",
        subject: Option<Reference> = "subject",
        period: Option<Period> = "period",
        encounter: Option<Reference> = "encounter",
        author: Option<Reference> = "author",
    }

    /// How likely something is to happen.
    RiskAssessment: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Option<Reference> = "basedOn",
        status: Option<String> = "status",
        method: Option<CodeableConcept> = "method",
        code: Option<CodeableConcept> = "code",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        occurrence: Option<Value> = "occurrence[x]",
        condition: Option<Reference> = "condition",
        performer: Option<Reference> = "performer",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        basis: Vec<Reference> = "basis",
        prediction: Vec<RiskPrediction> = "prediction",
        mitigation: Option<String> = "mitigation",
        note: Vec<Annotation> = "note",
    }

    /// What may happen, how likely and when.
    RiskPrediction {
        outcome: Option<CodeableConcept> = "outcome",
        probability: Option<Value> = "probability[x]",
        qualitative_risk: Option<CodeableConcept> = "qualitativeRisk",
        when: Option<Value> = "when[x]",
        rationale: Option<String> = "rationale",
    }

    /// A vaccination given, or expressly not given.
    Immunization: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        status_reason: Option<CodeableConcept> = "statusReason",
        vaccine_code: Option<CodeableConcept> = "vaccineCode",
        patient: Option<Reference> = "patient",
        encounter: Option<Reference> = "encounter",
        occurrence: Option<Value> = "occurrence[x]",
        recorded: Option<FhirDateTime> = "recorded",
        primary_source: Option<bool> = "primarySource",
        report_origin: Option<CodeableConcept> = "reportOrigin",
        location: Option<Reference> = "location",
        manufacturer: Option<Reference> = "manufacturer",
        lot_number: Option<String> = "lotNumber",
        expiration_date: Option<FhirDateTime> = "expirationDate",
        site: Option<CodeableConcept> = "site",
        route: Option<CodeableConcept> = "route",
        dose_quantity: Option<Quantity> = "doseQuantity",
        performer: Vec<ImmunizationPerformer> = "performer",
        note: Vec<Annotation> = "note",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        is_subpotent: Option<bool> = "isSubpotent",
        reaction: Vec<ImmunizationReaction> = "reaction",
        protocol_applied: Vec<ProtocolApplied> = "protocolApplied",
    }

    /// Who gave or ordered it.
    ImmunizationPerformer {
        function: Option<CodeableConcept> = "function",
        actor: Option<Reference> = "actor",
    }

    /// A reaction to it.
    ImmunizationReaction {
        date: Option<FhirDateTime> = "date",
        detail: Option<Reference> = "detail",
        reported: Option<bool> = "reported",
    }

    /// Which dose of which course.
    ProtocolApplied {
        series: Option<String> = "series",
        target_disease: Vec<CodeableConcept> = "targetDisease",
        dose_number: Option<Value> = "doseNumber[x]",
        series_doses: Option<Value> = "seriesDoses[x]",
    }
}
