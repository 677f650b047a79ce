//! Who may see what, who said so, who looked, and what went wrong.

use crate::datatypes::{CodeableConcept, Coding, Identifier, Period, Reference};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::value::Value;

element! {
    /// What somebody permits or forbids to be done with their record.
    Consent: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        scope: Option<CodeableConcept> = "scope",
        category: Vec<CodeableConcept> = "category",
        patient: Option<Reference> = "patient",
        date_time: Option<FhirDateTime> = "dateTime",
        performer: Vec<Reference> = "performer",
        organization: Vec<Reference> = "organization",
        source: Option<Value> = "source[x]",
        policy: Vec<ConsentPolicy> = "policy",
        policy_rule: Option<CodeableConcept> = "policyRule",
        verification: Vec<ConsentVerification> = "verification",
        provision: Option<Provision> = "provision",
    }

    /// A policy a consent stands under.
    ConsentPolicy {
        authority: Option<String> = "authority",
        uri: Option<String> = "uri",
    }

    /// Whether somebody confirmed a consent.
    ConsentVerification {
        verified: Option<bool> = "verified",
        verified_with: Option<Reference> = "verifiedWith",
        verification_date: Option<FhirDateTime> = "verificationDate",
    }

    /// A rule, and the exceptions to it.
    Provision {
        type_: Option<String> = "type",
        period: Option<Period> = "period",
        actor: Vec<ProvisionActor> = "actor",
        action: Vec<CodeableConcept> = "action",
        security_label: Vec<Coding> = "securityLabel",
        purpose: Vec<Coding> = "purpose",
        class: Vec<Coding> = "class",
        code: Vec<CodeableConcept> = "code",
        data_period: Option<Period> = "dataPeriod",
        data: Vec<ProvisionData> = "data",
        provision: Vec<Provision> = "provision",
    }

    /// Whom a rule is for.
    ProvisionActor {
        role: Option<CodeableConcept> = "role",
        reference: Option<Reference> = "reference",
    }

    /// Which resources a rule is for.
    ProvisionData {
        meaning: Option<String> = "meaning",
        reference: Option<Reference> = "reference",
    }

    /// Where a resource came from, by whose hand and when.
    Provenance: Base {
        target: Vec<Reference> = "target",
        occurred: Option<Value> = "occurred[x]",
        recorded: Option<FhirDateTime> = "recorded",
        policy: Vec<String> = "policy",
        location: Option<Reference> = "location",
        reason: Vec<CodeableConcept> = "reason",
        activity: Option<CodeableConcept> = "activity",
        agent: Vec<ProvenanceAgent> = "agent",
        entity: Vec<ProvenanceEntity> = "entity",
    }

    /// Who had a hand in it.
    ProvenanceAgent {
        type_: Option<CodeableConcept> = "type",
        role: Vec<CodeableConcept> = "role",
        who: Option<Reference> = "who",
        on_behalf_of: Option<Reference> = "onBehalfOf",
    }

    /// What it was made from.
    ProvenanceEntity {
        role: Option<String> = "role",
        what: Option<Reference> = "what",
    }

    /// That somebody looked at or changed something.
    AuditEvent: Base {
        type_: Option<Coding> = "type",
        subtype: Vec<Coding> = "subtype",
        action: Option<String> = "action",
        period: Option<Period> = "period",
        recorded: Option<FhirDateTime> = "recorded",
        outcome: Option<String> = "outcome",
        outcome_desc: Option<String> = "outcomeDesc",
        purpose_of_event: Vec<CodeableConcept> = "purposeOfEvent",
        agent: Vec<AuditAgent> = "agent",
        source: Option<AuditSource> = "source",
        entity: Vec<AuditEntity> = "entity",
    }

    /// Who did it.
    AuditAgent {
        type_: Option<CodeableConcept> = "type",
        role: Vec<CodeableConcept> = "role",
        who: Option<Reference> = "who",
        alt_id: Option<String> = "altId",
        name: Option<String> = "name",
        requestor: Option<bool> = "requestor",
        purpose_of_use: Vec<CodeableConcept> = "purposeOfUse",
    }

    /// Which system wrote it down.
    AuditSource {
        site: Option<String> = "site",
        observer: Option<Reference> = "observer",
        type_: Vec<Coding> = "type",
    }

    /// What it was done to.
    AuditEntity {
        what: Option<Reference> = "what",
        type_: Option<Coding> = "type",
        role: Option<Coding> = "role",
        name: Option<String> = "name",
        description: Option<String> = "description",
    }

    /// What a server has to say about a request.
    OperationOutcome: Base {
        issue: Vec<OutcomeIssue> = "issue",
    }

    /// One thing it has to say.
    OutcomeIssue {
        severity: Option<String> = "severity",
        code: Option<String> = "code",
        details: Option<CodeableConcept> = "details",
        diagnostics: Option<String> = "diagnostics",
        expression: Vec<String> = "expression",
    }
}
