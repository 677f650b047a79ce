//! What must hold of the whole population.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::*;

/// The population of the tests, written once.
static POPULATION: LazyLock<Population> = LazyLock::new(|| population(1, 60, today()));

/// Its resources by `Type/id`.
static BY_REFERENCE: LazyLock<BTreeMap<String, &'static Value>> = LazyLock::new(|| {
    POPULATION
        .resources
        .iter()
        .map(|it| (reference(it), it))
        .collect()
});

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("a date")
}

fn reference(resource: &Value) -> String {
    format!(
        "{}/{}",
        resource["resourceType"].as_str().expect("a type"),
        resource["id"].as_str().expect("an id")
    )
}

/// Every text in `value`, with the key it stands under.
fn texts<'a>(value: &'a Value, key: &'a str, found: &mut Vec<(&'a str, &'a str)>) {
    match value {
        Value::String(text) => found.push((key, text)),
        Value::Array(items) => items.iter().for_each(|it| texts(it, key, found)),
        Value::Object(fields) => fields.iter().for_each(|(key, it)| texts(it, key, found)),
        _ => {}
    }
}

fn texts_of(value: &Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    texts(value, "", &mut found);
    found
}

/// References to other resources, contained ones left out.
fn references(resource: &Value) -> Vec<&str> {
    texts_of(resource)
        .into_iter()
        .filter(|(key, text)| {
            *key == "reference" && !text.starts_with('#') || *key == "url" && text.starts_with("Binary/")
        })
        .map(|(_, text)| text)
        .collect()
}

fn planted_as(kind: Kind) -> impl Iterator<Item = &'static str> {
    planted()
        .filter(move |(_, it)| it.kind == kind)
        .flat_map(|(_, it)| it.resources.iter().copied())
}

fn found(reference: &str) -> &'static Value {
    BY_REFERENCE
        .get(reference)
        .unwrap_or_else(|| panic!("{reference} is planted but not written"))
}

#[test]
fn the_same_seed_number_and_day_give_the_same_bytes() {
    let text = |population: &Population| serde_json::to_string(&population.resources).expect("JSON");
    let again = population(1, 60, today());
    assert_eq!(text(&POPULATION), text(&again));
    assert_eq!(POPULATION.caseloads, again.caseloads);
    assert_ne!(text(&population(1, 3, today())), text(&population(2, 3, today())));
}

#[test]
fn more_patients_change_nothing_in_the_earlier_ones() {
    let fewer = population(1, 25, today());
    for resource in &fewer.resources {
        if resource["resourceType"] != "Group" {
            assert_eq!(BY_REFERENCE.get(&reference(resource)), Some(&resource));
        }
    }
    assert_eq!(fewer.patients, POPULATION.patients[..fewer.patients.len()]);
    assert_eq!(population(1, 0, today()).patients, Vec::<String>::new());
}

#[test]
fn every_resource_has_its_own_id_that_fhir_allows_and_says_where_it_comes_from() {
    assert_eq!(BY_REFERENCE.len(), POPULATION.resources.len());
    for resource in &POPULATION.resources {
        let id = resource["id"].as_str().expect("an id");
        assert!((1..=64).contains(&id.len()), "{id}");
        assert!(
            id.chars()
                .all(|it| it.is_ascii_alphanumeric() || it == '-' || it == '.'),
            "{id}"
        );
        match resource["meta"]["source"].as_str() {
            Some(source) => assert!(source.starts_with(FEEDS), "{id} comes from {source}"),
            None => assert!(
                planted_as(Kind::Unplaced).any(|it| it == reference(resource)),
                "{id} comes from nowhere"
            ),
        }
        let stored = resource["meta"]["lastUpdated"].as_str().expect("a date");
        let stored = chrono::DateTime::parse_from_rfc3339(stored).expect("an instant");
        assert!(stored.date_naive() <= today(), "{id} was stored tomorrow");
    }
}

#[test]
fn every_nhs_number_is_valid_and_in_the_range_kept_for_tests() {
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for patient in POPULATION
        .resources
        .iter()
        .filter(|it| it["resourceType"] == "Patient")
    {
        let number = patient["identifier"][0]["value"].as_str().expect("a number");
        assert_eq!(
            patient["identifier"][0]["system"],
            "https://fhir.nhs.uk/Id/nhs-number"
        );
        let digits: Vec<u32> = number
            .chars()
            .map(|it| it.to_digit(10).expect("a digit"))
            .collect();
        assert_eq!(digits.len(), 10);
        assert!(number.starts_with("999"));
        // Modulus 11, written the other way round from the generator: all ten digits weighted 10 to 1.
        let sum: u32 = digits
            .iter()
            .zip((1..=10).rev())
            .map(|(digit, weight)| digit * weight)
            .sum();
        assert_eq!(sum % 11, 0, "{number}");
        owners
            .entry(number)
            .or_default()
            .push(patient["id"].as_str().expect("an id"));
    }
    let shared: Vec<_> = owners.values().filter(|it| it.len() > 1).collect();
    assert_eq!(shared, [&vec!["godwit-priya", "godwit-priya-thames"]]);
}

#[test]
fn every_reference_resolves_except_those_planted_and_those_do_not() {
    let planted: BTreeSet<_> = planted_as(Kind::Missing).collect();
    let mut dangling = BTreeSet::new();
    for resource in &POPULATION.resources {
        for reference in references(resource) {
            if !BY_REFERENCE.contains_key(reference) {
                dangling.insert(reference);
            }
        }
    }
    assert_eq!(dangling, planted);
}

#[test]
fn every_patient_has_a_consent_and_a_load_worth_carrying() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let patients: BTreeSet<_> = POPULATION.patients.iter().map(String::as_str).collect();
    let mut asked = BTreeSet::new();
    for resource in &POPULATION.resources {
        for subject in ["subject", "patient", "for", "individual"] {
            if let Some(patient) = resource[subject]["reference"]
                .as_str()
                .and_then(|it| it.strip_prefix("Patient/"))
            {
                assert!(
                    patients.contains(patient),
                    "{} is about nobody",
                    reference(resource)
                );
                *counts.entry(patient).or_default() += 1;
                if resource["resourceType"] == "Consent" {
                    asked.insert(patient);
                }
            }
        }
    }
    for patient in &POPULATION.patients {
        let count = counts.get(patient.as_str()).copied().unwrap_or(0);
        // A baby of six days and the stub another trust holds are short on purpose.
        let least = if patient == "pipit-rowan" || patient == "godwit-priya-thames" {
            20
        } else {
            150
        };
        assert!((least..=2500).contains(&count), "{patient} has {count} resources");
    }
    assert_eq!(asked, patients);
    assert!(
        (20_000..=60_000).contains(&POPULATION.resources.len()),
        "{}",
        POPULATION.resources.len()
    );
}

#[test]
fn caseloads_are_groups_headed_by_the_stories() {
    let sizes: Vec<_> = POPULATION
        .caseloads
        .iter()
        .map(|it| (it.username, it.patients.len()))
        .collect();
    assert_eq!(sizes, [("nurse", 61), ("doctor", 12), ("carer", 10)]);
    for caseload in &POPULATION.caseloads {
        let group = found(&format!("Group/{}", caseload.group));
        assert_eq!(group["identifier"][0]["value"], caseload.username);
        let members: Vec<_> = group["member"]
            .as_array()
            .expect("members")
            .iter()
            .map(|it| it["entity"]["reference"].clone())
            .collect();
        assert_eq!(
            members,
            caseload
                .patients
                .iter()
                .map(|it| json!(format!("Patient/{it}")))
                .collect::<Vec<_>>()
        );
    }
    let firsts: Vec<_> = POPULATION
        .caseloads
        .iter()
        .map(|it| it.patients[0].as_str())
        .collect();
    assert_eq!(firsts, ["ashdown-walter", "ashdown-walter", "saltmarsh-edith"]);
}

#[test]
fn every_kind_of_resource_and_every_feed_is_there() {
    let types: BTreeSet<_> = POPULATION
        .resources
        .iter()
        .filter_map(|it| it["resourceType"].as_str())
        .collect();
    for wanted in [
        "AllergyIntolerance",
        "Appointment",
        "Binary",
        "CarePlan",
        "CareTeam",
        "ClinicalImpression",
        "Communication",
        "Composition",
        "Condition",
        "Consent",
        "Device",
        "DeviceUseStatement",
        "DiagnosticReport",
        "DocumentReference",
        "Encounter",
        "EpisodeOfCare",
        "FamilyMemberHistory",
        "Flag",
        "Goal",
        "Group",
        "HealthcareService",
        "ImagingStudy",
        "Immunization",
        "List",
        "Location",
        "Medication",
        "MedicationAdministration",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "Procedure",
        "Provenance",
        "QuestionnaireResponse",
        "RelatedPerson",
        "ResearchSubject",
        "RiskAssessment",
        "ServiceRequest",
        "Specimen",
        "Task",
    ] {
        assert!(types.contains(wanted), "no {wanted}");
    }
    let feeds: BTreeSet<_> = POPULATION
        .resources
        .iter()
        .filter_map(|it| it["meta"]["source"].as_str()?.rsplit('/').next())
        .collect();
    assert_eq!(
        feeds.into_iter().collect::<Vec<_>>(),
        [
            "acute",
            "acute-thames",
            "ambulance",
            "care-home",
            "community",
            "gp",
            "hospice",
            "mental-health",
            "pharmacy",
            "social-care",
            "voluntary",
        ]
    );
}

#[test]
fn there_is_activity_until_now_and_something_to_come() {
    let day = |resource: &Value, element: &str| resource[element].as_str().map(|it| it[..10].to_owned());
    let booked: Vec<_> = POPULATION
        .resources
        .iter()
        .filter(|it| it["status"] == "booked")
        .collect();
    assert!(booked.len() >= 60);
    assert!(
        booked
            .iter()
            .all(|it| day(it, "start") > Some(today().to_string()))
    );
    let yesterday = json!(today().pred_opt().expect("a day").to_string());
    let fresh = BY_REFERENCE
        .values()
        .filter(|it| {
            it["period"]["start"]
                .as_str()
                .is_some_and(|start| start.starts_with(yesterday.as_str().unwrap_or_default()))
        })
        .count();
    assert!(fresh >= 3, "{fresh} contacts yesterday");
}

#[test]
fn pdfs_are_pdfs_pictures_are_pictures_and_letters_say_their_size() {
    let mut kinds = BTreeMap::new();
    for document in POPULATION
        .resources
        .iter()
        .filter(|it| it["resourceType"] == "DocumentReference")
    {
        let attachment = &document["content"][0]["attachment"];
        let Some(binary) = BY_REFERENCE.get(attachment["url"].as_str().expect("a url")) else {
            continue;
        };
        let file = STANDARD
            .decode(binary["data"].as_str().expect("data"))
            .expect("base64");
        assert_eq!(attachment["size"], file.len());
        assert_eq!(attachment["contentType"], binary["contentType"]);
        let media = binary["contentType"].as_str().expect("a media type");
        match media {
            "application/pdf" => assert!(file.starts_with(b"%PDF") && file.ends_with(b"%%EOF\n")),
            "image/png" => assert!(file.starts_with(b"\x89PNG\r\n\x1a\n")),
            _ => assert!(std::str::from_utf8(&file).is_ok_and(|text| text.len() > 20)),
        }
        *kinds.entry(media).or_insert(0) += 1;
    }
    assert!(
        kinds.len() == 3 && kinds.values().all(|count| *count >= 3),
        "{kinds:?}"
    );
}

#[test]
fn every_snomed_and_dmd_code_has_the_check_digit_it_should() {
    let mut checked = BTreeSet::new();
    fn codings<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|it| codings(it, found)),
            Value::Object(fields) => {
                if matches!(
                    fields.get("system").and_then(Value::as_str),
                    Some("http://snomed.info/sct" | "https://dmd.nhs.uk")
                ) {
                    found.insert(fields["code"].as_str().expect("a code"));
                }
                fields.values().for_each(|it| codings(it, found));
            }
            _ => {}
        }
    }
    POPULATION
        .resources
        .iter()
        .for_each(|it| codings(it, &mut checked));
    assert!(checked.len() > 80, "{}", checked.len());
    for code in checked {
        assert!(verhoeff_holds(code), "{code}");
    }
}

/// SNOMED CT identifiers end in a Verhoeff check digit over the dihedral group of ten elements.
fn verhoeff_holds(code: &str) -> bool {
    // Products in the dihedral group: 0-4 rotations, 5-9 reflections.
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    const STEP: [u32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let permuted = |digit: u32, times: usize| (0..times % 8).fold(digit, |it, _| STEP[it as usize]);
    code.chars().rev().enumerate().fold(0, |sum, (at, digit)| {
        product(sum, permuted(digit.to_digit(10).unwrap_or(0), at))
    }) == 0
}

#[test]
fn there_are_at_least_twelve_stories_and_each_plants_something() {
    assert!(STORIES.len() >= 12);
    for story in STORIES {
        assert!(!story.planted.is_empty() && !story.title.is_empty());
        for planted in story.planted.iter().filter(|it| it.kind != Kind::Missing) {
            assert!(!planted.what.is_empty());
            for reference in planted.resources {
                assert!(
                    found(reference)["id"]
                        .as_str()
                        .is_some_and(|id| id.starts_with(story.id))
                );
            }
        }
    }
    let kinds: BTreeSet<_> = planted().map(|(_, it)| it.kind).collect();
    assert_eq!(kinds.len(), 15);
}

#[test]
fn what_is_planted_is_what_it_is_said_to_be() {
    for reference in planted_as(Kind::EnteredInError) {
        let it = found(reference);
        assert!(
            it["status"] == "entered-in-error"
                || it["verificationStatus"]["coding"][0]["code"] == "entered-in-error",
            "{reference}"
        );
    }
    for reference in planted_as(Kind::ModifierExtension) {
        assert!(
            found(reference)["modifierExtension"][0]["url"].is_string(),
            "{reference}"
        );
    }
    for reference in planted_as(Kind::Withheld) {
        let it = found(reference);
        let labelled = it["meta"]["security"][0]["code"].is_string();
        assert!(labelled || it["provision"]["type"] == "deny", "{reference}");
    }
    for reference in planted_as(Kind::Empty) {
        let it = found(reference);
        assert!(
            it.get("entry").is_none() && (it["emptyReason"].is_object() || it["extension"].is_array()),
            "{reference}"
        );
    }
    for reference in planted_as(Kind::PartialDate) {
        let partial = |text: &str| {
            matches!(text.len(), 4 | 7)
                && text.starts_with("20")
                && text.chars().all(|it| it.is_ascii_digit() || it == '-')
        };
        assert!(
            texts_of(found(reference)).iter().any(|(_, text)| partial(text)),
            "{reference}"
        );
    }
    for reference in planted_as(Kind::Uncoded) {
        let it = found(reference);
        let concept = if it["code"].is_object() {
            &it["code"]
        } else {
            &it["medicationCodeableConcept"]
        };
        assert!(
            concept["text"].is_string() && concept.get("coding").is_none(),
            "{reference}"
        );
    }
    for reference in planted_as(Kind::Negated) {
        let it = found(reference);
        let none_known = it["code"]["coding"][0]["code"] == "716186003";
        let do_not = it["code"]["text"]
            .as_str()
            .is_some_and(|text| text.starts_with("Do not"));
        assert!(
            none_known || do_not || it["status"] == "not-done" || it["status"] == "not-taken",
            "{reference}"
        );
    }
    for (_, planted) in planted().filter(|(_, it)| matches!(it.kind, Kind::Ended)) {
        let it = found(planted.resources[0]);
        let over = ["inactive", "stopped", "finished"]
            .iter()
            .any(|status| it["status"] == *status)
            || it["verificationStatus"]["coding"][0]["code"] == "refuted"
            || it["effectivePeriod"]["end"].is_string();
        assert!(over, "{}", planted.what);
    }
    for reference in planted_as(Kind::Unplaced) {
        let it = found(reference);
        assert!(
            it["meta"].get("source").is_none() && it.get("performer").is_none(),
            "{reference}"
        );
    }
    for reference in planted_as(Kind::Unlisted) {
        assert!(reference.starts_with("NutritionOrder/"), "{reference}");
    }
    for (_, planted) in planted().filter(|(_, it)| it.kind == Kind::Duplicate) {
        assert!(planted.resources.len() > 1, "{}", planted.what);
    }
}

#[test]
fn what_is_late_was_recorded_and_stored_days_after_it_happened() {
    let day = |text: &Value| {
        NaiveDate::parse_from_str(&text.as_str().expect("a date")[..10], "%Y-%m-%d").expect("a date")
    };
    for reference in planted_as(Kind::Late) {
        let provenance = POPULATION
            .resources
            .iter()
            .find(|it| it["resourceType"] == "Provenance" && it["target"][0]["reference"] == reference)
            .unwrap_or_else(|| panic!("{reference} has no Provenance"));
        let happened = day(&provenance["occurredDateTime"]);
        for recorded in [
            day(&provenance["recorded"]),
            day(&found(reference)["meta"]["lastUpdated"]),
        ] {
            assert!((recorded - happened).num_days() >= 7, "{reference}");
        }
    }
}

#[test]
fn the_reader_finds_fault_with_nothing_but_what_was_broken_on_purpose() {
    let broken: BTreeSet<_> = planted_as(Kind::Broken).collect();
    let mut faulted = BTreeSet::new();
    for resource in &POPULATION.resources {
        let reading = curlew_fhir::read_resource(&resource.to_string()).expect("a FHIR resource");
        if let Some(issue) = reading.issues.first() {
            let reference = reference(resource);
            assert!(
                broken.contains(reference.as_str()),
                "{reference}: {} {}",
                issue.path,
                issue.problem
            );
            faulted.insert(reference);
        }
    }
    assert_eq!(faulted, broken.into_iter().map(str::to_owned).collect());
}
