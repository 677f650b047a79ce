//! NEWS2: as recorded, and as Curlew counts it from a whole set and from nothing less.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value)] // Helpers of tests: a panic is a failed test.

mod support;

use curlew_record::view::{EarlyWarning, Results};
use serde_json::{Value, json};
use support::{coded, patient, record, resource};

const AT: &str = "2026-11-20T10:15:00Z";

fn observation(id: &str, code: Value, more: Value) -> Value {
    let mut body = json!({
        "resourceType": "Observation", "id": id, "status": "final", "subject": {"reference": "Patient/p1"},
        "category": [{"coding": [{"code": "vital-signs"}]}], "code": code, "effectiveDateTime": AT,
        "encounter": {"reference": "Encounter/e1"},
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    resource("acute", body)
}

fn quantity(value: f64, unit: &str, ucum: &str) -> Value {
    json!({"valueQuantity": {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": ucum}})
}

/// A whole set: total 2 on scale 1 (saturation 94 scores 1, pulse 95 scores 1).
fn set() -> Vec<Value> {
    vec![
        observation(
            "breaths",
            coded("Respiratory rate", "86290005"),
            quantity(18.0, "breaths per minute", "{Breaths}/min"),
        ),
        observation(
            "saturation",
            coded("Peripheral oxygen saturation", "431314004"),
            quantity(94.0, "%", "%"),
        ),
        observation("air", coded("Breathing room air", "722742002"), json!({})),
        observation(
            "pressure",
            coded("Blood pressure", "75367002"),
            json!({"component": [
                {"code": coded("Systolic arterial pressure", "72313002"), "valueQuantity": quantity(120.0, "mmHg", "mm[Hg]")["valueQuantity"]},
                {"code": coded("Diastolic arterial pressure", "1091811000000102"), "valueQuantity": quantity(60.0, "mmHg", "mm[Hg]")["valueQuantity"]},
            ]}),
        ),
        observation(
            "pulse",
            coded("Heart rate", "364075005"),
            quantity(95.0, "beats per minute", "{beats}/min"),
        ),
        observation(
            "acvpu",
            coded(
                "ACVPU (Alert Confusion Voice Pain Unresponsive) scale score",
                "1104441000000107",
            ),
            json!({"valueCodeableConcept": coded("Mentally alert", "248234008")}),
        ),
        observation(
            "temperature",
            coded("Core body temperature", "276885007"),
            quantity(37.5, "\u{b0}C", "Cel"),
        ),
    ]
}

fn total(score: u32, components: Value) -> Value {
    observation(
        "total",
        coded(
            "Royal College of Physicians NEWS2 (National Early Warning Score 2) total score",
            "1104051000000101",
        ),
        json!({"valueQuantity": {"value": score, "unit": "ScoreOf", "system": "http://unitsofmeasure.org", "code": "{ScoreOf}"},
            "component": components}),
    )
}

fn results(mut resources: Vec<Value>) -> Results {
    resources.push(patient());
    record(resources).results
}

fn panel(resources: Vec<Value>) -> EarlyWarning {
    let results = results(resources);
    assert_eq!(results.early_warnings.len(), 1, "{:#?}", results.early_warnings);
    assert!(results.early_warning_note.unwrap().contains("16 and over"));
    results.early_warnings.into_iter().next().unwrap()
}

fn why_not(resources: Vec<Value>) -> String {
    let panel = panel(resources);
    assert_eq!(panel.calculated, None);
    assert!(
        panel.parts.iter().all(|part| part.calculated.is_none()),
        "no part is scored alone"
    );
    panel.not_calculated.unwrap()
}

/// The set with one observation changed.
fn with(id: &str, change: impl Fn(&mut Value)) -> Vec<Value> {
    let mut set = set();
    change(set.iter_mut().find(|one| one["id"] == id).unwrap());
    set
}

#[test]
fn a_whole_set_is_counted_labelled_as_curlews_with_the_score_of_each_part() {
    let panel = panel(set());
    assert_eq!(panel.recorded, None);
    assert_eq!(
        panel.calculated.as_deref(),
        Some("NEWS2 total 2. Calculated by Curlew from these readings")
    );
    assert_eq!(panel.when, "20-Nov-2026 10:15");
    let parts: Vec<(&str, &str, Option<&str>)> = panel
        .parts
        .iter()
        .map(|part| {
            (
                part.name.as_str(),
                part.reading.as_str(),
                part.calculated.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        parts,
        [
            ("respiration rate", "18.0 breaths per minute", Some("0")),
            ("oxygen saturation", "94.0%", Some("1")),
            ("air or oxygen", "Breathing room air", Some("0")),
            ("systolic blood pressure", "120.0/60.0 mmHg", Some("0")),
            ("pulse", "95.0 beats per minute", Some("1")),
            ("consciousness (ACVPU)", "Mentally alert", Some("0")),
            ("temperature", "37.5 \u{b0}C", Some("0")),
        ]
    );
    assert!(panel.scale.unwrap().contains("scale 1"));
    assert!(panel.parts.iter().all(|part| part.line.is_some()));
}

#[test]
fn nothing_is_counted_when_any_one_reading_is_missing_and_it_is_named() {
    for (id, name) in [
        ("breaths", "respiration rate"),
        ("saturation", "oxygen saturation"),
        ("air", "air or oxygen"),
        ("pressure", "systolic blood pressure"),
        ("pulse", "pulse"),
        ("acvpu", "consciousness (ACVPU)"),
        ("temperature", "temperature"),
    ] {
        let why = why_not(set().into_iter().filter(|one| one["id"] != id).collect());
        assert_eq!(
            why,
            format!("Not calculated by Curlew: not recorded at this time: {name}")
        );
    }
}

#[test]
fn a_unit_that_is_not_the_charts_is_not_converted_and_nothing_is_counted() {
    let fahrenheit = with("temperature", |one| {
        one["valueQuantity"] = quantity(99.5, "degF", "[degF]")["valueQuantity"].clone()
    });
    assert_eq!(
        why_not(fahrenheit),
        "Not calculated by Curlew: temperature is in \u{b0}F, not in \u{b0}C"
    );
    let unstated = with("pulse", |one| {
        one["valueQuantity"] = json!({"value": 95, "unit": "bpm"})
    });
    assert_eq!(
        why_not(unstated),
        "Not calculated by Curlew: pulse has no unit in UCUM"
    );
    let kilopascal = with("pressure", |one| {
        one["component"][0]["valueQuantity"] = quantity(16.0, "kPa", "kPa")["valueQuantity"].clone();
    });
    assert!(why_not(kilopascal).contains("systolic blood pressure is in kPa, not in mmHg"));
}

#[test]
fn readings_that_are_not_one_set_are_not_counted() {
    let later = with("pulse", |one| {
        one["effectiveDateTime"] = json!("2026-11-20T10:16:00Z")
    });
    assert!(why_not(later).contains("not recorded at this time: pulse"));
    let elsewhere = with("pulse", |one| {
        one["encounter"] = json!({"reference": "Encounter/e2"})
    });
    assert!(why_not(elsewhere).contains("different contacts"));
    let other = with("pulse", |one| {
        one["performer"] = json!([{"reference": "Organization/o1"}])
    });
    let mut other = other;
    other
        .iter_mut()
        .filter(|one| one["id"] != "pulse")
        .for_each(|one| one["performer"] = json!([{"reference": "Organization/o2"}]));
    other.push(json!({"resourceType": "Organization", "id": "o1", "name": "Example Trust"}));
    other.push(json!({"resourceType": "Organization", "id": "o2", "name": "Other Trust"}));
    assert!(why_not(other).contains("different organisations"));
    let mut twice = set();
    let mut second = twice[4].clone();
    second["id"] = json!("pulse-2");
    second["valueQuantity"]["value"] = json!(101);
    twice.push(second);
    assert!(why_not(twice).contains("pulse was recorded more than once with different values"));
}

#[test]
fn what_is_not_final_bounded_between_bands_or_uncoded_is_not_counted() {
    let draft = with("pulse", |one| one["status"] = json!("preliminary"));
    assert!(why_not(draft).contains("not recorded at this time: pulse"));
    let bound = with("saturation", |one| {
        one["valueQuantity"]["comparator"] = json!(">")
    });
    assert!(why_not(bound).contains("oxygen saturation is a bound, not a number"));
    let between = with("breaths", |one| one["valueQuantity"]["value"] = json!(20.5));
    assert!(why_not(between).contains("respiration rate lies between two bands"));
    let words = with("acvpu", |one| {
        one["valueCodeableConcept"] = json!({"text": "alert"})
    });
    assert!(why_not(words).contains("consciousness (ACVPU) is not in a code of the ACVPU scale"));
    let denied = with("air", |one| one["valueBoolean"] = json!(false));
    assert!(why_not(denied).contains("air or oxygen is recorded in a way"));
    let turned = with("pulse", |one| {
        one["modifierExtension"] = json!([{"url": "https://example.test/not", "valueBoolean": true}])
    });
    assert!(why_not(turned).contains("may change its meaning"));
}

#[test]
fn children_pregnancy_and_an_unknown_age_are_not_counted() {
    let mut child = patient();
    child["birthDate"] = json!("2010-11-21");
    let with_patient = |who: Value, mut more: Vec<Value>| {
        more.extend(set());
        more.push(who);
        record(more).results.early_warnings.remove(0).not_calculated
    };
    assert!(
        with_patient(child.clone(), vec![])
            .unwrap()
            .contains("children under 16")
    );
    child["birthDate"] = json!("2010-11-20");
    assert_eq!(with_patient(child.clone(), vec![]), None, "16 on the day");
    child["birthDate"] = json!("2010");
    assert!(
        with_patient(child.clone(), vec![])
            .unwrap()
            .contains("children under 16"),
        "may be 15"
    );
    child.as_object_mut().unwrap().remove("birthDate");
    assert!(
        with_patient(child, vec![])
            .unwrap()
            .contains("date of birth is not known")
    );
    let pregnancy = observation(
        "pregnancy",
        coded("Pregnancy status", "82810-3"),
        json!({"effectiveDateTime": "2026-06-01"}),
    );
    assert!(
        with_patient(patient(), vec![pregnancy.clone()])
            .unwrap()
            .contains("pregnancy")
    );
    let mut long_ago = pregnancy;
    long_ago["effectiveDateTime"] = json!("2020-06-01");
    assert_eq!(with_patient(patient(), vec![long_ago]), None);
}

#[test]
fn a_recorded_total_stands_as_recorded_and_a_difference_is_said() {
    let agreed = panel([set(), vec![total(2, json!([]))]].concat());
    assert_eq!(agreed.recorded.as_deref(), Some("NEWS2 total 2, as recorded"));
    assert_eq!(agreed.id, "Observation/total");
    assert_eq!(agreed.differs, None);
    let differs = panel([set(), vec![total(6, json!([]))]].concat());
    assert_eq!(differs.recorded.as_deref(), Some("NEWS2 total 6, as recorded"));
    assert_eq!(
        differs.calculated.as_deref(),
        Some("NEWS2 total 2. Calculated by Curlew from these readings")
    );
    assert_eq!(
        differs.differs.as_deref(),
        Some("The recorded total is 6, and these readings add up to 2. Ask whoever recorded it")
    );
    let bare = panel(vec![total(6, json!([]))]);
    assert_eq!(bare.recorded.as_deref(), Some("NEWS2 total 6, as recorded"));
    assert!(
        bare.not_calculated
            .unwrap()
            .contains("not recorded at this time: respiration rate, oxygen saturation")
    );
}

#[test]
fn scale_2_is_used_only_when_whoever_recorded_the_total_used_it() {
    let part =
        |code: &str, score: u32| json!({"code": coded("part", code), "valueQuantity": {"value": score}});
    let mut readings = with("saturation", |one| one["valueQuantity"]["value"] = json!(90));
    readings.retain(|one| one["id"] != "air");
    readings.push(observation(
        "oxygen",
        coded("Patient on oxygen", "371825009"),
        quantity(2.0, "L/min", "L/min"),
    ));
    let one = panel(
        [
            readings.clone(),
            vec![total(6, json!([part("1104311000000102", 3)]))],
        ]
        .concat(),
    );
    assert_eq!(
        one.calculated.as_deref(),
        Some("NEWS2 total 6. Calculated by Curlew from these readings")
    );
    assert_eq!(one.parts[1].recorded.as_deref(), Some("3"));
    let two = panel([readings, vec![total(3, json!([part("1104321000000108", 0)]))]].concat());
    assert_eq!(
        two.calculated.as_deref(),
        Some("NEWS2 total 3. Calculated by Curlew from these readings")
    );
    assert!(two.scale.unwrap().contains("scale 2"));
    assert_eq!(two.parts[1].calculated.as_deref(), Some("0"));
    assert_eq!(two.parts[2].reading, "Patient on oxygen 2.0 L/min");
}

#[test]
fn a_few_readings_are_no_set_and_make_no_panel() {
    let few: Vec<Value> = set()
        .into_iter()
        .filter(|one| one["id"] == "pulse" || one["id"] == "pressure")
        .collect();
    assert!(results(few).early_warnings.is_empty());
}
