//! What the record makes of small written histories: joining, medicines, allergies, results, gaps, identity.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use curlew_record::{
    Arrival, CopyInfo, Failure, FirstScreen, Projection, Withheld,
    display::plain_text,
    patient_view,
    view::{AllergyState, CareSetting, FreshnessState, GapReason, Line, MarkTone, MedicineGroup},
};
use serde_json::{Value, json};
use support::{at, coded, patient, record, record_with, resource};

fn medicine<'r>(record: &'r Projection, name: &str) -> &'r MedicineGroup {
    let all = record.medicines.current.iter().chain(&record.medicines.past);
    let found: Vec<_> = all.filter(|g| plain_text(&g.line).starts_with(name)).collect();
    assert_eq!(found.len(), 1, "one group for {name}");
    found[0]
}

fn differences(group: &MedicineGroup) -> Vec<String> {
    group.differences.iter().map(|d| plain_text(d)).collect()
}

fn line<'r>(record: &'r Projection, id: &str) -> &'r Line {
    record
        .lines()
        .find(|line| line.id == id)
        .unwrap_or_else(|| panic!("no line {id}"))
}

fn prescription(id: &str, feed: &str, status: &str, on: &str, name: &str, dose: (&str, &str)) -> Value {
    let (value, unit) = dose;
    let value: Value = serde_json::from_str(value).unwrap();
    resource(
        feed,
        json!({
            "resourceType": "MedicationRequest", "id": id, "status": status, "intent": "order",
            "subject": {"reference": "Patient/p1"}, "authoredOn": on,
            "medicationCodeableConcept": {"text": name},
            "dosageInstruction": [{
                "text": "as directed", "route": {"text": "Oral"},
                "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": {"value": value, "unit": unit}}],
            }],
        }),
    )
}

#[test]
fn one_substance_is_one_line_in_the_standards_words_with_its_sources_under_it() {
    let record = record(vec![
        patient(),
        prescription(
            "m1",
            "gp",
            "active",
            "2026-01-05",
            "Apixaban 5mg tablets",
            ("5", "mg"),
        ),
        prescription("m2", "acute", "active", "2026-11-10", "Apixaban", ("5.0", "mg")),
    ]);
    let group = medicine(&record, "apixaban");
    assert_eq!(
        plain_text(&group.line),
        "apixaban \u{2014} DOSE 5 mg \u{2014} oral \u{2014} twice a day"
    );
    assert_eq!(group.sources.len(), 2);
    assert_eq!(group.status, "Started");
    assert_eq!(group.joined_by.as_deref(), Some("the same medicine name"));
    assert_eq!(group.high_risk.as_deref(), Some("anticoagulant"));
    assert!(
        group.differences.is_empty(),
        "5 and 5.0 mg are the same dose: {:?}",
        group.differences
    );
}

#[test]
fn a_dose_that_differs_between_sources_is_said_in_words_and_not_settled() {
    let record = record(vec![
        patient(),
        prescription(
            "m1",
            "gp",
            "active",
            "2026-01-05",
            "Bisoprolol 2.5mg tablets",
            ("2.5", "mg"),
        ),
        prescription(
            "m2",
            "acute",
            "active",
            "2026-11-10",
            "Bisoprolol 5mg tablets",
            ("5", "mg"),
        ),
    ]);
    let group = medicine(&record, "bisoprolol");
    assert_eq!(
        differences(group),
        ["Dose differs: GP practice says 2.5 mg twice a day, Hospital says 5 mg twice a day.",]
    );
}

#[test]
fn stopped_in_one_and_active_in_another_stays_current_and_is_said() {
    let record = record(vec![
        patient(),
        prescription(
            "m1",
            "gp",
            "active",
            "2026-01-05",
            "Warfarin 3mg tablets",
            ("3", "mg"),
        ),
        prescription(
            "m2",
            "acute",
            "stopped",
            "2026-11-10",
            "Warfarin 3mg tablets",
            ("3", "mg"),
        ),
    ]);
    let group = medicine(&record, "warfarin");
    assert!(group.current);
    assert_eq!(group.status, "Sources differ: Started, Discontinued");
    assert_eq!(
        differences(group),
        ["Hospital says stopped (dated 10-Nov-2026). GP practice says active. Not reconciled.",]
    );
}

#[test]
fn a_course_that_ended_before_another_began_is_history_and_no_disagreement() {
    let record = record(vec![
        patient(),
        prescription(
            "m1",
            "acute",
            "stopped",
            "2019-03-01",
            "Amoxicillin 500mg capsules",
            ("500", "mg"),
        ),
        prescription(
            "m2",
            "gp",
            "active",
            "2026-11-10",
            "Amoxicillin 500mg capsules",
            ("500", "mg"),
        ),
    ]);
    assert!(medicine(&record, "amoxicillin").differences.is_empty());
}

#[test]
fn started_elsewhere_and_missing_from_the_gp_list_is_said_with_the_doubled_anticoagulant() {
    let record = record(vec![
        patient(),
        prescription(
            "m1",
            "gp",
            "active",
            "2026-01-05",
            "Warfarin 3mg tablets",
            ("3", "mg"),
        ),
        prescription(
            "m2",
            "acute",
            "active",
            "2026-11-10",
            "Apixaban 5mg tablets",
            ("5", "mg"),
        ),
    ]);
    assert_eq!(
        differences(medicine(&record, "apixaban")),
        [
            "Started elsewhere: Hospital 10-Nov-2026. Not on the GP list.",
            "Another anticoagulant is also current: warfarin 3mg tablets (GP practice).",
        ]
    );
    assert_eq!(record.first.overview.medicines_to_check, 2);
    assert_eq!(record.first.safety.high_risk_medicines.len(), 2);
}

#[test]
fn an_issue_or_a_supply_is_a_source_and_never_ends_a_medicine() {
    let mut issue = prescription(
        "m2",
        "gp",
        "completed",
        "2026-11-03",
        "Ramipril 5mg capsules",
        ("5", "mg"),
    );
    issue["basedOn"] = json!([{"reference": "MedicationRequest/m1"}]);
    let supply = resource(
        "pharmacy",
        json!({
            "resourceType": "MedicationDispense", "id": "d1", "status": "completed", "subject": {"reference": "Patient/p1"},
            "medicationCodeableConcept": {"text": "Ramipril 5mg capsules"}, "whenHandedOver": "2026-11-04T10:00:00Z",
            "daysSupply": {"value": 28, "unit": "days", "code": "d"},
        }),
    );
    let record = record(vec![
        patient(),
        prescription(
            "m1",
            "gp",
            "active",
            "2025-06-01",
            "Ramipril 5mg capsules",
            ("5", "mg"),
        ),
        issue,
        supply,
    ]);
    let group = medicine(&record, "ramipril");
    assert!(group.current);
    assert_eq!(group.status, "Started");
    assert!(group.differences.is_empty());
    let says: Vec<String> = group.sources.iter().map(|s| plain_text(&s.says)).collect();
    assert!(says[0].starts_with("Dispensed 04-Nov-2026, 28 days"), "{says:?}");
    assert!(says[1].starts_with("Issued 03-Nov-2026"), "{says:?}");
}

#[test]
fn a_medicine_whose_status_nobody_states_is_shown_as_current_and_says_so() {
    let mut unknown = prescription(
        "m1",
        "gp",
        "active",
        "2026-01-05",
        "Digoxin",
        ("62.5", "micrograms"),
    );
    unknown.as_object_mut().unwrap().remove("status");
    let record = record(vec![patient(), unknown]);
    let group = medicine(&record, "digoxin");
    assert!(group.current);
    assert_eq!(group.status, "Status not stated");
}

#[test]
fn an_allergy_to_the_same_coded_substance_is_marked_on_the_medicine() {
    let mut amoxicillin = prescription(
        "m1",
        "gp",
        "active",
        "2026-01-05",
        "Amoxicillin 500mg capsules",
        ("500", "mg"),
    );
    amoxicillin["medicationCodeableConcept"] = coded("Amoxicillin 500mg capsules", "27658006");
    let record = record(vec![
        patient(),
        amoxicillin,
        allergy("a1", "gp", coded("Amoxicillin", "27658006")),
    ]);
    let group = medicine(&record, "amoxicillin");
    assert_eq!(group.marks[0].tone, MarkTone::Danger);
    assert_eq!(
        group.marks[0].text,
        "Allergy recorded to this substance: amoxicillin (rash)"
    );
}

fn allergy(id: &str, feed: &str, code: Value) -> Value {
    resource(
        feed,
        json!({
            "resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": "Patient/p1"},
            "clinicalStatus": {"coding": [{"code": "active"}]}, "code": code, "recordedDate": "2020-02-03",
            "reaction": [{"manifestation": [{"text": "rash"}]}],
        }),
    )
}

fn none_known() -> Value {
    let mut statement = allergy("nka", "gp", coded("No known allergy", "716186003"));
    statement.as_object_mut().unwrap().remove("reaction");
    statement["recorder"] = json!({"display": "Dr Example Person"});
    statement
}

#[test]
fn pab_0064_allergies_have_four_states() {
    let state = |resources: Vec<Value>, arrival: &Arrival| {
        let safety = record_with(resources, arrival).first.safety;
        (
            safety.allergy_state,
            safety.allergy_heading,
            safety.allergy_note.unwrap_or_default(),
        )
    };
    let whole = Arrival::default();
    let (known, heading, _) = state(
        vec![patient(), allergy("a1", "gp", coded("Penicillin", "764146007"))],
        &whole,
    );
    assert_eq!(
        (known, heading.as_str()),
        (AllergyState::Known, "Known allergies")
    );
    let (none, heading, note) = state(vec![patient(), none_known()], &whole);
    assert_eq!(
        (none, heading.as_str()),
        (AllergyState::NoneKnown, "No known allergies")
    );
    assert!(
        note.contains("Dr Example Person") && note.contains("03-Feb-2020"),
        "{note}"
    );
    let (silent, heading, _) = state(vec![patient()], &whole);
    assert_eq!(
        (silent, heading.as_str()),
        (AllergyState::NotRecorded, "Allergies not recorded")
    );
    let failed = Arrival {
        failures: vec![Failure {
            what: "Page 2 did not arrive".into(),
            touches_safety: true,
        }],
        ..Arrival::default()
    };
    let (gone, heading, note) = state(vec![patient(), none_known()], &failed);
    assert_eq!(
        (gone, heading.as_str()),
        (AllergyState::Unavailable, "Allergies unavailable")
    );
    assert!(note.contains("Page 2 did not arrive"), "{note}");
}

#[test]
fn none_known_beside_an_allergy_is_said_to_be_a_disagreement() {
    let record = record(vec![
        patient(),
        none_known(),
        allergy("a1", "acute", coded("Penicillin", "764146007")),
    ]);
    let safety = record.first.safety;
    assert_eq!(safety.allergy_state, AllergyState::Known);
    assert!(
        safety
            .allergy_note
            .unwrap()
            .starts_with("Sources disagree: No known allergy")
    );
}

#[test]
fn ended_and_refuted_allergies_never_look_active() {
    let mut ended = allergy("a1", "gp", coded("Latex", "111088007"));
    ended["clinicalStatus"] = json!({"coding": [{"code": "resolved"}]});
    let mut refuted = allergy("a2", "gp", coded("Peanut", "762952008"));
    refuted["verificationStatus"] = json!({"coding": [{"code": "refuted"}]});
    let listed = allergy("a3", "gp", coded("Egg", "102263004"));
    let list = resource(
        "gp",
        json!({
            "resourceType": "List", "id": "l1", "status": "current", "mode": "snapshot", "title": "Ended allergies",
            "subject": {"reference": "Patient/p1"}, "entry": [{"item": {"reference": "AllergyIntolerance/a3"}}],
        }),
    );
    let record = record(vec![patient(), ended, refuted, listed, list]);
    assert_eq!(record.first.safety.allergy_state, AllergyState::NotRecorded);
    assert!(record.first.safety.allergies.is_empty());
    assert!(
        line(&record, "AllergyIntolerance/a3")
            .marks
            .iter()
            .any(|m| m.text.starts_with("ended"))
    );
    assert_eq!(record.gaps.received, record.gaps.shown);
}

#[test]
fn an_allergy_known_to_two_feeds_is_one_line_that_says_why() {
    let penicillin = || coded("Penicillin", "764146007");
    let record = record(vec![
        patient(),
        allergy("a1", "gp", penicillin()),
        allergy("a2", "acute", penicillin()),
    ]);
    assert_eq!(record.first.safety.allergies.len(), 1);
    let joined = line(&record, "AllergyIntolerance/a1");
    assert_eq!(joined.sources.len(), 2);
    assert_eq!(
        joined.joined_by.as_deref(),
        Some("different sources record the same code")
    );
}

fn problem(id: &str, feed: &str, code: Value, onset: &str) -> Value {
    resource(
        feed,
        json!({
            "resourceType": "Condition", "id": id, "subject": {"reference": "Patient/p1"},
            "clinicalStatus": {"coding": [{"code": "active"}]}, "code": code, "onsetDateTime": onset,
        }),
    )
}

#[test]
fn near_misses_are_left_apart() {
    let fall = || coded("Fall", "1912002");
    let lines = |resources: Vec<Value>| record(resources).timeline.len();
    // The same words without a code.
    let words = json!({"text": "Fall"});
    assert_eq!(
        lines(vec![
            patient(),
            problem("1", "gp", words.clone(), "2026-05-01"),
            problem("2", "acute", words, "2026-05-01")
        ]),
        2
    );
    // The same code a day apart.
    assert_eq!(
        lines(vec![
            patient(),
            problem("1", "gp", fall(), "2026-05-01"),
            problem("2", "acute", fall(), "2026-05-02")
        ]),
        2
    );
    // The same code and day from one feed: two falls.
    let mut later = problem("2", "gp", fall(), "2026-05-01");
    later["note"] = json!([{"text": "second fall"}]);
    assert_eq!(
        lines(vec![patient(), problem("1", "gp", fall(), "2026-05-01"), later]),
        2
    );
    // A month is not a day.
    assert_eq!(
        lines(vec![
            patient(),
            problem("1", "gp", fall(), "2026-05"),
            problem("2", "acute", fall(), "2026-05-01")
        ]),
        2
    );
    // And what does join.
    assert_eq!(
        lines(vec![
            patient(),
            problem("1", "gp", fall(), "2026-05-01"),
            problem("2", "acute", fall(), "2026-05-01T10:00:00+01:00")
        ]),
        1
    );
}

#[test]
fn one_order_number_on_different_tests_does_not_join_them() {
    let result = |id: &str, code: Value| {
        let mut one = measurement(id, "acute", code, "5.0", "mmol/L", "2026-05-01T08:00:00Z");
        one["identifier"] = json!([{"system": "https://lab.example/order", "value": "77"}]);
        one
    };
    let record = record(vec![
        patient(),
        result("o1", coded("Sodium", "1000661000000107")),
        result("o2", coded("Potassium", "1000651000000109")),
    ]);
    assert_eq!(record.timeline.len(), 2);
}

fn measurement(id: &str, feed: &str, code: Value, value: &str, unit: &str, when: &str) -> Value {
    let value: Value = serde_json::from_str(value).unwrap();
    resource(
        feed,
        json!({
            "resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": "Patient/p1"},
            "category": [{"coding": [{"code": "laboratory"}]}], "code": code, "effectiveDateTime": when,
            "valueQuantity": {"value": value, "unit": unit},
        }),
    )
}

#[test]
fn results_keep_their_digits_their_units_apart_and_say_what_was_before() {
    let egfr = || coded("eGFR", "1011481000000105");
    let record = record(vec![
        patient(),
        measurement("o1", "gp", egfr(), "47", "mL/min/1.73m2", "2026-03-03T08:00:00Z"),
        measurement("o2", "gp", egfr(), "38", "mL/min/1.73m2", "2026-11-20T08:00:00Z"),
        measurement("o3", "gp", egfr(), "0.63", "mL/s", "2026-11-21T08:00:00Z"),
    ]);
    assert_eq!(record.results.series.len(), 2, "two units are two series");
    let series = record
        .results
        .series
        .iter()
        .find(|s| s.points.len() == 2)
        .unwrap();
    assert_eq!(series.points[0].value, "38 mL/min/1.73m\u{b2}");
    assert_eq!(
        series.change.as_deref(),
        Some("was 47 mL/min/1.73m\u{b2} on 03-Mar-2026")
    );
    let line = line(&record, "Observation/o2");
    assert_eq!(
        line.detail.as_deref().map(|d| d.starts_with("was 47")),
        Some(true)
    );
}

#[test]
fn blood_pressure_is_two_numbers_in_one_unit_or_not_one_at_all() {
    let pressure = |id: &str, unit: &str| {
        resource(
            "gp",
            json!({
                "resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": "Patient/p1"},
                "category": [{"coding": [{"code": "vital-signs"}]}], "code": coded("Blood pressure", "75367002"),
                "effectiveDateTime": "2026-11-20T08:00:00Z",
                "component": [
                    {"code": coded("Systolic", "271649006"), "valueQuantity": {"value": 104, "unit": "mm[Hg]"}},
                    {"code": coded("Diastolic", "271650006"), "valueQuantity": {"value": 58, "unit": unit}},
                ],
            }),
        )
    };
    let together = record(vec![patient(), pressure("o1", "mm[Hg]")]);
    let point = &together.results.series[0].points[0];
    assert_eq!(
        (point.value.as_str(), point.number, point.number_low),
        ("104/58 mmHg", Some(104.0), Some(58.0))
    );
    let apart = record(vec![patient(), pressure("o1", "kPa")]);
    assert_eq!(apart.results.series.len(), 2);
    assert!(
        apart
            .results
            .series
            .iter()
            .all(|s| s.points[0].number_low.is_none())
    );
}

#[test]
fn a_panel_is_one_line_holding_every_result_with_its_marks() {
    let mut low = measurement(
        "o1",
        "acute",
        coded("eGFR", "1011481000000105"),
        "38",
        "mL/min",
        "2026-11-20T08:00:00Z",
    );
    low["interpretation"] = json!([{"coding": [{"code": "L"}]}]);
    let record = record(vec![
        patient(),
        low,
        measurement(
            "o2",
            "acute",
            coded("Sodium", "1000661000000107"),
            "140.0",
            "mmol/L",
            "2026-11-20T08:00:00Z",
        ),
        resource(
            "acute",
            json!({
                "resourceType": "DiagnosticReport", "id": "r1", "status": "final", "subject": {"reference": "Patient/p1"},
                "code": {"text": "Renal function"}, "effectiveDateTime": "2026-11-20T08:00:00Z",
                "result": [{"reference": "Observation/o1"}, {"reference": "Observation/o2"}],
            }),
        ),
    ]);
    assert_eq!(record.timeline.len(), 1);
    let panel = &record.timeline[0].line;
    assert_eq!(panel.title, "Renal function");
    assert_eq!(panel.sources.len(), 3);
    assert!(
        panel.detail.as_deref().unwrap().contains("eGFR 38 mL/min")
            && panel.detail.as_deref().unwrap().contains("Sodium 140.0 mmol/L")
    );
    assert!(
        panel
            .marks
            .iter()
            .any(|m| m.text == "eGFR 38 mL/min: abnormal low"),
        "{:?}",
        panel.marks
    );
    assert!(
        record
            .results
            .series
            .iter()
            .all(|s| s.points[0].id == "DiagnosticReport/r1"),
        "a point opens its panel"
    );
    assert_eq!(record.gaps.shown, 4);
}

#[test]
fn a_ring_of_parts_hides_nothing() {
    let member = |id: &str, of: &str| {
        let mut one = measurement(id, "gp", coded("Score", "1"), "1", "", "2026-11-20T08:00:00Z");
        one["hasMember"] = json!([{"reference": format!("Observation/{of}")}]);
        one
    };
    let record = record(vec![patient(), member("o1", "o2"), member("o2", "o1")]);
    assert_eq!(record.gaps.shown, 3);
    assert_eq!(record.timeline.len(), 1);
}

#[test]
fn the_care_setting_is_decided_by_rule_order_and_the_rule_is_told() {
    let organisation = |id: &str, code: &str, display: &str| {
        json!({"resourceType": "Organization", "id": id, "name": "Example",
            "type": [{"coding": [{"code": code, "display": display}]}]})
    };
    let visit = |id: &str, class: &str, organisation: &str| {
        json!({"resourceType": "Encounter", "id": id, "status": "finished", "subject": {"reference": "Patient/p1"},
            "class": {"code": class}, "type": [{"text": "Visit"}], "period": {"start": "2026-05-01"},
            "serviceProvider": {"reference": format!("Organization/{organisation}")}})
    };
    let mut tagged = visit("e1", "IMP", "gp");
    tagged["meta"] = json!({"tag": [{"system": "https://example.test/care-setting", "code": "community"}]});
    let record = record(vec![
        patient(),
        organisation("gp", "RO76", "GP PRACTICE"),
        organisation("trust", "RO197", "NHS TRUST"),
        tagged,
        visit("e2", "IMP", "gp"),
        visit("e3", "IMP", "trust"),
        visit("e4", "AMB", "trust"),
    ]);
    let setting = |id: &str| {
        let setting = &line(&record, id).setting;
        (setting.setting, setting.rule.clone())
    };
    assert_eq!(
        setting("Encounter/e1"),
        (CareSetting::Community, "from the care setting tag".into())
    );
    assert_eq!(setting("Encounter/e2").0, CareSetting::Gp);
    assert_eq!(
        setting("Encounter/e2").1,
        "from the organisation\u{2019}s type (gp practice)"
    );
    assert_eq!(setting("Encounter/e3").0, CareSetting::Acute);
    assert_eq!(
        setting("Encounter/e4").0,
        CareSetting::NotStated,
        "a trust alone says nothing"
    );
}

#[test]
fn what_is_not_shown_is_named_and_the_books_balance() {
    let mut mistake = problem("c1", "gp", coded("Asthma", "195967001"), "2020-01-01");
    mistake["verificationStatus"] = json!({"coding": [{"code": "entered-in-error"}]});
    let mut broken = problem("c2", "gp", coded("Fall", "1912002"), "2020-01-01");
    broken["onsetDateTime"] = json!("the other day");
    let mut stranger = problem("c3", "gp", coded("Gout", "90560007"), "2020-01-01");
    stranger["subject"] = json!({"reference": "Patient/somebody-else"});
    let mut raws: Vec<String> = [
        patient(),
        mistake,
        broken,
        stranger,
        json!({"resourceType": "Claim", "id": "x1", "patient": {"reference": "Patient/p1"}}),
    ]
    .iter()
    .map(Value::to_string)
    .collect();
    raws.push("{\"resourceType\": \"AllergyIntolerance\", \"id\": ".to_owned());
    let record = support::record_of(&raws, &Arrival::default());
    let gaps = &record.gaps;
    assert_eq!((gaps.received, gaps.shown, gaps.named), (6, 2, 4));
    let of = |reason: GapReason| {
        gaps.gaps
            .iter()
            .filter(|g| g.reason == reason)
            .map(|g| g.text.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        of(GapReason::EnteredInError),
        ["1 entry of condition marked by the source as entered in error"]
    );
    assert!(of(GapReason::NotDisplayed)[0].contains("no screen for Claim"));
    assert!(of(GapReason::Failed)[0].contains("different patient"));
    assert_eq!(of(GapReason::Unreadable).len(), 2, "{:?}", gaps.gaps);
    assert!(
        gaps.gaps
            .iter()
            .flat_map(|g| &g.items)
            .any(|i| i.starts_with("Condition/c2.onsetDateTime")),
        "{:?}",
        gaps.gaps
    );
    assert!(
        record.lines().all(|l| !l.title.contains("Gout")),
        "another patient's problem is shown nowhere"
    );
    // The allergy that could not be read makes "no allergies" impossible to say.
    assert_eq!(record.first.safety.allergy_state, AllergyState::Unavailable);
}

#[test]
fn a_modifier_that_is_not_understood_and_a_negation_are_marked() {
    let mut modified = problem("c1", "gp", coded("Fall", "1912002"), "2020-01-01");
    modified["modifierExtension"] = json!([{"url": "https://example.test/negates", "valueBoolean": true}]);
    let not_done = resource(
        "gp",
        json!({
            "resourceType": "Procedure", "id": "n1", "status": "not-done", "subject": {"reference": "Patient/p1"},
            "code": {"text": "Cataract surgery"}, "performedDateTime": "2020-01-01",
        }),
    );
    let record = record(vec![patient(), modified, not_done]);
    let dangers = |id: &str| {
        line(&record, id)
            .marks
            .iter()
            .filter(|m| m.tone == MarkTone::Danger)
            .count()
    };
    assert_eq!((dangers("Condition/c1"), dangers("Procedure/n1")), (1, 1));
}

#[test]
fn partial_dates_stay_partial_and_late_recording_is_told() {
    let mut late = problem("c1", "gp", coded("Fall", "1912002"), "2026-10");
    late["recordedDate"] = json!("2026-11-21");
    let record = record(vec![patient(), late]);
    let line = line(&record, "Condition/c1");
    assert_eq!(line.when, "Oct-2026");
    assert_eq!(
        line.when_note.as_deref(),
        Some("Day not recorded \u{b7} recorded 21-Nov-2026")
    );
}

#[test]
fn a_cpr_decision_stands_on_the_strip_with_where_the_form_is_newest_first() {
    let flag = |id: &str, feed: &str, text: &str, since: &str| {
        resource(
            feed,
            json!({
                "resourceType": "Flag", "id": id, "status": "active", "subject": {"reference": "Patient/p1"},
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "450476008"}], "text": text},
                "period": {"start": since},
            }),
        )
    };
    let record = record(vec![
        patient(),
        flag(
            "f1",
            "ambulance",
            "Do not attempt CPR; form held in hospital notes",
            "2026-08-01",
        ),
        flag(
            "f2",
            "hospice",
            "Do not attempt CPR; form in green folder",
            "2026-10-01",
        ),
        resource(
            "gp",
            json!({
                "resourceType": "Flag", "id": "f3", "status": "active", "subject": {"reference": "Patient/p1"},
                "code": {"text": "Key safe by the back door"},
            }),
        ),
    ]);
    let strip = &record.first.safety;
    assert_eq!(strip.resuscitation.len(), 2);
    assert_eq!(strip.resuscitation[0].text, "Do not attempt CPR");
    assert_eq!(
        strip.resuscitation[0].note.as_deref(),
        Some(
            "form in green folder \u{b7} sources differ on where the form is \u{b7} 01-Oct-2026 \u{b7} Voluntary"
        )
    );
    assert_eq!(strip.alerts.len(), 1);
    assert_eq!(strip.alerts[0].text, "Key safe by the back door");
}

#[test]
fn the_first_screen_is_painted_with_the_present_and_stored_without_it() {
    let mut appointment = resource(
        "community",
        json!({
            "resourceType": "Appointment", "id": "ap1", "status": "booked", "description": "Podiatry",
            "start": "2026-11-24T10:30:00Z", "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
        }),
    );
    let record = record(vec![
        patient(),
        appointment.clone(),
        problem("c1", "gp", coded("Fall", "1912002"), "2026-10-01"),
    ]);
    let stored: FirstScreen = serde_json::from_str(&serde_json::to_string(&record.first).unwrap()).unwrap();
    assert_eq!(stored, record.first);
    let copy = CopyInfo {
        last_contact: Some(at("2026-11-23T07:41:00Z")),
        readable_until: Some(at("2026-11-26T07:41:00Z")),
        ..CopyInfo::default()
    };
    let view = patient_view(
        &stored,
        at("2026-11-23T09:41:00Z"),
        &copy,
        Some(at("2026-11-01T00:00:00Z")),
    );
    assert_eq!(view.banner.born, "14-Jul-1941 (85y)");
    assert_eq!(
        view.copy,
        "Copy from 07:41 today, readable until 26-Nov-2026 07:41"
    );
    let only_shown = CopyInfo {
        only_shown: true,
        ..copy
    };
    let received = patient_view(&stored, at("2026-11-23T09:41:00Z"), &only_shown, None);
    assert_eq!(
        received.copy, "Received 07:41 today, readable until 26-Nov-2026 07:41",
        "what is not kept is not called a copy"
    );
    assert_eq!(view.new_since.as_ref().map(|n| n.label.as_str()), Some("2 new"));
    let gp = view
        .freshness
        .iter()
        .find(|s| s.setting == CareSetting::Gp)
        .unwrap();
    assert_eq!((gp.state, gp.text.as_str()), (FreshnessState::Fresh, "2 h"));
    let acute = view
        .freshness
        .iter()
        .find(|s| s.setting == CareSetting::Acute)
        .unwrap();
    assert_eq!(acute.state, FreshnessState::NotConnected);
    assert_eq!(view.overview.appointments.len(), 1);
    let summary = stored.caseload_summary(at("2026-11-23T09:41:00Z"));
    assert_eq!(
        summary.next_appointment.as_deref(),
        Some("24-Nov-2026 10:30, Podiatry")
    );
    assert_eq!(
        summary.next_at,
        Some(at("2026-11-24T10:30:00Z").timestamp_millis())
    );
    assert_eq!(
        stored
            .caseload_summary(at("2026-11-25T09:41:00Z"))
            .next_appointment,
        None
    );
    appointment["status"] = json!("cancelled");
    let record = support::record(vec![patient(), appointment]);
    assert!(record.first.overview.appointments.is_empty());
}

#[test]
fn pab_0055_deceased_shows_died_and_the_age_at_death() {
    let mut deceased = patient();
    deceased["deceasedDateTime"] = json!("2026-02-01");
    let record = record(vec![deceased]);
    let view = patient_view(
        &record.first,
        at("2026-11-23T09:41:00Z"),
        &CopyInfo::default(),
        None,
    );
    assert!(view.banner.deceased);
    assert_eq!(view.banner.born, "14-Jul-1941");
    assert_eq!(view.banner.died.as_deref(), Some("01-Feb-2026"));
    assert_eq!(view.banner.age_at_death.as_deref(), Some("84y"));
}

#[test]
fn withheld_parts_are_named_and_change_what_can_be_said() {
    let arrival = Arrival {
        withheld: vec![Withheld {
            resource_type: None,
            count: 3,
            reason: "the patient has objected".into(),
        }],
        ..Arrival::default()
    };
    let record = record_with(vec![patient()], &arrival);
    let gap = record
        .gaps
        .gaps
        .iter()
        .find(|g| g.reason == GapReason::Withheld)
        .unwrap();
    assert_eq!(
        gap.text,
        "Part of the record (3 items) withheld: the patient has objected"
    );
    assert_eq!(record.first.safety.allergy_state, AllergyState::Unavailable);
    assert!(record.medicines.empty.contains("not the whole record"));
}

#[test]
fn every_section_of_the_standard_has_a_place_and_an_honest_empty_text() {
    let record = record(vec![patient()]);
    let mut numbers: Vec<u8> = [&record.summary, &record.documents, &record.plans, &record.people]
        .into_iter()
        .flat_map(|s| &s.sections)
        .map(|section| {
            assert_eq!(
                section.lines.is_empty(),
                section.empty.is_some(),
                "{}",
                section.title
            );
            section.number
        })
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=38).collect::<Vec<u8>>());
}

#[test]
fn an_allergy_list_the_source_could_not_fill_is_not_no_known_allergies_and_hides_nothing_else() {
    let list = resource(
        "gp",
        json!({
            "resourceType": "List", "id": "l1", "status": "current", "title": "Allergies and adverse reactions",
            "subject": {"reference": "Patient/p1"}, "emptyReason": {"text": "No Content Recorded"},
            "note": [{"text": "Information not available."}],
        }),
    );
    let record = record(vec![patient(), list]);
    let safety = record.first.safety;
    assert_eq!(safety.allergy_state, AllergyState::Unavailable);
    assert_eq!(safety.resuscitation_empty, "No decision recorded");
    assert_eq!(safety.alerts_empty, "None recorded");
}
