//! Medicines: what they are, and where each stood between prescriber and patient.

use crate::datatypes::{
    Annotation, CodeableConcept, Dosage, Extension, Identifier, Period, Quantity, Ratio, Reference,
};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::value::Value;

element! {
    /// A medicinal product.
    Medication: Base {
        identifier: Vec<Identifier> = "identifier",
        code: Option<CodeableConcept> = "code",
        status: Option<String> = "status",
        manufacturer: Option<Reference> = "manufacturer",
        form: Option<CodeableConcept> = "form",
        amount: Option<Ratio> = "amount",
        ingredient: Vec<Ingredient> = "ingredient",
        batch: Option<Batch> = "batch",
    }

    /// What a product contains.
    Ingredient {
        item: Option<Value> = "item[x]",
        is_active: Option<bool> = "isActive",
        strength: Option<Ratio> = "strength",
    }

    /// Which batch a product came from.
    Batch {
        lot_number: Option<String> = "lotNumber",
        expiration_date: Option<FhirDateTime> = "expirationDate",
    }

    /// A prescription or order.
    MedicationRequest: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        status_reason: Option<CodeableConcept> = "statusReason",
        intent: Option<String> = "intent",
        category: Vec<CodeableConcept> = "category",
        priority: Option<String> = "priority",
        do_not_perform: Option<bool> = "doNotPerform",
        reported: Option<Value> = "reported[x]",
        medication: Option<Value> = "medication[x]",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        supporting_information: Vec<Reference> = "supportingInformation",
        authored_on: Option<FhirDateTime> = "authoredOn",
        requester: Option<Reference> = "requester",
        performer: Option<Reference> = "performer",
        recorder: Option<Reference> = "recorder",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        based_on: Vec<Reference> = "basedOn",
        group_identifier: Option<Identifier> = "groupIdentifier",
        course_of_therapy_type: Option<CodeableConcept> = "courseOfTherapyType",
        note: Vec<Annotation> = "note",
        dosage_instruction: Vec<Dosage> = "dosageInstruction",
        dispense_request: Option<DispenseRequest> = "dispenseRequest",
        substitution: Option<Substitution> = "substitution",
        prior_prescription: Option<Reference> = "priorPrescription",
    }

    /// How much may be supplied, for how long and how often.
    DispenseRequest {
        extension: Vec<Extension> = "extension",
        dispense_interval: Option<Quantity> = "dispenseInterval",
        validity_period: Option<Period> = "validityPeriod",
        number_of_repeats_allowed: Option<i64> = "numberOfRepeatsAllowed",
        quantity: Option<Quantity> = "quantity",
        expected_supply_duration: Option<Quantity> = "expectedSupplyDuration",
        performer: Option<Reference> = "performer",
    }

    /// Whether another product may be given instead.
    Substitution {
        allowed: Option<Value> = "allowed[x]",
        was_substituted: Option<bool> = "wasSubstituted",
        type_: Option<CodeableConcept> = "type",
        reason: Option<Value> = "reason[x]",
    }

    /// That somebody takes, took or does not take a medicine.
    MedicationStatement: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        status_reason: Vec<CodeableConcept> = "statusReason",
        category: Option<CodeableConcept> = "category",
        medication: Option<Value> = "medication[x]",
        subject: Option<Reference> = "subject",
        context: Option<Reference> = "context",
        effective: Option<Value> = "effective[x]",
        date_asserted: Option<FhirDateTime> = "dateAsserted",
        information_source: Option<Reference> = "informationSource",
        derived_from: Vec<Reference> = "derivedFrom",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        note: Vec<Annotation> = "note",
        dosage: Vec<Dosage> = "dosage",
    }

    /// That a medicine was supplied.
    MedicationDispense: Base {
        identifier: Vec<Identifier> = "identifier",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        status_reason: Option<Value> = "statusReason[x]",
        category: Option<CodeableConcept> = "category",
        medication: Option<Value> = "medication[x]",
        subject: Option<Reference> = "subject",
        context: Option<Reference> = "context",
        performer: Vec<MedicationPerformer> = "performer",
        location: Option<Reference> = "location",
        authorizing_prescription: Vec<Reference> = "authorizingPrescription",
        type_: Option<CodeableConcept> = "type",
        quantity: Option<Quantity> = "quantity",
        days_supply: Option<Quantity> = "daysSupply",
        when_prepared: Option<FhirDateTime> = "whenPrepared",
        when_handed_over: Option<FhirDateTime> = "whenHandedOver",
        destination: Option<Reference> = "destination",
        receiver: Vec<Reference> = "receiver",
        note: Vec<Annotation> = "note",
        dosage_instruction: Vec<Dosage> = "dosageInstruction",
        substitution: Option<Substitution> = "substitution",
    }

    /// That a medicine was given, or expressly not given.
    MedicationAdministration: Base {
        identifier: Vec<Identifier> = "identifier",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        status_reason: Vec<CodeableConcept> = "statusReason",
        category: Option<CodeableConcept> = "category",
        medication: Option<Value> = "medication[x]",
        subject: Option<Reference> = "subject",
        context: Option<Reference> = "context",
        effective: Option<Value> = "effective[x]",
        performer: Vec<MedicationPerformer> = "performer",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        request: Option<Reference> = "request",
        device: Vec<Reference> = "device",
        note: Vec<Annotation> = "note",
        dosage: Option<AdministeredDosage> = "dosage",
    }

    /// Who supplied or gave it.
    MedicationPerformer {
        function: Option<CodeableConcept> = "function",
        actor: Option<Reference> = "actor",
    }

    /// How a medicine was given.
    AdministeredDosage {
        text: Option<String> = "text",
        site: Option<CodeableConcept> = "site",
        route: Option<CodeableConcept> = "route",
        method: Option<CodeableConcept> = "method",
        dose: Option<Quantity> = "dose",
        rate: Option<Value> = "rate[x]",
    }
}
