//! What the reader makes of sound, odd and broken resources, case by case.

use curlew_fhir::bundle::read_bundle;
use curlew_fhir::*;

fn read(json: &str) -> Reading<Resource> {
    read_resource(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn observation(members: &str) -> (Observation, Vec<Issue>) {
    let reading = read(&format!(r#"{{"resourceType": "Observation", {members}}}"#));
    match reading.value {
        Resource::Observation(observation) => (*observation, reading.issues),
        other => panic!("{}", other.resource_type()),
    }
}

fn patient(members: &str) -> (Patient, Vec<Issue>) {
    let reading = read(&format!(r#"{{"resourceType": "Patient", {members}}}"#));
    match reading.value {
        Resource::Patient(patient) => (*patient, reading.issues),
        other => panic!("{}", other.resource_type()),
    }
}

/// Members of a patient; for each problem found, where it stands, a word of it, and whether the element is lost.
#[test]
fn one_bad_element_is_named_and_costs_only_itself() {
    type Problems = &'static [(&'static str, &'static str, bool)];
    let cases: &[(&str, Problems)] = &[
        (r#""gender": "female""#, &[]),
        (r#""gender": null"#, &[]),
        (r#""made-up": [{}]"#, &[]),
        (
            r#""gender": 7"#,
            &[("Patient.gender", "expected text, found a number", true)],
        ),
        (r#""gender": """#, &[("Patient.gender", "empty text", true)]),
        (r#""gender": "\ud800""#, &[("Patient.gender", "escape", true)]),
        (
            r#""gender": ["female"]"#,
            &[("Patient.gender", "list of one", false)],
        ),
        (
            r#""gender": ["female", "male"]"#,
            &[("Patient.gender", "list of several", true)],
        ),
        (
            r#""gender": "female", "gender": "male""#,
            &[("Patient.gender", "twice", true)],
        ),
        (
            r#""active": "true""#,
            &[("Patient.active", "written as text", false)],
        ),
        (
            r#""active": "yes""#,
            &[("Patient.active", "expected true or false, found text", true)],
        ),
        (
            r#""birthDate": "14/07/1945""#,
            &[("Patient.birthDate", "not a date", true)],
        ),
        (
            r#""birthDate": "1945-02-30""#,
            &[("Patient.birthDate", "not a date", true)],
        ),
        (
            r#""name": {"family": "Testpatient"}"#,
            &[("Patient.name", "stands alone", false)],
        ),
        (
            r#""name": [{"family": "Testpatient"}, "Ada", {}]"#,
            &[
                ("Patient.name[1]", "expected an object, found text", true),
                ("Patient.name[2]", "holds nothing", true),
            ],
        ),
        (
            r#""name": [{"given": ["Ada", 3, null, "May"]}]"#,
            &[("Patient.name[0].given[1]", "number", true)],
        ),
        (
            r#""deceasedBoolean": true, "deceasedDateTime": "2020""#,
            &[("Patient.deceasedDateTime", "second value", true)],
        ),
        (
            r#""multipleBirthInteger": 1.5"#,
            &[("Patient.multipleBirthInteger", "whole number", true)],
        ),
        (
            r#""multipleBirthInteger": 99999999999999999999"#,
            &[("Patient.multipleBirthInteger", "whole number", true)],
        ),
        (
            r#""contained": [{"id": "c"}]"#,
            &[("Patient.contained[0]", "resource type", true)],
        ),
        (
            r#""extension": [{"url": "u", "valueDecimal": "1.50"}]"#,
            &[("Patient.extension[0].valueDecimal", "as text", false)],
        ),
    ];
    for (members, expected) in cases {
        let (patient, issues) = patient(&format!(r#"{members}, "id": "p1""#));
        assert_eq!(
            patient.base.id.as_deref(),
            Some("p1"),
            "the rest survives {members}"
        );
        let found: Vec<_> = issues
            .iter()
            .map(|issue| (issue.path.as_str(), issue.lost))
            .collect();
        let wanted: Vec<_> = expected.iter().map(|(path, _, lost)| (*path, *lost)).collect();
        assert_eq!(found, wanted, "{members}");
        for (issue, (_, word, _)) in issues.iter().zip(*expected) {
            assert!(issue.problem.contains(word), "{members}: {issue}");
        }
        assert_eq!(
            patient.base.lost,
            expected.iter().filter(|(_, _, lost)| *lost).count(),
            "{members}"
        );
    }
}

#[test]
fn a_slip_of_form_is_read_for_the_one_thing_it_can_mean() {
    let (patient, _) = patient(
        r#""gender": ["female"], "active": "true", "name": {"family": "Testpatient"},
           "extension": [{"url": "u", "valueDecimal": "1.50"}]"#,
    );
    assert_eq!(patient.gender.as_deref(), Some("female"));
    assert_eq!(patient.active, Some(true));
    assert_eq!(patient.name[0].family.as_deref(), Some("Testpatient"));
    assert_eq!(
        patient.base.extension[0].value,
        Decimal::parse("1.50").map(Value::Decimal)
    );
}

#[test]
fn what_is_not_a_resource_is_refused_and_the_refusal_repeats_nothing_of_it() {
    let deep = format!(
        r#"{{"resourceType": "Patient", "x": {}{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let wide = format!(
        r#"{{"resourceType": "Patient", "x": [{}0]}}"#,
        "0,".repeat(MAX_VALUES)
    );
    let cases = [
        ("", ReadError::NotJson { at: 0 }),
        ("Smith", ReadError::NotJson { at: 0 }),
        (r#"{"resourceType": "Patient""#, ReadError::NotJson { at: 26 }),
        (r#"{"resourceType": "Patient"} x"#, ReadError::NotJson { at: 28 }),
        (
            r#"{"resourceType": "Patient", "id": 01}"#,
            ReadError::NotJson { at: 35 },
        ),
        ("[]", ReadError::NotAnObject),
        ("\"Patient\"", ReadError::NotAnObject),
        ("{}", ReadError::NoResourceType),
        (r#"{"resourceType": 7}"#, ReadError::NoResourceType),
        (&deep, ReadError::TooDeep),
        (&wide, ReadError::TooLarge),
    ];
    for (json, expected) in cases {
        let error = read_resource(json).expect_err(&json[..json.len().min(60)]);
        assert_eq!(error, expected, "{}", &json[..json.len().min(60)]);
        assert!(!error.to_string().contains("Smith"));
    }
}

#[test]
fn many_problems_are_described_up_to_a_limit_and_counted_beyond() {
    let names = vec!["7"; MAX_ISSUES + 5].join(",");
    let (patient, issues) = patient(&format!(r#""name": [{names}]"#));
    assert_eq!(patient.base.lost, MAX_ISSUES + 5);
    assert_eq!(issues.len(), MAX_ISSUES + 1);
    assert!(
        issues[MAX_ISSUES].problem.starts_with("5 more"),
        "{}",
        issues[MAX_ISSUES]
    );
}

#[test]
fn numbers_keep_the_digits_they_were_written_with() {
    let (observation, issues) = observation(
        r#""valueQuantity": {"value": 5.0, "comparator": "<", "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
           "referenceRange": [{"low": {"value": 1e999}, "high": {"value": 0.10}}]"#,
    );
    assert!(issues.is_empty());
    let quantity = observation
        .value
        .as_ref()
        .and_then(Value::quantity)
        .expect("a quantity");
    assert_eq!(quantity.value.as_ref().map(Decimal::as_str), Some("5.0"));
    assert_eq!(quantity.comparator.as_deref(), Some("<"));
    let range = &observation.reference_range[0];
    let written = |quantity: &Option<Quantity>| quantity.as_ref()?.value.as_ref().map(Decimal::to_string);
    assert_eq!(written(&range.low).as_deref(), Some("1e999"));
    assert_eq!(written(&range.high).as_deref(), Some("0.10"));
}

#[test]
fn a_choice_is_read_by_what_its_key_says() {
    let value = |members: &str| observation(members).0.value;
    assert_eq!(
        value(r#""valueString": "clear""#).as_ref().and_then(Value::text),
        Some("clear")
    );
    assert_eq!(
        value(r#""valueBoolean": false"#).and_then(|value| value.boolean()),
        Some(false)
    );
    assert_eq!(value(r#""valueInteger": 3"#), Some(Value::Integer(3)));
    assert!(matches!(
        value(r#""valueRatio": {"numerator": {"value": 1}}"#),
        Some(Value::Ratio(_))
    ));
    // A type R4 does not allow here is still what it says it is.
    assert!(matches!(
        value(r#""valueAddress": {"city": "Nowhere"}"#),
        Some(Value::Address(_))
    ));
    let Some(Value::Other { type_name, json }) = value(r#""valueMoney": {"value": 5.0}"#) else {
        panic!()
    };
    assert_eq!(
        (type_name.as_str(), json.as_str()),
        ("Money", r#"{"value": 5.0}"#)
    );
    // Neither of these is a choice.
    assert_eq!(value(r#""values": 3, "value": 3"#), None);
}

#[test]
fn modifiers_are_found_wherever_they_stand() {
    let (observation, issues) = observation(
        r#""modifierExtension": [{"url": "https://record.test/not"}], "implicitRules": "https://record.test/rules",
           "component": [{"code": {"text": "a"}}, {"modifierExtension": {"url": "https://record.test/inside"}}],
           "notReadByCurlew": {"modifierExtension": [{}]}, "valueString": "modifierExtension",
           "contained": [{"resourceType": "Device", "id": "d", "modifierExtension": [{"url": "https://record.test/device"}]}]"#,
    );
    assert!(issues.is_empty());
    let found: Vec<_> = observation
        .base
        .modifiers
        .iter()
        .map(|it| (it.path.as_str(), it.url.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("Observation.modifierExtension[0]", "https://record.test/not"),
            ("Observation.implicitRules", "https://record.test/rules"),
            (
                "Observation.component[1].modifierExtension",
                "https://record.test/inside"
            ),
            ("Observation.notReadByCurlew.modifierExtension[0]", ""),
            (
                "Observation.contained[0].modifierExtension[0]",
                "https://record.test/device"
            ),
        ]
    );
    let device = observation.base.contained("d").expect("the contained device");
    assert_eq!(device.base().modifiers.len(), 1, "its own and nobody else's");
    assert_eq!(
        observation.value.as_ref().and_then(Value::text),
        Some("modifierExtension")
    );
}

#[test]
fn why_a_value_is_absent_is_kept() {
    let absent = r#"{"extension": [{"url": "http:\/\/hl7.org\/fhir\/StructureDefinition\/data-absent-reason", "valueCode": "masked"}]}"#;
    let (patient, issues) = patient(&format!(
        r#""_birthDate": {absent}, "name": [{{"given": [null, "Ada"], "_given": [{absent}, null]}}], "address": [{absent}]"#
    ));
    assert!(issues.is_empty());
    assert_eq!(patient.birth_date, None);
    assert_eq!(patient.base.why_absent("birthDate"), Some("masked"));
    assert_eq!(patient.base.why_absent("name[0].given[0]"), Some("masked"));
    assert_eq!(patient.base.why_absent("address[0]"), Some("masked"));
    assert_eq!(patient.base.why_absent("Date"), None);
    assert_eq!(patient.name[0].given, ["Ada"]);
}

#[test]
fn the_time_of_birth_is_beside_the_date() {
    let url = "http://hl7.org/fhir/StructureDefinition/patient-birthTime";
    let (patient, _) = patient(&format!(
        r#""birthDate": "2026-03-14", "_birthDate": {{"extension": [{{"url": "{url}", "valueDateTime": "2026-03-14T04:10:00Z"}}]}}"#
    ));
    let extensions = patient.birth_date_extension.expect("the extensions of the date");
    let birth = Extension::find(&extensions.extension, url).and_then(|it| it.value.as_ref()?.start());
    assert_eq!(birth.map(FhirDateTime::as_str), Some("2026-03-14T04:10:00Z"));
}

#[test]
fn mistakes_and_negations_are_told_apart_from_facts() {
    let verification = |code: &str| format!(r#""verificationStatus": {{"coding": [{{"code": "{code}"}}]}}"#);
    let cases = [
        (
            r#""Condition", "#.to_owned() + &verification("entered-in-error"),
            true,
            false,
        ),
        (
            r#""Condition", "#.to_owned() + &verification("confirmed"),
            false,
            false,
        ),
        (
            r#""AllergyIntolerance", "#.to_owned() + &verification("entered-in-error"),
            true,
            false,
        ),
        (
            r#""Observation", "status": "entered-in-error""#.to_owned(),
            true,
            false,
        ),
        (r#""Basic", "status": "entered-in-error""#.to_owned(), true, false),
        (r#""Immunization", "status": "not-done""#.to_owned(), false, true),
        (r#""Procedure", "status": "not-done""#.to_owned(), false, true),
        (
            r#""MedicationStatement", "status": "not-taken""#.to_owned(),
            false,
            true,
        ),
        (
            r#""MedicationRequest", "status": "active", "doNotPerform": true"#.to_owned(),
            false,
            true,
        ),
        (
            r#""MedicationRequest", "status": "active", "doNotPerform": false"#.to_owned(),
            false,
            false,
        ),
    ];
    for (members, mistake, negated) in cases {
        let resource = read(&format!(r#"{{"resourceType": {members}}}"#)).value;
        assert_eq!(
            (resource.entered_in_error(), resource.negated()),
            (mistake, negated),
            "{members}"
        );
    }
}

#[test]
fn a_type_unknown_is_kept_as_received() {
    let reading = read(
        r#"{"resourceType": "MolecularSequence", "id": "m", "status": 3, "patient": {"reference": "Patient/p1"},
            "code": "x", "meta": {"tag": [{"code": "t"}]}}"#,
    );
    assert!(
        reading.issues.is_empty(),
        "nobody says what its elements should be"
    );
    assert_eq!(reading.value.resource_type(), "MolecularSequence");
    assert_eq!(reading.value.id(), Some("m"));
    assert_eq!(
        reading
            .value
            .subject()
            .and_then(|subject| subject.id_of("Patient")),
        Some("p1")
    );
    assert_eq!(reading.value.meta().tag.len(), 1);
    assert!(matches!(reading.value, Resource::Unknown(_)));
}

#[test]
fn every_type_is_read_as_itself() {
    for name in RESOURCE_TYPES {
        let reading = read(&format!(r#"{{"resourceType": "{name}", "id": "x"}}"#));
        assert_eq!(reading.value.resource_type(), *name);
        assert_eq!(reading.value.id(), Some("x"));
        assert!(!matches!(reading.value, Resource::Unknown(_)), "{name}");
        assert!(reading.issues.is_empty());
    }
}

#[test]
fn debug_gives_nothing_away() {
    let reading = read(
        r#"{"resourceType": "Patient", "id": "p1", "birthDate": "1945-07-14", "name": [{"family": "Testpatient"}]}"#,
    );
    let Resource::Patient(patient) = &reading.value else {
        panic!()
    };
    let said = format!(
        "{reading:?} {:?} {:?} {:?}",
        patient.name, patient.base, patient.birth_date
    );
    assert!(
        !said.contains("Testpatient") && !said.contains("1945") && !said.contains("p1"),
        "{said}"
    );
}

#[test]
fn a_header_says_whom_it_is_about() {
    let of = |members: &str| read_header(&format!("{{{members}}}")).map(|header| header.patient);
    let about = |id: &str| Ok(Some(id.to_owned()));
    let cases = [
        (r#""resourceType": "Patient", "id": "p1""#, about("p1")),
        (
            r#""resourceType": "Observation", "subject": {"reference": "Patient/p1"}"#,
            about("p1"),
        ),
        (
            r#""resourceType": "Observation", "subject": {"reference": "https://record.test/fhir/Patient/p1/_history/3"}"#,
            about("p1"),
        ),
        (
            r#""resourceType": "Observation", "subject": {"reference": "urn:uuid:7"}"#,
            about("urn:uuid:7"),
        ),
        (
            r#""resourceType": "Observation", "subject": {"reference": "Group/g"}"#,
            Ok(None),
        ),
        (
            r#""resourceType": "Consent", "patient": {"reference": "Patient/p1"}"#,
            about("p1"),
        ),
        (
            r#""resourceType": "Task", "for": {"reference": "Patient/p1"}"#,
            about("p1"),
        ),
        (
            r#""resourceType": "ResearchSubject", "individual": {"reference": "Patient/p1"}"#,
            about("p1"),
        ),
        (
            r#""resourceType": "Appointment", "participant": [{"actor": {"reference": "Location/l"}}, {"actor": {"reference": "Patient/p1"}}]"#,
            about("p1"),
        ),
        (r#""resourceType": "Organization", "id": "o""#, Ok(None)),
        (r#""id": "p1""#, Err(ReadError::NoResourceType)),
    ];
    for (members, expected) in cases {
        assert_eq!(of(members), expected, "{members}");
    }
}

#[test]
fn a_header_carries_what_guards_the_resource() {
    let header = read_header(
        r#"{"resourceType": "Observation", "id": "o1", "meta": {"versionId": "3", "lastUpdated": "2026-03-14T09:30:00.5+01:00",
            "source": "urn:lab", "security": [{"code": "R"}], "tag": [{"code": "t"}], "profile": ["https://record.test/p"]},
            "code": {"coding": [{"system": "s", "code": "c"}]}, "component": [{"value": "not { looked [ at"}]}"#,
    )
    .expect("a header");
    assert_eq!(
        (header.id.as_str(), header.version_id.as_deref()),
        ("o1", Some("3"))
    );
    assert_eq!(
        header.last_updated.map(|at| at.to_rfc3339()).as_deref(),
        Some("2026-03-14T08:30:00.500+00:00")
    );
    assert_eq!(header.security[0].code.as_deref(), Some("R"));
    assert_eq!(
        (header.tag.len(), header.profile.len(), header.source.as_deref()),
        (1, 1, Some("urn:lab"))
    );
    assert!(header.codes[0].is("s", "c"));
    assert!(!header.damaged);
    for meta in [
        r#""R""#,
        r#"{"security": "R"}"#,
        r#"{"security": [NaN]}"#,
        r#"{"security": [{"code": {}}]}"#,
    ] {
        let header = read_header(&format!(
            r#"{{"resourceType": "Observation", "id": "o1", "meta": {meta}}}"#
        ));
        assert!(header.is_ok_and(|header| header.damaged), "{meta}");
    }
}

#[test]
fn labels_given_twice_are_not_chosen_from() {
    let twice = r#"{"resourceType": "Patient", "id": "a", "meta": {"security": [{"code": "R"}]}, "meta": {"source": "s"}, "id": "b"}"#;
    let header = read_header(twice).expect("a header");
    assert!(header.damaged);
    assert_eq!((header.id.as_str(), header.security.len()), ("a", 1));
    let resource = read(twice).value;
    assert!(resource.base().meta_damaged);
    assert_eq!((resource.id(), resource.meta().security.len()), (Some("a"), 1));
}

#[test]
fn a_flood_of_modifiers_is_told_in_bounded_time() {
    let flood = r#"{"modifierExtension": [{}, {}]},"#.repeat(50_000);
    let reasons = r#""http://hl7.org/fhir/StructureDefinition/data-absent-reason","#.repeat(50_000);
    let (observation, _) = observation(&format!(
        r#""x": [{flood} 0], "y": [{reasons} 0], "status": "final""#
    ));
    assert!((MAX_ISSUES..=MAX_ISSUES + 1).contains(&observation.base.modifiers.len()));
    assert_eq!(observation.status.as_deref(), Some("final"));
}

#[test]
fn the_entries_of_a_bundle_are_kept_byte_for_byte() {
    let first = r#"{ "resourceType":"Patient",  "id":"p1", "x":"\u00e9}]" }"#;
    let page = format!(
        r#"{{"resourceType": "Bundle", "type": "searchset", "total": 7,
            "link": [{{"relation": "next", "url": "https://record.test/fhir?page=2"}}, {{"relation": "self"}}],
            "entry": [
                {{"fullUrl": "urn:uuid:1", "resource": {first}, "search": {{"mode": "match"}}}},
                17,
                {{"resource": {{"resourceType": "Observation", "value": NaN}}}},
                {{"resource": "a string"}},
                {{"resource": {{"resourceType": "OperationOutcome", "issue": []}}, "search": {{"mode": "outcome"}}}},
                {{"request": {{"method": "DELETE", "url": "Patient/9"}}, "response": {{"status": "204"}}}}
            ]}}"#
    );
    let bundle = read_bundle(&page).expect("a bundle");
    assert_eq!((bundle.kind.as_str(), bundle.total), ("searchset", Some(7)));
    assert_eq!(bundle.link("next"), Some("https://record.test/fhir?page=2"));
    assert_eq!(bundle.entries[0].resource, Some(first));
    assert_eq!(bundle.entries[0].full_url.as_deref(), Some("urn:uuid:1"));
    assert_eq!(bundle.entries[0].search_mode.as_deref(), Some("match"));
    // Not JSON inside, and still handed over: reading it will say so, and cost nothing else.
    let broken = bundle.entries[1].resource.expect("delimited by its brackets");
    assert!(matches!(read_resource(broken), Err(ReadError::NotJson { .. })));
    assert_eq!(bundle.outcomes().count(), 1);
    let deleted = bundle.entries.last().expect("the last entry");
    assert_eq!(
        deleted.request,
        Some(("DELETE".to_owned(), "Patient/9".to_owned()))
    );
    assert_eq!(deleted.response_status.as_deref(), Some("204"));
    let named: Vec<&str> = bundle.issues.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(
        named,
        ["Bundle.link[1]", "Bundle.entry[1]", "Bundle.entry[3].resource"]
    );
}

#[test]
fn a_page_cut_short_is_never_taken_for_a_short_page() {
    let page =
        r#"{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "p1"}}]}"#;
    assert_eq!(read_bundle(page).map(|bundle| bundle.entries.len()), Ok(1));
    for end in (0..page.len()).filter(|end| page.is_char_boundary(*end)) {
        assert!(read_bundle(&page[..end]).is_err(), "{}", &page[..end]);
    }
    let outcome = r#"{"resourceType": "OperationOutcome", "issue": []}"#;
    assert_eq!(
        read_bundle(outcome),
        Err(ReadError::NotABundle {
            found: "OperationOutcome".to_owned()
        })
    );
}

/// Found by fuzzing: the two readers disagreed on what these are.
#[test]
fn the_reader_of_headers_and_the_reader_of_resources_name_a_thing_alike() {
    let nameless = r#"{"resourceType": "", "id": "0"}"#;
    assert_eq!(read_resource(nameless).err(), Some(ReadError::NoResourceType));
    assert_eq!(read_header(nameless).err(), Some(ReadError::NoResourceType));

    for ids in [
        r#""id": "", "id": "0""#,
        r#""id": 7, "id": "0""#,
        r#""id": "0", "id": "1""#,
    ] {
        let json = format!(r#"{{"resourceType": "Device", {ids}}}"#);
        let resource = read_resource(&json).expect("a resource").value;
        let header = read_header(&json).expect("a header");
        assert_eq!(resource.id(), Some("0"), "{ids}");
        assert_eq!(header.id, "0", "{ids}");
        assert!(header.damaged && resource.base().lost > 0, "{ids}");
    }
}

/// Found by fuzzing: the header's reader, which steps over what it does not need, panicked inside the character.
#[test]
fn a_key_that_escapes_no_escapable_character_is_left_as_it_is() {
    let json = r#"{"x\é": 1, "\ѐ": 2, "resourceType": "Patient", "id": "p"}"#;
    assert_eq!(read_header(json).map(|header| header.id), Ok("p".to_owned()));
    assert!(matches!(read_resource(json), Err(ReadError::NotJson { .. })));
    let page = r#"{"\ѐ": 1, "resourceType": "Bundle", "entry": [{"\é": 2, "resource": {"\é": 3}}]}"#;
    assert_eq!(read_bundle(page).map(|bundle| bundle.entries.len()), Ok(1));
}
