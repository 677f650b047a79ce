//! What is to be done, by whom, and what was asked.

use crate::datatypes::{Annotation, CodeableConcept, Identifier, Period, Quantity, Reference};
use crate::date_time::FhirDateTime;
use crate::read::element;
use crate::value::Value;

element! {
    /// A plan of care.
    CarePlan: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        replaces: Vec<Reference> = "replaces",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        intent: Option<String> = "intent",
        category: Vec<CodeableConcept> = "category",
        title: Option<String> = "title",
        description: Option<String> = "description",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        period: Option<Period> = "period",
        created: Option<FhirDateTime> = "created",
        author: Option<Reference> = "author",
        contributor: Vec<Reference> = "contributor",
        care_team: Vec<Reference> = "careTeam",
        addresses: Vec<Reference> = "addresses",
        supporting_info: Vec<Reference> = "supportingInfo",
        goal: Vec<Reference> = "goal",
        activity: Vec<PlanActivity> = "activity",
        note: Vec<Annotation> = "note",
    }

    /// One thing a plan provides for.
    PlanActivity {
        outcome_codeable_concept: Vec<CodeableConcept> = "outcomeCodeableConcept",
        outcome_reference: Vec<Reference> = "outcomeReference",
        progress: Vec<Annotation> = "progress",
        reference: Option<Reference> = "reference",
        detail: Option<PlanActivityDetail> = "detail",
    }

    /// What is to be done, written in the plan itself.
    PlanActivityDetail {
        kind: Option<String> = "kind",
        code: Option<CodeableConcept> = "code",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        goal: Vec<Reference> = "goal",
        status: Option<String> = "status",
        status_reason: Option<CodeableConcept> = "statusReason",
        do_not_perform: Option<bool> = "doNotPerform",
        scheduled: Option<Value> = "scheduled[x]",
        location: Option<Reference> = "location",
        performer: Vec<Reference> = "performer",
        product: Option<Value> = "product[x]",
        daily_amount: Option<Quantity> = "dailyAmount",
        quantity: Option<Quantity> = "quantity",
        description: Option<String> = "description",
    }

    /// What somebody wants to reach.
    Goal: Base {
        identifier: Vec<Identifier> = "identifier",
        lifecycle_status: Option<String> = "lifecycleStatus",
        achievement_status: Option<CodeableConcept> = "achievementStatus",
        category: Vec<CodeableConcept> = "category",
        priority: Option<CodeableConcept> = "priority",
        description: Option<CodeableConcept> = "description",
        subject: Option<Reference> = "subject",
        start: Option<Value> = "start[x]",
        target: Vec<GoalTarget> = "target",
        status_date: Option<FhirDateTime> = "statusDate",
        status_reason: Option<String> = "statusReason",
        expressed_by: Option<Reference> = "expressedBy",
        addresses: Vec<Reference> = "addresses",
        note: Vec<Annotation> = "note",
    }

    /// How one will know that a goal is reached.
    GoalTarget {
        measure: Option<CodeableConcept> = "measure",
        detail: Option<Value> = "detail[x]",
        due: Option<Value> = "due[x]",
    }

    /// A referral or a request for a test or service.
    ServiceRequest: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        replaces: Vec<Reference> = "replaces",
        requisition: Option<Identifier> = "requisition",
        status: Option<String> = "status",
        intent: Option<String> = "intent",
        category: Vec<CodeableConcept> = "category",
        priority: Option<String> = "priority",
        do_not_perform: Option<bool> = "doNotPerform",
        code: Option<CodeableConcept> = "code",
        order_detail: Vec<CodeableConcept> = "orderDetail",
        quantity: Option<Value> = "quantity[x]",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        occurrence: Option<Value> = "occurrence[x]",
        as_needed: Option<Value> = "asNeeded[x]",
        authored_on: Option<FhirDateTime> = "authoredOn",
        requester: Option<Reference> = "requester",
        performer_type: Option<CodeableConcept> = "performerType",
        performer: Vec<Reference> = "performer",
        location_code: Vec<CodeableConcept> = "locationCode",
        location_reference: Vec<Reference> = "locationReference",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        supporting_info: Vec<Reference> = "supportingInfo",
        specimen: Vec<Reference> = "specimen",
        body_site: Vec<CodeableConcept> = "bodySite",
        note: Vec<Annotation> = "note",
        patient_instruction: Option<String> = "patientInstruction",
        relevant_history: Vec<Reference> = "relevantHistory",
    }

    /// Something somebody has to do.
    Task: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        group_identifier: Option<Identifier> = "groupIdentifier",
        part_of: Vec<Reference> = "partOf",
        status: Option<String> = "status",
        status_reason: Option<CodeableConcept> = "statusReason",
        business_status: Option<CodeableConcept> = "businessStatus",
        intent: Option<String> = "intent",
        priority: Option<String> = "priority",
        code: Option<CodeableConcept> = "code",
        description: Option<String> = "description",
        focus: Option<Reference> = "focus",
        for_: Option<Reference> = "for",
        encounter: Option<Reference> = "encounter",
        execution_period: Option<Period> = "executionPeriod",
        authored_on: Option<FhirDateTime> = "authoredOn",
        last_modified: Option<FhirDateTime> = "lastModified",
        requester: Option<Reference> = "requester",
        performer_type: Vec<CodeableConcept> = "performerType",
        owner: Option<Reference> = "owner",
        location: Option<Reference> = "location",
        reason_code: Option<CodeableConcept> = "reasonCode",
        reason_reference: Option<Reference> = "reasonReference",
        note: Vec<Annotation> = "note",
        restriction: Option<TaskRestriction> = "restriction",
        input: Vec<TaskParameter> = "input",
        output: Vec<TaskParameter> = "output",
    }

    /// By when, and for whom, a task is to be done.
    TaskRestriction {
        repetitions: Option<i64> = "repetitions",
        period: Option<Period> = "period",
        recipient: Vec<Reference> = "recipient",
    }

    /// What goes into a task or comes out of it.
    TaskParameter {
        type_: Option<CodeableConcept> = "type",
        value: Option<Value> = "value[x]",
    }

    /// A message from one person to another.
    Communication: Base {
        identifier: Vec<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        part_of: Vec<Reference> = "partOf",
        in_response_to: Vec<Reference> = "inResponseTo",
        status: Option<String> = "status",
        status_reason: Option<CodeableConcept> = "statusReason",
        category: Vec<CodeableConcept> = "category",
        priority: Option<String> = "priority",
        medium: Vec<CodeableConcept> = "medium",
        subject: Option<Reference> = "subject",
        topic: Option<CodeableConcept> = "topic",
        about: Vec<Reference> = "about",
        encounter: Option<Reference> = "encounter",
        sent: Option<FhirDateTime> = "sent",
        received: Option<FhirDateTime> = "received",
        recipient: Vec<Reference> = "recipient",
        sender: Option<Reference> = "sender",
        reason_code: Vec<CodeableConcept> = "reasonCode",
        reason_reference: Vec<Reference> = "reasonReference",
        payload: Vec<CommunicationPayload> = "payload",
        note: Vec<Annotation> = "note",
    }

    /// What a message says.
    CommunicationPayload {
        content: Option<Value> = "content[x]",
    }

    /// A filled-in form.
    QuestionnaireResponse: Base {
        identifier: Option<Identifier> = "identifier",
        based_on: Vec<Reference> = "basedOn",
        part_of: Vec<Reference> = "partOf",
        questionnaire: Option<String> = "questionnaire",
        status: Option<String> = "status",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        authored: Option<FhirDateTime> = "authored",
        author: Option<Reference> = "author",
        source: Option<Reference> = "source",
        item: Vec<ResponseItem> = "item",
    }

    /// A question or a heading of a form.
    ResponseItem {
        link_id: Option<String> = "linkId",
        definition: Option<String> = "definition",
        text: Option<String> = "text",
        answer: Vec<ResponseAnswer> = "answer",
        item: Vec<ResponseItem> = "item",
    }

    /// An answer, and what it leads on to.
    ResponseAnswer {
        value: Option<Value> = "value[x]",
        item: Vec<ResponseItem> = "item",
    }

    /// That somebody takes part in research.
    ResearchSubject: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        period: Option<Period> = "period",
        study: Option<Reference> = "study",
        individual: Option<Reference> = "individual",
        assigned_arm: Option<String> = "assignedArm",
        actual_arm: Option<String> = "actualArm",
        consent: Option<Reference> = "consent",
    }

    /// Things put in a list by somebody: problems, medicines, ended allergies.
    List: Base {
        identifier: Vec<Identifier> = "identifier",
        status: Option<String> = "status",
        mode: Option<String> = "mode",
        title: Option<String> = "title",
        code: Option<CodeableConcept> = "code",
        subject: Option<Reference> = "subject",
        encounter: Option<Reference> = "encounter",
        date: Option<FhirDateTime> = "date",
        source: Option<Reference> = "source",
        ordered_by: Option<CodeableConcept> = "orderedBy",
        note: Vec<Annotation> = "note",
        entry: Vec<ListEntry> = "entry",
        empty_reason: Option<CodeableConcept> = "emptyReason",
    }

    /// One thing in a list.
    ListEntry {
        flag: Option<CodeableConcept> = "flag",
        deleted: Option<bool> = "deleted",
        date: Option<FhirDateTime> = "date",
        item: Option<Reference> = "item",
    }
}
