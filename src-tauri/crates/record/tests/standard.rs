//! Every one of the 38 sections of the content standard has a place, and an empty one says why it is empty.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use curlew_record::{Arrival, Failure, Projection, Role, view::Section};
use serde_json::{Value, json};
use support::{coded, patient, record, record_with, resource};

fn sections(record: &Projection) -> Vec<&Section> {
    [&record.summary, &record.documents, &record.plans, &record.people]
        .into_iter()
        .flat_map(|screen| &screen.sections)
        .collect()
}

fn section(record: &Projection, number: u8) -> &Section {
    sections(record).into_iter().find(|s| s.number == number).unwrap()
}

/// The empty sentence of a section.
fn empty(record: &Projection, number: u8) -> String {
    section(record, number).empty.clone().unwrap()
}

fn clinical(id: &str, kind: &str, more: Value) -> Value {
    let mut body = json!({
        "resourceType": kind, "id": id, "subject": {"reference": "Patient/p1"}, "patient": {"reference": "Patient/p1"},
        "beneficiary": {"reference": "Patient/p1"}, "status": "active",
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    resource("gp", body)
}

fn measured(id: &str, category: &str, code: Value) -> Value {
    clinical(
        id,
        "Observation",
        json!({"status": "final", "category": [{"coding": [{"code": category}]}], "code": code,
            "effectiveDateTime": "2026-05-01", "valueString": "as found"}),
    )
}

/// For each section something that belongs in it, as the mapping of the standard to FHIR has it.
fn one_of_each() -> Vec<(u8, Value)> {
    let plan = |id: &str, title: &str| {
        clinical(
            id,
            "CarePlan",
            json!({"intent": "plan", "title": title, "period": {"start": "2026-05-01"}}),
        )
    };
    let encounter = |id: &str, class: &str, more: Value| {
        let mut it = clinical(
            id,
            "Encounter",
            json!({"status": "finished", "class": {"code": class}, "period": {"start": "2026-05-01"}}),
        );
        for (key, value) in more.as_object().unwrap() {
            it[key] = value.clone();
        }
        it
    };
    let named = |text: &str| json!({"text": text});
    vec![
        (
            2,
            json!({"resourceType": "Organization", "id": "practice", "name": "Example Surgery"}),
        ),
        (
            3,
            clinical(
                "s3",
                "QuestionnaireResponse",
                json!({"status": "completed", "questionnaire": "https://example.test/Questionnaire/about-me", "item": [{"linkId": "1", "text": "What matters", "answer": [{"valueString": "My dog"}]}]}),
            ),
        ),
        (
            4,
            clinical(
                "s4",
                "Flag",
                json!({"code": named("Reasonable adjustment: large print")}),
            ),
        ),
        (5, clinical("s5", "Flag", json!({"code": named("Large dog")}))),
        (
            6,
            clinical(
                "s6",
                "Consent",
                json!({"scope": {"coding": [{"code": "patient-privacy"}]}, "category": [named("Consent to share")], "dateTime": "2026-05-01"}),
            ),
        ),
        (
            7,
            clinical("s7", "Flag", json!({"code": named("Child protection plan")})),
        ),
        (8, clinical("s8", "CareTeam", json!({"name": "Community team"}))),
        (
            9,
            clinical(
                "s9",
                "RelatedPerson",
                json!({"relationship": [named("Daughter")]}),
            ),
        ),
        (
            10,
            clinical(
                "s10",
                "ResearchSubject",
                json!({"status": "on-study", "individual": {"reference": "Patient/p1"}, "study": {"display": "A study"}}),
            ),
        ),
        (
            11,
            clinical(
                "s11",
                "ServiceRequest",
                json!({"intent": "order", "category": [coded("Referral", "3457005")], "code": named("Referral to cardiology")}),
            ),
        ),
        (12, encounter("s12", "AMB", json!({}))),
        (13, encounter("s13", "IMP", json!({}))),
        (
            14,
            encounter(
                "s14",
                "IMP",
                json!({"hospitalization": {"dischargeDisposition": named("Home")}}),
            ),
        ),
        (
            15,
            clinical(
                "s15",
                "Appointment",
                json!({"status": "booked", "start": "2027-05-01T09:00:00Z", "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}]}),
            ),
        ),
        (
            16,
            clinical(
                "s16",
                "Immunization",
                json!({"status": "completed", "vaccineCode": named("Influenza vaccine"), "occurrenceDateTime": "2026-05-01"}),
            ),
        ),
        (
            17,
            clinical("s17", "Condition", json!({"code": coded("Asthma", "195967001")})),
        ),
        (
            18,
            clinical(
                "s18",
                "Procedure",
                json!({"status": "completed", "code": named("Hip replacement")}),
            ),
        ),
        (19, measured("s19", "social-history", named("Lives alone"))),
        (
            20,
            clinical(
                "s20",
                "EpisodeOfCare",
                json!({"type": [named("Home care")], "period": {"start": "2026-05-01"}}),
            ),
        ),
        (
            21,
            clinical(
                "s21",
                "Condition",
                json!({"code": named("Primary support reason: personal care")}),
            ),
        ),
        (
            22,
            clinical(
                "s22",
                "FamilyMemberHistory",
                json!({"status": "completed", "relationship": named("Mother"), "condition": [{"code": named("Stroke")}]}),
            ),
        ),
        (23, measured("s23", "laboratory", named("Sodium"))),
        (
            24,
            clinical(
                "s24",
                "ServiceRequest",
                json!({"intent": "order", "category": [coded("Laboratory procedure", "108252007")], "code": named("Full blood count")}),
            ),
        ),
        (25, measured("s25", "vital-signs", named("Pulse"))),
        (26, measured("s26", "exam", named("Pregnancy status"))),
        (27, measured("s27", "survey", named("Frailty"))),
        (
            28,
            clinical(
                "s28",
                "ClinicalImpression",
                json!({"status": "completed", "summary": "Low mood after a loss"}),
            ),
        ),
        (
            29,
            clinical(
                "s29",
                "RiskAssessment",
                json!({"status": "final", "code": named("Risk of falls")}),
            ),
        ),
        (
            30,
            clinical(
                "s30",
                "AllergyIntolerance",
                json!({"code": coded("Penicillin", "764146007")}),
            ),
        ),
        (
            31,
            clinical(
                "s31",
                "MedicationStatement",
                json!({"medicationCodeableConcept": named("Aspirin 75mg tablets")}),
            ),
        ),
        (
            32,
            clinical(
                "s32",
                "DeviceUseStatement",
                json!({"device": {"display": "Walking frame"}}),
            ),
        ),
        (
            33,
            clinical(
                "s33",
                "Task",
                json!({"intent": "order", "for": {"reference": "Patient/p1"}, "description": "Check kidney function"}),
            ),
        ),
        (34, plan("s34", "Care and support plan")),
        (35, plan("s35", "Contingency plan")),
        (36, plan("s36", "Additional support plan")),
        (37, plan("s37", "End of life care plan")),
        (
            38,
            clinical(
                "s38",
                "DocumentReference",
                json!({"status": "current", "type": named("Letter"), "content": [{"attachment": {"contentType": "text/plain"}}]}),
            ),
        ),
    ]
}

#[test]
fn all_38_sections_have_one_place_in_order_on_their_screen() {
    let empty = record(vec![patient()]);
    let mut numbers: Vec<u8> = sections(&empty).iter().map(|s| s.number).collect();
    for screen in [&empty.summary, &empty.documents, &empty.plans, &empty.people] {
        assert!(screen.sections.is_sorted_by_key(|s| s.number));
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=38).collect::<Vec<u8>>());
    for section in sections(&empty) {
        assert_eq!(
            section.lines.is_empty(),
            section.empty.is_some(),
            "{}",
            section.title
        );
    }
}

#[test]
fn what_belongs_in_each_section_is_found_there_or_on_the_screen_it_points_to() {
    let mut who = patient();
    who["generalPractitioner"] = json!([{"reference": "Organization/practice"}]);
    let mut misplaced = Vec::new();
    for (number, it) in one_of_each() {
        let name = format!(
            "{}/{}",
            it["resourceType"].as_str().unwrap(),
            it["id"].as_str().unwrap()
        );
        let told = record(vec![who.clone(), it]);
        let found: Vec<u8> = sections(&told)
            .into_iter()
            .filter(|s| {
                s.lines
                    .iter()
                    .any(|line| line.sources.iter().any(|source| source.resource == name))
            })
            .map(|s| s.number)
            .collect();
        let elsewhere = match number {
            12 => "1 item, on the Timeline screen",
            23 | 25 => "1 item, on the Results screen",
            31 => "1 item, on the Medicines screen",
            _ => "",
        };
        if elsewhere.is_empty() {
            if found != [number] {
                misplaced.push(format!("{name} belongs in {number} and is in {found:?}"));
            }
        } else {
            assert!(found.is_empty(), "{name}: {found:?}");
            assert_eq!(empty(&told, number), elsewhere, "{name}");
        }
    }
    assert!(misplaced.is_empty(), "{misplaced:#?}");
    // 1 is the patient, in every record.
    assert_eq!(section(&record(vec![who]), 1).lines.len(), 1);
}

#[test]
fn an_empty_section_says_whether_it_is_empty_not_asked_not_shared_or_not_known() {
    let list = |title: &str, reason: &str, display: &str| {
        resource(
            "gp",
            json!({"resourceType": "List", "id": "l1", "status": "current", "mode": "snapshot", "title": title,
                "subject": {"reference": "Patient/p1"}, "date": "2026-11-01",
                "emptyReason": {"coding": [{"code": reason, "display": display}]}}),
        )
    };
    let told = |title: &str, reason: &str, display: &str, number: u8| {
        empty(&record(vec![patient(), list(title, reason, display)]), number)
    };
    assert_eq!(
        told("Problems", "nilknown", "Nil Known", 17),
        "Empty: GP practice says that there is nothing (Nil Known, 01-Nov-2026)"
    );
    assert_eq!(
        told("Problems", "withheld", "Information Withheld", 17),
        "Not shared: GP practice sent an empty list (Information Withheld, 01-Nov-2026), which does not mean there is nothing"
    );
    assert_eq!(
        told("Immunisations", "notasked", "Not Asked", 16),
        "Not asked: GP practice says that nobody has asked yet (Not Asked, 01-Nov-2026)"
    );
    assert!(
        told("Allergies", "unavailable", "Unavailable", 30)
            .starts_with("Not available: GP practice sent an empty list (Unavailable, 01-Nov-2026)")
    );
    assert_eq!(
        empty(&record(vec![patient()]), 17),
        "Nothing received for this section. No source said that there is none"
    );
    let failed = Arrival {
        failures: vec![Failure {
            what: "Page 3 of the record did not arrive".to_owned(),
            touches_safety: true,
        }],
        ..Arrival::default()
    };
    let told = record_with(vec![patient()], &failed);
    for section in sections(&told).into_iter().filter(|s| s.lines.is_empty()) {
        let words = section.empty.as_deref().unwrap();
        assert!(
            words.contains("Page 3 of the record did not arrive"),
            "{}: {words}",
            section.title
        );
    }
}

#[test]
fn the_views_by_role_have_their_sections_and_no_other() {
    let told = record(
        one_of_each()
            .into_iter()
            .map(|(_, it)| it)
            .chain([patient()])
            .collect(),
    );
    let care_home: Vec<u8> = (1..=9)
        .chain(11..=15)
        .chain(23..=25)
        .chain([27])
        .chain(29..=31)
        .chain(34..=38)
        .collect();
    assert_eq!(care_home.len(), 26);
    for (role, numbers) in [
        (Role::CareHome, care_home),
        (Role::LocalAuthority, vec![1, 5, 6, 7, 8, 9, 11, 20, 21, 27, 32]),
    ] {
        let mut seen: Vec<u8> = [&told.summary, &told.documents, &told.plans, &told.people]
            .into_iter()
            .flat_map(|screen| screen.clone().for_role(role).sections)
            .map(|s| s.number)
            .filter(|n| *n != 0)
            .collect();
        seen.sort_unstable();
        assert_eq!(seen, numbers, "{role:?}");
    }
}
