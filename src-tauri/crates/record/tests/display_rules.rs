//! The display rules that concern what a whole record shows: lists, tables, the banner. Their words and numbers one by
//! one are in `display_conformance.rs`. `RULES` says for every rule where it is held, or why it does not apply.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use curlew_record::{
    CopyInfo,
    display::plain_text,
    mark_new, patient_view,
    view::{AllergyState, MarkTone, Medicines},
};
use serde_json::{Value, json};
use support::{at, coded, patient, record, resource};

/// Every rule that the project's list of display rules names, with the tests that hold it, or the reason why no test
/// of this crate can. A test is named with its file's functions; a reason starts with "UI:" or "not:".
const RULES: [(&str, &str); 33] = [
    (
        "NUM-0001..3",
        "num_0001_nhs_number_is_grouped_three_three_four_with_single_spaces num_0003_what_is_not_ten_digits_is_shown_as_written",
    ),
    (
        "NUM-0010..18",
        "num_0010_old_and_temporary_numbers_are_refused modulus_11_accepts_known_numbers_and_refuses_others",
    ),
    (
        "NHS number verification status",
        "verification_status_is_shown_for_anything_but_01",
    ),
    (
        "NID-0001..12",
        "nid_0001_family_in_capitals_comma_given_in_title_case_title_in_brackets nid_0010_a_title_has_no_full_stop nid_0012_a_name_is_never_shortened_and_mixed_case_is_its_owners_spelling nid_a_preferred_name_stands_below_and_only_when_it_differs",
    ),
    ("NID sizes 40/35", "UI: font sizes are the banner's style sheet"),
    (
        "D+Ta-0002..10",
        "d_ta_0002_dates_are_two_digit_day_three_letter_month_four_digit_year partial_dates_stay_partial_and_say_what_they_lack",
    ),
    ("D+Ta-0017", "d_ta_0017_a_weekday_may_go_before_the_date"),
    (
        "D+Ta-0018",
        "d_ta_0018_the_computers_regional_settings_are_never_asked",
    ),
    (
        "D+Ta long form",
        "d_ta_long_form_is_for_letters_and_screen_readers",
    ),
    (
        "D+Ta no date",
        "d_ta_a_date_nobody_gave_is_unknown_or_not_recorded_and_never_a_guess",
    ),
    (
        "D+Tb-0001..16",
        "d_tb_0001_times_are_24_hour_after_the_date_with_midnight_00_00 times_are_on_the_clocks_of_the_united_kingdom",
    ),
    (
        "Durations",
        "durations_have_no_space_inside_a_pair_and_leave_zeros_out",
    ),
    (
        "Ages",
        "ages_follow_the_age_table an_age_changes_on_the_right_side_of_each_boundary pab_the_age_stands_in_brackets_after_the_date_of_birth",
    ),
    (
        "PAB-0009..15",
        "UI: place, width and fixedness of the banner are its style sheet",
    ),
    (
        "PAB-0008",
        "not: role-based hiding of clinical data is by sections (`standard.rs`) and by policy; every role here is clinical",
    ),
    (
        "PAB-0016",
        "pab_0016_name_born_gender_and_nhs_number_are_four_texts_without_labels_of_their_own",
    ),
    (
        "PAB-0055..60",
        "pab_0055_deceased_shows_died_and_the_age_at_death",
    ),
    ("PAB-0064..72", "pab_0064_allergies_have_four_states"),
    ("MPB-0034", "mpb_0034_gender_and_sex_are_full_words"),
    (
        "MPB-0045",
        "UI: the hint that gender is not for clinical judgement is the banner's",
    ),
    (
        "ISB 1500",
        "isb_1500_addresses_are_one_line_with_the_postcode_in_capitals",
    ),
    (
        "ISB 1502",
        "UI: dates are typed nowhere but in filters, which are the UI's date inputs",
    ),
    (
        "ISB 1508",
        "isb_1508_telephone_numbers_are_grouped_by_the_numbering_plan",
    ),
    (
        "ADR-0001..50",
        "adr_0001_one_row_an_agent_alphabetical_without_dates adr_0010_coded_agent_is_bold_lower_case_and_uncoded_is_normal_weight_as_written adr_0020_simultaneous_reactions_join_with_plus_and_episodes_with_a_comma",
    ),
    ("ADR-0052/53", "adr_0052_none_known_says_who_and_when"),
    (
        "ADR-0055",
        "adr_0055_a_term_that_will_not_trigger_decision_support_says_so",
    ),
    (
        "MEDi",
        "medi_051_parts_stand_in_the_fixed_order_with_spaced_em_dashes medi_generic_is_bold_lower_case_and_the_dose_is_bold medi_a_drug_name_is_never_shortened_and_meaningful_capitals_stay medi_numbers_have_a_leading_zero_no_trailing_zero_and_a_comma_from_1000 medi_units_are_words_where_letters_have_killed medi_nothing_we_compose_contains_a_forbidden_sign medi_amounts_in_a_volume_say_in_and_rates_say_per",
    ),
    (
        "MEDi line height",
        "UI: line height and wrapping are the medicine row's style sheet",
    ),
    (
        "Tall-man",
        "not: no NHS list exists and CUI found no evidence for it in lists; lower-case generic is shown",
    ),
    (
        "MEDv-020..198",
        "medv_status_is_never_blank medv_current_and_past_go_by_status_newest_start_first_each_in_one_list medv_what_was_lately_stopped_is_counted_up_to_the_newest_arrival medv_an_empty_list_says_that_it_is_empty_and_of_what",
    ),
    (
        "MEDv look-ahead scroll bar and filter notice",
        "UI: what is out of view and filtered away is known only there",
    ),
    (
        "GTAB-001..122",
        "gtab_latest_and_previous_units_on_every_value_and_never_mixed gtab_only_known_times_have_a_place_on_the_time_axis gtab_blood_pressure_has_both_ends_of_its_bar",
    ),
    (
        "PLI097..100",
        "pli_100_what_is_new_since_the_last_look_is_marked_and_counted",
    ),
];

#[test]
fn every_rule_is_held_by_a_test_or_has_its_reason() {
    const TESTS: [&str; 5] = [
        include_str!("display_conformance.rs"),
        include_str!("display_rules.rs"),
        include_str!("history.rs"),
        include_str!("first_look.rs"),
        include_str!("over_time.rs"),
    ];
    for (rule, held) in RULES {
        if held.starts_with("UI: ") || held.starts_with("not: ") {
            continue;
        }
        for test in held.split_whitespace() {
            let function = format!("fn {test}(");
            assert!(
                TESTS.iter().any(|file| file.contains(&function)),
                "{rule}: no test is called {test}"
            );
        }
    }
}

const SUBJECT: &str = "Patient/p1";

fn medicine(id: &str, feed: &str, status: &str, name: &str, on: &str) -> Value {
    resource(
        feed,
        json!({"resourceType": "MedicationRequest", "id": id, "status": status, "intent": "plan",
            "subject": {"reference": SUBJECT}, "authoredOn": on, "medicationCodeableConcept": {"text": name},
            "dosageInstruction": [{"text": "one a day"}]}),
    )
}

fn measured(id: &str, on: &str, value: Value) -> Value {
    let mut body = json!({"resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": SUBJECT},
        "code": coded("Sodium", "1000661000000107"), "effectiveDateTime": on});
    for (key, part) in value.as_object().unwrap() {
        body[key] = part.clone();
    }
    resource("acute", body)
}

fn sodium(id: &str, on: &str, value: f64, unit: &str) -> Value {
    measured(id, on, json!({"valueQuantity": {"value": value, "unit": unit}}))
}

fn allergy(id: &str, code: &Value, reaction: &str) -> Value {
    resource(
        "gp",
        json!({"resourceType": "AllergyIntolerance", "id": id, "patient": {"reference": SUBJECT}, "code": code,
            "clinicalStatus": {"coding": [{"code": "active"}]}, "recordedDate": "2020-02-03",
            "recorder": {"display": "Dr Example Person"}, "reaction": [{"manifestation": [{"text": reaction}]}]}),
    )
}

#[test]
fn nid_a_preferred_name_stands_below_and_only_when_it_differs() {
    let mut who = patient();
    assert_eq!(record(vec![who.clone()]).first.banner.preferred_name, None);
    who["name"] = json!([
        {"use": "official", "family": "Testpatient", "given": ["Synthetic"], "prefix": ["Mr"]},
        {"use": "nickname", "given": ["Syd"]},
    ]);
    let banner = record(vec![who]).first.banner;
    assert_eq!(banner.name, "TESTPATIENT, Synthetic (Mr)");
    assert!(banner.preferred_name.unwrap().contains("Syd"));
}

#[test]
fn d_ta_0018_the_computers_regional_settings_are_never_asked() {
    // The crate may read no environment: what could ask for a locale is banned where its text is made.
    for source in [
        include_str!("../src/display/moment.rs"),
        include_str!("../src/display/numbers.rs"),
    ] {
        assert!(!source.contains("std::env") && !source.contains("locale") && !source.contains("Local::"));
    }
    assert!(include_str!("../clippy.toml").contains("std::env::var"));
}

#[test]
fn d_ta_a_date_nobody_gave_is_unknown_or_not_recorded_and_never_a_guess() {
    let told = record(vec![
        patient(),
        allergy("a1", &coded("Penicillin", "764146007"), "rash"),
    ]);
    let line = &told.first.overview.allergies[0];
    assert_eq!(
        (line.when.as_str(), line.when_note.as_deref()),
        ("Unknown", Some("recorded 03-Feb-2020"))
    );
    let mut bare = allergy("a1", &coded("Penicillin", "764146007"), "rash");
    bare.as_object_mut().unwrap().remove("recordedDate");
    let told = record(vec![patient(), bare]);
    let line = &told.first.overview.allergies[0];
    assert_eq!(
        (line.when.as_str(), line.when_note.as_deref()),
        ("Not recorded", None)
    );
}

#[test]
fn pab_the_age_stands_in_brackets_after_the_date_of_birth() {
    let told = record(vec![patient()]);
    let view = patient_view(
        &told.first,
        at("2026-11-23T09:41:00Z"),
        &CopyInfo::default(),
        None,
    );
    assert_eq!(view.banner.born, "14-Jul-1941 (85y)");
}

#[test]
fn pab_0016_name_born_gender_and_nhs_number_are_four_texts_without_labels_of_their_own() {
    let banner = record(vec![patient()]).first.banner;
    let texts = [&banner.name, &banner.born, &banner.gender, &banner.nhs_number];
    assert_eq!(
        texts.map(String::as_str),
        [
            "TESTPATIENT, Synthetic (Mr)",
            "14-Jul-1941",
            "Male",
            "999 000 0018"
        ]
    );
}

#[test]
fn adr_0001_one_row_an_agent_alphabetical_without_dates() {
    let told = record(vec![
        patient(),
        allergy("a1", &coded("Allergy to penicillin", "91936005"), "rash"),
        allergy("a2", &json!({"text": "Elastoplast"}), "itching"),
        allergy("a3", &coded("Latex allergy", "300916003"), "wheeze"),
    ]);
    let rows: Vec<(&str, Option<&str>)> = told
        .first
        .safety
        .allergies
        .iter()
        .map(|row| (row.text.as_str(), row.note.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            ("Elastoplast", Some("itching")),
            ("latex", Some("wheeze")),
            ("penicillin", Some("rash"))
        ]
    );
}

#[test]
fn adr_0052_none_known_says_who_and_when() {
    let mut none = allergy("a1", &coded("No known allergy", "716186003"), "x");
    none.as_object_mut().unwrap().remove("reaction");
    let safety = record(vec![patient(), none]).first.safety;
    assert_eq!(safety.allergy_state, AllergyState::NoneKnown);
    let note = safety.allergy_note.unwrap();
    assert!(
        note.contains("recorded by Dr Example Person, GP practice, 03-Feb-2020"),
        "{note}"
    );
}

#[test]
fn adr_0055_a_term_that_will_not_trigger_decision_support_says_so() {
    let told = record(vec![
        patient(),
        allergy("a1", &json!({"text": "Elastoplast"}), "itching"),
    ]);
    let marks = &told.first.overview.allergies[0].marks;
    assert!(
        marks.iter().any(
            |mark| mark.tone == MarkTone::Note && mark.text.contains("will not trigger decision support")
        )
    );
}

#[test]
fn medi_amounts_in_a_volume_say_in_and_rates_say_per() {
    let rate = |top: (f64, &str), bottom: (f64, &str)| {
        let mut it = medicine("m1", "gp", "active", "Co-amoxiclav", "2026-01-01");
        it["dosageInstruction"] = json!([{"doseAndRate": [{"rateRatio": {
            "numerator": {"value": top.0, "unit": top.1}, "denominator": {"value": bottom.0, "unit": bottom.1}}}]}]);
        plain_text(&record(vec![patient(), it]).medicines.current[0].line)
    };
    assert!(rate((400.0, "mg"), (5.0, "mL")).ends_with("400 mg in 5 mL"));
    assert!(rate((50.0, "mL"), (1.0, "h")).ends_with("50 mL per hour"));
}

fn lists(medicines: &Medicines) -> (Vec<String>, Vec<String>) {
    let names = |groups: &[curlew_record::view::MedicineGroup]| {
        groups
            .iter()
            .map(|group| format!("{} {}", group.line[0].text, group.status))
            .collect()
    };
    (names(&medicines.current), names(&medicines.past))
}

#[test]
fn medv_status_is_never_blank() {
    for status in [
        "active",
        "on-hold",
        "cancelled",
        "completed",
        "entered",
        "stopped",
        "draft",
        "unknown",
        "",
    ] {
        let told = record(vec![
            patient(),
            medicine("m1", "gp", status, "Senna", "2026-01-01"),
        ]);
        let groups = told.medicines.current.iter().chain(&told.medicines.past);
        for group in groups {
            assert!(!group.status.trim().is_empty(), "{status:?}");
        }
    }
}

#[test]
fn medv_current_and_past_go_by_status_newest_start_first_each_in_one_list() {
    let told = record(vec![
        patient(),
        medicine("m1", "gp", "active", "Senna", "2024-01-01"),
        medicine("m2", "gp", "on-hold", "Ramipril", "2026-01-01"),
        medicine("m3", "gp", "draft", "Digoxin", "2025-01-01"),
        medicine("m4", "gp", "completed", "Amoxicillin", "2026-02-01"),
        medicine("m5", "gp", "stopped", "Aspirin", "2026-03-01"),
        // Stopped in one place and active in another: in one list only, and that is Current.
        medicine("m6", "acute", "stopped", "Senna", "2026-04-01"),
    ])
    .medicines;
    let (current, past) = lists(&told);
    assert_eq!(
        current,
        [
            "ramipril Suspended",
            "digoxin Not Started",
            "senna Sources differ: Started, Discontinued"
        ]
    );
    assert_eq!(past, ["aspirin Discontinued", "amoxicillin Completed"]);
}

#[test]
fn medv_an_empty_list_says_that_it_is_empty_and_of_what() {
    let medicines = record(vec![patient()]).medicines;
    assert_eq!(
        medicines.empty,
        "No current medicines are recorded in anything received"
    );
    assert_eq!(
        medicines.past_empty,
        "No past medicines are recorded in anything received"
    );
    assert_eq!(medicines.stopped, None);
}

#[test]
fn gtab_latest_and_previous_units_on_every_value_and_never_mixed() {
    let results = record(vec![
        patient(),
        sodium("r1", "2026-01-01T09:00:00Z", 140.0, "mmol/L"),
        sodium("r2", "2026-02-01T09:00:00Z", 128.0, "mmol/L"),
        sodium("r3", "2026-03-01T09:00:00Z", 3.1, "g/L"),
    ])
    .results;
    assert_eq!(results.series.len(), 2);
    for series in &results.series {
        let unit = series.unit.as_deref().unwrap();
        assert!(series.points.iter().all(|point| point.value.ends_with(unit)));
    }
    let sodium = results
        .series
        .iter()
        .find(|s| s.unit.as_deref() == Some("mmol/L"))
        .unwrap();
    assert_eq!(sodium.points[0].value, "128.0 mmol/L", "latest first");
    assert_eq!(sodium.change.as_deref(), Some("was 140.0 mmol/L on 01-Jan-2026"));
    let grams = results
        .series
        .iter()
        .find(|s| s.unit.as_deref() == Some("g/L"))
        .unwrap();
    assert_eq!(grams.change, None, "a value in another unit is no previous value");
}

#[test]
fn gtab_only_known_times_have_a_place_on_the_time_axis() {
    let series = &record(vec![
        patient(),
        sodium("r1", "2026-01", 140.0, "mmol/L"),
        sodium("r2", "2026-02-01", 128.0, "mmol/L"),
    ])
    .results
    .series[0];
    assert!(series.points[0].at.is_some());
    assert_eq!(
        series.points[1].at, None,
        "some day in January is no point on an axis"
    );
    // Of one moment there is no before.
    let series = &record(vec![
        patient(),
        sodium("r1", "2026-02-01", 140.0, "mmol/L"),
        sodium("r2", "2026-02-01", 128.0, "mmol/L"),
    ])
    .results
    .series[0];
    assert_eq!(series.change, None);
}

#[test]
fn gtab_blood_pressure_has_both_ends_of_its_bar() {
    let part = |name: &str, code: &str, value: u32| json!({"code": coded(name, code), "valueQuantity": {"value": value, "unit": "mmHg"}});
    let told = record(vec![
        patient(),
        measured(
            "bp",
            "2026-02-01T09:00:00Z",
            json!({"code": coded("Blood pressure", "75367002"),
                "component": [part("Systolic", "72313002", 142), part("Diastolic", "1091811000000102", 88)]}),
        ),
    ]);
    let point = &told.results.series[0].points[0];
    assert_eq!(
        (point.number, point.number_low, point.value.as_str()),
        (Some(142.0), Some(88.0), "142/88 mmHg")
    );
}

#[test]
fn pli_100_what_is_new_since_the_last_look_is_marked_and_counted() {
    let told = record(vec![patient(), sodium("r1", "2026-02-01", 140.0, "mmol/L")]);
    let mut line = told.timeline[0].line.clone();
    assert!(!line.is_new);
    mark_new(&mut line, Some(at("2026-11-23T07:00:00Z")));
    assert!(line.is_new, "received at 07:41, looked at 07:00");
    let view = patient_view(
        &told.first,
        at("2026-11-23T09:41:00Z"),
        &CopyInfo::default(),
        Some(at("2026-11-23T07:00:00Z")),
    );
    assert!(view.new_since.is_some());
}

#[test]
fn sources_of_one_allergy_that_differ_about_the_reaction_are_both_told() {
    let mut elsewhere = allergy("a2", &coded("Penicillin", "764146007"), "anaphylaxis");
    elsewhere["meta"] = json!({"source": "https://feeds.example.test/acute"});
    let told = record(vec![
        patient(),
        allergy("a1", &coded("Penicillin", "764146007"), "rash"),
        elsewhere.clone(),
    ]);
    let line = &told.first.overview.allergies[0];
    assert_eq!(line.sources.len(), 2);
    assert!(
        line.detail
            .as_deref()
            .unwrap()
            .starts_with("GP practice: rash; Hospital: anaphylaxis")
    );
    assert!(
        line.marks
            .iter()
            .any(|mark| mark.text == "sources differ about the reaction")
    );
    elsewhere["reaction"] = json!([{"manifestation": [{"text": "rash"}]}]);
    let told = record(vec![
        patient(),
        allergy("a1", &coded("Penicillin", "764146007"), "rash"),
        elsewhere,
    ]);
    let line = &told.first.overview.allergies[0];
    assert!(line.detail.as_deref().unwrap().starts_with("rash \u{b7}"));
    assert!(line.marks.iter().all(|mark| !mark.text.contains("differ")));
}
