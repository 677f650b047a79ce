//! Letters, reports and pictures, and what holds them.

use crate::datatypes::{Attachment, CodeableConcept, Coding, Identifier, Narrative, Period, Reference};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::resource::Resource;

element! {
    /// A document and where to find it.
    DocumentReference: Base {
        master_identifier: Option<Identifier> = "masterIdentifier",
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        doc_status: Option<String> = "docStatus",
        type_: Option<CodeableConcept> = "type",
        category: Vec<CodeableConcept> = "category",
        subject: Option<Reference> = "subject",
        date: Option<FhirDateTime> = "date",
        author: Vec<Reference> = "author",
        authenticator: Option<Reference> = "authenticator",
        custodian: Option<Reference> = "custodian",
        relates_to: Vec<DocumentRelation> = "relatesTo",
        description: Option<String> = "description",
        security_label: Vec<CodeableConcept> = "securityLabel",
        content: Vec<DocumentContent> = "content",
        context: Option<DocumentContext> = "context",
    }

    /// How a document stands to another: `replaces`, `transforms`, `signs` or `appends`.
    DocumentRelation {
        code: Option<String> = "code",
        target: Option<Reference> = "target",
    }

    /// The document itself, in one form.
    DocumentContent {
        attachment: Option<Attachment> = "attachment",
        format: Option<Coding> = "format",
    }

    /// What a document came out of.
    DocumentContext {
        encounter: Vec<Reference> = "encounter",
        event: Vec<CodeableConcept> = "event",
        period: Option<Period> = "period",
        facility_type: Option<CodeableConcept> = "facilityType",
        practice_setting: Option<CodeableConcept> = "practiceSetting",
        source_patient_info: Option<Reference> = "sourcePatientInfo",
        related: Vec<Reference> = "related",
    }

    /// A document in sections, such as a discharge summary.
    Composition: Base {
        identifier: Option<Identifier> = "identifier",
        status: Option<String> = "status",
        type_: Option<CodeableConcept> = "type",
        category: Vec<CodeableConcept> = "category",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        date: Option<FhirDateTime> = "date",
        author: Vec<Reference> = "author",
        title: Option<String> = "title",
        confidentiality: Option<String> = "confidentiality",
        attester: Vec<Attester> = "attester",
        custodian: Option<Reference> = "custodian",
        event: Vec<CompositionEvent> = "event",
        section: Vec<Section> = "section",
    }

    /// Who stands by a document.
    Attester {
        mode: Option<String> = "mode",
        time: Option<FhirDateTime> = "time",
        party: Option<Reference> = "party",
    }

    /// What a document is about.
    CompositionEvent {
        code: Vec<CodeableConcept> = "code",
        period: Option<Period> = "period",
        detail: Vec<Reference> = "detail",
    }

    /// A section of a document.
    Section {
        title: Option<String> = "title",
        code: Option<CodeableConcept> = "code",
        author: Vec<Reference> = "author",
        focus: Option<Reference> = "focus",
        text: Option<Narrative> = "text",
        mode: Option<String> = "mode",
        entry: Vec<Reference> = "entry",
        empty_reason: Option<CodeableConcept> = "emptyReason",
        section: Vec<Section> = "section",
    }

    /// Bytes: a PDF, a picture, a sound.
    Binary: Base {
        content_type: Option<String> = "contentType",
        security_context: Option<Reference> = "securityContext",
        data: Option<String> = "data",
    }

    /// A bundle held as a resource. Pages of search results are read by [`crate::bundle`] instead, which
    /// borrows their entries.
    Bundle: Base {
        identifier: Option<Identifier> = "identifier",
        type_: Option<String> = "type",
        timestamp: Option<FhirDateTime> = "timestamp",
        total: Option<i64> = "total",
        entry: Vec<BundleEntry> = "entry",
    }

    /// One entry of a bundle.
    BundleEntry {
        full_url: Option<String> = "fullUrl",
        resource: Option<Resource> = "resource",
    }
}
