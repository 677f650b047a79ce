//! What was measured, tested and pictured.

use crate::datatypes::{
    Annotation, Attachment, CodeableConcept, Coding, Identifier, Quantity, Range, Reference,
};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::value::Value;

element! {
    /// A measurement, finding or answer.
    Observation: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        category: Vec<CodeableConcept> = "category",
        code: Option<CodeableConcept> = "code",
        subject: Option<Reference> = "subject",
        focus: Vec<Reference> = "focus",
        encounter: Option<Reference> = "encounter",
        effective: Option<Value> = "effective[x]",
        issued: Option<FhirDateTime> = "issued",
        performer: Vec<Reference> = "performer",
        value: Option<Value> = "value[x]",
        data_absent_reason: Option<CodeableConcept> = "dataAbsentReason",
        interpretation: Vec<CodeableConcept> = "interpretation",
        note: Vec<Annotation> = "note",
        body_site: Option<CodeableConcept> = "bodySite",
        method: Option<CodeableConcept> = "method",
        specimen: Option<Reference> = "specimen",
        device: Option<Reference> = "device",
        reference_range: Vec<ReferenceRange> = "referenceRange",
        has_member: Vec<Reference> = "hasMember",
        derived_from: Vec<Reference> = "derivedFrom",
        component: Vec<Component> = "component",
    }

    /// One of several values measured together, such as systolic and diastolic pressure.
    Component {
        code: Option<CodeableConcept> = "code",
        value: Option<Value> = "value[x]",
        data_absent_reason: Option<CodeableConcept> = "dataAbsentReason",
        interpretation: Vec<CodeableConcept> = "interpretation",
        reference_range: Vec<ReferenceRange> = "referenceRange",
    }

    /// What to expect of a value, and for whom.
    ReferenceRange {
        low: Option<Quantity> = "low",
        high: Option<Quantity> = "high",
        type_: Option<CodeableConcept> = "type",
        applies_to: Vec<CodeableConcept> = "appliesTo",
        age: Option<Range> = "age",
        text: Option<String> = "text",
    }

    /// A report of investigations.
    DiagnosticReport: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        status: Option<String> = "status",
        category: Vec<CodeableConcept> = "category",
        code: Option<CodeableConcept> = "code",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        effective: Option<Value> = "effective[x]",
        issued: Option<FhirDateTime> = "issued",
        performer: Vec<Reference> = "performer",
        results_interpreter: Vec<Reference> = "resultsInterpreter",
        specimen: Vec<Reference> = "specimen",
        result: Vec<Reference> = "result",
        imaging_study: Vec<Reference> = "imagingStudy",
        media: Vec<ReportMedia> = "media",
        conclusion: Option<String> = "conclusion",
        conclusion_code: Vec<CodeableConcept> = "conclusionCode",
        presented_form: Vec<Attachment> = "presentedForm",
    }

    /// A picture in a report.
    ReportMedia {
        comment: Option<String> = "comment",
        link: Option<Reference> = "link",
    }

    /// What a test was done on.
    Specimen: Base {
        identifier: Vec<Identifier> = "identifier",
        accession_identifier: Option<Identifier> = "accessionIdentifier",
        status: Option<String> = "status",
        type_: Option<CodeableConcept> = "type",
        subject: Option<Reference> = "subject",
        received_time: Option<FhirDateTime> = "receivedTime",
        request: Vec<Reference> = "request",
        collection: Option<SpecimenCollection> = "collection",
        condition: Vec<CodeableConcept> = "condition",
        note: Vec<Annotation> = "note",
    }

    /// How and when a specimen was taken.
    SpecimenCollection {
        collector: Option<Reference> = "collector",
        collected: Option<Value> = "collected[x]",
        quantity: Option<Quantity> = "quantity",
        method: Option<CodeableConcept> = "method",
        body_site: Option<CodeableConcept> = "bodySite",
        fasting_status: Option<Value> = "fastingStatus[x]",
    }

    /// A set of images.
    ImagingStudy: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        modality: Vec<Coding> = "modality",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        started: Option<FhirDateTime> = "started",
        based_on: Vec<Reference> = "basedOn",
        referrer: Option<Reference> = "referrer",
        interpreter: Vec<Reference> = "interpreter",
        number_of_series: Option<i64> = "numberOfSeries",
        number_of_instances: Option<i64> = "numberOfInstances",
        procedure_reference: Option<Reference> = "procedureReference",
        procedure_code: Vec<CodeableConcept> = "procedureCode",
        location: Option<Reference> = "location",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        note: Vec<Annotation> = "note",
        description: Option<String> = "description",
        series: Vec<ImagingSeries> = "series",
    }

    /// One series of a study.
    ImagingSeries {
        uid: Option<String> = "uid",
        number: Option<i64> = "number",
        modality: Option<Coding> = "modality",
        description: Option<String> = "description",
        number_of_instances: Option<i64> = "numberOfInstances",
        body_site: Option<Coding> = "bodySite",
        laterality: Option<Coding> = "laterality",
        started: Option<FhirDateTime> = "started",
    }
}
