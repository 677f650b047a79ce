//! A patient whose every fact carries a word found nowhere else, so that a hunt can tell which fact it has found.

use crate::Outcome;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curlew_sandbox::store::Store;
use serde_json::{Value, json};

/// The NHS number of the marked patient: from the range kept for tests, and nobody else's in the sandbox.
pub const NHS_NUMBER: &str = "9990018677";

/// Kinds of fact, each marked with a word of its own.
const KINDS: [&str; 18] = [
    "family",
    "given",
    "street",
    "telephone",
    "relative",
    "allergy",
    "reaction",
    "medicine",
    "dose",
    "problem",
    "note",
    "result",
    "letter",
    "narrative",
    "plan",
    "alert",
    "encounter",
    "consent",
];

/// The word of one kind of fact.
#[must_use]
pub fn word(kind: &str) -> String {
    format!("Quagga{kind}wisp")
}

/// Every word, in every spelling a screen or an index may give it.
#[must_use]
pub fn words() -> Vec<String> {
    let mut words = vec![
        NHS_NUMBER.to_owned(),
        format!("{} {} {}", &NHS_NUMBER[..3], &NHS_NUMBER[3..6], &NHS_NUMBER[6..]),
    ];
    for kind in KINDS {
        let word = word(kind);
        words.extend([word.to_uppercase(), word.to_lowercase(), word]);
    }
    words
}

/// Marks a patient of the store: their identity, and one resource of each kind that a screen shows.
///
/// # Errors
/// When there is no such patient, or a resource cannot be stored.
pub fn mark(store: &Store, patient: &str) -> Outcome {
    let mut person = store.get_json("Patient", patient).ok_or("no such patient")?;
    person["name"] =
        json!([{"use": "official", "family": word("family"), "given": [word("given")], "prefix": ["Ms"]}]);
    person["address"] = json!([{"use": "home", "line": [word("street")], "city": "Southend-on-Sea", "postalCode": "SS1 1AA"}]);
    person["telecom"] = json!([{"system": "email", "value": format!("{}@example.org", word("telephone"))}]);
    person["contact"] = json!([{"name": {"text": word("relative")}, "relationship": [{"text": "Daughter"}]}]);
    for identifier in person["identifier"].as_array_mut().into_iter().flatten() {
        if identifier["system"] == "https://fhir.nhs.uk/Id/nhs-number" {
            identifier["value"] = NHS_NUMBER.into();
        }
    }
    store.put(&person)?;
    for mut resource in resources() {
        let subject = json!({"reference": format!("Patient/{patient}")});
        let place = if resource["resourceType"] == "AllergyIntolerance" {
            "patient"
        } else {
            "subject"
        };
        resource[place] = subject;
        resource["id"] = format!("marked-{}", resource["resourceType"].as_str().unwrap_or_default()).into();
        store.put(&resource)?;
    }
    Ok(())
}

fn resources() -> Vec<Value> {
    let letter = STANDARD.encode(format!("Dear colleague,\n{} was seen at home.\n", word("letter")));
    let told = |kind: &str| json!({"text": word(kind)});
    vec![
        json!({"resourceType": "AllergyIntolerance",
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
            "code": told("allergy"), "reaction": [{"manifestation": [told("reaction")]}], "recordedDate": "2026-01-05"}),
        json!({"resourceType": "MedicationStatement", "status": "active", "medicationCodeableConcept": told("medicine"),
            "dosage": [{"text": format!("one {} daily", word("dose"))}], "effectiveDateTime": "2026-11-01", "dateAsserted": "2026-11-01"}),
        json!({"resourceType": "Condition", "code": told("problem"), "recordedDate": "2026-11-02",
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]},
            "note": [{"text": word("note")}],
            "text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", word("narrative"))}}),
        json!({"resourceType": "Observation", "status": "final", "code": {"text": "Wound swab"},
            "effectiveDateTime": "2026-11-03T09:00:00Z", "valueString": word("result")}),
        json!({"resourceType": "DocumentReference", "status": "current", "date": "2026-11-04T09:00:00Z", "description": "Discharge letter",
            "content": [{"attachment": {"contentType": "text/plain", "data": letter, "title": "Letter"}}]}),
        json!({"resourceType": "CarePlan", "status": "active", "intent": "plan", "title": word("plan"), "created": "2026-11-05"}),
        json!({"resourceType": "Flag", "status": "active", "code": told("alert"),
            "category": [{"text": "Alert"}], "period": {"start": "2026-11-06"}}),
        json!({"resourceType": "Encounter", "status": "finished", "class": {"code": "HH"},
            "reasonCode": [told("encounter")], "period": {"start": "2026-11-07T10:00:00Z", "end": "2026-11-07T10:30:00Z"}}),
    ]
}
