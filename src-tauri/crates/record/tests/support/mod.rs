//! Small written records. Every person is made up; NHS numbers are from the range kept for tests.
#![allow(dead_code)] // Each test program uses its own part.
#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

use chrono::{DateTime, Utc};
use curlew_record::{Arrival, Held, Projection, project};
use serde_json::{Value, json};

/// A moment.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

/// The patient `p1`.
pub(crate) fn patient() -> Value {
    json!({
        "resourceType": "Patient", "id": "p1",
        "identifier": [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}],
        "name": [{"family": "Testpatient", "given": ["Synthetic"], "prefix": ["Mr"]}],
        "gender": "male", "birthDate": "1941-07-14",
    })
}

/// A resource as one feed sends it.
pub(crate) fn resource(feed: &str, mut body: Value) -> Value {
    body["meta"] = json!({"source": format!("https://feeds.example.test/{feed}")});
    body
}

/// A SNOMED CT concept.
pub(crate) fn coded(text: &str, code: &str) -> Value {
    json!({"coding": [{"system": "http://snomed.info/sct", "code": code, "display": text}], "text": text})
}

/// The projection of these resources, all received at one moment.
pub(crate) fn record_of(raws: &[String], arrival: &Arrival) -> Projection {
    let received = at("2026-11-23T07:41:00Z");
    let record = project(
        "p1",
        raws.iter().map(|raw| Held {
            raw,
            version_received: received,
        }),
        arrival,
    );
    assert_eq!(record.gaps.received, record.gaps.shown + record.gaps.named);
    assert!(
        record
            .gaps
            .gaps
            .iter()
            .all(|g| !g.text.contains("could not place")),
        "{:?}",
        record.gaps.gaps
    );
    record
}

/// The projection of these resources.
pub(crate) fn record_with(resources: Vec<Value>, arrival: &Arrival) -> Projection {
    let raws: Vec<String> = resources.iter().map(Value::to_string).collect();
    record_of(&raws, arrival)
}

/// The projection of these resources, with nothing known to be missing.
pub(crate) fn record(resources: Vec<Value>) -> Projection {
    record_with(resources, &Arrival::default())
}
