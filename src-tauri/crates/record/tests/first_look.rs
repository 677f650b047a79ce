//! What the first look at a record must get right: decisions before forms, danger before detail, plain words, and
//! lists that stay short however long the record is.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use curlew_record::{CopyInfo, display::plain_text, patient_view, view::SafetyItem};
use serde_json::{Value, json};
use support::{at, patient, record, resource};

const SUBJECT: &str = "Patient/p1";

fn alert(id: &str, feed: &str, text: &str, code: &str, since: &str) -> Value {
    resource(
        feed,
        json!({
            "resourceType": "Flag", "id": id, "status": "active", "subject": {"reference": SUBJECT},
            "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/flag-category", "code": "clinical"}]}],
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": code}], "text": text},
            "period": {"start": since},
        }),
    )
}

fn form(id: &str, feed: &str, title: &str, on: &str) -> Value {
    resource(
        feed,
        json!({
            "resourceType": "DocumentReference", "id": id, "status": "current", "subject": {"reference": SUBJECT},
            "description": title, "date": format!("{on}T10:00:00Z"), "content": [{"attachment": {"contentType": "application/pdf"}}],
        }),
    )
}

fn said(items: &[SafetyItem]) -> Vec<(&str, &str)> {
    items
        .iter()
        .map(|item| (item.text.as_str(), item.note.as_deref().unwrap_or_default()))
        .collect()
}

#[test]
fn one_cpr_decision_told_three_times_is_one_entry_with_the_forms_place_as_its_note() {
    let observation = resource(
        "gp",
        json!({
            "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": SUBJECT},
            "code": {"text": "CPR decision"}, "effectiveDateTime": "2026-09-02",
            "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "450476008"}],
                                     "text": "Not for cardiopulmonary resuscitation"},
            "note": [{"text": "Original form in the yellow folder, kitchen. Review if condition improves."}],
        }),
    );
    let record = record(vec![
        patient(),
        alert(
            "f1",
            "gp",
            "Do not attempt CPR; form in yellow folder, kitchen",
            "450476008",
            "2026-09-02",
        ),
        form("d1", "gp", "Do not attempt CPR form", "2026-09-02"),
        observation,
    ]);
    assert_eq!(
        said(&record.first.safety.resuscitation),
        [(
            "Do not attempt CPR",
            "form in yellow folder, kitchen \u{b7} 02-Sep-2026 \u{b7} GP practice \u{b7} Do not attempt CPR form of \
             02-Sep-2026 among the documents",
        )]
    );
    assert_eq!(
        record.first.safety.resuscitation[0].line.as_deref(),
        Some("Flag/f1")
    );
}

#[test]
fn opposite_cpr_decisions_stand_apart_and_both_say_so() {
    let record = record(vec![
        patient(),
        alert(
            "f1",
            "gp",
            "For attempted cardiopulmonary resuscitation",
            "450475007",
            "2026-01-02",
        ),
        alert("f2", "hospice", "Do not attempt CPR", "450476008", "2026-10-01"),
    ]);
    assert_eq!(
        said(&record.first.safety.resuscitation),
        [
            (
                "Do not attempt CPR",
                "sources differ on the decision \u{b7} 01-Oct-2026 \u{b7} Voluntary"
            ),
            (
                "For attempted cardiopulmonary resuscitation",
                "sources differ on the decision \u{b7} 02-Jan-2026 \u{b7} GP practice"
            ),
        ]
    );
}

#[test]
fn a_form_alone_an_ended_decision_and_one_with_a_modifier_are_never_the_decision() {
    let mut ended = alert("f1", "gp", "Do not attempt CPR", "450476008", "2026-01-02");
    ended["status"] = json!("inactive");
    let records = record(vec![
        patient(),
        ended,
        form("d1", "acute", "DNACPR form", "2026-09-02"),
    ]);
    assert_eq!(
        said(&records.first.safety.resuscitation),
        [
            (
                "No longer active: Do not attempt CPR",
                "02-Jan-2026 \u{b7} GP practice"
            ),
            (
                "DNACPR form",
                "a document; no decision that it fits was received \u{b7} 02-Sep-2026 \u{b7} Hospital"
            ),
        ]
    );
    let mut odd = alert("f2", "acute", "Do not attempt CPR", "450476008", "2026-10-02");
    odd["modifierExtension"] = json!([{"url": "https://example.test/revoked", "valueBoolean": true}]);
    let plain = alert("f3", "gp", "Do not attempt CPR", "450476008", "2026-09-02");
    let records = record(vec![patient(), odd, plain]);
    let items = said(&records.first.safety.resuscitation);
    assert_eq!(items.len(), 2, "{items:?}");
    assert!(
        items[0]
            .1
            .starts_with("contains a modifier that Curlew does not understand")
    );
}

fn prescription(id: &str, feed: &str, status: &str, name: &str, milligrams: u32) -> Value {
    resource(
        feed,
        json!({
            "resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
            "subject": {"reference": SUBJECT}, "authoredOn": "2026-05-01", "medicationCodeableConcept": {"text": name},
            "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": milligrams, "unit": "mg"}}]}],
        }),
    )
}

#[test]
fn the_most_dangerous_medicines_come_first_and_high_risk_before_others() {
    let allergy = resource(
        "gp",
        json!({
            "resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": SUBJECT},
            "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": "Trimethoprim"},
        }),
    );
    let record = record(vec![
        patient(),
        allergy,
        prescription("a1", "gp", "active", "Atenolol", 25),
        prescription("b1", "gp", "active", "Bisoprolol", 2),
        prescription("b2", "acute", "active", "Bisoprolol", 5),
        prescription("d1", "gp", "active", "Digoxin", 1),
        prescription("d2", "acute", "active", "Digoxin", 2),
        prescription("t1", "gp", "active", "Trimethoprim", 200),
        prescription("e1", "acute", "active", "Eplerenone", 25),
        prescription("c1", "gp", "stopped", "Citalopram", 20),
        prescription("c2", "social-care", "active", "Citalopram", 20),
        prescription("l1", "gp", "active", "Lithium", 400),
        prescription("l2", "acute", "stopped", "Lithium", 400),
    ]);
    let overview = &record.first.overview;
    let names: Vec<String> = overview
        .medicines
        .iter()
        .map(|g| plain_text(&g.line).split(' ').next().unwrap().to_owned())
        .collect();
    assert_eq!(
        names,
        [
            "lithium",
            "digoxin",
            "citalopram",
            "eplerenone",
            "trimethoprim",
            "bisoprolol",
            "atenolol"
        ]
    );
    assert_eq!((overview.medicine_count, overview.medicines_to_check), (7, 6));
}

fn appointment(id: &str, start: &str, created: &str) -> Value {
    resource(
        "community",
        json!({
            "resourceType": "Appointment", "id": id, "status": "booked", "description": "District nurse visit",
            "start": start, "created": created, "participant": [{"actor": {"reference": SUBJECT}, "status": "accepted"}],
        }),
    )
}

#[test]
fn an_appointment_says_when_it_was_recorded_only_if_that_was_afterwards() {
    let record = record(vec![
        patient(),
        appointment("ap1", "2026-11-25T10:30:00Z", "2026-11-02"),
        appointment("ap2", "2026-11-03T10:30:00Z", "2026-11-20"),
    ]);
    let note = |id: &str| {
        let line = record.lines().find(|line| line.id == id).unwrap();
        line.when_note.clone()
    };
    assert_eq!(note("Appointment/ap1").as_deref(), Some("10:30"));
    assert_eq!(
        note("Appointment/ap2").as_deref(),
        Some("10:30 \u{b7} recorded 20-Nov-2026")
    );
    let row = record.first.caseload_summary(at("2026-11-23T09:00:00Z"));
    assert_eq!(
        row.next_appointment.as_deref(),
        Some("25-Nov-2026 10:30, District nurse visit")
    );
}

#[test]
fn no_line_says_a_bare_code_where_plain_words_or_silence_will_do() {
    let consent = resource(
        "gp",
        json!({
            "resourceType": "Consent", "id": "c1", "status": "active", "patient": {"reference": SUBJECT},
            "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0", "display": "Consent Document"}]}],
            "policyRule": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]},
            "provision": {"type": "permit"},
        }),
    );
    let mut local = alert("f2", "gp", "Large dog", "1", "2026-01-02");
    local["category"] = json!([{"coding": [{"system": "https://example.test/kinds", "code": "K7"}]}]);
    let record = record(vec![
        patient(),
        consent,
        alert("f1", "gp", "Hard of hearing", "15188001", "2026-01-02"),
        local,
    ]);
    let detail = |id: &str| {
        let line = record.lines().find(|line| line.id == id).unwrap();
        line.detail.clone()
    };
    assert_eq!(
        detail("Consent/c1").as_deref(),
        Some("permits sharing of the record")
    );
    assert_eq!(detail("Flag/f1").as_deref(), Some("clinical alert"));
    assert_eq!(detail("Flag/f2"), None);
}

#[test]
fn the_first_screen_holds_fifty_of_a_list_and_says_how_many_there_are() {
    let mut all = vec![patient()];
    for n in 0..70 {
        all.push(resource(
            "gp",
            json!({
                "resourceType": "Condition", "id": format!("c{n}"), "subject": {"reference": SUBJECT},
                "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": format!("Problem {n}")},
                "onsetDateTime": format!("{}-01-05", 1950 + n),
            }),
        ));
        all.push(prescription(
            &format!("m{n}"),
            "gp",
            "active",
            &format!("Madeupium{n}ine"),
            5,
        ));
        let day = 1 + n % 28;
        let month = 1 + n / 28;
        all.push(appointment(
            &format!("past{n}"),
            &format!("2020-{month:02}-{day:02}T10:00:00Z"),
            "2019-01-01",
        ));
        all.push(appointment(
            &format!("next{n}"),
            &format!("2027-{month:02}-{day:02}T10:00:00Z"),
            "2026-01-01",
        ));
    }
    let record = record(all);
    let overview = &record.first.overview;
    assert_eq!((overview.problems.len(), overview.problem_count), (50, 70));
    assert_eq!(overview.problems[0].title, "Problem 69", "the newest are kept");
    assert_eq!((overview.medicines.len(), overview.medicine_count), (50, 70));
    assert_eq!(overview.appointments.len(), 50);
    let view = patient_view(
        &record.first,
        at("2026-11-23T09:00:00Z"),
        &CopyInfo::default(),
        None,
    );
    assert_eq!(
        (
            view.overview.appointments.len(),
            view.overview.appointments[0].when.as_str()
        ),
        (50, "01-Jan-2027"),
        "what is long over takes no place from what is to come"
    );
}

#[test]
fn measurements_of_one_contact_are_told_in_one_go_but_never_a_marked_one() {
    let visit = resource(
        "ambulance",
        json!({
            "resourceType": "Encounter", "id": "e1", "status": "finished", "subject": {"reference": SUBJECT},
            "type": [{"text": "Fall at home"}], "period": {"start": "2026-11-22T06:40:00Z"},
        }),
    );
    let reading = |id: &str, name: &str, at: &str, of: &str, mark: Option<&str>| {
        let mut reading = resource(
            "ambulance",
            json!({
                "resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": SUBJECT},
                "encounter": {"reference": of}, "code": {"text": name}, "effectiveDateTime": at,
                "valueQuantity": {"value": 92, "unit": "units"},
            }),
        );
        if let Some(code) = mark {
            reading["interpretation"] = json!([{"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": code,
            }]}]);
        }
        reading
    };
    let (e1, day) = ("Encounter/e1", "2026-11-22T06:55:00Z");
    let record = record(vec![
        patient(),
        visit,
        reading("o1", "Heart rate", day, e1, None),
        reading("o2", "Oxygen saturation", day, e1, None),
        reading("high", "Lactate", day, e1, Some("H")),
        reading("later", "Weight", "2026-11-23T08:00:00Z", e1, None),
        reading("elsewhere", "Height", day, "Encounter/unknown", None),
    ]);
    let view = patient_view(
        &record.first,
        at("2026-11-23T09:00:00Z"),
        &CopyInfo::default(),
        None,
    );
    let [told] = view.overview.measurements.as_slice() else {
        panic!("{:?}", view.overview.measurements);
    };
    assert_eq!(told.contact, "Encounter/e1");
    let mut lines = told.lines.clone();
    lines.sort();
    assert_eq!(lines, ["Observation/o1", "Observation/o2"]);
    assert!(told.words.starts_with("2 measurements: "), "{}", told.words);
    for title in ["Heart rate 92 units", "Oxygen saturation 92 units"] {
        assert!(told.words.contains(title), "{}", told.words);
    }
    assert_eq!(
        view.overview.recent.len(),
        6,
        "nothing is taken out of the history"
    );
}

fn words(group: &curlew_record::view::MedicineGroup) -> Vec<String> {
    group.differences.iter().map(|said| plain_text(said)).collect()
}

fn dose_given(id: &str, on: &str) -> Value {
    resource(
        "social-care",
        json!({
            "resourceType": "MedicationAdministration", "id": id, "status": "completed", "subject": {"reference": SUBJECT},
            "effectiveDateTime": on, "medicationCodeableConcept": {"text": "Citalopram"},
        }),
    )
}

#[test]
fn a_dose_given_after_a_stop_makes_it_current_and_is_said() {
    let mut stopped = prescription("c1", "gp", "stopped", "Citalopram", 20);
    let told = record(vec![
        patient(),
        stopped.clone(),
        dose_given("g1", "2026-11-22T08:00:00Z"),
    ]);
    let group = &told.medicines.current[0];
    assert_eq!(
        words(group),
        ["GP practice says stopped. Social care recorded a dose given 22-Nov-2026. Not reconciled."]
    );
    assert_eq!(told.first.overview.medicines_to_check, 1);

    // Given before it was stopped, or long ago where nobody says when that was: history.
    let told = record(vec![
        patient(),
        stopped.clone(),
        dose_given("g1", "2019-03-01T08:00:00Z"),
    ]);
    assert!(told.medicines.current.is_empty());
    stopped["dispenseRequest"] = json!({"validityPeriod": {"end": "2026-11-22"}});
    let told = record(vec![patient(), stopped, dose_given("g1", "2026-11-21T08:00:00Z")]);
    assert!(
        told.medicines.current.is_empty(),
        "{:?}",
        words(&told.medicines.current[0])
    );
}

#[test]
fn what_is_referred_to_and_missing_is_named_and_what_is_there_is_not() {
    let list = |items: Value| {
        resource(
            "gp",
            json!({
                "resourceType": "List", "id": "l1", "status": "current", "mode": "snapshot", "title": "Allergies",
                "subject": {"reference": SUBJECT}, "entry": items,
            }),
        )
    };
    let allergy = resource(
        "gp",
        json!({
            "resourceType": "AllergyIntolerance", "id": "a1", "patient": {"reference": SUBJECT},
            "clinicalStatus": {"coding": [{"code": "active"}]}, "code": {"text": "Trimethoprim"},
            "recorder": {"reference": "Practitioner/x1", "display": "Dr A Nother"},
        }),
    );
    let there = json!({"item": {"reference": "AllergyIntolerance/a1"}});
    let gone = json!({"item": {"reference": "AllergyIntolerance/a2"}});
    let named = |items: Value| {
        let told = record(vec![patient(), allergy.clone(), list(items)]);
        let gaps = told
            .gaps
            .gaps
            .iter()
            .filter(|gap| gap.text.contains("referred to"));
        gaps.map(|gap| (gap.text.clone(), gap.items.join(" "), gap.touches_safety))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        named(json!([there, gone])),
        [(
            "1 entry of allergy intolerance referred to, but not received".to_owned(),
            "AllergyIntolerance/a2".to_owned(),
            true
        )]
    );
    assert!(named(json!([there])).is_empty());
}

#[test]
fn another_record_of_the_person_is_said_and_nothing_of_another_patient_is_shown() {
    let mut linked = patient();
    linked["link"] = json!([{"other": {"reference": "Patient/p2"}, "type": "seealso"}]);
    let mut other = alert("f1", "gp", "Large dog", "1", "2026-01-02");
    other["subject"] = json!({"reference": "Patient/p2"});
    let told = record(vec![linked, other]);
    assert_eq!(
        told.first.banner.warnings,
        ["This person has another record, held apart from this one: what is in it is not shown here"]
    );
    assert!(told.first.safety.alerts.is_empty());
    assert!(told.lines().all(|line| line.id != "Flag/f1"));
    let gap = told
        .gaps
        .gaps
        .iter()
        .find(|gap| gap.items == ["Flag/f1"])
        .unwrap();
    assert!(gap.text.contains("about a different patient"), "{}", gap.text);
}
