//! How medicines changed over time: only what sources state, in words and as spans, partial dates kept partial.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use curlew_record::{display::plain_text, view::MedicineGroup};
use serde_json::{Value, json};
use support::{patient, record, resource};

const SUBJECT: &str = "Patient/p1";

fn prescribed(id: &str, feed: &str, status: &str, on: &str, dose: &str) -> Value {
    resource(
        feed,
        json!({"resourceType": "MedicationRequest", "id": id, "status": status, "intent": "plan",
            "subject": {"reference": SUBJECT}, "authoredOn": on,
            "medicationCodeableConcept": {"text": "Ramipril 5mg capsules"}, "dosageInstruction": [{"text": dose}]}),
    )
}

fn ended(mut request: Value, on: &str) -> Value {
    request["dispenseRequest"] = json!({"validityPeriod": {"end": on}});
    request
}

fn stated(id: &str, feed: &str, status: &str, effective: &Value) -> Value {
    let mut body = json!({"resourceType": "MedicationStatement", "id": id, "status": status,
        "subject": {"reference": SUBJECT}, "medicationCodeableConcept": {"text": "Ramipril 5mg capsules"},
        "dosage": [{"text": "one a day"}]});
    for (key, value) in effective.as_object().unwrap() {
        body[key] = value.clone();
    }
    resource(feed, body)
}

fn group(mut resources: Vec<Value>) -> MedicineGroup {
    resources.push(patient());
    let told = record(resources).medicines;
    assert_eq!(told.current.len() + told.past.len(), 1);
    told.current.into_iter().chain(told.past).next().unwrap()
}

fn changes(group: &MedicineGroup) -> Vec<String> {
    group
        .changes
        .iter()
        .map(|change| format!("{} {}", change.when_text, plain_text(&change.says)))
        .collect()
}

fn spans(group: &MedicineGroup) -> Vec<String> {
    group
        .spans
        .iter()
        .map(|span| {
            format!(
                "{}: {} | {} | {}",
                span.source, span.start_text, span.end_text, span.dose
            )
        })
        .collect()
}

#[test]
fn started_changed_stopped_and_started_again_are_told_with_source_and_date() {
    let told = group(vec![
        ended(
            prescribed("m1", "gp", "completed", "2024-01-10", "one a day"),
            "2024-06-10",
        ),
        prescribed("m2", "gp", "completed", "2024-06-10", "two a day"),
        ended(
            prescribed("m3", "gp", "stopped", "2024-09-01", "two a day"),
            "2025-01-05",
        ),
        prescribed("m4", "gp", "active", "2026-02-03", "one a day"),
    ]);
    assert_eq!(
        changes(&told),
        [
            "03-Feb-2026 GP practice: started again: ramipril 5mg capsules, one a day",
            "05-Jan-2025 GP practice: stopped",
            "01-Sep-2024 GP practice: prescribed again: ramipril 5mg capsules, two a day",
            "10-Jun-2024 GP practice: changed from ramipril 5mg capsules, one a day to ramipril 5mg capsules, two a day",
            "10-Jan-2024 GP practice: prescribed ramipril 5mg capsules, one a day",
        ]
    );
    assert_eq!(
        spans(&told),
        [
            "GP practice: prescribed 03-Feb-2026 | no end recorded | one a day",
            "GP practice: prescribed 01-Sep-2024 | stopped 05-Jan-2025 | two a day",
            "GP practice: prescribed 10-Jun-2024 | course completed, date not recorded | two a day",
            "GP practice: prescribed 10-Jan-2024 | course completed 10-Jun-2024 | one a day",
        ]
    );
    assert_eq!(told.changes[0].resource, "MedicationRequest/m4");
}

#[test]
fn a_renewal_with_the_same_dose_is_no_change_and_a_copy_is_no_second_course() {
    let one = prescribed("m1", "gp", "active", "2026-01-10", "one a day");
    let later = prescribed("m2", "gp", "active", "2026-03-10", "one a day");
    let mut copy = one.clone();
    copy["id"] = json!("m9");
    let told = group(vec![one, later, copy]);
    assert_eq!(
        changes(&told),
        ["10-Jan-2026 GP practice: prescribed ramipril 5mg capsules, one a day"]
    );
    assert_eq!(told.spans.len(), 2);
}

#[test]
fn what_is_only_said_on_a_day_did_not_start_or_stop_on_it() {
    let taken = group(vec![stated(
        "s1",
        "acute",
        "active",
        &json!({"effectiveDateTime": "2026-11-10"}),
    )]);
    assert_eq!(
        changes(&taken),
        ["10-Nov-2026 Hospital: recorded as taken ramipril 5mg capsules, one a day"]
    );
    let since = group(vec![stated(
        "s1",
        "acute",
        "active",
        &json!({"effectivePeriod": {"start": "2026-10", "end": "2026-12-01"}}),
    )]);
    assert_eq!(
        changes(&since),
        ["Oct-2026 Hospital: started ramipril 5mg capsules, one a day"]
    );
    assert_eq!(
        spans(&since),
        ["Hospital: started Oct-2026 | planned until 01-Dec-2026 | one a day"]
    );
    let stopped = group(vec![stated(
        "s1",
        "acute",
        "stopped",
        &json!({"effectiveDateTime": "2026-11-10"}),
    )]);
    let span = &stopped.spans[0];
    assert_eq!(
        (span.start.as_ref(), span.start_text.as_str()),
        (None, "start not recorded")
    );
    assert_eq!(span.end_text, "stopped by 10-Nov-2026, when it was recorded");
    assert_eq!(
        changes(&stopped),
        ["10-Nov-2026 Hospital: stopped: ramipril 5mg capsules, one a day"]
    );
}

#[test]
fn an_unknown_end_stays_unknown_and_a_partial_date_spans_what_it_can_mean() {
    let told = group(vec![prescribed("m1", "gp", "stopped", "2025-10", "one a day")]);
    let span = &told.spans[0];
    assert_eq!(span.end, None);
    assert_eq!(span.end_text, "stopped, date not recorded");
    let start = span.start.as_ref().unwrap();
    let day = 24.0 * 3_600_000.0;
    assert_eq!(start.text, "Oct-2025");
    assert!(
        (start.to - start.from - 31.0 * day).abs() < 1.0,
        "the whole of October"
    );
    assert_eq!(
        changes(&told),
        [
            "Date not recorded GP practice: stopped (prescribed Oct-2025)",
            "Oct-2025 GP practice: prescribed ramipril 5mg capsules, one a day",
        ]
    );
}

#[test]
fn issues_tell_when_their_words_changed_and_doses_given_alone_tell_the_first_and_the_latest() {
    let issue = |id: &str, on: &str, dose: &str| {
        let mut it = prescribed(id, "gp", "completed", on, dose);
        it["intent"] = json!("order");
        it["basedOn"] = json!([{"reference": "MedicationRequest/m1"}]);
        it
    };
    let given = |id: &str, at: &str| {
        resource(
            "care-home",
            json!({"resourceType": "MedicationAdministration", "id": id, "status": "completed",
                "subject": {"reference": SUBJECT}, "effectiveDateTime": at,
                "medicationCodeableConcept": {"text": "Ramipril 5mg capsules"}, "dosage": {"text": "one"}}),
        )
    };
    let told = group(vec![
        prescribed("m1", "gp", "active", "2026-01-10", "one a day"),
        issue("i1", "2026-01-10", "one a day"),
        issue("i2", "2026-02-10", "one a day"),
        issue("i3", "2026-03-10", "two a day"),
        given("g1", "2026-02-01T08:00:00Z"),
        given("g2", "2026-02-02T08:00:00Z"),
        given("g3", "2026-02-03T08:00:00Z"),
    ]);
    assert_eq!(
        changes(&told)
            .into_iter()
            .map(|words| words.replace("ramipril 5mg capsules, ", ""))
            .collect::<Vec<_>>(),
        [
            "10-Mar-2026 GP practice: issue changed from one a day to two a day",
            "10-Jan-2026 GP practice: prescribed one a day",
        ]
    );
    let alone = group(vec![
        given("g1", "2026-02-01T08:00:00Z"),
        given("g2", "2026-02-02T08:00:00Z"),
        given("g3", "2026-02-03T08:00:00Z"),
    ]);
    assert_eq!(
        changes(&alone),
        [
            "03-Feb-2026 Social care: latest dose in this record: ramipril 5mg capsules, one",
            "01-Feb-2026 Social care: first dose in this record: ramipril 5mg capsules, one",
        ]
    );
}

#[test]
fn medv_what_was_lately_stopped_is_counted_up_to_the_newest_arrival() {
    let named = |mut request: Value, name: &str| {
        request["medicationCodeableConcept"]["text"] = json!(name);
        request
    };
    let stopped = |id: &str, name: &str, on: Option<&str>| {
        let request = named(prescribed(id, "gp", "stopped", "2020-01-01", "one a day"), name);
        match on {
            Some(on) => ended(request, on),
            None => request,
        }
    };
    let sentence = |medicines: Vec<Value>| record([medicines, vec![patient()]].concat()).medicines.stopped;
    // The newest arrival is 23-Nov-2026.
    assert_eq!(
        sentence(vec![
            stopped("m1", "Aspirin", Some("2026-08-23")),
            stopped("m2", "Senna", Some("2026-11-01")),
            stopped("m3", "Digoxin", Some("2026-08-22")),
        ])
        .as_deref(),
        Some("2 medicines stopped in the 3 months to 23-Nov-2026: see Past")
    );
    assert_eq!(
        sentence(vec![stopped("m1", "Aspirin", None)]).as_deref(),
        Some("1 medicine was stopped on a date that is not recorded: see Past")
    );
    assert_eq!(
        sentence(vec![prescribed("m1", "gp", "active", "2026-01-01", "one")]),
        None
    );
}

#[test]
fn doses_in_units_that_cannot_be_compared_are_not_said_to_differ() {
    let coded = |id: &str, feed: &str, value: f64, unit: &str, often: (u32, &str)| {
        let mut it = prescribed(id, feed, "active", "2026-01-10", "");
        it["dosageInstruction"] = json!([{"doseAndRate": [{"doseQuantity": {"value": value, "unit": unit}}],
            "timing": {"repeat": {"frequency": often.0, "period": 1, "periodUnit": often.1}}}]);
        it
    };
    let said = |a: Value, b: Value| plain_text(&group(vec![a, b]).differences[0]);
    let line = |a: Value, b: Value| plain_text(&group(vec![a, b]).line);
    let day = (1, "d");
    assert_eq!(
        said(
            coded("m1", "gp", 500.0, "mg", day),
            coded("m2", "acute", 1.0, "tablet", day)
        ),
        "Dosage is worded differently: GP practice says 500 mg once a day, Hospital says 1 tablet once a day."
    );
    assert_eq!(
        said(
            coded("m1", "gp", 5.0, "mg", day),
            coded("m2", "acute", 2.5, "mg", day)
        ),
        "Dose differs: GP practice says 5 mg once a day, Hospital says 2.5 mg once a day."
    );
    assert_eq!(
        said(
            coded("m1", "gp", 15.0, "mg", (1, "wk")),
            coded("m2", "acute", 15.0, "mg", day)
        ),
        "How often differs: GP practice says 15 mg once a week, Hospital says 15 mg once a day."
    );
    // No dose stands in the line as if it were the right one.
    assert_eq!(
        line(
            coded("m1", "gp", 15.0, "mg", (1, "wk")),
            coded("m2", "acute", 15.0, "mg", day)
        ),
        "ramipril 5mg capsules \u{2014} dose differs between sources"
    );
    assert_eq!(
        line(
            coded("m1", "gp", 15.0, "mg", day),
            coded("m2", "acute", 15.0, "mg", day)
        ),
        "ramipril 5mg capsules \u{2014} DOSE 15 mg \u{2014} once a day"
    );
}
